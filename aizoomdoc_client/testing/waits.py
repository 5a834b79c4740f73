"""Waiting without the clock, for tests of programs that wait as the client does."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Generator

from ..session.retrier import waiting_by


@contextlib.contextmanager
def no_waiting() -> Generator[list[float]]:
    """Lets all clients of this process go on at once where they would wait: between retries, and between looks after a drop.

    The list that it gives grows by the seconds of each wait that was left out. Time-outs and the server's own pauses stay.
    """
    left_out: list[float] = []

    async def go_on(seconds: float) -> None:
        left_out.append(seconds)
        await asyncio.sleep(0)

    with waiting_by(go_on):
        yield left_out


@contextlib.contextmanager
def shorter_waiting(factor: float) -> Generator[None]:
    """As `no_waiting`, but every wait lasts `factor` times as long as it should."""

    async def wait(seconds: float) -> None:
        await asyncio.sleep(seconds * factor)

    with waiting_by(wait):
        yield
