"""Which of the passages found to quote: those that together say most about the question."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from .index import Candidate, takes_endings
from .words import is_code

_CODE_WEIGHT = 2.5
_HEADING_SHARE = 0.6
_ENDING_SHARE = 0.9
_AGAIN_SHARE = 0.5  # what a term still counts once another chosen passage has it
_STRENGTH_SHARE = 0.2
_LEAST_COVERAGE = 0.25
_LEAST_OF_BEST = 0.35


def choose(candidates: Sequence[Candidate], question: Sequence[str], passages: int, limit: int) -> list[Candidate]:
    """At most `limit` passages, the best first; none where nothing fits well enough.

    `passages` is how many were searched: the rarer a term is among them, the more it counts, codes most of all.
    """
    matches = [{term: share for term in question if (share := _share(candidate, term))} for candidate in candidates]
    weights = {term: _weight(term, sum(term in match for match in matches), passages) for term in question}
    most = sum(weights.values())
    strongest = max((candidate.strength for candidate in candidates), default=0) or 1
    bonus = [_STRENGTH_SHARE * most * candidate.strength / strongest for candidate in candidates]

    def value(number: int, seen: Mapping[str, float]) -> float:
        told = matches[number].items()
        return bonus[number] + sum(weights[term] * share * (_AGAIN_SHARE if term in seen else 1) for term, share in told)

    fitting = [number for number, match in enumerate(matches) if _fits(match, weights, most)]
    return [candidates[number] for number in _greedy(fitting, matches, value, limit)]


def _greedy(
    numbers: list[int],
    matches: Sequence[Mapping[str, float]],
    value: Callable[[int, Mapping[str, float]], float],
    limit: int,
) -> list[int]:
    chosen: list[int] = []
    seen: dict[str, float] = {}
    least = 0.0
    while numbers and len(chosen) < limit:
        best = max(numbers, key=lambda number: value(number, seen))
        least = least or value(best, {}) * _LEAST_OF_BEST
        if value(best, seen) < least:
            break
        chosen.append(best)
        numbers = [number for number in numbers if number != best]
        seen.update(matches[best])
    return chosen


def _fits(match: Mapping[str, float], weights: Mapping[str, float], most: float) -> bool:
    covered = sum(weights[term] * share for term, share in match.items())
    return any(map(is_code, match)) or covered >= _LEAST_COVERAGE * most


def _weight(term: str, found: int, passages: int) -> float:
    rarity = math.log(1 + max(passages, 1) / (found + 0.5))
    return rarity * (_CODE_WEIGHT if is_code(term) else 1)


def _share(candidate: Candidate, term: str) -> float:
    """How well the passage has the term: 1 in its text, less in a heading or with another ending, 0 not at all."""
    return max(_found(candidate.body_terms, term), _HEADING_SHARE * _found(candidate.heading_terms, term))


def _found(terms: frozenset[str], term: str) -> float:
    if term in terms:
        return 1.0
    return _ENDING_SHARE if takes_endings(term) and any(other.startswith(term) for other in terms) else 0.0
