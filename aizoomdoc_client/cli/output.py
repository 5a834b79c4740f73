"""Lines for users: results on standard output, everything else on standard error."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from .language import _
from .sanitize import sanitized, sanitized_line


def result(text: str) -> None:
    """Writes `text` as a line of standard output: sanitized on a terminal, unchanged into a pipe."""
    click.echo(sanitized(text) if sys.stdout.isatty() else text)


def note(text: str) -> None:
    """Writes a dim line on standard error if that is a terminal, else nothing."""
    if sys.stderr.isatty():
        _write_error_line(styled(sanitized_line(text), dim=True))


def hint(text: str) -> None:
    """Writes a dim line that says what to do."""
    _write_error_line(styled(sanitized_line(text), dim=True))


def warning(text: str) -> None:
    """Writes a dim line about something unexpected that does not end the command."""
    _write_error_line(styled(_("Warning: {text}").format(text=sanitized_line(text)), dim=True))


def failure(text: str) -> None:
    """Writes the line that says what failed."""
    _write_error_line(styled(_("Error:"), fg="red", bold=True) + " " + sanitized_line(text))


def line_error(text: str) -> None:
    """Writes a line on standard error."""
    _write_error_line(sanitized_line(text))


def as_json(data: Any) -> None:
    """Writes `data`, models among them, as JSON for another program."""
    import json

    from ..serializable import plain

    result(json.dumps(plain(data), ensure_ascii=False, indent=2))


def styled(text: str, **style: Any) -> str:
    """`text` with colours, unless the terminal has none or ``NO_COLOR`` is set."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return click.style(text, **style)


def _write_error_line(line: str) -> None:
    sys.stdout.flush()
    click.echo(
        line, file=sys.stderr, err=True
    )  # explicit: rich's `Live` replaces `sys.stderr`, and would draw over a line that click writes past it
