"""The event loop's clock, controlled by the test: minutes pass without waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import attrs


@attrs.define
class LoopClock:
    """An offset to the running loop's time; a server that must keep real time runs in another thread."""

    _ahead: float = 0.0

    def advance(self, seconds: float) -> None:
        """Advances the time by `seconds`: timers due by then fire in the loop's next iteration."""
        self._ahead += seconds

    def reading(self, real: Callable[[], float]) -> Callable[[], float]:
        return lambda: real() + self._ahead


@contextmanager
def owned_clock() -> Iterator[LoopClock]:
    """Controls the running loop's clock until the block ends."""
    loop = asyncio.get_running_loop()
    clock = LoopClock()
    loop.time = clock.reading(type(loop).time.__get__(loop))  # type: ignore[method-assign]
    try:
        yield clock
    finally:
        del loop.time


async def rounds(number: int = 20) -> None:
    """Runs `number` iterations of the loop, so that ready callbacks are executed."""
    for _ in range(number):
        await asyncio.sleep(0)
