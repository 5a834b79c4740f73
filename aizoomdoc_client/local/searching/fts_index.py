"""The tables of the index: documents, their passages, and the passages' terms in FTS5.

They can be deleted at any time and are filled again from the documents. `score` is BM25, larger is better.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence

import attrs
import msgspec

from ..reading import Reason, UnreadPart
from .search_terms import is_code

# With more parts of the index left unmerged (4 by default), filling it takes an eighth less time and searching it no more.
_TABLES = """
CREATE TABLE documents (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, version TEXT NOT NULL, name TEXT NOT NULL,
    page_count INTEGER NOT NULL, unread TEXT NOT NULL, digest TEXT,
    read_at INTEGER NOT NULL DEFAULT (strftime('%s', 'now')),
    error TEXT, retry_at REAL, unrecognized INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY, document_id INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    page INTEGER NOT NULL, heading TEXT NOT NULL, text TEXT NOT NULL, left_out TEXT NOT NULL, is_contents INTEGER NOT NULL
);
CREATE INDEX documents_by_digest ON documents (digest);
CREATE INDEX passages_of_document ON passages (document_id);
CREATE TABLE marks (
    digest TEXT PRIMARY KEY, readings INTEGER NOT NULL, reason TEXT, version TEXT,
    retry_at REAL, failures INTEGER NOT NULL DEFAULT 0
);
CREATE VIRTUAL TABLE terms USING fts5(heading, body, tokenize = "unicode61 remove_diacritics 0 tokenchars '.'");
INSERT INTO terms (terms, rank) VALUES ('automerge', 16);
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(terms, row);
CREATE TRIGGER forget_terms AFTER DELETE ON passages BEGIN DELETE FROM terms WHERE rowid = old.id; END
"""

_VERSION = 23
_DROP_ALL = """
DROP TABLE IF EXISTS vocabulary;
DROP TABLE IF EXISTS terms; DROP TABLE IF EXISTS passages; DROP TABLE IF EXISTS documents; DROP TABLE IF EXISTS marks;
"""

MIGRATIONS = ("",) * (_VERSION - 1) + (_DROP_ALL + _TABLES,)
"""Tables of another version are made anew, empty: the documents fill them again."""

_MAX_CANDIDATES = 1000  # passages
_MAX_WITH_COPIES = 20_000  # passages
_SHORTEST_PREFIX = 5  # letters


class IndexedPassage(msgspec.Struct, frozen=True, kw_only=True):
    """A passage with the terms that it is found by; the terms are separated by spaces."""

    page: int
    heading: str
    text: str
    heading_terms: str
    body_terms: str
    left_out: str = ""
    is_contents: bool = False


@attrs.frozen(kw_only=True)
class IndexedDocument:
    """A document in the index; `error` says why it could not be read, `retry_at` when it is tried again, in seconds since 1970.

    `unrecognized` tells that the recognition of text in pictures might find more of it, and was not there when it was read.
    """

    key: str
    version: str
    name: str
    page_count: int = 0
    unread: tuple[UnreadPart, ...] = ()
    error: Reason | None = None
    retry_at: float | None = None
    unrecognized: bool = False

    @property
    def blank_pages(self) -> int:
        """How many pages have no text, as scans and drawings without captions have none."""
        return sum(len(part.pages) for part in self.unread if part.kind == "no_text")


@attrs.frozen(kw_only=True)
class Candidate:
    """A passage that has at least one of the terms searched for."""

    key: str
    name: str
    page: int
    heading: str
    text: str
    heading_terms: frozenset[str]
    body_terms: frozenset[str]
    score: float
    left_out: str = ""
    is_contents: bool = False
    body_order: tuple[str, ...] = ()


def put_document(db: sqlite3.Connection, document: IndexedDocument, entries: Iterable[IndexedPassage]) -> None:
    """Inserts the document with its passages, in place of an earlier version."""
    number = begin_document(db, document.key, document.name)
    add_passages(db, number, entries)
    finish_document(db, number, document)


def begin_document(db: sqlite3.Connection, key: str, name: str) -> int:
    """The number of a document without passages, in place of an earlier version; its version is "" until it is finished."""
    delete_documents(db, [key])
    number = db.execute(
        "INSERT INTO documents (key, version, name, page_count, unread) VALUES (?, '', ?, 0, '[]')", (key, name)
    ).lastrowid
    assert number is not None
    return number


def add_passages(db: sqlite3.Connection, number: int, entries: Iterable[IndexedPassage]) -> None:
    """Inserts the next passages of the document that was begun."""
    free = db.execute("SELECT coalesce(max(id), 0) + 1 FROM passages").fetchone()[0]
    numbered = list(enumerate(entries, start=free))
    db.executemany(
        "INSERT INTO passages (id, document_id, page, heading, text, left_out, is_contents) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(rowid, number, each.page, each.heading, each.text, each.left_out, each.is_contents) for rowid, each in numbered],
    )
    db.executemany(
        "INSERT INTO terms (rowid, heading, body) VALUES (?, ?, ?)",
        [(rowid, each.heading_terms, each.body_terms) for rowid, each in numbered],
    )


def finish_document(db: sqlite3.Connection, number: int, document: IndexedDocument, digest: str | None = None) -> None:
    """Stores what is known of the document that was begun; nothing where it was deleted meanwhile.

    `digest` of its bytes lets others that are equal be copied from it.
    """
    unread = msgspec.json.encode(document.unread).decode()
    error = None if document.error is None else msgspec.json.encode(document.error).decode()
    db.execute(
        "UPDATE documents SET version = ?, page_count = ?, unread = ?, error = ?, retry_at = ?, digest = ?, unrecognized = ?"
        " WHERE id = ?",
        (document.version, document.page_count, unread, error, document.retry_at, digest, document.unrecognized, number),
    )


_EQUAL = (
    "SELECT * FROM documents WHERE digest = ? AND name = ? AND key != ? AND version != '' AND error IS NULL ORDER BY unrecognized"
)
_PASSAGES_TO_COPY = """
SELECT passages.page, passages.heading, passages.text, passages.left_out, passages.is_contents, terms.heading, terms.body
FROM passages JOIN terms ON terms.rowid = passages.id WHERE passages.document_id = ? ORDER BY passages.id
"""
_COPY_PASSAGE = "INSERT INTO passages (document_id, page, heading, text, left_out, is_contents) VALUES (?, ?, ?, ?, ?, ?)"


def copy_equal(
    db: sqlite3.Connection, digest: str, source: tuple[str, str, str], *, recognizes: bool = False
) -> IndexedDocument | None:
    """The document, with the passages of one that was read before and has the same bytes and name; None where there is none.

    `source` is its key, version and name. With `recognizes` none counts of which recognition might find more.
    """
    key, version, name = source
    row = db.execute(_EQUAL, (digest, name, key)).fetchone()
    if row is None or (recognizes and row["unrecognized"]):
        return None
    number = begin_document(db, key, name)
    for passage in db.execute(_PASSAGES_TO_COPY, (row["id"],)).fetchall():
        rowid = db.execute(_COPY_PASSAGE, (number, *passage[:-2])).lastrowid
        db.execute("INSERT INTO terms (rowid, heading, body) VALUES (?, ?, ?)", (rowid, *passage[-2:]))
    document = attrs.evolve(_document(row), key=key, version=version)
    finish_document(db, number, document, digest)
    return document


def delete_older_copies(db: sqlite3.Connection, seconds: int) -> None:
    """Deletes of documents with the same bytes and name all but the one read last, if they were read so many seconds ago."""
    newest = "SELECT max(id) FROM documents GROUP BY digest, name"
    db.execute(
        f"DELETE FROM documents WHERE digest IS NOT NULL AND id NOT IN ({newest})"  # noqa: S608 (no value in it)
        " AND read_at < strftime('%s', 'now') - ?",
        (seconds,),
    )


def delete_documents(db: sqlite3.Connection, keys: Sequence[str]) -> None:
    """Deletes the documents with their passages."""
    db.execute("DELETE FROM documents WHERE key IN (SELECT value FROM json_each(?))", (json.dumps(keys),))


def known_documents(db: sqlite3.Connection, keys: Sequence[str]) -> dict[str, IndexedDocument]:
    """Those of the documents that are in the index, by key."""
    rows = db.execute("SELECT * FROM documents WHERE key IN (SELECT value FROM json_each(?))", (json.dumps(keys),))
    return {row["key"]: _document(row) for row in rows}


def _document(row: sqlite3.Row) -> IndexedDocument:
    return IndexedDocument(
        key=row["key"],
        version=row["version"],
        name=row["name"],
        page_count=row["page_count"],
        unread=msgspec.json.decode(row["unread"], type=tuple[UnreadPart, ...]),
        error=None if row["error"] is None else msgspec.json.decode(row["error"], type=Reason),
        retry_at=row["retry_at"],
        unrecognized=bool(row["unrecognized"]),
    )


def document_keys(db: sqlite3.Connection, prefix: str) -> list[str]:
    """The keys of all documents that begin with `prefix`."""
    return [row["key"] for row in db.execute("SELECT key FROM documents WHERE substr(key, 1, ?) = ?", (len(prefix), prefix))]


def passage_count(db: sqlite3.Connection, keys: Sequence[str]) -> int:
    """How many passages the documents have together."""
    row = db.execute(
        "SELECT count(*) FROM passages JOIN documents ON documents.id = passages.document_id"
        " WHERE documents.key IN (SELECT value FROM json_each(?))",
        (json.dumps(keys),),
    ).fetchone()
    return int(row[0])


_SELECT = """
SELECT passages.id, documents.key, documents.name, passages.page, passages.heading, passages.text, passages.left_out,
       passages.is_contents, terms.heading AS heading_terms, terms.body AS body_terms, {score} AS score
FROM {source} JOIN passages ON passages.id = terms.rowid JOIN documents ON documents.id = passages.document_id
WHERE {condition} documents.key IN (SELECT value FROM json_each(?)) ORDER BY {order} LIMIT ?
"""
_SEARCH = _SELECT.format(source="terms", score="-bm25(terms, 0.5, 1.0)", condition="terms MATCH ? AND", order="score DESC")
_BY_ID = _SELECT.replace("documents.key IN", "terms.rowid IN").format(
    source="terms", score="0.0", condition="", order="passages.id"
)
_FIRST_PASSAGES = _SELECT.format(source="terms", score="0.0", condition="", order="passages.id")


def matching_passages(db: sqlite3.Connection, keys: Sequence[str], question: Iterable[str]) -> list[Candidate]:
    """At most 1,000 passages of those documents that have any of the terms, the highest score first.

    Of passages with the same text under the same headings only the first is among them. Where more than half of the first 1,000
    are such copies, up to 20,000 passages are looked at.
    """
    match = " OR ".join(f'"{term}"{"*" if is_prefix_searched(term) else ""}' for term in question)
    found: list[Candidate] = []
    for looked_at in (_MAX_CANDIDATES, _MAX_WITH_COPIES) if match else ():
        rows = db.execute(_SEARCH, (match, json.dumps(keys), looked_at)).fetchall()
        distinct = _without_copies(rows)
        found = [_candidate(row) for row in distinct[:_MAX_CANDIDATES]]
        if len(rows) < looked_at or len(distinct) > looked_at / 2:
            break
    return found


def _without_copies(rows: Iterable[sqlite3.Row]) -> list[sqlite3.Row]:
    first: dict[tuple[str, str], sqlite3.Row] = {}
    for row in rows:
        first.setdefault((row["heading"], row["text"]), row)
    return list(first.values())


_COUNT = "SELECT coalesce(sum(doc), 0) FROM vocabulary WHERE term BETWEEN ? AND ?"


def passage_frequencies(db: sqlite3.Connection, question: Iterable[str]) -> dict[str, int]:
    """How many passages of the whole index have each term."""
    counts: dict[str, int] = {}
    for term in question:
        last = term + "\U0010ffff" if is_prefix_searched(term) else term
        counts[term] = db.execute(_COUNT, (term, last)).fetchone()[0]
    return counts


def first_passages(db: sqlite3.Connection, keys: Sequence[str], limit: int) -> list[Candidate]:
    """The first passages of each of those documents, about `limit` in all."""
    found = (db.execute(_FIRST_PASSAGES, (json.dumps([key]), max(1, limit // len(keys)))).fetchall() for key in keys[:limit])
    return [_candidate(row) for rows in found for row in rows]


def passages_by_id(db: sqlite3.Connection, ids: Sequence[int]) -> list[Candidate]:
    """Those of the passages that are still there, in the order of `ids`."""
    found = {row["id"]: _candidate(row) for row in db.execute(_BY_ID, (json.dumps(ids), len(ids)))}
    return [found[number] for number in ids if number in found]


def is_prefix_searched(term: str) -> bool:
    """Whether a term also finds longer ones that begin with it, as вентиляц finds вентиляцион."""
    return len(term) >= _SHORTEST_PREFIX and term.isalpha() and not is_code(term)


def _candidate(row: sqlite3.Row) -> Candidate:
    return Candidate(
        key=row["key"],
        name=row["name"],
        page=row["page"],
        heading=row["heading"],
        text=row["text"],
        heading_terms=frozenset(row["heading_terms"].split()),
        body_terms=frozenset(row["body_terms"].split()),
        body_order=tuple(row["body_terms"].split()),
        score=row["score"],
        left_out=row["left_out"],
        is_contents=bool(row["is_contents"]),
    )
