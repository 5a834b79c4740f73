"""Scans recognized in reader processes, with the executable in the place of Tesseract's."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import attrs
import pytest
from PIL import Image

from aizoomdoc_client.local.indexing.document_index import DocumentIndex
from aizoomdoc_client.local.indexing.document_source import DocumentSource
from aizoomdoc_client.local.indexing.reader_limits import ReaderLimits
from aizoomdoc_client.local.indexing.reader_messages import DocumentRead, PagesRead
from aizoomdoc_client.local.indexing.reader_process import ReaderProcess, ReaderStoppedError
from aizoomdoc_client.local.reading import UnreadPart
from aizoomdoc_client.local.searching.fts_index import IndexedDocument
from tests.local.reading.made_pdf import A4, MadePage, at, made
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
        (message.done, message.of) for message in messages if isinstance(message, PagesRead) and message.recognizing_seconds
    ]


async def test_a_large_sheet_may_take_longer_than_pages_without_a_picture(folder: Path, tmp_path: Path) -> None:
    """It has what recognizing so many pixels may take, at most `recognition_seconds`."""
    stand_in(folder, then="time.sleep(2)")
    Image.new("1", (14_043, 9_933), 1).save(tmp_path / "a0.png")
    process = ReaderProcess(ReaderLimits(silence=1, seconds=1, silence_per_megabyte=0, seconds_per_megabyte=0))
    await process.open(source(tmp_path / "a0.png"))
    messages = [message async for message in process.read()]
    await process.close()

    assert DocumentRead(1, (UnreadPart(kind="recognized", pages=(1,)),)) == messages[-1]
    assert [174] == [round(each.recognizing_seconds) for each in messages if isinstance(each, PagesRead) and each.done == 0][-1:]

    bounded = ReaderProcess(ReaderLimits(silence=1, seconds=1, silence_per_megabyte=0, recognition_seconds=0.1))
    await bounded.open(source(tmp_path / "a0.png"))
    with pytest.raises(ReaderStoppedError, match="takes too long"):
        async for _ in bounded.read():
            pass


async def test_recognition_ends_with_the_reader(folder: Path, scan: DocumentSource) -> None:
    """What it started is killed with it."""
    stand_in(folder, then=f"open({str(folder / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(600)")
    process = ReaderProcess(ReaderLimits(silence=4, silence_per_megabyte=0, recognition_seconds=1))
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


@contextlib.asynccontextmanager
async def opened(path: Path, *, recognize: bool = True) -> AsyncGenerator[DocumentIndex]:
    index = DocumentIndex(path / "index.sqlite3", limits=ReaderLimits(recognize=recognize))
    await index.open()
    yield index
    await index.close()


async def read(path: Path, *sources: DocumentSource, recognize: bool = True) -> list[IndexedDocument]:
    """What an index in that folder says of them when it is opened anew."""
    async with opened(path, recognize=recognize) as index:
        return await index.ensure_read(sources)


def runs(folder: Path) -> int:
    return len((folder / "run").read_text().splitlines()) if (folder / "run").exists() else 0


@pytest.fixture
def half_scan(tmp_path: Path) -> DocumentSource:
    return source(made(tmp_path / "half.pdf", at(50, 800, "Строка текста"), MadePage(image=A4)))


@pytest.fixture
def photo(tmp_path: Path) -> DocumentSource:
    Image.new("L", (20, 20), "white").save(tmp_path / "photo.png")
    return attrs.evolve(source(tmp_path / "photo.png"), key="b")


async def test_without_recognition_pages_without_text_are_named(folder: Path, tmp_path: Path, half_scan: DocumentSource) -> None:
    """Tesseract is not started; what is text is read."""
    stand_in(folder)
    [document] = await read(tmp_path, half_scan, recognize=False)

    assert ((UnreadPart(kind="no_text", pages=(2,)),), 0) == (document.unread, runs(folder))


@pytest.mark.parametrize("name", ["photo", "scan"])
async def test_what_has_no_other_text_says_that_recognition_is_off(
    folder: Path, tmp_path: Path, name: str, request: pytest.FixtureRequest
) -> None:
    """What is installed need not be installed."""
    stand_in(folder)
    [document] = await read(tmp_path, request.getfixturevalue(name), recognize=False)

    assert document.error is not None
    assert ("--no-ocr" in document.error.en, "--no-ocr" in document.error.ru, 0) == (True, True, runs(folder))


async def test_documents_are_read_again_when_recognition_is_turned_on(
    folder: Path, tmp_path: Path, half_scan: DocumentSource, photo: DocumentSource
) -> None:
    """Once; and what was recognized stays when it is turned off."""
    stand_in(folder)
    await read(tmp_path, half_scan, photo, recognize=False)
    for recognize in (True, True, False):
        first, second = await read(tmp_path, half_scan, photo, recognize=recognize)
        assert (UnreadPart(kind="recognized", pages=(2,)),) == first.unread
        assert (UnreadPart(kind="recognized", pages=(1,)),) == second.unread

    assert 2 == runs(folder)


async def test_documents_without_pictures_are_not_read_again(folder: Path, tmp_path: Path) -> None:
    """Recognition changes nothing of them."""
    stand_in(folder)
    text = source(made(tmp_path / "a.pdf", at(50, 800, "Строка текста")))
    await read(tmp_path, text, recognize=False)
    async with opened(tmp_path) as index:
        assert [text.key] == list(await index.known([text]))


async def test_a_copy_of_what_was_read_without_recognition_is_recognized(
    folder: Path, tmp_path: Path, half_scan: DocumentSource
) -> None:
    """Its bytes are equal, its reading is not."""
    stand_in(folder)
    await read(tmp_path, half_scan, recognize=False)
    [copy] = await read(tmp_path, attrs.evolve(half_scan, key="copy"))

    assert (UnreadPart(kind="recognized", pages=(2,)),) == copy.unread


async def test_documents_are_read_again_when_tesseract_was_installed_meanwhile(
    folder: Path, tmp_path: Path, half_scan: DocumentSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a restart; nothing has to be uploaded again."""
    monkeypatch.setenv("PATH", str(folder))
    [before] = await read(tmp_path, half_scan)
    stand_in(folder)
    [after] = await read(tmp_path, half_scan)

    assert ["no_text", "recognized"] == [document.unread[0].kind for document in (before, after)]
