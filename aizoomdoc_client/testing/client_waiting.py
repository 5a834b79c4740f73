"""Replaces the waiting of clients, for tests of programs that use them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Generator

from ..session.retrier import waiting_by


@contextlib.contextmanager
def no_waiting() -> Generator[list[float]]:
    """Leaves out the waits of all clients of this process: between retries, and between requests for the history after a drop.

    Each wait that was left out is appended, in seconds, to the list that the context manager gives. Time-outs, and the pauses of
    the server, are not affected.
    """
    left_out: list[float] = []

    async def go_on(seconds: float) -> None:
        left_out.append(seconds)
        await asyncio.sleep(0)

    with waiting_by(go_on):
        yield left_out


@contextlib.contextmanager
def shorter_waiting(factor: float) -> Generator[None]:
    """As `no_waiting`, but every wait lasts `factor` times its length."""

    async def wait(seconds: float) -> None:
        await asyncio.sleep(seconds * factor)

    with waiting_by(wait):
        yield
