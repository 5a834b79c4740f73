"""Passages found by their terms."""

from __future__ import annotations

import sqlite3

from aizoomdoc_client.local.searching import fts_index
from aizoomdoc_client.local.searching.fts_index import IndexedDocument, IndexedPassage


def test_copies_do_not_hide_the_document_that_differs(db: sqlite3.Connection) -> None:
    """Although more of them than are looked at come before it; of the copies there is one."""
    texts = {str(number): "насос н1 17" for number in range(1500)} | {"other": "насос н1 19 паспорт изготовителя"}
    for key, text in texts.items():
        passage = IndexedPassage(page=1, heading="", text=text, heading_terms="", body_terms=text)
        fts_index.put_document(db, IndexedDocument(key=key, version="1", name="План.pdf", page_count=1), [passage])

    found = fts_index.matching_passages(db, list(texts), ["насос", "н1"])

    assert sorted(set(texts.values())) == sorted(each.text for each in found)


def put(db: sqlite3.Connection, *documents: tuple[str, str]) -> None:
    """Puts documents by key and digest into the index; each has one passage, and all have one name."""
    for key, digest in documents:
        number = fts_index.begin_document(db, key, "План.pdf")
        passage = IndexedPassage(page=2, heading="Щиты", text=f"Щит {digest}", heading_terms="щит", body_terms=f"щит {digest}")
        fts_index.add_passages(db, number, [passage])
        fts_index.finish_document(db, number, IndexedDocument(key=key, version="1", name="План.pdf", page_count=3), digest)


def test_equal_documents_are_copied(db: sqlite3.Connection) -> None:
    """With passages and terms, under a key and a version of their own; those of other bytes or of another name are not."""
    put(db, ("a", "d1"), ("b", "d2"))
    made = fts_index.copy_equal(db, "d1", ("c", "7", "План.pdf"))

    assert made == IndexedDocument(key="c", version="7", name="План.pdf", page_count=3)
    assert made == fts_index.known_documents(db, ["c"])["c"]
    assert ["Щит d1"] == [each.text for each in fts_index.matching_passages(db, ["c"], ["d1"])]
    assert None is fts_index.copy_equal(db, "d3", ("e", "1", "План.pdf"))
    assert None is fts_index.copy_equal(db, "d1", ("e", "1", "Другой.pdf"))


def test_a_document_that_is_still_read_is_not_copied(db: sqlite3.Connection) -> None:
    """It has some of its passages only."""
    fts_index.begin_document(db, "a", "План.pdf")
    db.execute("UPDATE documents SET digest = 'd1'")

    assert None is fts_index.copy_equal(db, "d1", ("b", "1", "План.pdf"))


def test_older_copies_are_deleted_after_a_time(db: sqlite3.Connection) -> None:
    """A server that has just read one may be searching it."""
    put(db, ("a", "d1"), ("b", "d2"), ("c", "d1"), ("d", "d1"))
    db.execute("UPDATE documents SET read_at = read_at - 4000 WHERE key IN ('a', 'b', 'd')")
    fts_index.delete_older_copies(db, 3600)

    assert ["b", "c", "d"] == fts_index.document_keys(db, "")
