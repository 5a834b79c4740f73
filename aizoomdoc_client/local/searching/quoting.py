"""What of a passage is quoted: of a long table its heads and the rows that answer; a running title only where it answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set as AbstractSet
from itertools import accumulate

import attrs

from .fts_index import Candidate, is_prefix_searched
from .search_terms import terms
from .table_rows import is_group_heading, is_markdown_row, markdown_head_at

_MOST_ROWS = 5
"""A table of no more rows is quoted whole, and at most so many are added for each term that the best ones lack."""

_NEIGHBOURS = 1  # rows on either side of one that is quoted


def narrowed(candidate: Candidate, question: Mapping[str, float]) -> Candidate:
    """The candidate; of each of its long tables the heads, the rows that have the most of the question, and their neighbours.

    Where these lack a term of full weight that other rows have, the best of those stay, too. A row has the terms of the heading
    of its group as well, and stays with that and without rows of other groups. A table none of whose rows has a term of the
    question stays whole, and so do all other lines. Running titles of the page that have a term of full weight which the passage
    itself lacks come first.
    """
    lines = candidate.text.split("\n")
    kept = _titles(candidate, question)
    number = 0
    while number < len(lines):
        head = markdown_head_at(lines, number)
        if head is None:
            kept.append(lines[number])
            number += 1
            continue
        first = end = number + 2
        while end < len(lines) and is_markdown_row(lines[end]):
            end += 1
        kept += [*lines[number:first], *_best_rows(lines[first:end], question)]
        number = end
    return attrs.evolve(candidate, text="\n".join(kept))


def _titles(candidate: Candidate, question: Mapping[str, float]) -> list[str]:
    """The running titles that have a term of full weight which the passage lacks."""
    missing = {term: weight for term, weight in question.items() if weight == 1 and not _finds(term, candidate.body_terms)}
    return [line for line in candidate.left_out.split("\n") if _value(line, missing)]


def _best_rows(rows: Sequence[str], question: Mapping[str, float]) -> Sequence[str]:
    """The rows of one table that are quoted; see `narrowed`."""
    if len(rows) <= _MOST_ROWS:
        return rows
    groups = _groups(rows)
    found = [frozenset(term for term in question if _finds(term, row)) for row in map(frozenset, map(terms, rows))]
    found = [own if group is None else own | found[group] for own, group in zip(found, groups, strict=True)]
    values = [sum(question[term] for term in each) for each in found]
    highest = max(values)
    if not highest:
        return rows
    best = [number for number, value in enumerate(values) if value == highest]
    best += _with_missing_terms(found, values, best, question)
    near = {other for number in best for other in range(number - _NEIGHBOURS, number + _NEIGHBOURS + 1)}
    named = {groups[number] for number in best}
    return [row for number, row in enumerate(rows) if number in named or (number in near and groups[number] in named)]


def _groups(rows: Sequence[str]) -> list[int | None]:
    """For each row of a table the number of the row that is the heading of its group, None before the first."""
    headings = accumulate((number if is_group_heading(row) else -1 for number, row in enumerate(rows)), max)
    return [None if heading < 0 else heading for heading in headings]


def _with_missing_terms(
    found: Sequence[AbstractSet[str]], values: Sequence[float], best: Sequence[int], question: Mapping[str, float]
) -> Iterator[int]:
    """For each term of full weight that the best rows lack, the first of the rows with it that have the most of the question."""
    known = frozenset[str]().union(*(found[number] for number in best))
    for term in (term for term, weight in question.items() if weight == 1 and term not in known):
        rows = [number for number, each in enumerate(found) if term in each]
        most = max((values[number] for number in rows), default=0)
        yield from [number for number in rows if values[number] == most][:_MOST_ROWS]


def _value(row: str, question: Mapping[str, float]) -> float:
    found = set(terms(row))
    return sum(weight for term, weight in question.items() if _finds(term, found))


def _finds(term: str, found: AbstractSet[str]) -> bool:
    return term in found or (is_prefix_searched(term) and any(other.startswith(term) for other in found))
