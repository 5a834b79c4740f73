"""A table as Markdown: a row of heads, a row of dashes, and the rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_WHITE_SPACE = re.compile(r"\s+")


def markdown_table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines of the table whose first row has the heads; rows that are too short are filled up.

    A table of one column or of one row is no table: its cells are lines.
    """
    filled = [[_cell(cell) for cell in row] for row in rows]
    filled = [row for row in filled if any(row)]
    width = max(map(len, filled), default=0)
    if width < 2 or len(filled) < 2:
        yield from (" | ".join(cell for cell in row if cell) for row in filled)
        return
    for number, row in enumerate(filled):
        yield _line(row + [""] * (width - len(row)))
        if not number:
            yield "|" + "---|" * width


def _cell(text: str) -> str:
    return _WHITE_SPACE.sub(" ", text).strip().replace("|", r"\|")


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
