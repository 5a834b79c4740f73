"""Which of the passages found to quote: those that together have the most of the question's terms.

A passage is worth the terms that it has, the rarer the more. Terms that only its page has, two of them side by side, and BM25's
score, which tells how often and in how short a text they stand, add a share; terms that a passage chosen before has count less.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from .fts_index import Candidate, is_prefix_searched
from .proximity import pairs_found, pairs_of
from .search_terms import is_code

_CODE_WEIGHT = 1.8  # times that of a word that is as rare

# Of a term's weight.
_HEADING_SHARE = 0.7  # where only a heading above the passage has it
_PREFIX_SHARE = 0.8  # where only a longer form is there
_REPEATED_SHARE = 0.5  # where a passage chosen before has it, too
_PAGE_SHARE = 0.3  # where the passage's page has it
_PAIR_SHARE = 0.3  # for two terms side by side, of the weight of the more common one

_SCORE_SHARE = 0.6  # of the weight of all terms, for the highest score
_CONTENTS_SHARE = 0.4  # of the worth of a passage of a table of contents
_MIN_COVERAGE = 0.25  # of the weight of all terms: a passage that has less does not fit
_MIN_SHARE_OF_BEST = 0.35  # of the worth of the best passage


def choose(
    candidates: Sequence[Candidate], question: Mapping[str, float], frequencies: Mapping[str, int], searched: int, limit: int
) -> list[Candidate]:
    """At most `limit` of the candidates, the best first; none where no candidate fits well enough.

    `question` has the terms with their weights. A term weighs the more, the fewer passages have it: `frequencies` says how many
    of the whole index do, `searched` is how many passages the searched documents have. A code weighs more than a word.
    """
    weights = {term: weight * _rarity(term, frequencies[term], searched) for term, weight in question.items()}
    total = sum(weights.values())
    forms = _forms(candidates, question)
    matches = [{term: share for term in question if (share := _share(candidate, term, forms[term]))} for candidate in candidates]
    pages: dict[tuple[str, int], dict[str, float]] = defaultdict(dict)
    for candidate, match in zip(candidates, matches, strict=True):
        page = pages[candidate.key, candidate.page]
        page.update({term: max(share, page.get(term, 0)) for term, share in match.items()})
    highest = max((candidate.score for candidate in candidates), default=0) or 1
    pairs = pairs_of(question)
    bonus = [
        _PAIR_SHARE * sum(min(weights[left], weights[right]) for left, right in pairs_found(candidate.body_order, pairs, forms))
        + _SCORE_SHARE * total * candidate.score / highest
        + _PAGE_SHARE * sum(weights[term] * share for term, share in pages[candidate.key, candidate.page].items())
        for candidate in candidates
    ]

    def value(number: int, seen: Mapping[str, float]) -> float:
        whole = bonus[number] + sum(
            weights[term] * share * (_REPEATED_SHARE if term in seen else 1) for term, share in matches[number].items()
        )
        return whole * (_CONTENTS_SHARE if candidates[number].is_contents else 1)

    fitting = [number for number, match in enumerate(matches) if _fits(match, question, weights, total)]
    return [candidates[number] for number in _greedy(fitting, matches, value, limit)]


def _greedy(
    numbers: list[int],
    matches: Sequence[Mapping[str, float]],
    value: Callable[[int, Mapping[str, float]], float],
    limit: int,
) -> list[int]:
    """At most `limit` of the numbers, next always the one worth most beside those before; none worth little beside the first."""
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


def _fits(match: Mapping[str, float], question: Mapping[str, float], weights: Mapping[str, float], total: float) -> bool:
    """Whether a passage has enough of the question: a code of it, or a share of the weight of all its terms."""
    covered = sum(weights[term] * share for term, share in match.items())
    return any(is_code(term) and question[term] == 1 for term in match) or covered >= _MIN_COVERAGE * total


def _rarity(term: str, frequency: int, searched: int) -> float:
    return math.log(1 + max(searched, frequency, 1) / (frequency + 0.5)) * (_CODE_WEIGHT if is_code(term) else 1)


def _forms(candidates: Sequence[Candidate], question: Iterable[str]) -> dict[str, frozenset[str]]:
    """The longer terms of the candidates that each of the question's terms finds."""
    known = frozenset[str]().union(*(terms for each in candidates for terms in (each.body_terms, each.heading_terms)))
    return {
        term: frozenset(other for other in known if other.startswith(term)) if is_prefix_searched(term) else frozenset()
        for term in question
    }


def _share(candidate: Candidate, term: str, forms: frozenset[str]) -> float:
    """1 for a term in the passage's text, less for one in a heading or with another ending, 0 for none."""
    return max(_found(candidate.body_terms, term, forms), _HEADING_SHARE * _found(candidate.heading_terms, term, forms))


def _found(terms: frozenset[str], term: str, forms: frozenset[str]) -> float:
    if term in terms:
        return 1.0
    return 0.0 if terms.isdisjoint(forms) else _PREFIX_SHARE
