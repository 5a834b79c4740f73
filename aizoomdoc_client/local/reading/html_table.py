"""The rows of a table of HTML, built from the start and end of its rows and cells."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from .spanned_table import MOST_COLUMNS, Cell, join_to_last, repeated

_MOST_ROWS_SPANNED = 2000


@attrs.define
class HtmlTable:
    """The outermost open table; `depth` counts the open tables, of which the inner ones only give text to its cells.

    `cell` is the text of the open cell, `spanning` has for each column the cell that spans further rows, and how many.
    """

    depth: int = 1
    rows: list[list[Cell]] = attrs.field(factory=list[list[Cell]])
    cell: list[str] | None = None
    is_head: bool = False
    column_span: int = 1
    row_span: int = 1
    spanning: dict[int, tuple[int, Cell]] = attrs.field(factory=dict[int, tuple[int, Cell]])
    excess: list[str] = attrs.field(factory=list[str])

    @property
    def is_at_first_cell(self) -> bool:
        """Whether the first cell of the first row is open."""
        return self.depth == 1 and self.cell is not None and self.rows == [[]]

    def begin_row(self) -> None:
        """Begins a row with the cells of rows above that span it."""
        self.end_row()
        self.rows.append([])
        self._fill()

    def end_row(self) -> None:
        """Ends the row, if one is open."""
        if self.excess:
            join_to_last(self.rows[-1], self.excess)
            self.excess = []

    def begin_cell(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Begins a cell of the row."""
        if not self.rows:
            self.begin_row()
        self.cell, self.is_head = [], tag == "th"
        self.column_span = _span_of(attributes.get("colspan", ""), MOST_COLUMNS)
        self.row_span = _span_of(attributes.get("rowspan", ""), _MOST_ROWS_SPANNED)

    def end_cell(self) -> None:
        """Appends the open cell, if there is one, to its row, and remembers one that spans further rows."""
        if self.cell is None:
            return
        row, cell = self.rows[-1], Cell(" ".join("".join(self.cell).split()), is_head=self.is_head)
        self.cell = None
        if len(row) >= MOST_COLUMNS:
            self.excess.append(cell.text)
            return
        for number in range(min(self.column_span, MOST_COLUMNS - len(row))):
            part = cell._replace(left=number > 0)
            if self.row_span > 1:
                self.spanning[len(row)] = self.row_span - 1, part._replace(text=repeated(part.text), above=True)
            row.append(part)
        self._fill()

    def _fill(self) -> None:
        """Appends the cells from above that span the next columns of the row."""
        row = self.rows[-1]
        while (span := self.spanning.get(len(row))) and len(row) < MOST_COLUMNS:
            rows_left, cell = span
            if rows_left > 1:
                self.spanning[len(row)] = rows_left - 1, cell
            else:
                del self.spanning[len(row)]
            row.append(cell)


def _span_of(text: str, most: int) -> int:
    """The value of an attribute `colspan` or `rowspan`, 1 where it is no number."""
    digits = text.strip()[:5]
    return min(max(int(digits), 1), most) if digits.isascii() and digits.isdigit() else 1
