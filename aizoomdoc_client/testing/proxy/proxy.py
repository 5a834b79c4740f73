"""The proxy: listens, gives each connection its faults, counts."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from .course import Course
from .door import Door
from .faults import Fault
from .link import Link, LinkRecord
from .plans import Plan


class FaultProxy:
    """Passes connections on to the server at `target_url` and lets them suffer; an async context manager.

    `faults` are for every connection, as with `always`. `seed` is what jitter is drawn from, `sleep` what waits, so that a test
    can own the pauses. `port` 0 takes a free one. Everything that is not a coroutine may be called from any thread.

    Raises `ValueError` for a URL without a host.
    """

    def __init__(
        self,
        target_url: str,
        *faults: Fault,
        plan: Plan | None = None,
        seed: int | str = 0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self._scheme, self._target = _address(target_url)
        self._always = faults
        self._next: deque[tuple[Fault, ...]] = deque()
        self.plan: Plan | None = plan
        self._seed = seed
        self._sleep = sleep
        self._host = host
        self._door = Door(host, port, self._welcome)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._links: list[Link] = []
        self._running: set[asyncio.Task[None]] = set()

    # Life

    async def start(self) -> None:
        """Listens."""
        self._loop = asyncio.get_running_loop()
        self._door.open()

    async def stop(self) -> None:
        """Breaks all connections off and listens no more."""
        self._door.shut()
        for link in self._links:
            link.abort()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()

    # What it is and what happened

    @property
    def url(self) -> str:
        """Where it listens, as a client's `server_url`; the scheme is the target's."""
        return f"{self._scheme}://{self._host}:{self._door.port}"

    @property
    def links(self) -> list[LinkRecord]:
        """All connections so far, oldest first."""
        return [link.record for link in self._links]

    @property
    def connections(self) -> int:
        """How many connections were accepted."""
        return len(self._links)

    @property
    def open_connections(self) -> int:
        """How many connections the client has not left."""
        return sum(link.is_open for link in self.links)

    @property
    def bytes_up(self) -> int:
        """How many bytes the client's connections have got through to the server."""
        return sum(link.bytes_up for link in self.links)

    @property
    def bytes_down(self) -> int:
        """How many bytes have got through to the client."""
        return sum(link.bytes_down for link in self.links)

    # What shall happen

    def next(self, *faults: Fault) -> None:
        """Gives the next connection that has nothing yet these faults, instead of the plan's; called again, the one after it."""
        self._next.append(faults)

    def always(self, *faults: Fault) -> None:
        """Gives every connection to come these faults, instead of those that all got until now."""
        self._always = faults

    def strike(self, *faults: Fault) -> None:
        """Gives these faults to all open connections; their bytes count from now."""
        self._in_loop(lambda: self._strike(faults))

    def calm(self) -> None:
        """Forgets all faults, of open connections and of those to come; what was swallowed stays lost."""
        self._always, self.plan = (), None
        self._next.clear()
        self._in_loop(self._calm)

    def refuse(self) -> None:
        """Listens no more: connecting is refused. Open connections stay."""
        self._in_loop(self._door.shut)

    def listen(self) -> None:
        """Listens again, on the same port; idempotent."""
        self._in_loop(self._door.open)

    # How

    def _in_loop(self, step: Callable[[], object]) -> None:
        """Does `step` in the proxy's loop, and waits for it in any other thread; at once when it was never started."""
        if self._loop is None or _runs_here(self._loop):
            step()
            return

        async def do() -> None:
            step()

        asyncio.run_coroutine_threadsafe(do(), self._loop).result()

    def _strike(self, faults: tuple[Fault, ...]) -> None:
        for link in self._links:
            link.strike(faults)

    def _calm(self) -> None:
        for link in self._links:
            link.calm()

    def _welcome(self, connection: socket.socket) -> None:
        number = len(self._links) + 1
        faults = (*self._always, *self._own_faults(number))
        up, down = (Course(way, faults, self._dice(number, way)) for way in ("up", "down"))
        link = Link(number, faults, connection, up=up, down=down, wait=self._sleep)
        self._links.append(link)
        task = asyncio.get_running_loop().create_task(link.run(self._connect))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def _own_faults(self, number: int) -> tuple[Fault, ...]:
        if self._next:
            return self._next.popleft()
        return tuple(self.plan(number)) if self.plan is not None else ()

    def _dice(self, number: int, way: str) -> random.Random:
        return random.Random(f"{self._seed}/{number}/{way}")  # noqa: S311 - to be repeated, no secret

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(*self._target)


def _runs_here(loop: asyncio.AbstractEventLoop) -> bool:
    with contextlib.suppress(RuntimeError):
        return asyncio.get_running_loop() is loop
    return False


def _address(url: str) -> tuple[str, tuple[str, int]]:
    """The scheme, and host and port."""
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in {"http", "https"}:
        raise ValueError(f"The target must be the URL of a server, such as http://127.0.0.1:8000, not {url!r}")
    return parts.scheme, (parts.hostname, parts.port or (443 if parts.scheme == "https" else 80))
