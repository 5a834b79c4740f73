"""The vectors of passages."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import pytest

from aizoomdoc_client.local.searching import fts_index
from aizoomdoc_client.local.searching.fts_index import IndexedDocument, IndexedPassage
from aizoomdoc_client.local.searching.vector_index import VectorIndex

AXES = {"север": (1.0, 0.0, 0.0), "восток": (0.0, 2.0, 0.0), "верх": (0.0, 0.0, 0.5)}


def put(db: sqlite3.Connection, key: str, *texts: str, version: str = "1") -> None:
    entries = [IndexedPassage(page=1, heading="", text=text, heading_terms="", body_terms=text) for text in texts]
    fts_index.put_document(db, IndexedDocument(key=key, version=version, name=f"{key}.txt"), entries)


def embed(db: sqlite3.Connection, index: VectorIndex, vectors: dict[str, Sequence[float]] | None = None) -> list[str]:
    """Makes all vectors that are missing, and says of which texts."""
    made = list[str]()
    while document := index.next_document(db):
        texts = [passage.text.split("\n")[-1] for passage in document.passages]
        index.put(db, document.passages, [(vectors or AXES)[text] for text in texts])
        index.finish(db, document.id)
        made += texts
    return made


def found(db: sqlite3.Connection, index: VectorIndex, keys: Sequence[str], *question: float, limit: int = 9) -> list[str] | None:
    ids = index.nearest(db, keys, question, limit)
    return None if ids is None else [candidate.text for candidate in fts_index.passages_by_id(db, ids)]


@pytest.fixture
def index(db: sqlite3.Connection) -> VectorIndex:
    made = VectorIndex("m")
    made.prepare(db)
    return made


def test_the_nearest_passages_come_first(db: sqlite3.Connection, index: VectorIndex) -> None:
    """By the angle, whatever the lengths of the vectors; those of other documents are left out."""
    put(db, "a", "север", "восток")
    put(db, "b", "верх")
    embed(db, index)

    assert ["верх", "восток", "север"] == found(db, index, ["a", "b"], 0.1, 0.5, 0.6)
    assert ["восток"] == found(db, index, ["a"], 0.1, 0.5, 0.6, limit=1)
    assert [] == found(db, index, [], 1, 0, 0)


def test_documents_without_vectors_are_no_half_result(db: sqlite3.Connection, index: VectorIndex) -> None:
    """A search that knows a part of the documents would prefer that part."""
    put(db, "a", "север")
    embed(db, index)
    put(db, "b", "верх")

    assert (None, ["север"]) == (found(db, index, ["a", "b"], 1, 0, 0), found(db, index, ["a"], 1, 0, 0))


def test_a_document_that_is_read_again_gets_new_vectors(db: sqlite3.Connection, index: VectorIndex) -> None:
    """The old ones go with its passages, out of memory as well, although SQLite gives their numbers again."""
    put(db, "a", "север", "восток")
    embed(db, index)
    assert ["север"] == found(db, index, ["a"], 1, 0, 0, limit=1)
    put(db, "a", "верх", "восток", version="2")

    assert (None, ["верх", "восток"]) == (found(db, index, ["a"], 1, 0, 0), embed(db, index))
    assert ["верх"] == found(db, index, ["a"], 0, 0, 1, limit=1)
    assert 2 == db.execute("SELECT count(*) FROM vectors").fetchone()[0]


def test_a_document_under_way_is_left_alone(db: sqlite3.Connection, index: VectorIndex) -> None:
    """Its passages are not complete yet."""
    number = fts_index.begin_document(db, "a", "a.txt")
    passage = IndexedPassage(page=1, heading="", text="север", heading_terms="", body_terms="")
    fts_index.add_passages(db, number, [passage])

    assert [] == embed(db, index)


def test_what_was_made_before_a_stop_is_not_made_again(db: sqlite3.Connection, index: VectorIndex) -> None:
    """Passage by passage."""
    put(db, "a", "север", "восток")
    document = index.next_document(db)
    assert document is not None
    index.put(db, document.passages[:1], [AXES["север"]])
    index.finish(db, document.id)

    assert ["восток"] == embed(db, index)
    assert ["север", "восток"] == found(db, index, ["a"], 1, 0, 0)


def test_passages_that_were_deleted_meanwhile_are_left_out(db: sqlite3.Connection, index: VectorIndex) -> None:
    """Their vectors come too late."""
    put(db, "a", "север")
    document = index.next_document(db)
    assert document is not None
    fts_index.delete_documents(db, ["a"])
    index.put(db, document.passages, [AXES["север"]])
    index.finish(db, document.id)

    assert (0, []) == (db.execute("SELECT count(*) FROM vectors").fetchone()[0], found(db, index, ["a"], 1, 0, 0))


def test_vectors_of_another_model_replace_all_before(db: sqlite3.Connection, index: VectorIndex) -> None:
    """The same one goes on with what it has."""
    put(db, "a", "север")
    embed(db, index)
    same, other = VectorIndex("m"), VectorIndex("n")
    same.prepare(db)
    assert [] == embed(db, same)
    other.prepare(db)

    assert ["север"] == embed(db, other)


def test_vectors_of_other_dimensions_replace_all_before(db: sqlite3.Connection, index: VectorIndex) -> None:
    """A model of the same name with longer vectors replaces all; until then nothing is found by meaning."""
    put(db, "a", "север")
    put(db, "b", "восток")
    embed(db, index)
    assert None is found(db, index, ["a"], 1, 0)
    put(db, "c", "верх")

    longer = {text: (*vector, 0.0) for text, vector in AXES.items()}
    assert {"север", "восток", "верх"} == set(embed(db, index, longer))
    assert ["север"] == found(db, index, ["a"], 1, 0, 0, 0)


def test_an_index_that_is_made_anew_forgets_its_vectors(db: sqlite3.Connection, index: VectorIndex) -> None:
    """Tables of another version are dropped with what belongs to them."""
    put(db, "a", "север")
    embed(db, index)
    db.executescript(f"BEGIN IMMEDIATE; {fts_index.MIGRATIONS[-1]}; COMMIT;")

    assert 0 == db.execute("SELECT count(*) FROM vectors").fetchone()[0]


def test_the_memory_for_vectors_is_bounded(db: sqlite3.Connection) -> None:
    """What does not fit is read again."""
    index = VectorIndex("m", cached_bytes=24)
    index.prepare(db)
    for key in "abc":
        put(db, key, "север", "верх")
    embed(db, index)

    for _ in range(3):
        assert 6 == len(found(db, index, ["a", "b", "c"], 1, 0, 0) or ())
    assert 1 == len(index._cache)
