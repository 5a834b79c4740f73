"""Running titles: the first or last line of page after page, in which nothing but a page number varies."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TypeAlias

from ..reading import Page

_NUMBER = re.compile(r"\d+")
_FEWEST_PAGES = 4
_LEAST_SHARE = 0.5  # of the pages

_Line: TypeAlias = tuple[Page, int, str]
"""A page, the number of one of its lines, and that line."""


def running_lines(pages: Sequence[Page]) -> dict[int, frozenset[int]]:
    """By number of a page, which of its lines are running titles, counted from 0.

    Only its first and its last line with any text can be one, never both where there is no other.
    """
    if len(pages) < _FEWEST_PAGES:
        return {}
    found: dict[int, set[int]] = defaultdict(set)
    firsts_and_lasts = list(filter(None, map(_first_and_last, pages)))
    for edge in zip(*firsts_and_lasts, strict=True):
        alike: dict[str, list[_Line]] = defaultdict(list)
        for page, number, line in edge:
            alike[_NUMBER.sub("0", line.strip())].append((page, number, line))
        for group in alike.values():
            if len(group) > _LEAST_SHARE * len(pages) and _only_a_page_number_varies(group):
                for page, number, _ in group:
                    found[page.number].add(number)
    return {page: frozenset(lines) for page, lines in found.items()}


def _first_and_last(page: Page) -> tuple[_Line, _Line] | None:
    """The page's first and last line with any text; None where there is no other one between them."""
    lines = page.text.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    last = next((number for number in range(len(lines) - 1, first, -1) if lines[number].strip()), first)
    if not any(map(str.strip, islice(lines, first + 1, last))):
        return None
    return (page, first, lines[first]), (page, last, lines[last])


def _only_a_page_number_varies(group: Sequence[_Line]) -> bool:
    """Whether the lines are the same, but for one number that counts with the pages."""
    columns = list(zip(*(_numbers(line) for _, _, line in group), strict=True))
    varying = [column for column in columns if len(set(column)) > 1]
    if not varying:
        return True
    distances = {number - page.number for (page, _, _), number in zip(group, varying[0], strict=True)}
    return len(varying) == 1 and len(distances) == 1


def _numbers(line: str) -> Iterator[int]:
    for match in _NUMBER.finditer(line):
        yield int(match.group()[:18])  # `int` refuses thousands of digits
