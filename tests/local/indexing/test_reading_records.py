"""What is recorded before and after the reading of a document."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from aizoomdoc_client.local.indexing import reading_marks
from aizoomdoc_client.local.indexing.document_source import DocumentSource
from aizoomdoc_client.local.indexing.reading_marks import MOST_READINGS
from aizoomdoc_client.local.indexing.reading_records import BegunReading, begin_reading, end_reading
from aizoomdoc_client.local.reading import Reason
from aizoomdoc_client.local.searching import fts_index
from aizoomdoc_client.local.searching.fts_index import IndexedDocument, IndexedPassage

NOW = 1_000.0
PASSAGE = IndexedPassage(page=1, heading="", text="Щит ВРУ-1", heading_terms="", body_terms="щит вру1")


def source(key: str, version: str = "1") -> DocumentSource:
    return DocumentSource(key=key, name="План.pdf", path=Path(key), version=version)


def begun(db: sqlite3.Connection, document: DocumentSource, digest: str = "d") -> BegunReading:
    found = begin_reading(db, digest, document, NOW, recognizes=False)
    assert isinstance(found, BegunReading)
    return found


def document(key: str, version: str = "1") -> IndexedDocument:
    return IndexedDocument(key=key, version=version, name="План.pdf", page_count=1)


def read(db: sqlite3.Connection, key: str) -> None:
    end_reading(db, begun(db, source(key)).number, [PASSAGE], document(key), "d")


def texts(db: sqlite3.Connection, key: str) -> list[str]:
    return [each.text for each in fts_index.matching_passages(db, [key], ["вру1"])]


def test_what_was_read_is_in_the_index_and_its_mark_is_forgotten(db: sqlite3.Connection) -> None:
    read(db, "a")

    assert fts_index.known_documents(db, ["a"])["a"].version == "1"
    assert texts(db, "a") == ["Щит ВРУ-1"]
    assert reading_marks.begin(db, "d", NOW).readings == 1


def test_an_equal_document_is_copied_and_gets_no_mark(db: sqlite3.Connection) -> None:
    read(db, "a")

    assert begin_reading(db, "d", source("b", "7"), NOW, recognizes=False) == document("b", "7")
    assert texts(db, "b") == ["Щит ВРУ-1"]
    assert reading_marks.begin(db, "d", NOW).readings == 1


def test_each_reading_that_did_not_end_is_counted(db: sqlite3.Connection) -> None:
    assert [begun(db, source("a")).mark.readings for _ in range(2)] == [1, 2]


def test_the_earlier_version_of_a_document_that_is_given_up_stays(db: sqlite3.Connection) -> None:
    """Until it is known why."""
    read(db, "a")
    for _ in range(MOST_READINGS):
        reading_marks.begin(db, "broken", NOW)

    assert begun(db, source("a", "2"), "broken").mark.is_given_up
    assert texts(db, "a") == ["Щит ВРУ-1"]


def test_a_document_with_a_reason_is_not_begun(db: sqlite3.Connection) -> None:
    reading_marks.begin(db, "d", NOW)
    reading_marks.give_up(db, "d", Reason(ru="слишком велик", en="too large"), NOW, "1.0")

    assert begun(db, source("a")).mark.is_given_up
    assert fts_index.known_documents(db, ["a"]) == {}
