"""Passages found by their terms."""

from __future__ import annotations

import sqlite3

from aizoomdoc_client.local.searching import fts_index
from aizoomdoc_client.local.searching.fts_index import IndexedDocument, IndexedPassage


def test_copies_do_not_hide_the_document_that_differs() -> None:
    """Although more of them than are looked at come before it."""
    db = sqlite3.connect(":memory:")
    db.row_factory = sqlite3.Row
    db.executescript(fts_index.MIGRATIONS[-1])
    texts = {str(number): "насос н1 17" for number in range(1500)} | {"other": "насос н1 19 паспорт изготовителя"}
    for key, text in texts.items():
        passage = IndexedPassage(page=1, heading="", text=text, heading_terms="", body_terms=text)
        fts_index.put_document(db, IndexedDocument(key=key, version="1", name="План.pdf", page_count=1), [passage])

    found = fts_index.matching_passages(db, list(texts), ["насос", "н1"])

    assert set(texts.values()) == {each.text for each in found}
