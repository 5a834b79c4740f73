"""Uploads: file names and sizes on the wire, memory, and failures of the source or the connection."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, BinaryIO, cast

import attrs
import pytest

from aizoomdoc_client import (
    APIConnectionError,
    AuthenticationError,
    ConfigurationError,
    LLMFile,
    NotReplayableError,
    PayloadTooLargeError,
    RetryPolicy,
    UploadedFile,
    UploadLimits,
)
from aizoomdoc_client.testing import Moment, Reply, Reset, ServerBehavior, html_page
from aizoomdoc_client.transport import uploads
from aizoomdoc_client.transport.uploads import Upload
from tests.client_and_server import ClientAndServer, client_and_server

BUSY = Reply(503, {"detail": "busy"}, {"Retry-After": "0.01"})


class Pipe(io.RawIOBase):
    """A source that can be read once."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._content.read(min(len(buffer), 1000))
        buffer[: len(piece)] = piece
        return len(piece)


def pipe(content: bytes) -> BinaryIO:
    return cast("BinaryIO", Pipe(content))


def sole_file(pair: ClientAndServer) -> tuple[str, bytes]:
    [file] = pair.server.store.files.values()
    return file.filename, file.content


async def test_a_path_is_sent_whole(tmp_path: Path) -> None:
    """A path, as `Path` or text, is sent completely, with the media type of its suffix."""
    path = tmp_path / "План.pdf"
    path.write_bytes(content := os.urandom(1_500_000))
    for source in (path, str(path)):
        async with client_and_server() as pair:
            stored = await pair.client.upload_file(source)

            assert ("План.pdf", content) == sole_file(pair)
            assert (len(content), "application/pdf") == (stored.size_bytes, stored.mime_type)


async def test_an_open_file_is_sent_from_its_position(tmp_path: Path) -> None:
    """A file is sent from its current position, and stays open, because the caller opened it."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"0123456789")
    async with client_and_server() as pair:
        with path.open("rb") as file:
            file.seek(4)
            await pair.client.upload_file(file)
            assert not file.closed

        assert ("a.txt", b"456789") == sole_file(pair)


async def test_a_pipe_is_sent_in_chunks() -> None:
    """A source of unknown length is sent with chunked encoding."""
    async with client_and_server() as pair:
        await pair.client.upload_file(pipe(b"x" * 10_000), filename="из трубы.bin")

        assert ("из трубы.bin", b"x" * 10_000) == sole_file(pair)
        [request] = pair.server.requests_to("POST", "/files/upload")
        assert "chunked" == request.headers.get("Transfer-Encoding")


async def test_a_pipe_cannot_be_sent_twice() -> None:
    """A source that cannot be rewound is not sent again; the error says what to pass instead."""
    async with client_and_server() as pair:
        pair.server.respond("POST", "/files/upload", BUSY)
        with pytest.raises(NotReplayableError, match="path, bytes or a seekable file"):
            await pair.client.upload_file(pipe(b"x" * 10_000), filename="p.bin")

        assert 1 == len(pair.server.requests_to("POST", "/files/upload"))


@pytest.mark.parametrize("kind", ["path", "bytes", "file"])
async def test_a_source_that_can_be_rewound_is_sent_again(kind: str, tmp_path: Path) -> None:
    """A retry sends the whole content."""
    path = tmp_path / "a.bin"
    path.write_bytes(content := os.urandom(1_200_000))
    async with client_and_server() as pair:
        pair.server.respond("POST", "/files/upload", BUSY, BUSY)
        with path.open("rb") as file:
            sources: dict[str, Any] = {"path": path, "bytes": content, "file": file}
            await pair.client.upload_file(sources[kind], filename="a.bin")

        assert ("a.bin", content) == sole_file(pair)
        assert 3 == len(pair.server.requests_to("POST", "/files/upload"))


async def test_an_upload_is_repeated_with_a_new_token() -> None:
    """After a 401 the token is renewed and the body is sent once more."""
    async with client_and_server() as pair:
        await pair.client.get_me()
        pair.server.expire_tokens()
        await pair.client.upload_file(b"plan", filename="a.pdf")

        assert ("a.pdf", b"plan") == sole_file(pair)


async def test_a_pipe_whose_token_was_refused_is_not_sent_again() -> None:
    """If the body cannot be rewound after a 401, an error is raised, and no empty body is sent."""
    async with client_and_server() as pair:
        await pair.client.get_me()
        pair.server.expire_tokens()
        with pytest.raises(NotReplayableError, match=r"p\.bin was read and cannot be rewound"):
            await pair.client.upload_file(pipe(b"x" * 10_000), filename="p.bin")

        assert [10_000] == [request.body.count(b"x") for request in pair.server.requests_to("POST", "/files/upload")]
        assert {} == pair.server.store.files


async def test_a_second_401_is_raised() -> None:
    """A rejected token makes the body be repeated once only."""
    async with client_and_server() as pair:
        pair.server.respond("POST", "/files/upload", *[Reply(401, {"detail": "Token has expired"})] * 5)
        with pytest.raises(AuthenticationError):
            await pair.client.upload_file(b"plan", filename="a.pdf")

        assert 2 == len(pair.server.requests_to("POST", "/files/upload"))


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("План этажа №1.pdf", 'filename="План этажа №1.pdf"'),
        ('Лист "А" 3.pdf', r'filename="Лист \"А\" 3.pdf"'),
        ("a%20b.pdf", 'filename="a%20b.pdf"'),
        ("перенос\r\nX-Evil: 1\r\n\r\n.pdf", 'filename="перенос__X-Evil: 1____.pdf"'),
        ("tab\tnul\x00.pdf", 'filename="tab_nul_.pdf"'),
        ("dir/sub\\План.pdf", 'filename="План.pdf"'),
        ("../../etc/passwd", 'filename="passwd"'),
        ("🏗️ стройка.pdf", 'filename="🏗️ стройка.pdf"'),
    ],
)
async def test_a_name_on_the_raw_wire(name: str, raw: str) -> None:
    """The name is sent as UTF-8, with quotes escaped and line breaks replaced, so that the header stays one line."""
    async with client_and_server() as pair:
        await pair.client.upload_file(b"plan", filename=name)
        [request] = pair.server.requests_to("POST", "/files/upload")
        head = request.body.partition(b"\r\n\r\n")[0].decode().split("\r\n")
        [disposition] = [line for line in head if line.lower().startswith("content-disposition")]

        assert f'Content-Disposition: form-data; name="file"; {raw}' == disposition
        assert b"X-Evil" not in b"".join(line.encode() for line in head if not line.startswith("Content-Disposition"))
        assert "*=" not in disposition


@pytest.mark.parametrize("name", ["", " ", "/", "///"])
async def test_an_empty_name_is_an_error(name: str) -> None:
    """A pipe without a name is an error; bytes have a default name."""
    async with client_and_server() as pair:
        with pytest.raises(ConfigurationError, match="needs a name"):
            await pair.client.upload_file(pipe(b"x"), filename=name)
        await pair.client.upload_file(b"%PDF-1.7")

        assert "document.pdf" == sole_file(pair)[0]


async def test_progress_is_reported() -> None:
    """The callback gets the bytes sent so far and the total, which is None if it is unknown."""
    async with client_and_server() as pair:
        seen: list[tuple[int, int | None]] = []
        await pair.client.upload_file(b"m" * 1_200_000, progress=lambda sent, total: seen.append((sent, total)))

        assert [(524_288, 1_200_000), (1_048_576, 1_200_000), (1_200_000, 1_200_000)] == seen
        seen.clear()
        await pair.client.upload_file(pipe(b"m" * 500), filename="p", progress=lambda sent, total: seen.append((sent, total)))

        assert (500, None) == seen[-1]


async def test_an_exception_of_the_progress_callback_is_raised() -> None:
    """The upload ends with the callback's exception, which is not mapped."""

    class StopNowError(Exception):
        pass

    def stop(_sent: int, _total: int | None) -> None:
        raise StopNowError

    async with client_and_server() as pair:
        with pytest.raises(StopNowError):
            await pair.client.upload_file(b"m" * 1_200_000, progress=stop)

        assert {} == pair.server.store.files
        assert 1 == len(pair.server.requests_to("POST", "/files/upload"))


async def test_a_file_that_shrinks_is_an_error(tmp_path: Path) -> None:
    """A file that became shorter than the announced length raises an error with its name, and nothing is stored."""
    path = tmp_path / "a.bin"
    path.write_bytes(b"m" * 2_000_000)
    async with client_and_server() as pair:
        await pair.client.get_me()
        with pytest.raises(ConfigurationError, match=r"a\.bin became shorter"):
            await pair.client.upload_file(path, progress=lambda *_: os.truncate(path, 600_000))

        assert {} == pair.server.store.files


async def test_a_file_that_grows_is_sent_up_to_its_first_size(tmp_path: Path) -> None:
    """No more bytes are sent than were announced."""
    path = tmp_path / "a.bin"
    path.write_bytes(b"m" * 700_000)

    def grow(*_: object) -> None:
        with path.open("ab") as file:
            file.write(b"more")

    async with client_and_server() as pair:
        await pair.client.upload_file(path, progress=grow)

        assert b"m" * 700_000 == sole_file(pair)[1]


@pytest.mark.parametrize(
    "reaction", [Reset(when=Moment.BEFORE_BODY), Reset(), html_page(413), Reply(413, when=Moment.BEFORE_BODY)]
)
async def test_a_refused_upload_leaves_no_file_open(reaction: Any, tmp_path: Path) -> None:
    """After any failure the file is closed (an open one would cause a ResourceWarning), and the upload is sent once only."""
    path = tmp_path / "a.bin"
    path.write_bytes(b"m" * 6_000_000)
    async with client_and_server(retry=RetryPolicy(attempts=1)) as pair:
        pair.server.respond("POST", "/files/upload", reaction)
        with pytest.raises(Exception, match="POST /files/upload"):
            await pair.client.upload_file(path)

        assert 1 == len(pair.server.requests_to("POST", "/files/upload"))


@pytest.mark.parametrize("limit", [None, 3])
async def test_a_source_of_unknown_size_is_closed_once_it_is_read(
    limit: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is sent is the copy on the disk; a path is opened for that, whether it is read to its end or is too large."""
    opened = list[BinaryIO]()
    monkeypatch.setattr(uploads, "open_path", lambda path: opened.append(Path(path).open("rb")) or opened[-1])  # noqa: SIM115 - the upload closes it
    path = tmp_path / "kallsyms"
    path.write_bytes(b"file of /proc")
    upload = await Upload.of(path)
    async with contextlib.AsyncExitStack() as kept:
        with contextlib.suppress(PayloadTooLargeError):
            upload.limit_to(limit, method="POST", path="/files/upload")
        with contextlib.suppress(PayloadTooLargeError):
            await kept.enter_async_context(upload.kept_on_disk())
        assert [True] == [file.closed for file in opened]


async def test_an_open_source_of_unknown_size_stays_open() -> None:
    """It is the caller's."""
    source = pipe(b"m" * 3000)
    async with (await Upload.of(source)).kept_on_disk() as kept:
        assert (3000, False) == (kept.size, source.closed)


async def test_a_413_is_a_payload_too_large_error() -> None:
    """A server's 413 has an error class of its own."""
    async with client_and_server(attrs.evolve(ServerBehavior.PRODUCTION, upload_limit=10)) as pair:
        with pytest.raises(PayloadTooLargeError, match="too large"):
            await pair.client.upload_file(b"m" * 11)


SMALL = UploadLimits(file=10, llm_file=10)


async def send(pair: ClientAndServer, source: Any, *, for_llm: bool) -> UploadedFile | LLMFile:
    upload = pair.client.upload_file_for_llm if for_llm else pair.client.upload_file
    return await upload(source, filename="План.bin")


@pytest.mark.parametrize("for_llm", [False, True], ids=["stored", "llm"])
@pytest.mark.parametrize("kind", ["path", "bytes", "file"])
async def test_a_known_limit_is_checked_before_anything_is_sent(kind: str, *, for_llm: bool, tmp_path: Path) -> None:
    """For a file one byte over the limit nothing is sent, and the error has its name, size and limit; at the limit it is sent."""
    path = tmp_path / "a.bin"
    path.write_bytes(b"m" * 11)
    async with client_and_server(upload_limits=SMALL) as pair:
        with path.open("rb") as file:
            sources: dict[str, Any] = {"path": path, "bytes": b"m" * 11, "file": file}
            with pytest.raises(PayloadTooLargeError, match=r"План\.bin.* at most 10 bytes .* 11 bytes") as raised:
                await send(pair, sources[kind], for_llm=for_llm)
        assert [] == pair.server.requests
        assert {"filename": "План.bin", "size": 11, "limit": 10} == raised.value.details
        assert "POST" == raised.value.method

        assert 10 == (await send(pair, b"m" * 10, for_llm=for_llm)).size_bytes


async def test_a_source_of_unknown_size_is_counted_while_it_is_sent() -> None:
    """An upload from a pipe ends with an error once it exceeds the limit; a pipe at the limit is sent."""
    async with client_and_server(upload_limits=SMALL) as pair:
        with pytest.raises(PayloadTooLargeError, match=r"План\.bin is too large: at most 10 bytes") as raised:
            await send(pair, pipe(b"m" * 11), for_llm=False)
        assert "/files/upload" == raised.value.path
        assert {} == pair.server.store.files

        assert 10 == (await send(pair, pipe(b"m" * 10), for_llm=False)).size_bytes


async def test_all_files_are_measured_before_the_first_is_sent() -> None:
    """If the last of several files is too large, none is sent."""
    async with client_and_server(upload_limits=SMALL) as pair:
        with pytest.raises(PayloadTooLargeError):
            await pair.client.upload_files([b"1", b"2", b"3" * 11])

        assert [] == pair.server.requests


async def test_the_default_limits_are_those_of_the_contract(tmp_path: Path) -> None:
    """By default 100 MB and 20 MB; with other limits, or none, larger files are sent and the server decides."""
    path = tmp_path / "big.bin"
    async with client_and_server() as pair:
        for size, for_llm in ((100, False), (20, True)):
            with path.open("wb") as file:
                file.truncate(size * 1024 * 1024 + 1)
            with pytest.raises(PayloadTooLargeError):
                await send(pair, path, for_llm=for_llm)
        assert [] == pair.server.requests
    async with client_and_server(
        attrs.evolve(ServerBehavior.PRODUCTION, upload_limit=11), upload_limits=UploadLimits(file=None)
    ) as pair:
        await send(pair, b"m" * 11, for_llm=False)
        with pytest.raises(PayloadTooLargeError) as raised:
            await send(pair, b"m" * 12, for_llm=False)

        assert 413 == raised.value.status_code


async def test_a_reset_in_a_large_body_is_attributed_to_its_size(tmp_path: Path) -> None:
    """If the server closes the connection in a large body, the error names both possible causes, and how much was sent."""
    path = tmp_path / "План.bin"
    path.write_bytes(b"m" * 30_000_000)
    async with client_and_server() as pair:
        pair.server.respond("POST", "/files/upload", Reset(when=Moment.BEFORE_BODY))
        with pytest.raises(PayloadTooLargeError, match=r"after .* of План\.bin: .* of this size, or it failed") as raised:
            await pair.client.upload_file(path)

        assert (None, "POST", "/files/upload") == (raised.value.status_code, raised.value.method, raised.value.path)
        assert 30_000_000 == raised.value.details["size"] > raised.value.details["sent"]
        assert 1 == len(pair.server.requests_to("POST", "/files/upload"))


@pytest.mark.parametrize(
    ("size", "moment"), [(1000, Moment.BEFORE_BODY), (3_000_000, Moment.AFTER_BODY)], ids=["small", "after the body"]
)
async def test_a_reset_that_is_unrelated_to_the_size_is_a_connection_error(size: int, moment: Moment) -> None:
    """After a small body, or one that was sent completely, the outcome is unknown, so it is not sent again."""
    async with client_and_server() as pair:
        pair.server.respond("POST", "/files/upload", Reset(when=moment))
        with pytest.raises(APIConnectionError) as raised:
            await pair.client.upload_file(b"m" * size)

        assert raised.value.request_sent
        assert 1 == len(pair.server.requests_to("POST", "/files/upload"))


class Unreadable(io.BytesIO):
    """A file whose disk fails after a megabyte."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 1_000_000:
            raise OSError(5, "Input/output error")
        return super().read(size)


async def test_a_source_that_cannot_be_read_is_no_connection_error() -> None:
    """An OSError from reading the file is not taken for one of the connection."""
    async with client_and_server() as pair:
        with pytest.raises(ConfigurationError, match=r"'a\.bin' cannot be read: Input/output error"):
            await pair.client.upload_file(Unreadable(b"m" * 2_000_000), filename="a.bin")

        assert {} == pair.server.store.files


async def test_a_file_at_its_end_is_an_error() -> None:
    """A file that was just written, or a pipe that was read to its end, is not sent as an empty file; an empty file is."""
    async with client_and_server() as pair:
        written = io.BytesIO()
        written.write(b"plan")
        with pytest.raises(ConfigurationError, match=r"stands at its end.*seek\(0\)"):
            await pair.client.upload_file(written, filename="a.bin")
        with pytest.raises(ConfigurationError, match="had nothing to read"):
            await pair.client.upload_file(pipe(b""), filename="p.bin")
        assert {} == pair.server.store.files
        await pair.client.upload_file(b"", filename="empty.txt")

        assert ("empty.txt", b"") == sole_file(pair)


@pytest.mark.parametrize(
    ("source", "said"),
    [("/no/such/file", "cannot be read"), ("/tmp", "is a folder"), (io.StringIO("text"), "binary mode"), (17, "int")],
)
async def test_an_invalid_source_is_an_error(source: Any, said: str) -> None:
    """A missing file, a folder, a text file and other objects raise an error with the reason, and nothing is sent."""
    async with client_and_server() as pair:
        with pytest.raises(ConfigurationError, match=said):
            await pair.client.upload_file(source)

        assert [] == pair.server.requests


async def test_many_files_share_one_progress() -> None:
    """The callback gets the bytes of all files together and their total."""
    async with client_and_server() as pair:
        seen: list[tuple[int, int | None]] = []
        await pair.client.upload_files([b"1" * 10, b"2" * 20], progress=lambda sent, total: seen.append((sent, total)))

        assert [30, 30] == [total for _, total in seen]
        assert 30 == seen[-1][0]


async def test_concurrency_is_bounded() -> None:
    """`concurrency` is the number of uploads at the same time."""
    async with client_and_server() as pair:
        await pair.client.upload_files([bytes([number]) * 10 for number in range(9)], concurrency=2)
        connections = {request.connection for request in pair.server.requests_to("POST", "/files/upload")}

        assert 2 >= len(connections)
        assert 9 == len(pair.server.store.files)


async def test_the_first_failure_stops_the_rest() -> None:
    """The error of the first file that fails is raised, and no further upload begins."""
    async with client_and_server(attrs.evolve(ServerBehavior.PRODUCTION, upload_limit=10)) as pair:
        with pytest.raises(PayloadTooLargeError):
            await pair.client.upload_files([b"1" * 11, *[b"2"] * 20], concurrency=1)

        assert 1 == len(pair.server.requests_to("POST", "/files/upload"))


MEMORY = """
import asyncio, resource, sys
from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore, UploadLimits

async def main(url, path):
    limits = UploadLimits(file=None)
    async with AsyncAIZoomDocClient(url, "static-token", token_store=MemoryTokenStore(), upload_limits=limits) as client:
        await client.upload_file(b"warm up")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        await client.upload_file(path)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)

asyncio.run(main(*sys.argv[1:]))
"""

SINK = """
import asyncio, json
from aiohttp import web

async def exchange(request):
    user = {"id": "1", "username": "u"}
    return web.json_response({"access_token": "a.b.c", "expires_in": 3600, "user": user})

async def upload(request):
    size = 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
    return web.json_response({"id": "1", "filename": "f", "size_bytes": size}, status=201)

async def main():
    app = web.Application(client_max_size=2**40)
    app.add_routes([web.post("/auth/exchange", exchange), web.post("/files/upload", upload)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the module resource does not exist there")
def test_memory_stays_constant(tmp_path: Path) -> None:
    """Uploading a file of 120 MB takes less than 30 MB of memory."""
    big = tmp_path / "big.pdf"
    with big.open("wb") as file:
        file.truncate(120 * 1024 * 1024)
    with subprocess.Popen([sys.executable, "-c", SINK], stdout=subprocess.PIPE, text=True) as sink:
        assert sink.stdout is not None
        url = f"http://127.0.0.1:{sink.stdout.readline().strip()}"
        try:
            done = subprocess.run(
                [sys.executable, "-c", MEMORY, url, str(big)], capture_output=True, text=True, check=False, timeout=50
            )
        finally:
            sink.kill()

    assert "" == done.stderr
    assert int(done.stdout) < 30 * 1024
