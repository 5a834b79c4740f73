"""Scans recognized in reader processes, with the executable in the place of Tesseract's."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from aizoomdoc_client.local.indexing.document_source import DocumentSource
from aizoomdoc_client.local.indexing.reader_limits import ReaderLimits
from aizoomdoc_client.local.indexing.reader_messages import DocumentRead, PagesRead
from aizoomdoc_client.local.indexing.reader_process import ReaderProcess, ReaderStoppedError
from aizoomdoc_client.local.reading import UnreadPart
from tests.local.reading.made_pdf import A4, MadePage, made
from tests.local.reading.test_ocr import scanned, stand_in, tesseract

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script with a shebang")

PAGES = 4
SLOW = "time.sleep(1)"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The first folder in which programs are looked for."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


@pytest.fixture
def scan(tmp_path: Path) -> DocumentSource:
    return source(made(tmp_path / "scan.pdf", *[MadePage(image=A4)] * PAGES))


def source(path: Path) -> DocumentSource:
    return DocumentSource(key="a", name=path.name, path=path, version="1")


@pytest.fixture
async def process() -> AsyncIterator[ReaderProcess]:
    """With three seconds for a document, but for the pages that are recognized."""
    process = ReaderProcess(ReaderLimits(seconds=3))
    yield process
    await process.close()


async def test_each_recognized_page_gives_more_time(process: ReaderProcess, folder: Path, scan: DocumentSource) -> None:
    """Four pages of a second each; every page is told."""
    stand_in(folder, then=SLOW)
    await process.open(scan)
    messages = [message async for message in process.read()]

    assert DocumentRead(PAGES, (UnreadPart(kind="recognized", pages=(1, 2, 3, 4)),)) == messages[-1]
    assert [(page, PAGES) for page in range(PAGES)] == [
        (message.done, message.of) for message in messages if isinstance(message, PagesRead) and message.recognizes
    ]


async def test_recognition_ends_with_the_reader(folder: Path, scan: DocumentSource) -> None:
    """What it started is killed with it."""
    stand_in(folder, then=f"open({str(folder / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(600)")
    process = ReaderProcess(ReaderLimits(silence=4, silence_per_megabyte=0))
    await process.open(scan)
    with pytest.raises(ReaderStoppedError, match="takes too long"):
        async for _ in process.read():
            pass

    await ended(int((folder / "pid").read_text()))


@tesseract
async def test_tesseract_works_within_the_readers_memory(tmp_path: Path) -> None:
    """Its process has the limits of the reader's."""
    process = ReaderProcess(ReaderLimits())
    try:
        await process.open(source(scanned(tmp_path / "scan.pdf")))
        messages = [message async for message in process.read()]
    finally:
        await process.close()

    assert DocumentRead(1, (UnreadPart(kind="recognized", pages=(1,)),)) == messages[-1]


async def ended(pid: int) -> None:
    """Returns when no process has that number, or when it only waits to be forgotten by its parent."""
    async with asyncio.timeout(10):
        while is_running(pid):  # noqa: ASYNC110 (nothing tells of it)
            await asyncio.sleep(0)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] == "Z")
