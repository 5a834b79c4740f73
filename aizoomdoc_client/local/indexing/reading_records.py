"""What the index records before and after the reading of a document, each in one transaction: small documents are many."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import attrs

from ..searching import fts_index
from ..searching.fts_index import IndexedDocument, IndexedPassage
from . import reading_marks
from .document_source import DocumentSource
from .reading_marks import Mark


@attrs.frozen
class BegunReading:
    """The mark of a document whose reading begins, and its number in the index, which one that is given up does not get."""

    mark: Mark
    number: int


def begin_reading(
    db: sqlite3.Connection, digest: str, source: DocumentSource, now: float, *, recognizes: bool
) -> IndexedDocument | BegunReading:
    """Marks the document and begins it in the index, or copies an equal one that was read before and returns that.

    `now` is in seconds since 1970.
    """
    equal = fts_index.copy_equal(db, digest, (source.key, source.version, source.name), recognizes=recognizes)
    if equal is not None:
        return equal
    mark = reading_marks.begin(db, digest, now)
    return BegunReading(mark, 0 if mark.is_given_up else fts_index.begin_document(db, source.key, source.name))


def end_reading(
    db: sqlite3.Connection, number: int, last: Iterable[IndexedPassage], document: IndexedDocument, digest: str
) -> None:
    """Stores the last passages of a document that was read and what is known of it."""
    fts_index.add_passages(db, number, last)
    fts_index.finish_document(db, number, document, digest)
    reading_marks.forget(db, digest)
