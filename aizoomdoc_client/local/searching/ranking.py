"""Which of the passages found to quote: those that together have the most of the question's terms."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from .fts_index import Candidate, is_prefix_searched
from .search_terms import is_code

_CODE_WEIGHT = 2.5
_HEADING_SHARE = 0.6
_PREFIX_SHARE = 0.9
_REPEATED_SHARE = 0.5  # of a term that a passage chosen before has, too
_SCORE_SHARE = 0.2
_MIN_COVERAGE = 0.25
_MIN_SHARE_OF_BEST = 0.35


def choose(candidates: Sequence[Candidate], question: Sequence[str], searched: int, limit: int) -> list[Candidate]:
    """At most `limit` of the candidates, the best first; none where no candidate fits well enough.

    The fewer of the `searched` passages have a term, the more it weighs; a code weighs more than a word.
    """
    matches = [{term: share for term in question if (share := _share(candidate, term))} for candidate in candidates]
    weights = {term: _weight(term, sum(term in match for match in matches), searched) for term in question}
    most = sum(weights.values())
    highest = max((candidate.score for candidate in candidates), default=0) or 1
    bonus = [_SCORE_SHARE * most * candidate.score / highest for candidate in candidates]

    def value(number: int, seen: Mapping[str, float]) -> float:
        found = matches[number].items()
        return bonus[number] + sum(weights[term] * share * (_REPEATED_SHARE if term in seen else 1) for term, share in found)

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
        least = least or value(best, {}) * _MIN_SHARE_OF_BEST
        if value(best, seen) < least:
            break
        chosen.append(best)
        numbers = [number for number in numbers if number != best]
        seen.update(matches[best])
    return chosen


def _fits(match: Mapping[str, float], weights: Mapping[str, float], most: float) -> bool:
    covered = sum(weights[term] * share for term, share in match.items())
    return any(map(is_code, match)) or covered >= _MIN_COVERAGE * most


def _weight(term: str, found: int, searched: int) -> float:
    rarity = math.log(1 + max(searched, 1) / (found + 0.5))
    return rarity * (_CODE_WEIGHT if is_code(term) else 1)


def _share(candidate: Candidate, term: str) -> float:
    """1 for a term in the passage's text, less for one in a heading or with another ending, 0 for none."""
    return max(_found(candidate.body_terms, term), _HEADING_SHARE * _found(candidate.heading_terms, term))


def _found(terms: frozenset[str], term: str) -> float:
    if term in terms:
        return 1.0
    return _PREFIX_SHARE if is_prefix_searched(term) and any(other.startswith(term) for other in terms) else 0.0
