"""Answers without drawing: whole and final for a pipe, piece by piece, or as JSON."""

from __future__ import annotations

import json
import sys
from types import TracebackType

import click

from ...events import AnswerEvent, AnswerRestarted, LLMToken
from .. import output
from ..harmless import harmless
from .base import RESTARTED, Undrawn, thought


class JSONLines(Undrawn):
    """One event a line, as it comes."""

    def show(self, event: AnswerEvent) -> None:
        """Writes the event."""
        moment = event.timestamp.isoformat() if event.timestamp else None
        output.result(json.dumps({"event": event.event, "data": event.data, "timestamp": moment}, ensure_ascii=False))

    def finish(self) -> None:
        """Nothing: all is said."""


class WhenFinal(Undrawn):
    """The answer's text when it is final, since what went down a pipe cannot be taken back; nothing of an answer that failed."""

    def show(self, event: AnswerEvent) -> None:
        """Keeps text, tells the rest."""
        self.story.fold(event)
        thinking = thought(event) if self.thinks_aloud else None
        line = self.story.line(event)
        if thinking:
            click.echo(click.style(harmless(thinking), dim=True), err=True, nl=False)
        elif line:
            output.note(line)

    def finish(self) -> None:
        """Writes the text, and a line end after it."""
        text = self.story.text
        sys.stdout.write(harmless(text) if sys.stdout.isatty() else text)
        sys.stdout.write("" if text.endswith("\n") else "\n")
        sys.stdout.flush()
        super().finish()


class AsItComes(Undrawn):
    """The pieces of the text as they come; a text that is replaced is written anew, which standard error tells."""

    def __init__(self, *, show_thinking: bool = False) -> None:
        super().__init__(show_thinking=show_thinking)
        self._is_terminal = sys.stdout.isatty()
        self._inside_line = False
        self._inside_thought = False
        self._stale = False

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end_line()

    def show(self, event: AnswerEvent) -> None:
        """Writes text, tells the rest."""
        self.story.fold(event)
        thinking = thought(event) if self.thinks_aloud else None
        if isinstance(event, LLMToken) and event.token:
            self._write(self.story.text if self._stale else event.token)
        elif isinstance(event, AnswerRestarted):
            self._stale = True
        elif thinking:
            self._inside_thought = True
            click.echo(click.style(harmless(thinking), dim=True), err=True, nl=False)
        else:
            self._tell(self.story.line(event))

    def finish(self) -> None:
        """Ends the line, and tells of the images."""
        if self._stale:
            self._write(self.story.text)
        self._end_line()
        super().finish()

    def _write(self, text: str) -> None:
        if self._stale or self._inside_thought:
            self._end_line()
        if self._stale:
            output.warning(str(RESTARTED))
            self._stale = False
        sys.stdout.write(harmless(text) if self._is_terminal else text)
        sys.stdout.flush()
        self._inside_line = not text.endswith("\n")

    def _tell(self, line: str | None) -> None:
        if line is not None and sys.stderr.isatty():
            if self._is_terminal:
                self._end_line()
            output.note(line)

    def _end_line(self) -> None:
        if self._inside_thought:
            click.echo(err=True)
        if self._inside_line:
            sys.stdout.write("\n")
            sys.stdout.flush()
        self._inside_line = self._inside_thought = False
