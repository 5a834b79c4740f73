"""Where a library's errors become ours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType

import attrs


@attrs.frozen
class ErrorMapper:
    """``with ErrorMapper(mapped):`` raises what `mapped` gives for an exception, and lets pass what it gives None for.

    A library's frames hold the token, and so do some of its errors: causes are cut off, and what is replaced, or is a
    cancellation, loses its traceback.
    """

    _mapped: Callable[[Exception], Exception | None]

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is None:
            return
        if isinstance(error, asyncio.CancelledError):
            error.__traceback__ = None
        elif isinstance(error, Exception) and (ours := self._mapped(error)) is not None:
            error.__traceback__ = None
            del error  # some show their request with its headers
            try:
                raise ours from None
            finally:
                ours.__context__ = None  # tools may look behind `from None`
