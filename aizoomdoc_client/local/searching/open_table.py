"""The table that a document is in the middle of: what is repeated above its rows in the next passage or on the next page."""

from __future__ import annotations

from collections.abc import Sequence

from .table_rows import is_group_heading, is_markdown_row, markdown_head_at

_LARGEST_HEAD = 400  # characters
_LARGEST_GROUP = 200  # characters of its headings
_MOST_ABOVE = 3  # lines of a page above the table that goes on


class OpenTable:
    """The heads of a Markdown table, and the headings of the group of rows that was entered last.

    A line that is no row ends the table.
    """

    def __init__(self) -> None:
        self._head = ""
        self._group: list[str] = []
        self._group_begins = False  # whether the last row was a heading: the next one may stand below it

    def enter(self, lines: Sequence[str], number: int) -> None:
        """Takes the next line."""
        line, head = lines[number], markdown_head_at(lines, number)
        if head is not None or not is_markdown_row(line):
            self._head, self._group = head or "", []
        elif self._head and is_group_heading(line):
            self._group = [*self._group, line] if self._group_begins else [line]
            self._group_begins = True
            return
        self._group_begins = False

    def above(self, line: str) -> str:
        """What stands above a passage that begins with `line`, a row of the table: its heads, and those of its group."""
        if not self._head or not is_markdown_row(line) or len(self._head) > _LARGEST_HEAD:
            return ""
        return "\n".join([self._head, *self._group_above(line)])

    def continued(self, lines: Sequence[str]) -> Sequence[str]:
        """The lines of the next page, on which the group goes on where the first table has the same heads."""
        number = next((number for number in range(len(lines)) if markdown_head_at(lines, number) is not None), None)
        if number is None or markdown_head_at(lines, number) != self._head or sum(map(bool, lines[:number])) > _MOST_ABOVE:
            return lines
        first = number + 2
        return [*lines[:first], *self._group_above(lines[first]), *lines[first:]] if first < len(lines) else lines

    def _group_above(self, row: str) -> list[str]:
        """The headings of the group, unless the row begins another one or they are long."""
        return [] if is_group_heading(row) or sum(map(len, self._group)) > _LARGEST_GROUP else self._group
