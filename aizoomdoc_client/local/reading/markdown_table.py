"""A table as Markdown: a row of heads, a row of dashes, and the rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def markdown_table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines of a table whose first row has the heads; short rows are padded with empty cells.

    Of a table of one column or of one row, each row becomes a line of text.
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
    return " ".join(text.split()).replace("|", r"\|")


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
