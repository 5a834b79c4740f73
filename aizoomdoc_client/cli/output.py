"""Lines for people: results on standard output, everything else on standard error."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any, cast

import click

from .language import Text
from .sanitize import sanitized, sanitized_line


def result(text: str) -> None:
    """Writes `text` as a line of standard output: made harmless for a terminal, as it is into a pipe."""
    click.echo(sanitized(text) if sys.stdout.isatty() else text)


def note(text: str) -> None:
    """A dim line for whoever sits at a terminal; nothing where standard error goes elsewhere."""
    if sys.stderr.isatty():
        _tell(click.style(sanitized_line(text), dim=True))


def hint(text: str) -> None:
    """A dim line that says what to do."""
    _tell(click.style(sanitized_line(text), dim=True))


def warning(text: str) -> None:
    """A dim line about something that is not as it should be."""
    _tell(click.style(f"{Text('Внимание', 'Warning')}: {sanitized_line(text)}", dim=True))


def failure(text: str) -> None:
    """The one line that says what failed."""
    _tell(click.style(f"{Text('Ошибка', 'Error')}:", fg="red", bold=True) + " " + sanitized_line(text))


def line_error(text: str) -> None:
    """A line on standard error."""
    _tell(sanitized_line(text))


def as_json(data: Any) -> None:
    """Writes `data`, models among them, as JSON for another program."""
    import json

    result(json.dumps(plain(data), ensure_ascii=False, indent=2))


def plain(data: Any) -> Any:
    """`data` as JSON has it: models as objects, dates as text."""
    from datetime import datetime

    import attrs

    kind = cast("type[Any]", type(data))
    if attrs.has(kind):
        return {field.name: plain(getattr(data, field.name)) for field in attrs.fields(kind)}
    if isinstance(data, Mapping):
        return {str(key): plain(value) for key, value in cast("Mapping[Any, Any]", data).items()}
    if isinstance(data, (list, tuple)):
        return [plain(item) for item in cast("Sequence[Any]", data)]
    return data.isoformat() if isinstance(data, datetime) else data


def _tell(line: str) -> None:
    sys.stdout.flush()
    click.echo(line, err=True)
