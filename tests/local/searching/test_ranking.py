"""Which passages are quoted."""

from __future__ import annotations

from aizoomdoc_client.local.searching.fts_index import Candidate
from aizoomdoc_client.local.searching.ranking import choose

QUESTION = {"щит": 1.0, "вру1": 1.0}


def candidate(key: str, body: str, page: int = 1, **more: object) -> Candidate:
    terms = body.split()
    given = {"heading": "", "score": 1.0, **more}
    return Candidate(
        key=key,
        name="План.pdf",
        page=page,
        text=body,
        heading_terms=frozenset(),
        body_terms=frozenset(terms),
        body_order=tuple(terms),
        **given,  # type: ignore[arg-type]
    )


def chosen(*candidates: Candidate, limit: int = 4) -> list[str]:
    return [each.key for each in choose(candidates, QUESTION, {"щит": 3, "вру1": 3}, 100, limit)]


def test_a_table_of_contents_gives_way_to_the_text() -> None:
    """Although it has all the words, and stands before it."""
    contents = candidate("contents", "щит вру1", is_contents=True)

    assert ["text"] == chosen(contents, candidate("text", "щит вру1 стоит"))
    assert ["contents"] == chosen(contents)


def test_neighbours_of_the_question_come_first() -> None:
    """Of passages with the same terms."""
    apart = candidate("apart", "щит a b c d e f вру1")
    together = candidate("together", "a b c d e f щит вру1")

    assert ["together", "apart"] == chosen(apart, together)


def test_what_has_little_of_the_question_is_not_quoted() -> None:
    """A stray word in common is not enough."""
    question = dict.fromkeys(("температур", "плавлен", "вольфрам", "градус", "щит"), 1.0)
    found = choose([candidate("a", "щит")], question, dict.fromkeys(question, 1), 100, 4)

    assert [] == found
