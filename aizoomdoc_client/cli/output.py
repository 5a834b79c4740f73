"""Lines for people: results on standard output, everything else on standard error."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from .language import _
from .sanitize import sanitized, sanitized_line


def result(text: str) -> None:
    """Writes `text` as a line of standard output: made harmless for a terminal, as it is into a pipe."""
    click.echo(sanitized(text) if sys.stdout.isatty() else text)


def note(text: str) -> None:
    """A dim line for whoever sits at a terminal; nothing where standard error goes elsewhere."""
    if sys.stderr.isatty():
        _tell(styled(sanitized_line(text), dim=True))


def hint(text: str) -> None:
    """A dim line that says what to do."""
    _tell(styled(sanitized_line(text), dim=True))


def warning(text: str) -> None:
    """A dim line about something that is not as it should be."""
    _tell(styled(_("Warning: {text}").format(text=sanitized_line(text)), dim=True))


def failure(text: str) -> None:
    """The one line that says what failed."""
    _tell(styled(_("Error:"), fg="red", bold=True) + " " + sanitized_line(text))


def line_error(text: str) -> None:
    """A line on standard error."""
    _tell(sanitized_line(text))


def as_json(data: Any) -> None:
    """Writes `data`, models among them, as JSON for another program."""
    import json

    from ..serializable import plain

    result(json.dumps(plain(data), ensure_ascii=False, indent=2))


def styled(text: str, **style: Any) -> str:
    """`text` with colours, unless the terminal has none or its user wants none."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return click.style(text, **style)


def _tell(line: str) -> None:
    sys.stdout.flush()
    click.echo(line, file=sys.stderr, err=True)  # click itself would go past what `Live` puts in its place, and be drawn over
