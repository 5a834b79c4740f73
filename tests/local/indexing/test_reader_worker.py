"""What a reader process says of a document, without the process."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path

import pytest

from aizoomdoc_client.local import Document, Page
from aizoomdoc_client.local.indexing import reader_worker
from aizoomdoc_client.local.indexing.reader_messages import DocumentRead, DocumentUnreadable, FromReader, PagesRead, ReadDocument
from aizoomdoc_client.local.indexing.reader_worker import indexed_passages, read
from aizoomdoc_client.local.searching.search_terms import terms
from tests.local.reading.made_pdf import MadePage, at, made

PAGES = 5


@pytest.mark.parametrize(
    ("seconds_between", "told"), [(0.5, [0, 1, 2, 3, 4]), (0.01, [0])], ids=["slow pages one by one", "quick ones together"]
)
def test_pages_are_told_one_by_one_where_they_are_slow(tmp_path: Path, seconds_between: float, told: list[int]) -> None:
    """The first is told at once, so that the number of all pages is known."""
    path = made(tmp_path / "a.pdf", *[MadePage(at(100, 100, "Вентиляция"))] * PAGES)
    ticks = count()
    sent: list[FromReader] = []

    last = read(ReadDocument(os.fsencode(path), path.name, PAGES), sent.append, lambda: next(ticks) * seconds_between)

    assert [PagesRead(done, PAGES) for done in told] == [message for message in sent if isinstance(message, PagesRead)]
    assert isinstance(last, DocumentRead)


@pytest.mark.parametrize(("fault", "told"), [(MemoryError(), "too much memory"), (ValueError(), "could not be read")])
def test_a_fault_of_the_reader_is_told_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception, told: str
) -> None:
    """It may be otherwise another time, unlike what is wrong with a file."""

    def fail(*_: object, **__: object) -> None:
        raise fault

    path = tmp_path / "a.txt"
    path.write_bytes(b" ")
    wrong = read(ReadDocument(os.fsencode(path), path.name, PAGES), [].append)
    monkeypatch.setattr(reader_worker, "read_document", fail)
    failed = read(ReadDocument(os.fsencode(path), path.name, PAGES), [].append)

    assert isinstance(wrong, DocumentUnreadable)
    assert isinstance(failed, DocumentUnreadable)
    assert (False, True, True) == (wrong.is_unexpected, failed.is_unexpected, told in failed.reason.en)


def test_what_stands_above_a_passage_finds_it() -> None:
    """The name of the document, the headings, the heads of a table that began before, and the running titles of the page."""
    rows = "\n".join(f"| К{number} | медный, в трубе по стене | {number} м |" for number in range(60))
    pages = [f"Щитовая\n4.1 Прокладка\n| Кабель | Способ | Длина |\n|---|---|---|\n{rows}\nЛист {page}" for page in range(1, 5)]
    document = Document(name="Журнал.pdf", pages=tuple(Page(n, text) for n, text in enumerate(pages, start=1)), page_count=4)
    of_first_page = [passage for passage in indexed_passages(document) if passage.page == 1]
    first, *_, last = (set(passage.heading_terms.split()) for passage in of_first_page)

    assert set(terms("журнал прокладка щитовая лист 1")) <= first
    assert set(terms("журнал прокладка кабель способ длина")) <= last
