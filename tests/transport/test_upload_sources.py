"""What can be uploaded: every kind of file object arrives whole, and what cannot be read is refused before anything is sent."""

from __future__ import annotations

import gzip
import io
import mmap
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from aizoomdoc_client import AsyncAIZoomDocClient, ConfigurationError
from aizoomdoc_client.testing import Reply, ServerBehavior
from tests.client_and_server import ClientAndServer, client_and_server

PLAN = b"%PDF-1.7 " + bytes(range(256)) * 3000
BUSY = Reply(503, {"detail": "busy"}, {"Retry-After": "0.01"})


class UploadFile:
    """Starlette's class, as far as it is used: a spooled file below, an async `read`, a `seek` without `whence`, no `tell`."""

    def __init__(self, content: bytes, filename: str | None = "План.pdf") -> None:
        self.file = tempfile.SpooledTemporaryFile(max_size=1000)  # noqa: SIM115 - closed by its own end
        self.file.write(content)
        self.file.seek(0)
        self.filename = filename
        self.size = 7

    async def read(self, size: int = -1) -> bytes:
        return self.file.read(size)

    async def seek(self, offset: int) -> None:
        self.file.seek(offset)


class AsyncPipe:
    """A source that is awaited, has no name, and can be read once."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    async def read(self, size: int = -1) -> bytes:
        return self._content.read(min(size, 70_000))


class FormFile:
    """An upload of a framework whose `name` is the form's field."""

    def __init__(self, content: bytes) -> None:
        self.filename, self.name, self.file = "План.pdf", "file", io.BytesIO(content)


def mapped(content: bytes) -> mmap.mmap:
    area = mmap.mmap(-1, len(content))
    area.write(content)
    area.seek(0)
    return area


def spooled(content: bytes) -> Any:
    file = tempfile.SpooledTemporaryFile(max_size=10)  # noqa: SIM115 - closed by its own end
    file.write(content)
    file.seek(0)
    return file


REPLAYABLE: dict[str, Callable[[bytes], Any]] = {
    "bytes": bytes,
    "bytearray": bytearray,
    "memoryview": memoryview,
    "BytesIO": io.BytesIO,
    "spooled": spooled,
    "mmap": mapped,
    "UploadFile": UploadFile,
    "form file": FormFile,
    "gzip": lambda content: gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(content))),
}


def close(source: Any) -> None:
    for file in (source, getattr(source, "file", None)):
        if isinstance(file, (io.IOBase, mmap.mmap)):
            file.close()


def sole_file(pair: ClientAndServer) -> tuple[str, bytes]:
    [file] = pair.server.store.files.values()
    return file.filename, file.content


@pytest.mark.parametrize("kind", REPLAYABLE)
async def test_each_kind_of_source_arrives_whole_also_when_it_is_sent_again(kind: str) -> None:
    """Without a name it is called document.pdf, by its content."""
    async with client_and_server() as pair:
        pair.server.respond("POST", "/files/upload", BUSY, BUSY)
        source = REPLAYABLE[kind](PLAN)
        await pair.client.upload_file(source)
        close(source)
        name = "План.pdf" if kind in {"UploadFile", "form file"} else "document.pdf"

        assert (name, PLAN) == sole_file(pair)
        assert 3 == len(pair.server.requests_to("POST", "/files/upload"))


async def test_an_anyio_file_arrives_whole_also_when_it_is_sent_again(tmp_path: Path) -> None:
    """A file whose `read`, `seek` and `tell` are awaited is sent from its position, and stays open."""
    path = tmp_path / "План.pdf"
    path.write_bytes(b"12345" + PLAN)
    async with client_and_server() as pair, await anyio.open_file(path, "rb") as file:
        await file.seek(5)
        pair.server.respond("POST", "/files/upload", BUSY)
        await pair.client.upload_file(file)

        assert ("План.pdf", PLAN) == sole_file(pair)
        assert not file.wrapped.closed


async def test_an_awaited_pipe_is_sent_in_chunks() -> None:
    """A source without a name, size or position is sent as it comes."""
    async with client_and_server() as pair:
        await pair.client.upload_file(AsyncPipe(PLAN))

        assert ("document.bin", PLAN) == sole_file(pair)


@pytest.mark.parametrize("behavior", ["production", "contract"])
@pytest.mark.parametrize("kind", [*REPLAYABLE, "pipe"])
async def test_a_question_takes_each_kind_of_source(kind: str, behavior: str) -> None:
    """In `files` of a question, on both kinds of servers; what gives no size is kept on the disk first, and reaches the model."""
    async with client_and_server(ServerBehavior.PRESETS[behavior]) as pair:
        source = (REPLAYABLE | {"pipe": AsyncPipe})[kind](PLAN)
        await pair.client.ask(await pair.chat(), "Что на плане?", files=[source])
        close(source)
        [file] = pair.server.store.files.values()

        assert (PLAN, behavior == "production", ".pdf") == (file.content, file.for_llm, file.filename[-4:])


@pytest.mark.skipif(sys.platform != "linux", reason="files of /proc and /sys")
@pytest.mark.parametrize("opened", [False, True])
async def test_what_a_file_says_of_its_size_is_not_believed(opened: bool) -> None:
    """Files of /proc say that they have 0 bytes, those of /sys 4096."""
    for path in filter(os.path.exists, ("/proc/version", "/sys/kernel/mm/transparent_hugepage/enabled")):
        content = await anyio.Path(path).read_bytes()
        async with client_and_server(ServerBehavior.PRODUCTION) as pair:
            with io.FileIO(path) as file:
                stored = await pair.client.upload_file(file if opened else path)

            assert (content, len(content)) == (sole_file(pair)[1], stored.size_bytes)
            assert 0 < stored.size_bytes < 4096


async def test_an_empty_file_is_an_empty_file(tmp_path: Path) -> None:
    """A regular file without content is sent as such."""
    path = tmp_path / "пусто.txt"
    path.touch()
    async with client_and_server() as pair:
        await pair.client.upload_file(path)

        assert ("пусто.txt", b"") == sole_file(pair)


async def test_a_name_of_macos_is_sent_composed(tmp_path: Path) -> None:
    """A file whose name has letters and marks apart arrives with composed letters."""
    path = tmp_path / "и\u0306.txt"
    path.write_bytes(b"x")
    async with client_and_server() as pair:
        await pair.client.upload_file(path)
        await pair.client.upload_file(b"y", filename="е\u0308.txt")

        assert ["й.txt", "ё.txt"] == [file.filename for file in pair.server.store.files.values()]


def closed() -> io.BytesIO:
    file = io.BytesIO(b"x")
    file.close()
    return file


def text_file() -> Any:
    return tempfile.TemporaryFile("w+", encoding="utf-8")


def write_only() -> Any:
    return open(os.devnull, "wb")  # noqa: PTH123 - closed by the test


def closed_upload() -> UploadFile:
    upload = UploadFile(b"x")
    upload.file.close()
    return upload


class NotBlocking(io.RawIOBase):
    """A pipe that has nothing yet."""

    def readable(self) -> bool:
        return True

    def readinto(self, _buffer: Any) -> None:
        return None


class TextLike:
    """A reader that gives text, without telling by its type."""

    async def read(self, _size: int = -1) -> str:
        return ""


class Broken:
    """An object whose `read` fails."""

    def read(self, _size: int = -1) -> bytes:
        raise RuntimeError("broken")


class WrongPath(os.PathLike[str]):
    """A path that is none."""

    def __fspath__(self) -> str:
        return 5  # type: ignore[return-value]


REFUSED: dict[str, Callable[[], Any]] = {
    "closed": closed,
    "text": text_file,
    "StringIO": lambda: io.StringIO("x"),
    "spooled text": lambda: tempfile.SpooledTemporaryFile(mode="w+"),  # noqa: SIM115 - closed by the test
    "write only": write_only,
    "closed UploadFile": closed_upload,
    "text reader": TextLike,
    "broken": Broken,
    "not blocking": NotBlocking,
    "a\\0b": lambda: "a\0b",
    "surrogate": lambda: "a\ud800b",
    "wrong path": WrongPath,
    "long path": lambda: "x" * 100_000,
    "empty path": lambda: "",
    "folder": lambda: "/",
    "int": lambda: 17,
    "None": lambda: None,
    "dict": lambda: {"a": b"x"},
    "object": object,
    "class": lambda: Broken,
}


@pytest.mark.parametrize("way", ["upload_file", "upload_file_for_llm", "upload_files", "files"])
@pytest.mark.parametrize("kind", REFUSED)
async def test_what_cannot_be_read_is_refused_before_anything_is_sent(kind: str, way: str) -> None:
    """One line of error, also as the second of several files; no request at all, no file left on the server."""
    async with client_and_server(ServerBehavior.PRODUCTION) as pair:
        chat = await pair.chat()
        sent = len(pair.server.requests)
        bad = REFUSED[kind]()
        ways: dict[str, Callable[[AsyncAIZoomDocClient], Any]] = {
            "upload_file": lambda client: client.upload_file(bad),
            "upload_file_for_llm": lambda client: client.upload_file_for_llm(bad),
            "upload_files": lambda client: client.upload_files([b"good", bad]),
            "files": lambda client: client.ask(chat, "Что?", files=[b"good", bad]),
        }
        with pytest.raises(ConfigurationError) as raised:
            await ways[way](pair.client)

        assert (sent, {}) == (len(pair.server.requests), pair.server.store.files)
        assert "\n" not in str(raised.value)
        assert str(raised.value).isprintable()
        close(bad)
