"""The vectors of passages in the index, and the passages nearest to a question's.

Exact cosine similarity over float32, with numpy. Vectors are of one model; those of another one, or with another number of
dimensions, are dropped.
"""

from __future__ import annotations

import json
import sqlite3
from collections import OrderedDict
from collections.abc import Sequence
from typing import TypeAlias

import attrs
import numpy as np
import numpy.typing as npt

_TABLES = """
CREATE TABLE IF NOT EXISTS embedded_documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT, document_id INTEGER NOT NULL UNIQUE REFERENCES documents (id) ON DELETE CASCADE
);
CREATE TABLE IF NOT EXISTS vectors (
    passage_id INTEGER PRIMARY KEY REFERENCES passages (id) ON DELETE CASCADE, vector BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS vector_model (name TEXT NOT NULL, dimensions INTEGER NOT NULL);
"""

Matrix: TypeAlias = npt.NDArray[np.float32]

_CACHED_BYTES = 512 * 1024 * 1024  # of vectors that are kept in memory


@attrs.frozen
class PassageToEmbed:
    """A passage without a vector: its id in the index, and what its vector is to be made of."""

    id: int
    text: str


@attrs.frozen
class DocumentToEmbed:
    """A document that has passages without vectors, in their order."""

    id: int
    passages: tuple[PassageToEmbed, ...]


class VectorIndex:
    """Vectors of one model; its methods take the connection of the index and are called by one thread at a time."""

    def __init__(self, model: str, *, cached_bytes: int = _CACHED_BYTES) -> None:
        self._model = model
        self._cached_bytes = cached_bytes
        self._size = 0
        self._cache: OrderedDict[int, tuple[list[int], Matrix]] = OrderedDict()

    def prepare(self, db: sqlite3.Connection) -> None:
        """Makes the tables, and empties them where their vectors are another model's."""
        for statement in filter(str.strip, _TABLES.split(";")):
            db.execute(statement)
        row = db.execute("SELECT name FROM vector_model").fetchone()
        if row is not None and row[0] != self._model:
            self._drop(db)

    def next_document(self, db: sqlite3.Connection) -> DocumentToEmbed | None:
        """The document read last of those that have no vectors yet; None where all have."""
        row = db.execute(
            "SELECT id FROM documents WHERE version <> '' AND id NOT IN (SELECT document_id FROM embedded_documents)"
            " ORDER BY id DESC LIMIT 1"
        ).fetchone()
        if row is None:
            return None
        rows = db.execute(
            "SELECT passages.id, documents.name, heading, text FROM passages JOIN documents ON documents.id = document_id"
            " WHERE document_id = ? AND passages.id NOT IN (SELECT passage_id FROM vectors) ORDER BY passages.id",
            (row[0],),
        )
        passages = (PassageToEmbed(each[0], "\n".join(filter(None, each[1:]))) for each in rows)
        return DocumentToEmbed(row[0], tuple(passages))

    def put(self, db: sqlite3.Connection, passages: Sequence[PassageToEmbed], vectors: Sequence[Sequence[float]]) -> None:
        """Stores the vectors of passages; those that were deleted meanwhile are left out."""
        if not vectors:
            return
        self._check_dimensions(db, len(vectors[0]))
        rows = [(_normalized(vector).tobytes(), passage.id) for passage, vector in zip(passages, vectors, strict=True)]
        db.executemany("INSERT OR REPLACE INTO vectors SELECT id, ? FROM passages WHERE id = ?", rows)

    def finish(self, db: sqlite3.Connection, document_id: int) -> None:
        """Notes that all passages of the document have vectors, unless it was deleted meanwhile or the vectors were dropped."""
        db.execute(
            "INSERT INTO embedded_documents (document_id) SELECT id FROM documents WHERE id = ? AND NOT EXISTS ("
            " SELECT 1 FROM passages WHERE document_id = ? AND id NOT IN (SELECT passage_id FROM vectors))",
            (document_id, document_id),
        )

    def covers(self, db: sqlite3.Connection, keys: Sequence[str]) -> bool:
        """Whether all of those documents have vectors."""
        return self._embedded(db, keys) is not None

    def nearest(self, db: sqlite3.Connection, keys: Sequence[str], question: Sequence[float], limit: int) -> list[int] | None:
        """The ids of at most `limit` passages of those documents, the nearest first.

        None where not all of the documents have vectors of the question's dimensions yet.
        """
        model = db.execute("SELECT dimensions FROM vector_model").fetchone()
        rows = self._embedded(db, keys)
        if model is None or model[0] != len(question) or rows is None:
            return None
        ids, scores, wanted = list[int](), list[Matrix](), _normalized(question)
        for document_id, stamp in rows:
            passage_ids, matrix = self._matrix(db, document_id, stamp, len(question))
            ids += passage_ids
            scores.append(matrix @ wanted)
        if not ids:
            return []
        order = np.argsort(-np.concatenate(scores), kind="stable")[:limit]
        return [ids[position] for position in order]

    def _embedded(self, db: sqlite3.Connection, keys: Sequence[str]) -> list[tuple[int, int]] | None:
        """The id of each document and the stamp of its vectors; None where one has no vectors yet."""
        rows = db.execute(
            "SELECT documents.id, embedded_documents.id FROM documents LEFT JOIN embedded_documents ON document_id = documents.id"
            " WHERE version <> '' AND key IN (SELECT value FROM json_each(?))",
            (json.dumps(keys),),
        ).fetchall()
        return None if any(row[1] is None for row in rows) else [(row[0], row[1]) for row in rows]

    def _matrix(self, db: sqlite3.Connection, document_id: int, stamp: int, dimensions: int) -> tuple[list[int], Matrix]:
        """The ids and vectors of a document's passages; `stamp` is never that of another version of it."""
        if stamp in self._cache:
            self._cache.move_to_end(stamp)
            return self._cache[stamp]
        rows = db.execute(
            "SELECT passage_id, vector FROM vectors JOIN passages ON passages.id = passage_id WHERE document_id = ? ORDER BY 1",
            (document_id,),
        ).fetchall()
        matrix = np.frombuffer(b"".join(row[1] for row in rows), dtype=np.float32).reshape(len(rows), dimensions)
        self._cache[stamp] = [row[0] for row in rows], matrix
        self._size += matrix.nbytes
        while self._size > self._cached_bytes and len(self._cache) > 1:
            _, (_, oldest) = self._cache.popitem(last=False)
            self._size -= oldest.nbytes
        return self._cache[stamp]

    def _check_dimensions(self, db: sqlite3.Connection, dimensions: int) -> None:
        """Drops all vectors if they have another number of dimensions, and notes that of the first."""
        row = db.execute("SELECT dimensions FROM vector_model").fetchone()
        if row is not None and row[0] != dimensions:
            self._drop(db)
            row = None
        if row is None:
            db.execute("INSERT INTO vector_model VALUES (?, ?)", (self._model, dimensions))

    def _drop(self, db: sqlite3.Connection) -> None:
        for table in ("vectors", "embedded_documents", "vector_model"):
            db.execute(f"DELETE FROM {table}")  # noqa: S608 (three names)
        self._cache.clear()
        self._size = 0


def _normalized(vector: Sequence[float]) -> Matrix:
    array = np.asarray(vector, dtype=np.float32)
    length = float(np.linalg.norm(array))
    return array / np.float32(length) if length else array
