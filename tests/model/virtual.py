"""An event loop whose time is the model server's: it passes when everybody waits, and never otherwise."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

from .world import World

T = TypeVar("T")


class _Skipper(selectors.DefaultSelector):
    """Waits for nothing: lets the time pass that the loop would have slept."""

    world: World

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("Everybody waits, and nothing will ever happen")
        if timeout > 0:
            self.world.advance(self.world.now + timeout)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop that lives in the time of `world`."""

    def __init__(self, world: World) -> None:
        skipper = _Skipper()
        skipper.world = self._world = world
        super().__init__(skipper)

    def time(self) -> float:
        """The server's time."""
        return self._world.now


def run(work: Coroutine[Any, Any, T], world: World) -> T:
    """The result of `work`, done in the server's time."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(world)) as runner:
        return runner.run(work)
