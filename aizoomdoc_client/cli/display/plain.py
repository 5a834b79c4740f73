"""Answers without drawing: whole and final for a pipe, piece by piece, or as JSON."""

from __future__ import annotations

import json
import sys
from gettext import gettext as _
from types import TracebackType

import click

from ...events import AnswerEvent
from .. import output
from ..sanitize import sanitized
from .base import RESTARTED, Display


class PlainDisplay(Display):
    """A display that moves no cursor; what is not the answer goes to standard error, if that is a terminal."""

    def __init__(self, *, show_thinking: bool = False) -> None:
        super().__init__(show_thinking=show_thinking and sys.stderr.isatty())
        self._is_terminal = sys.stdout.isatty()

    def finish(self) -> None:
        """Tells of the images."""
        for line in self.image_lines():
            output.note(line)

    def add_thinking(self, delta: str) -> None:
        """Writes it dimmed."""
        click.echo(click.style(sanitized(delta), dim=True), err=True, nl=False)

    def add_note(self, line: str) -> None:
        """Writes it in a line."""
        output.note(line)

    def write(self, text: str) -> None:
        """Writes a piece of the answer, sanitized if a terminal shows it, and at once."""
        sys.stdout.write(sanitized(text) if self._is_terminal else text)
        sys.stdout.flush()


class JSONLines(PlainDisplay):
    """One event a line, as it comes."""

    def show(self, event: AnswerEvent) -> None:
        """Writes the event."""
        moment = event.timestamp.isoformat() if event.timestamp else None
        output.result(json.dumps({"event": event.event, "data": event.data, "timestamp": moment}, ensure_ascii=False))


class WhenFinal(PlainDisplay):
    """The answer's text when it is final, since what went down a pipe cannot be taken back; nothing of an answer that failed."""

    def finish(self) -> None:
        """Writes the text, and a line end after it."""
        text = self.state.text
        self.write(text if text.endswith("\n") else f"{text}\n")
        super().finish()


class AsItComes(PlainDisplay):
    """The deltas of the text as they come; a text that is replaced is written anew, which standard error tells."""

    def __init__(self, *, show_thinking: bool = False) -> None:
        super().__init__(show_thinking=show_thinking)
        self._inside_line = False
        self._inside_thought = False
        self._outdated = False

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end_line()

    def finish(self) -> None:
        """Ends the line, and tells of the images."""
        if self._outdated:
            self.add_text(self.state.text)
        self._end_line()
        super().finish()

    def add_text(self, delta: str) -> None:
        """Writes it, or the whole text where what was written no longer holds."""
        if self._outdated or self._inside_thought:
            self._end_line()
        if self._outdated:
            output.warning(_(RESTARTED))
            delta = self.state.text
            self._outdated = False
        self.write(delta)
        self._inside_line = not delta.endswith("\n")

    def restart(self, keep: int) -> None:
        """Waits for the text that replaces the former."""
        del keep
        self._outdated = True

    def add_thinking(self, delta: str) -> None:
        """Writes it dimmed, apart from the text."""
        self._inside_thought = True
        super().add_thinking(delta)

    def add_note(self, line: str) -> None:
        """Writes it in a line of its own, if somebody watches."""
        if sys.stderr.isatty():
            if self._is_terminal:
                self._end_line()
            output.note(line)

    def _end_line(self) -> None:
        if self._inside_thought:
            click.echo(err=True)
        if self._inside_line:
            self.write("\n")
        self._inside_line = self._inside_thought = False
