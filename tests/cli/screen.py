"""A terminal small enough to be checked by eye: rows, a cursor, and what scrolled away."""

from __future__ import annotations

import re
import unicodedata

_PIECES = re.compile(r"\x1b\[([?\d;]*)([A-Za-z])|\x1b\](.*?)(?:\x07|\x1b\\)|([\r\n\b\x07])|([^\x1b\r\n\b\x07])", re.DOTALL)


class Screen:
    """Takes a program's output and keeps every row; the cursor cannot go above the rows that are still visible."""

    def __init__(self, width: int = 80, height: int = 24) -> None:
        self.width = width
        self.height = height
        self.rows: list[list[str]] = [[]]
        self._row = self._column = 0

    def feed(self, output: str) -> None:
        for found in _PIECES.finditer(output):
            numbers, command, _, control, char = found.groups()
            if char:
                self._write(char)
            elif control:
                self._control(control)
            elif command:
                self._command(command, int(numbers) if numbers and numbers.isdigit() else 1, numbers)

    @property
    def text(self) -> str:
        """All rows, the scrolled ones too, without blanks at their ends."""
        return "\n".join("".join(row).rstrip() for row in self.rows).rstrip("\n")

    @property
    def visible(self) -> str:
        return "\n".join("".join(row).rstrip() for row in self.rows[self._top :])

    @property
    def _top(self) -> int:
        return max(0, len(self.rows) - self.height)

    def _write(self, char: str) -> None:
        if unicodedata.combining(char) or unicodedata.category(char) == "Cf":
            return
        if self._column >= self.width:
            self._row, self._column = self._row + 1, 0
        self._reach()
        row = self.rows[self._row]
        row += [" "] * (self._column + 1 - len(row))
        row[self._column] = char
        self._column += 1

    def _control(self, control: str) -> None:
        if control == "\r":
            self._column = 0
        elif control == "\n":
            # A terminal's line discipline makes CR LF of a line feed; both do no harm.
            self._row += 1
            self._reach()

    def _command(self, command: str, number: int, given: str) -> None:
        if command == "A":
            self._row = max(self._top, self._row - number)
        elif command == "K":
            row = self.rows[self._row]
            del row[0 if given == "2" else self._column :]
        elif command not in "mhl":
            raise AssertionError(f"The screen does not know CSI {given}{command}")

    def _reach(self) -> None:
        while len(self.rows) <= self._row:
            self.rows.append([])
