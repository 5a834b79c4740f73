"""Downloads: named safely, never over a file that is there, bounded, and without a token for strangers."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from aizoomdoc_client import APIConnectionError, ConfigurationError, NotFoundError, PayloadTooLargeError
from aizoomdoc_client.testing import RawReply, Reply, ServerBehavior, Slow
from tests.visits import Visit, visit

CONTENT = b"%PDF- \x00\xff plan" * 1000


def inside(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


async def place(visited: Visit, url: str = "/download/plan", *, name: str = "План.pdf", reaction: Any = None) -> str:
    """The id of a stored file that can be downloaded from `url`, where `reaction` waits."""
    file = await visited.client.upload_file(b"x", filename="x.pdf")
    stored = visited.server.store.files[file.id]
    stored.filename, stored.external_url = name, url
    visited.server.respond("GET", "/download/**", *[reaction or Reply(200, CONTENT)] * 5)
    return file.id


async def test_a_folder_gets_the_servers_name(tmp_path: Path) -> None:
    """Saved under the server's name, whole, and with nothing left beside it."""
    async with visit() as visited:
        path = await visited.client.download_file(await place(visited), tmp_path)

        assert tmp_path / "План.pdf" == path
        assert CONTENT == path.read_bytes()
        assert [path] == inside(tmp_path)


async def test_a_path_is_the_name(tmp_path: Path) -> None:
    """A destination that is no folder is the file itself."""
    async with visit() as visited:
        path = await visited.client.download_file(await place(visited), tmp_path / "мой.pdf")

        assert tmp_path / "мой.pdf" == path


async def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A name that is taken gets a number, however many want it at once."""
    (tmp_path / "План.pdf").write_bytes(b"mine")
    async with visit() as visited:
        file = await place(visited)
        paths = await asyncio.gather(*(visited.client.download_file(file, tmp_path) for _ in range(3)))

        assert b"mine" == (tmp_path / "План.pdf").read_bytes()
        assert {"План (2).pdf", "План (3).pdf", "План (4).pdf"} == {path.name for path in paths}


async def test_a_hostile_name_stays_in_the_folder(tmp_path: Path) -> None:
    """Whatever the server calls it, the file lands in the folder given."""
    folder = tmp_path / "in"
    folder.mkdir()
    async with visit() as visited:
        for name in ("../out.pdf", "/etc/passwd", "..\\out.pdf", "..", "a\x00.pdf"):
            path = await visited.client.download_file(await place(visited, name=name), folder)
            assert folder == path.parent

    assert [folder] == inside(tmp_path)


async def test_a_symlink_is_not_written_through(tmp_path: Path) -> None:
    """A link of that name, even to nowhere, is a name that is taken."""
    (tmp_path / "План.pdf").symlink_to(tmp_path / "target")
    async with visit() as visited:
        path = await visited.client.download_file(await place(visited), tmp_path)

        assert "План (2).pdf" == path.name
        assert not (tmp_path / "target").exists()


async def test_size_is_bounded(tmp_path: Path) -> None:
    """Beyond `max_bytes` it ends, and leaves nothing."""
    async with visit() as visited:
        with pytest.raises(PayloadTooLargeError, match="max_bytes"):
            await visited.client.download_file(await place(visited), tmp_path, max_bytes=len(CONTENT) - 1)
        assert [] == inside(tmp_path)

        await visited.client.download_file(await place(visited), tmp_path, max_bytes=len(CONTENT))


async def test_a_download_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    """Half a file is none."""
    reply = RawReply(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
    async with visit() as visited:
        with pytest.raises(APIConnectionError):
            await visited.client.download_file(await place(visited, reaction=reply), tmp_path)

        assert [] == inside(tmp_path)


async def test_a_name_of_which_nothing_is_left_is_file(tmp_path: Path) -> None:
    """The server's name may consist of nothing that can be in one."""
    async with visit() as visited:
        path = await visited.client.download_file(await place(visited, name=" .. "), tmp_path)

        assert (tmp_path / "file", CONTENT) == (path, path.read_bytes())


async def test_a_cancelled_download_leaves_nothing(tmp_path: Path) -> None:
    """Nor does one that its caller has given up."""
    async with visit() as visited:
        file = await place(visited, reaction=Slow(100, 0.01, Reply(200, CONTENT)))
        loading = asyncio.create_task(visited.client.download_file(file, tmp_path))
        await visited.server.until(lambda: any(path.stat().st_size >= 0 for path in tmp_path.iterdir()))
        loading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await loading

        assert [] == inside(tmp_path)


async def test_the_server_itself_gets_the_token(tmp_path: Path) -> None:
    """A relative URL, or an absolute one of the same server, is fetched as the user."""
    async with visit() as visited:
        for url in ("/download/plan", f"{visited.server.url}/download/plan"):
            await visited.client.download_file(await place(visited, url), tmp_path)

        assert all(request.token for request in visited.server.requests_to("GET", "/download/plan"))


async def test_a_stranger_gets_no_token(tmp_path: Path) -> None:
    """Another host, or another port, is asked without any credential."""
    async with visit() as visited, visit() as other:
        file = await place(visited, f"{other.server.url}/download/plan?X-Signature=abc%2Fdef")
        other.server.respond("GET", "/download/plan", Reply(200, CONTENT))
        await visited.client.download_file(file, tmp_path)
        [request] = other.server.requests

        assert request.token is None
        assert not {"authorization", "cookie"} & {name.lower() for name in request.headers}
        assert "abc/def" == request.query["X-Signature"]


@pytest.mark.parametrize(
    "url",
    [
        "http://files.example.org/plan.pdf",
        "http://127.0.0.1@evil.example.org/plan.pdf",
        "ftp://example.org/plan.pdf",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://[::1",
        "https:///nohost",
    ],
)
async def test_a_place_that_is_not_safe_is_not_asked(url: str, tmp_path: Path) -> None:
    """In the clear only on this machine, and nothing but http and https."""
    async with visit() as visited:
        with pytest.raises(ConfigurationError):
            await visited.client.download_file(await place(visited, url), tmp_path)

        assert [] == inside(tmp_path)


async def test_a_url_is_sent_as_it_was_signed(tmp_path: Path) -> None:
    """What is escaped stays as it is, what must be escaped is: a signature covers every byte."""
    async with visit() as visited:
        await visited.client.download_file(await place(visited, "/download/План 1.pdf?a=%2F&b=~x&sig=a%2Bb"), tmp_path)
        [request] = visited.server.requests_to("GET", "/download/**")

        assert "/download/План 1.pdf" == request.path
        assert [("a", "/"), ("b", "~x"), ("sig", "a+b")] == list(request.query.items())


async def test_no_place_is_not_found(tmp_path: Path) -> None:
    """A file that cannot be downloaded anywhere, as on production."""
    async with visit() as visited:
        file = await visited.client.upload_file(b"x")
        with pytest.raises(NotFoundError, match="no place to download"):
            await visited.client.download_file(file, tmp_path)


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Nothing is made up."""
    async with visit() as visited:
        with pytest.raises(ConfigurationError, match="no folder"):
            await visited.client.download_file(await place(visited), tmp_path / "missing" / "plan.pdf")


async def test_an_error_page_is_no_file(tmp_path: Path) -> None:
    """A 404 from where the file should be is an error, not a file."""
    async with visit(ServerBehavior.PRODUCTION) as visited:
        with pytest.raises(NotFoundError):
            await visited.client.download_file(await place(visited, reaction=Reply(404, "<title>gone</title>")), tmp_path)

        assert [] == inside(tmp_path)
