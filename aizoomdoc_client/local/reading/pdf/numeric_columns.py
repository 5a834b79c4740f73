"""What makes a table without rules certain: a column of numbers under a head.

Numbers that count up make it only under a head of their own without a number in it: lines of code and of verse are numbered,
too, and stand beside names, notes and prose.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from .pdf_file import PdfPage
from .rules import Grid

_LEAST_SHARE = 0.6  # of the cells of a column of numbers
_LEAST_SHARE_COUNTED = 0.6  # of the steps from a number to the next
_MOST_STEP = 3  # lines that go over the column have a number, too
_ONE_NUMBER = re.compile(r"[<>≤≥~±+–-]? ?\d+(?: \d{3})*(?:[.,:/×x-]\d+)*,? ?%?")  # 24,5 or ≤ 17 300 or 600x400 or 12 %
_BEFORE_DIGITS = re.compile(r"^\D+")
_DIGIT = re.compile(r"\d")


def has_numeric_column(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a column of the rows, the first of which is that of the heads, is of numbers."""
    body = [row for row in rows[1:] if sum(map(bool, row)) > 1]  # without headings of groups
    return any(_is_numeric([row[column] for row in body], column, rows[0]) for column in range(len(rows[0])))


def may_have_numeric_column(page: PdfPage, grid: Grid) -> bool:
    """Whether a column may be of numbers by the words in it, which are known in a tenth of the time that its cells take."""
    low, high = grid.ys[-1], grid.ys[0]
    return any(_may_be_numeric(page.text_within((left, low, right, high)).split()) for left, right in pairwise(grid.xs))


def _is_numeric(cells: Sequence[str], column: int, heads: Sequence[str]) -> bool:
    head, numbers = heads[column], _numbers(cells)
    if not head or not numbers or len(numbers) < _LEAST_SHARE * len(cells):
        return False
    return not _count_up(numbers) or not (_DIGIT.search(head) or head in (*heads[:column], *heads[column + 1 :]))


def _may_be_numeric(words: Sequence[str]) -> bool:
    """Whether some of the words are numbers. PDFium joins a head and cells of one character each: К, 2, 4 and 1 are К241 then."""
    numbers = _numbers([_BEFORE_DIGITS.sub("", words[0]), *words[1:]]) if words else []
    return bool(numbers) and not (_count_up(numbers) and words[0][0].isdigit())


def _numbers(texts: Iterable[str]) -> list[str]:
    return [text for text in texts if _ONE_NUMBER.fullmatch(text)]


def _count_up(numbers: Sequence[str]) -> bool:
    """Whether the numbers are whole, and most of them at most 3 larger than the one before; some may stand in one cell."""
    parts = [part for number in numbers for part in number.split()]
    if not all(map(str.isdecimal, parts)):
        return False
    whole = [int(part[:18]) for part in parts]  # `int` refuses thousands of digits, and no line has such a number
    steps = [other - one for one, other in pairwise(whole)]
    return bool(steps) and sum(1 <= step <= _MOST_STEP for step in steps) >= _LEAST_SHARE_COUNTED * len(steps)
