"""Warnings attributed to the line of the user's own code, whatever thread and task they are raised in."""

from __future__ import annotations

import contextlib
import inspect
import warnings
from collections.abc import Generator
from contextvars import ContextVar
from typing import Any

import attrs

from .catalog import LocalizedText
from .exceptions import AIZoomDocWarning

_INTERNAL_PACKAGES = frozenset(
    {"aizoomdoc_client", "anyio", "asyncio", "concurrent", "contextlib", "contextvars", "tenacity", "threading"}
)
"""Packages whose frames stand between the user's line and the warning."""


@attrs.frozen
class CodeLine:
    """A line of code; `names` are the globals of its module, where `warnings` keeps what it has shown."""

    file: str
    line: int
    names: dict[str, Any] = attrs.field(repr=False)


_remembered_line: ContextVar[CodeLine | None] = ContextVar("remembered_line", default=None)


def warn(text: LocalizedText, category: type[AIZoomDocWarning]) -> None:
    """Warns at the `user_line`."""
    warn_at(user_line(), category(text))


def warn_at(place: CodeLine | None, warning: Warning) -> None:
    """Warns at a line that `user_line` returned before; None is the line of the caller's caller."""
    if place is None:
        warnings.warn(warning, stacklevel=3)
        return
    registry = place.names.setdefault("__warningregistry__", {})
    warnings.warn_explicit(warning, type(warning), place.file, place.line, place.names.get("__name__"), registry)


def user_line() -> CodeLine | None:
    """The user's line: the one that `remember_user_line` stored, else the nearest on the stack; None without either."""
    return _remembered_line.get() or _user_line()


@contextlib.contextmanager
def remember_user_line() -> Generator[None]:
    """Stores the user's line for work that starts in this context and continues in another task or thread."""
    if _remembered_line.get() is not None:
        yield
        return
    token = _remembered_line.set(_user_line())
    try:
        yield
    finally:
        _remembered_line.reset(token)


def _user_line() -> CodeLine | None:
    """The nearest line on the stack outside of `_INTERNAL_PACKAGES`; None in a thread that the package started."""
    frame = inspect.currentframe()
    while frame is not None and str(frame.f_globals.get("__name__")).partition(".")[0] in _INTERNAL_PACKAGES:
        frame = frame.f_back
    return CodeLine(frame.f_code.co_filename, frame.f_lineno, frame.f_globals) if frame else None
