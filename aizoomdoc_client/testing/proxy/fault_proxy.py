"""The proxy itself: accepts connections, gives each one its faults, and counts bytes."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Generator
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from anyio.from_thread import start_blocking_portal

from .connections import ConnectionRecord, Listener, ProxiedConnection, authority
from .fault_pipeline import FaultPipeline
from .network_faults import Fault, Plan, faults_of


class FaultProxy:
    """Forwards connections to the server at `target_url` and injects faults into them; an async context manager.

    `faults` apply to every connection, as with `always`. Jitter is drawn from `seed`, and delays call `sleep`, so that a test can
    control them. `port` 0 takes a free one. Every method that is not a coroutine may be called from any thread.

    Raises `ValueError` for a URL without a host, and `TypeError` for what is no fault.
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
        self._scheme, self._target = _split(target_url)
        self._always = faults_of(faults)
        self._next: deque[tuple[Fault, ...]] = deque()
        self.plan: Plan | None = plan
        self._seed = seed
        self._sleep = sleep
        self._host = host
        self._listener = Listener(host, port, self._on_connection)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connections: list[ProxiedConnection] = []
        self._tasks: set[asyncio.Task[None]] = set()

    # Start and stop

    async def start(self) -> None:
        """Begins to listen."""
        self._loop = asyncio.get_running_loop()
        self._listener.open()

    async def stop(self) -> None:
        """Aborts all connections and refuses new ones."""
        self._listener.close()
        for connection in self._connections:
            connection.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()

    # Address and figures

    @property
    def url(self) -> str:
        """The address to use as a client's `server_url`; the scheme is the target's."""
        return f"{self._scheme}://{authority(self._host, self._listener.port)}"

    @property
    def records(self) -> list[ConnectionRecord]:
        """The figures of all connections so far, oldest first."""
        return [connection.record for connection in self._connections]

    @property
    def connections(self) -> int:
        """How many connections were accepted."""
        return len(self._connections)

    @property
    def open_connections(self) -> int:
        """How many connections the client has not left."""
        return sum(record.is_open for record in self.records)

    @property
    def bytes_up(self) -> int:
        """How many bytes were forwarded to the server."""
        return sum(record.bytes_up for record in self.records)

    @property
    def bytes_down(self) -> int:
        """How many bytes were forwarded to the client."""
        return sum(record.bytes_down for record in self.records)

    # Faults

    def next(self, *faults: Fault) -> None:
        """Gives these faults to the next connection, instead of the plan's; each further call is for one connection more."""
        self._next.append(faults_of(faults))

    def always(self, *faults: Fault) -> None:
        """Gives these faults to every future connection, instead of those that `always` gave before."""
        self._always = faults_of(faults)

    def inject(self, *faults: Fault) -> None:
        """Adds these faults to all open connections; their byte counts begin now.

        Raises `ValueError` for a `CutInFrame` when a connection has already forwarded bytes.
        """
        given = faults_of(faults)
        self._run_in_loop(lambda: self._inject(given))

    def clear(self) -> None:
        """Removes all faults, of open and of future connections; bytes that were dropped stay lost."""
        self._always, self.plan = (), None
        self._next.clear()
        self._run_in_loop(self._clear)

    def refuse(self) -> None:
        """Refuses new connections; open ones stay."""
        self._run_in_loop(self._listener.close)

    def listen(self) -> None:
        """Listens again, on the same port; idempotent."""
        self._run_in_loop(self._listener.open)

    def _run_in_loop(self, step: Callable[[], object]) -> None:
        """Runs `step` in the proxy's loop, and returns when it is done; at once if the proxy was never started."""
        if self._loop is None or _is_running(self._loop):
            step()
            return

        async def run() -> None:
            step()

        asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    def _inject(self, faults: tuple[Fault, ...]) -> None:
        for connection in self._connections:
            connection.inject(faults)

    def _clear(self) -> None:
        for connection in self._connections:
            connection.clear()

    def _on_connection(self, accepted: socket.socket) -> None:
        number = len(self._connections) + 1
        faults = (*self._always, *self._own_faults(number))
        up, down = (FaultPipeline(direction, faults, self._rng(number, direction)) for direction in ("up", "down"))
        connection = ProxiedConnection(number, faults, accepted, up=up, down=down, sleep=self._sleep)
        self._connections.append(connection)
        task = asyncio.get_running_loop().create_task(connection.run(self._connect))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _own_faults(self, number: int) -> tuple[Fault, ...]:
        if self._next:
            return self._next.popleft()
        return tuple(self.plan(number)) if self.plan is not None else ()

    def _rng(self, number: int, direction: str) -> random.Random:
        return random.Random(f"{self._seed}/{number}/{direction}")  # noqa: S311 - reproducible, not secret

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(*self._target)


@contextlib.contextmanager
def running_proxy(
    target_url: str, *faults: Fault, plan: Plan | None = None, seed: int | str = 0, port: int = 0
) -> Generator[FaultProxy]:
    """A proxy that runs in a thread, for synchronous tests; the parameters are those of `FaultProxy` of the same names."""
    proxy = FaultProxy(target_url, *faults, plan=plan, seed=seed, port=port)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(proxy):
        yield proxy


def _is_running(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether the caller runs in `loop`."""
    with contextlib.suppress(RuntimeError):
        return asyncio.get_running_loop() is loop
    return False


def _split(url: str) -> tuple[str, tuple[str, int]]:
    """The scheme, and host and port."""
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in {"http", "https"}:
        raise ValueError(f"The target must be the URL of a server, such as http://127.0.0.1:8000, not {url!r}")
    return parts.scheme, (parts.hostname, parts.port or (443 if parts.scheme == "https" else 80))
