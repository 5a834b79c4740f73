"""Makes tracebacks end at the user's line: the frames of this package say nothing that its errors do not say.

``AIZOOMDOC_TRACEBACK=full``, or ``AIZOOMDOC_DEBUG``, which the command line knows, leaves them whole, for work on the package.
"""

from __future__ import annotations

import functools
import inspect
import os
import sys
from collections.abc import Callable
from types import FunctionType, TracebackType
from typing import Any, TypeVar, cast

from .exceptions import AIZoomDocError

__all__ = ["UserTraceback", "ending_at_user", "shorten"]

C = TypeVar("C")

_INTERNAL_PACKAGES = frozenset({"aizoomdoc_client", "aiohttp", "anyio", "cattrs", "picows", "tenacity", "websockets"})
"""Packages whose frames stand below the user's line, beside the standard library's, and say nothing to a user."""
_ENTRIES = frozenset({"__enter__", "__exit__", "__aenter__", "__aexit__"})
"""The special methods that `ending_at_user` wraps."""


def shorten(error: BaseException) -> None:
    """Removes the inner frames from the traceback of an error of this package, and from those of its causes.

    Does nothing to an error of another class.
    """
    if not isinstance(error, AIZoomDocError) or _is_full():
        return
    seen, found = set[int](), cast("BaseException | None", error)
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        trace = found.__traceback__
        if trace is not None and (_is_inner(trace) or isinstance(found, AIZoomDocError)):  # else it was caught by the user
            found.__traceback__ = _without_inner_frames(trace)
        context = None if found.__suppress_context__ else found.__context__
        found = context if found.__cause__ is None else found.__cause__


class UserTraceback:
    """``with UserTraceback():`` removes the frames of this package from an error of its own, that of the ``with`` included."""

    __slots__ = ()

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None:
            shorten(error)


class _Wrapper(UserTraceback):
    """As `UserTraceback`; the frame of the ``with`` itself, which holds the arguments of a call, is never shown."""

    __slots__ = ()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None:
            # The frame was added when the error passed through it; re-raising does not add it a second time.
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            shorten(error)


_WRAPPER = _Wrapper()


def ending_at_user(cls: type[C]) -> type[C]:
    """Decorates a class: errors of this package that its public methods raise have a traceback that ends at the user's line."""
    for name, member in tuple(vars(cls).items()):
        if isinstance(member, FunctionType) and (name[0] != "_" or name in _ENTRIES):
            setattr(cls, name, _wrap(member))
    return cls


def _wrap(method: FunctionType) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(method):

        @functools.wraps(method)
        async def wait(*arguments: Any, **named: Any) -> Any:
            with _WRAPPER:
                return await method(*arguments, **named)

        return wait

    @functools.wraps(method)
    def call(*arguments: Any, **named: Any) -> Any:
        with _WRAPPER:
            return method(*arguments, **named)

    return call


def _without_inner_frames(trace: TracebackType | None) -> TracebackType | None:
    """The traceback of the user's frames."""
    frames = list[TracebackType]()
    while trace is not None:
        if not _is_inner(trace):
            frames.append(trace)
        trace = trace.tb_next
    outer: TracebackType | None = None
    for each in reversed(frames):
        outer = TracebackType(outer, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return outer


def _is_inner(trace: TracebackType) -> bool:
    package = str(trace.tb_frame.f_globals.get("__name__")).partition(".")[0]
    return package in _INTERNAL_PACKAGES or package in sys.stdlib_module_names


def _is_full() -> bool:
    return os.environ.get("AIZOOMDOC_TRACEBACK") == "full" or os.environ.get("AIZOOMDOC_DEBUG", "") not in {"", "0"}
