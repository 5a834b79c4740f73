"""Growing Markdown on a terminal that cannot take back what has scrolled away."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console

from .blocks import blocks, finished
from .drawing import Line, Lines, laid_out


class Scroll:
    """Prints the blocks of a text for good as soon as they cannot change, and lays out the rest to be drawn again and again.

    `tell_restart` is called before printed text is printed anew, with whether that is all of it.
    """

    def __init__(self, console: Console, tell_restart: Callable[[bool], None]) -> None:
        self._console = console
        self._tell_restart = tell_restart
        self._ends: list[int] = []
        self._kept: int | None = None
        self._needs_gap = False

    @property
    def _printed(self) -> int:
        return self._ends[-1] if self._ends else 0

    def cut(self, keep: int) -> None:
        """Only the first `keep` characters still hold."""
        if keep < self._printed:
            self._kept = min(keep, self._printed if self._kept is None else self._kept)

    def print_finished(self, text: str) -> None:
        """Prints those blocks of `text` that are finished and not printed yet."""
        if self._is_ready(text) and (more := finished(text[self._printed :])):
            self._print(text, self._printed + more)

    def print_all(self, text: str) -> None:
        """Prints what is not printed yet."""
        if self._is_ready(text) and text[self._printed :].strip():
            self._print(text, len(text))

    def is_behind(self, text: str) -> bool:
        """Whether some of `text` is drawn, or about to be, and not printed for good."""
        return self._kept is None and bool(text[self._printed :].strip())

    def rest(self, text: str) -> list[Line]:
        """The lines of what is not printed yet."""
        if not self.is_behind(text):
            return []
        lines = laid_out(self._console, text[self._printed :])
        return [[], *lines] if self._needs_gap else lines

    def _is_ready(self, text: str) -> bool:
        """Takes printed text back where it no longer holds, once there is something to print in its place."""
        if self._kept is None:
            return True
        if not text.strip():
            return False
        kept, self._kept = self._kept, None
        self._ends = [end for end in self._ends if end <= kept]
        self._needs_gap = bool(self._ends)
        self._tell_restart(not self._ends)
        return True

    def _print(self, text: str, end: int) -> None:
        for block in blocks(text[self._printed : end]):
            self._ends.append(self._printed + len(block))
            if lines := laid_out(self._console, block):
                self._console.print(Lines([[], *lines] if self._needs_gap else lines), end="")
                self._needs_gap = True
