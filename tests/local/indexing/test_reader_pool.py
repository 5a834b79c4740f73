"""Documents read in processes of their own: what one does, no other suffers."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import attrs
import pytest

from aizoomdoc_client.local.indexing.document_index import DocumentIndex
from aizoomdoc_client.local.indexing.document_source import DocumentSource
from aizoomdoc_client.local.indexing.reader_limits import ReaderLimits
from aizoomdoc_client.local.indexing.reader_messages import DocumentUnreadable, Opened as DocumentOpened
from aizoomdoc_client.local.indexing.reader_pool import ReaderPool
from aizoomdoc_client.local.indexing.reader_process import ReaderProcess
from aizoomdoc_client.local.indexing.reading_schedule import Urgency
from aizoomdoc_client.local.reading import Reason
from aizoomdoc_client.local.searching.fts_index import IndexedDocument
from aizoomdoc_client.local.storage_errors import StorageError
from tests.databases import held, impatient
from tests.local.hostile_files import deflate_bomb, nested_forms

__all__ = ["impatient"]

HASTY = ReaderLimits(silence=0.5)


@pytest.fixture
def source(tmp_path: Path) -> Callable[[str, bytes], DocumentSource]:
    def make(name: str, data: bytes) -> DocumentSource:
        path = tmp_path / name
        path.write_bytes(data)
        return DocumentSource(key=name, name=name, path=path, version="1")

    return make


Made = Callable[[str, bytes], DocumentSource]
Opened = Callable[..., AbstractAsyncContextManager[DocumentIndex]]


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    @asynccontextmanager
    async def open_index(limits: ReaderLimits = HASTY, readers: int = 1, **options: Any) -> AsyncIterator[DocumentIndex]:
        index = DocumentIndex(tmp_path / "index.sqlite3", readers=readers, limits=limits, **options)
        await index.open()
        try:
            yield index
        finally:
            await index.close()

    return open_index


def reason(document: IndexedDocument) -> str:
    return "" if document.error is None else document.error.en


async def test_a_document_that_takes_too_long_costs_that_document_only(opened: Opened, source: Made) -> None:
    """Forms that draw each other 2^26 times: its process is killed, and the next document is read."""
    async with opened() as index:
        slow, fine = await index.ensure_read([source("forms.pdf", nested_forms()), source("a.txt", b"Panel 1")])

    assert "it takes too long to read" in reason(slow)
    assert not reason(fine)


async def test_a_document_that_takes_too_much_memory_costs_that_document_only(opened: Opened, source: Made) -> None:
    """Four gigabytes of white space: the process has a limit, and the server's memory stays as it is."""
    limits = ReaderLimits(memory_bytes=512 * 1024 * 1024)
    async with opened(limits) as index:
        bomb, fine = await index.ensure_read([source("bomb.pdf", deflate_bomb()), source("a.txt", b"Panel 1")])

    assert "the reader broke on it twice" in reason(bomb)
    assert not reason(fine)


async def test_a_document_that_was_given_up_is_marked(opened: Opened, source: Made, tmp_path: Path) -> None:
    """By the digest of its bytes, in the index."""
    data = nested_forms()
    async with opened() as index:
        await index.ensure_read([source("forms.pdf", data)])
    with closing(sqlite3.connect(tmp_path / "index.sqlite3")) as db:
        marks = db.execute("SELECT digest, reason IS NOT NULL FROM marks").fetchall()

    assert [(hashlib.sha256(data).hexdigest(), 1)] == marks


async def test_what_took_too_long_is_not_tried_again_under_another_name(opened: Opened, source: Made) -> None:
    """The mark goes by the bytes: another user may upload the same file; also after a restart."""
    async with opened() as index:
        await index.ensure_read([source("forms.pdf", nested_forms())])
    async with opened(ReaderLimits(silence=3600)) as index:
        [again] = await index.ensure_read([source("other.pdf", nested_forms())])

    assert "it takes too long to read" in reason(again)


async def test_an_index_that_another_program_holds_costs_a_reading_and_no_reader(
    opened: Opened, source: Made, tmp_path: Path, impatient: None
) -> None:
    """Who waits for the document gets the error; once the index is free, it is read."""
    document = source("a.txt", b"Panel 1")
    async with opened() as index:
        await index.ensure_read([source("b.txt", b"Panel 2")])
        with held(tmp_path / "index.sqlite3"):
            for _ in range(3):  # more than there are readers
                with pytest.raises(StorageError, match="Another program holds"):
                    await asyncio.wait_for(index._pool.reading(document, Urgency.WAITED_FOR).ended, 20)
        [read] = await asyncio.wait_for(index.ensure_read([document]), 20)

    assert not reason(read)


async def test_an_error_that_nobody_expects_costs_a_reading_and_no_reader(
    opened: Opened, source: Made, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Who waits for the document gets it, and it is logged; the next document is read."""
    document = source("a.txt", b"Panel 1")
    async with opened() as index:
        with monkeypatch.context() as patch:
            patch.setattr(ReaderPool, "_read", Mock(side_effect=sqlite3.OperationalError("odd")))
            for _ in range(3):
                with pytest.raises(sqlite3.OperationalError, match="odd"):
                    await asyncio.wait_for(index._pool.reading(document, Urgency.WAITED_FOR).ended, 20)
        [read] = await asyncio.wait_for(index.ensure_read([document]), 20)

    assert not reason(read)
    assert "What is known of a document could not be stored" in caplog.text


NO_TIME = ReaderLimits(silence=0, silence_per_megabyte=0)
DAY = 86_400.0


async def outcome(opened: Opened, document: DocumentSource, limits: ReaderLimits, day: float, version: str = "1") -> str:
    """What a server that starts at that day of 2026 says of the document: when it is tried again, or nothing if it is read."""
    async with opened(limits, clock=lambda: 1_767_225_600 + day * DAY, version=version) as index:
        [read] = await index.ensure_read([document])
    return reason(read).partition(" (tried again after ")[2].removesuffix(")") or reason(read)


async def test_what_was_given_up_is_tried_again_ever_more_seldom(opened: Opened, source: Made) -> None:
    """After 1, 2 and 4 days; until then it is not, with however much time; its reason says when. Then it may be read."""
    document = source("a.txt", b"Panel 1")
    told = [
        await outcome(opened, document, limits, day)
        for limits, day in [(NO_TIME, 0), (HASTY, 0.9), (NO_TIME, 1.1), (HASTY, 3), (NO_TIME, 3.2), (HASTY, 7), (HASTY, 7.3)]
    ]

    assert ["2026-01-02", "2026-01-02", "2026-01-04", "2026-01-04", "2026-01-08", "2026-01-08", ""] == told


async def test_another_version_tries_again_what_was_given_up(opened: Opened, source: Made) -> None:
    """At once, and no other time before the day that is told; also as another file with the same bytes."""
    document, copy = source("a.txt", b"Panel 1"), source("b.txt", b"Panel 1")
    told = [
        await outcome(opened, name, NO_TIME, day, version)
        for name, day, version in [(document, 0, "1"), (document, 0.1, "2"), (document, 0.2, "2"), (copy, 0.2, "2")]
    ]
    assert ["2026-01-02", "2026-01-03", "2026-01-03", "2026-01-03"] == told

    assert "" == await outcome(opened, copy, HASTY, 0.3, "3")


async def test_a_changed_file_is_read_at_once(opened: Opened, source: Made) -> None:
    """Its bytes are others."""
    assert "2026-01-02" == await outcome(opened, source("a.txt", b"Panel 1"), NO_TIME, 0)

    assert "" == await outcome(opened, attrs.evolve(source("a.txt", b"Panel 2"), version="2"), HASTY, 0)


async def test_a_fault_of_the_reader_is_tried_again_later(opened: Opened, source: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next version may have mended it."""
    document = source("a.txt", b"Panel 1")
    with monkeypatch.context() as patched:
        patched.setattr(ReaderProcess, "read", with_a_fault)
        assert "2026-01-02" == await outcome(opened, document, HASTY, 0)

    assert ["2026-01-02", ""] == [await outcome(opened, document, HASTY, 0.5, version) for version in ("1", "2")]


async def with_a_fault(process: ReaderProcess) -> AsyncGenerator[DocumentUnreadable]:
    """Says that the reader has a fault, and reads nothing."""
    await process.leave()
    yield DocumentUnreadable(Reason("ошибка", "fault"), is_unexpected=True)


async def test_what_ended_the_server_is_tried_again_later(opened: Opened, source: Made, tmp_path: Path) -> None:
    """The mark of a reading that was begun twice and not ended, with no reason, is given one and a day."""
    document = source("a.txt", b"Panel 1")
    async with opened():
        pass
    with closing(sqlite3.connect(tmp_path / "index.sqlite3")) as db:
        db.execute("INSERT INTO marks (digest, readings) VALUES (?, 2)", (hashlib.sha256(b"Panel 1").hexdigest(),))
        db.commit()

    assert ["2026-01-02", "2026-01-02", ""] == [await outcome(opened, document, HASTY, day) for day in (0, 0.5, 1.5)]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells here how long a process ran")
async def test_a_document_whose_process_could_not_run_is_read_again(
    opened: Opened, source: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on an overloaded machine: the process stands still, so the time says nothing of the document."""
    pids = list[int]()
    begin = ReaderProcess._open

    async def stopped_at_first(process: ReaderProcess, given: DocumentSource) -> DocumentOpened:
        opening = await begin(process, given)
        assert process._process is not None
        pids.append(process._process.pid)
        if len(pids) == 1:
            os.kill(pids[0], signal.SIGSTOP)
        return opening

    monkeypatch.setattr(ReaderProcess, "_open", stopped_at_first)
    async with opened(ReaderLimits(silence=3)) as index:
        [fine] = await index.ensure_read([source("a.txt", b"Panel 1")])

    assert ("", 2) == (reason(fine), len(pids))


async def test_what_is_waited_for_is_read_beside_what_nobody_waits_for(opened: Opened, source: Made) -> None:
    """The only reader is held up by a file that was to be read ahead."""
    held = source("forms.pdf", nested_forms())
    async with opened(ReaderLimits(silence=3600)) as index:
        index.read_ahead([held, source("b.txt", b"Panel 2")])
        [fine] = await index.ensure_read([source("a.txt", b"Panel 1")])

    assert not reason(fine)


async def test_copies_that_are_read_at_once_are_not_taken_for_a_file_that_breaks_readers(opened: Opened, source: Made) -> None:
    """They have one mark, because they have the same bytes."""
    copies = [source(f"{number}.txt", b"Panel 1") for number in range(12)]
    async with opened(readers=4) as index:
        documents = await index.ensure_read(copies)

    assert [""] * 12 == [reason(document) for document in documents]


async def test_documents_that_cannot_be_opened_are_not_taken_for_copies_of_one(opened: Opened, tmp_path: Path) -> None:
    """They have no bytes to be marked by."""
    missing = [DocumentSource(key=f"{n}.txt", name=f"{n}.txt", path=tmp_path / f"{n}.txt", version="1") for n in range(4)]
    async with opened(readers=4) as index:
        documents = await index.ensure_read(missing)

    assert [True] * 4 == ["cannot be opened" in reason(document) for document in documents]
