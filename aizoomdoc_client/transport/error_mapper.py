"""Replaces errors of libraries by those of this package."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType

import attrs


@attrs.frozen
class ErrorMapper:
    """``with ErrorMapper(mapped):`` replaces an exception of the block by the result of `mapped`, unless that is None.

    The frames of libraries, and some of their errors, contain the token. So the new exception has neither cause nor context, and
    the traceback of a replaced exception, or of a cancellation, is cleared.
    """

    _mapped: Callable[[Exception], Exception | None]

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is None:
            return
        if isinstance(error, asyncio.CancelledError):
            error.__traceback__ = None
        elif isinstance(error, Exception) and (replacement := self._mapped(error)) is not None:
            error.__traceback__ = None
            del error  # some of them refer to the request with its headers
            try:
                raise replacement from None
            finally:
                replacement.__context__ = None  # `from None` hides the context from tracebacks, but keeps the reference
