"""A Markdown table on a terminal: no cell is cut off, and on a narrow terminal each row becomes a list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.markdown import TableElement
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

_LONGEST_WHOLE_WORD = 14
"""Characters; longer words, such as codes with hyphens, may be divided between lines."""
_GAP = 2
"""Columns between two cells, and at both edges together."""
_COLOUR = "cyan"
"""The colour of Markdown tables in newer versions of rich; the oldest supported version has no style for them."""


class WholeTable(TableElement):
    """A table that divides words wider than their column; rich's own cuts them off."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        heads = [cell.content.copy() for cell in self.header.row.cells] if self.header and self.header.row else []
        rows = [[cell.content for cell in row.cells] for row in self.body.rows] if self.body else []
        widths = _widths(console, options, [list(column) for column in zip(heads, *rows, strict=False)])
        if widths is None:
            yield from _as_lists(heads, rows)
        else:
            yield _as_table(heads, rows, widths)


def _widths(console: Console, options: ConsoleOptions, columns: Sequence[Iterable[Text]]) -> list[int] | None:
    """The width of each column; None where the console is too narrow."""
    measured = [Measurement.get(console, options.update(width=10_000), Text("\n").join(column)) for column in columns]
    least = [max(1, min(each.minimum, _LONGEST_WHOLE_WORD)) for each in measured]
    wanted = [max(0, each.maximum - width) for each, width in zip(measured, least, strict=True)]
    spare = options.max_width - _GAP * len(least) - sum(least)
    if spare < 0:
        return None
    share = min(1.0, spare / max(1, sum(wanted)))
    return [width + int(more * share) for width, more in zip(least, wanted, strict=True)]


def _as_table(heads: Sequence[Text], rows: Sequence[Sequence[Text]], widths: Sequence[int]) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False, style=_COLOUR, collapse_padding=True)
    for head, width in zip(heads, widths, strict=True):
        head.stylize(f"not bold {_COLOUR}")
        table.add_column(head, overflow="fold", width=width, justify=head.justify or "default")
    for row in rows:
        table.add_row(*row)
    return table


def _as_lists(heads: Sequence[Text], rows: Sequence[Sequence[Text]]) -> Iterator[RenderableType]:
    """Each row as a list of its cells, each after the head of its column; empty cells are left out."""
    yield ""
    for row in rows:
        cells = [(head, cell) for head, cell in zip(heads, row, strict=True) if cell.plain]
        for number, (head, cell) in enumerate(cells):
            line = Text.assemble(head, ": " if head.plain else "", cell, overflow="fold", style="" if number else "bold")
            yield Padding(line, (0, 0, 0, 2 if number else 0))
    yield ""
