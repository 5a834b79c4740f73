"""Displays without drawing: the final text for a pipe, deltas as they arrive, or JSON."""

from __future__ import annotations

import sys

import click

from ...events import AnswerEvent, AnswerRestarted, LLMThinking, LLMToken
from .. import output
from ..language import _
from ..sanitize import sanitized
from .answer_display import RESTARTED, Display


class JSONLines(Display):
    """One event a line, when it arrives, without `accumulated`, which would repeat the text with each delta."""

    def show(self, event: AnswerEvent) -> None:
        output.result(event.to_json())


class WhenFinal(Display):
    """The answer's text when it is final, because text in a pipe cannot be replaced; nothing of an answer that failed.

    Everything else goes to standard error, if that is a terminal.
    """

    def draw(self, event: AnswerEvent, line: str | None) -> None:
        if isinstance(event, LLMThinking) and self.show_thinking and sys.stderr.isatty():
            click.echo(output.styled(sanitized(event.content), dim=True), err=True, nl=False)
        elif line is not None:
            output.note(line)

    def finish(self) -> None:
        self.write(self.state.text)
        if not self.state.text.endswith("\n"):
            self.write("\n")
        for line in self.image_lines():
            output.note(line)

    def write(self, text: str) -> None:
        """Writes a piece of the answer at once, sanitized on a terminal."""
        sys.stdout.write(sanitized(text) if sys.stdout.isatty() else text)
        sys.stdout.flush()


class AsItComes(WhenFinal):
    """The deltas of the text as they arrive; a text that is replaced is written anew, after a warning on standard error."""

    def __init__(self, *, show_thinking: bool = False) -> None:
        super().__init__(show_thinking=show_thinking)
        self._inside_line = self._inside_thinking = False
        self._outdated = False

    def draw(self, event: AnswerEvent, line: str | None) -> None:
        if isinstance(event, LLMToken) and event.token:
            self._write_text(event.token)
        elif isinstance(event, AnswerRestarted):
            self._outdated = True
        elif isinstance(event, LLMThinking):
            self._inside_thinking = self.show_thinking and sys.stderr.isatty()
            super().draw(event, line)
        elif line is not None and sys.stderr.isatty():
            if sys.stdout.isatty():
                self.stop()
            super().draw(event, line)

    def finish(self) -> None:
        if self._outdated:
            self._write_text(self.state.text)
        self.stop()
        for line in self.image_lines():
            output.note(line)

    def stop(self) -> None:
        if self._inside_thinking:
            click.echo(err=True)
        if self._inside_line:
            self.write("\n")
        self._inside_line = self._inside_thinking = False

    def _write_text(self, delta: str) -> None:
        if self._outdated:
            self.stop()
            output.warning(_(RESTARTED))
            delta = self.state.text
            self._outdated = False
        elif self._inside_thinking:
            self.stop()
        self.write(delta)
        self._inside_line = not delta.endswith("\n")
