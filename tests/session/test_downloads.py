"""Downloads: safe names, no overwritten files, a size limit, and no token for other hosts."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from aizoomdoc_client import APIConnectionError, ConfigurationError, NotFoundError, PayloadTooLargeError
from aizoomdoc_client.session import downloads
from aizoomdoc_client.testing import RawReply, Reply, ServerBehavior, Slow
from tests.client_and_server import ClientAndServer, client_and_server

CONTENT = b"%PDF- \x00\xff plan" * 1000


def inside(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


async def place(pair: ClientAndServer, url: str = "/download/plan", *, name: str = "План.pdf", reaction: Any = None) -> str:
    """The id of a stored file whose download URL is `url`, which the server answers with `reaction`."""
    file = await pair.client.upload_file(b"x", filename="x.pdf")
    stored = pair.server.store.files[file.id]
    stored.filename, stored.external_url = name, url
    pair.server.respond("GET", "/download/**", *[reaction or Reply(200, CONTENT)] * 5)
    return file.id


async def test_a_folder_gets_the_servers_name(tmp_path: Path) -> None:
    """The file is saved completely under the server's name, without temporary files."""
    async with client_and_server() as pair:
        path = await pair.client.download_file(await place(pair), tmp_path)

        assert tmp_path / "План.pdf" == path
        assert CONTENT == path.read_bytes()
        assert [path] == inside(tmp_path)


async def test_a_path_is_the_name(tmp_path: Path) -> None:
    """A destination that is no folder is the file itself."""
    async with client_and_server() as pair:
        path = await pair.client.download_file(await place(pair), tmp_path / "мой.pdf")

        assert tmp_path / "мой.pdf" == path


async def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """An existing name gets a number, also with concurrent downloads."""
    (tmp_path / "План.pdf").write_bytes(b"mine")
    async with client_and_server() as pair:
        file = await place(pair)
        paths = await asyncio.gather(*(pair.client.download_file(file, tmp_path) for _ in range(3)))

        assert b"mine" == (tmp_path / "План.pdf").read_bytes()
        assert {"План (2).pdf", "План (3).pdf", "План (4).pdf"} == {path.name for path in paths}


async def test_a_hostile_name_stays_in_the_folder(tmp_path: Path) -> None:
    """The file is saved in the given folder, whatever name the server sends."""
    folder = tmp_path / "in"
    folder.mkdir()
    async with client_and_server() as pair:
        for name in ("../out.pdf", "/etc/passwd", "..\\out.pdf", "..", "a\x00.pdf"):
            path = await pair.client.download_file(await place(pair, name=name), folder)
            assert folder == path.parent

    assert [folder] == inside(tmp_path)


async def test_a_number_makes_no_name_too_long(tmp_path: Path) -> None:
    """The stem of a name that is as long as a file system takes is cut for it."""
    name = "x" * 251 + ".pdf"
    (tmp_path / name).touch()
    async with client_and_server() as pair:
        path = await pair.client.download_file(await place(pair), tmp_path / name)

    assert ("x" * 247 + " (2).pdf", CONTENT) == (path.name, path.read_bytes())


@pytest.mark.parametrize("name", ["ж" * 200 + ".pdf", "x" * 300])
async def test_a_name_that_is_too_long_is_refused_before_the_download(tmp_path: Path, name: str) -> None:
    """With the reason in words; nothing is requested from where the file is."""
    async with client_and_server() as pair:
        with pytest.raises(ConfigurationError, match=r"(ж|x){100}.* cannot be saved: File name too long$"):
            await pair.client.download_file(await place(pair), tmp_path / name)

        assert [] == pair.server.requests_to("GET", "/download/**")
    assert [] == inside(tmp_path)


async def test_a_long_name_of_the_server_is_shortened(tmp_path: Path) -> None:
    """The user cannot choose another one."""
    async with client_and_server() as pair:
        path = await pair.client.download_file(await place(pair, name="ж" * 200 + ".pdf"), tmp_path)

    assert ("ж" * 98 + ".pdf", CONTENT) == (path.name, path.read_bytes())


async def test_a_file_that_cannot_get_its_name_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither an empty file nor a temporary one; the error names the path and the reason."""

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    async with client_and_server() as pair:
        file = await place(pair)
        monkeypatch.setattr(os, "replace", refuse)
        with pytest.raises(ConfigurationError) as caught:
            await pair.client.download_file(file, tmp_path)

    assert f"'{tmp_path / 'План.pdf'}' cannot be saved: Permission denied" == str(caught.value)
    assert f"не удаётся сохранить «{tmp_path / 'План.pdf'}»: нет прав" == caught.value.localized("ru")
    assert [] == inside(tmp_path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux on which there is no space")
@pytest.mark.parametrize("content", [b"%PDF", CONTENT], ids=["when it is closed", "when it is written"])
async def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """With the path and the reason, whenever the system says so; no file is left."""

    def on_full_disk(folder: Path) -> tuple[Path, BinaryIO]:
        partial, out = create(folder)
        out.close()
        return partial, Path("/dev/full").open("wb")

    create = downloads._create_partial
    monkeypatch.setattr(downloads, "_create_partial", on_full_disk)
    async with client_and_server() as pair:
        with pytest.raises(ConfigurationError, match=r"План\.pdf' cannot be saved: No space left on device"):
            await pair.client.download_file(await place(pair, reaction=Reply(200, content)), tmp_path)

    assert [] == inside(tmp_path)


async def test_a_symlink_is_not_written_through(tmp_path: Path) -> None:
    """A link of that name, even a dangling one, counts as an existing name."""
    (tmp_path / "План.pdf").symlink_to(tmp_path / "target")
    async with client_and_server() as pair:
        path = await pair.client.download_file(await place(pair), tmp_path)

        assert "План (2).pdf" == path.name
        assert not (tmp_path / "target").exists()


async def test_size_is_bounded(tmp_path: Path) -> None:
    """Beyond `max_bytes` the download fails and leaves no file."""
    async with client_and_server() as pair:
        with pytest.raises(PayloadTooLargeError, match="max_bytes"):
            await pair.client.download_file(await place(pair), tmp_path, max_bytes=len(CONTENT) - 1)
        assert [] == inside(tmp_path)

        await pair.client.download_file(await place(pair), tmp_path, max_bytes=len(CONTENT))


async def test_a_download_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    """An incomplete file is removed."""
    reply = RawReply(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
    async with client_and_server() as pair:
        with pytest.raises(APIConnectionError):
            await pair.client.download_file(await place(pair, reaction=reply), tmp_path)

        assert [] == inside(tmp_path)


async def test_a_name_of_which_nothing_is_left_is_file(tmp_path: Path) -> None:
    """A server's name of invalid characters only becomes ``file``."""
    async with client_and_server() as pair:
        path = await pair.client.download_file(await place(pair, name=" .. "), tmp_path)

        assert (tmp_path / "file", CONTENT) == (path, path.read_bytes())


async def test_a_cancelled_download_leaves_nothing(tmp_path: Path) -> None:
    """A cancelled download leaves no file."""
    async with client_and_server() as pair:
        file = await place(pair, reaction=Slow(100, 0.01, Reply(200, CONTENT)))
        loading = asyncio.create_task(pair.client.download_file(file, tmp_path))
        await pair.server.until(lambda: any(path.stat().st_size >= 0 for path in tmp_path.iterdir()))
        loading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await loading

        assert [] == inside(tmp_path)


async def test_the_server_itself_gets_the_token(tmp_path: Path) -> None:
    """A relative URL, or an absolute one of the same server, is fetched as the user."""
    async with client_and_server() as pair:
        for url in ("/download/plan", f"{pair.server.url}/download/plan"):
            await pair.client.download_file(await place(pair, url), tmp_path)

        assert all(request.token for request in pair.server.requests_to("GET", "/download/plan"))


async def test_another_host_gets_no_token(tmp_path: Path) -> None:
    """Another host, or another port, is asked without any credential."""
    async with client_and_server() as pair, client_and_server() as other:
        file = await place(pair, f"{other.server.url}/download/plan?X-Signature=abc%2Fdef")
        other.server.respond("GET", "/download/plan", Reply(200, CONTENT))
        await pair.client.download_file(file, tmp_path)
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
async def test_an_unsafe_url_is_not_requested(url: str, tmp_path: Path) -> None:
    """Plain http only to this machine, and no schemes but http and https."""
    async with client_and_server() as pair:
        with pytest.raises(ConfigurationError):
            await pair.client.download_file(await place(pair, url), tmp_path)

        assert [] == inside(tmp_path)


async def test_a_url_is_sent_as_it_was_signed(tmp_path: Path) -> None:
    """Escaped characters stay unchanged and others are escaped as needed: a signature covers every byte."""
    async with client_and_server() as pair:
        await pair.client.download_file(await place(pair, "/download/План 1.pdf?a=%2F&b=~x&sig=a%2Bb"), tmp_path)
        [request] = pair.server.requests_to("GET", "/download/**")

        assert "/download/План 1.pdf" == request.path
        assert [("a", "/"), ("b", "~x"), ("sig", "a+b")] == list(request.query.items())


async def test_no_place_is_not_found(tmp_path: Path) -> None:
    """A file without a download URL."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        file = await pair.client.upload_file(b"x")
        with pytest.raises(NotFoundError, match="does not say where"):
            await pair.client.download_file(file, tmp_path)


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The folder is not created."""
    async with client_and_server() as pair:
        with pytest.raises(ConfigurationError, match="no folder"):
            await pair.client.download_file(await place(pair), tmp_path / "missing" / "plan.pdf")


async def test_an_error_page_is_no_file(tmp_path: Path) -> None:
    """A 404 from where the file should be is an error, not a file."""
    async with client_and_server(ServerBehavior.PRODUCTION) as pair:
        with pytest.raises(NotFoundError):
            await pair.client.download_file(await place(pair, reaction=Reply(404, "<title>gone</title>")), tmp_path)

        assert [] == inside(tmp_path)
