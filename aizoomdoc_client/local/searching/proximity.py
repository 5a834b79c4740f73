"""Whether what stands side by side in a question stands side by side in a passage: графа 19, узлы парапета, box plots."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise

_NEAR = 3
"""Terms of a text at most so many places apart are side by side: stop words take no place, some words and codes several."""


def pairs_of(question: Mapping[str, float]) -> list[tuple[str, str]]:
    """The neighbours among the question's terms of full weight."""
    return list(pairwise(term for term, weight in question.items() if weight == 1))


def pairs_found(
    text: Iterable[str], pairs: Sequence[tuple[str, str]], forms: Mapping[str, Collection[str]]
) -> list[tuple[str, str]]:
    """Those of the pairs whose terms, or longer forms of them, are near each other in the terms of a text."""
    wanted = {form: term for term in dict.fromkeys(term for pair in pairs for term in pair) for form in (term, *forms[term])}
    last: dict[str, int] = {}
    near: set[tuple[str, str]] = set()
    for place, found in enumerate(text):
        if term := wanted.get(found):
            near.update((other, term) for other, before in last.items() if place - before <= _NEAR)
            last[term] = place
    return [(left, right) for left, right in pairs if (left, right) in near or (right, left) in near]
