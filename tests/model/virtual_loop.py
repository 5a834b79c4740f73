"""An event loop on the model server's clock, which advances only when all tasks wait."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

from .model_server import ModelServer

T = TypeVar("T")


class _AdvancingSelector(selectors.DefaultSelector):
    """Advances the virtual time instead of sleeping."""

    server: ModelServer

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("All tasks wait, and no timer is set: deadlock")
        if timeout > 0:
            self.server.advance(self.server.now + timeout)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose time is that of `server`."""

    def __init__(self, server: ModelServer) -> None:
        selector = _AdvancingSelector()
        selector.server = self._server = server
        super().__init__(selector)

    def time(self) -> float:
        """The server's time."""
        return self._server.now


def run(work: Coroutine[Any, Any, T], server: ModelServer) -> T:
    """The result of `work`, done in the server's time."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(server)) as runner:
        return runner.run(work)
