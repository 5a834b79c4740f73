"""The event loop's clock in the test's hands: minutes pass by a word, and nothing waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import attrs


@attrs.define
class LoopClock:
    """What the running loop takes for its time; a server that is to keep its own runs in another thread."""

    _ahead: float = 0.0

    def advance(self, seconds: float) -> None:
        """Lets so many seconds pass at once: what is due by then happens in the loop's next round."""
        self._ahead += seconds

    def reading(self, real: Callable[[], float]) -> Callable[[], float]:
        return lambda: real() + self._ahead


@contextmanager
def owned_clock() -> Iterator[LoopClock]:
    """The running loop's clock, until the block ends."""
    loop = asyncio.get_running_loop()
    clock = LoopClock()
    loop.time = clock.reading(type(loop).time.__get__(loop))  # type: ignore[method-assign]
    try:
        yield clock
    finally:
        del loop.time


async def rounds(number: int = 20) -> None:
    """Lets the loop go round so often: whatever is ready happens."""
    for _ in range(number):
        await asyncio.sleep(0)
