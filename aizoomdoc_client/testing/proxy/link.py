"""One connection through the proxy."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Iterable

import attrs

from .course import Course, Cut
from .faults import Direction, Fault

_BLOCK = 64 * 1024

Connect = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


@attrs.frozen(kw_only=True)
class LinkRecord:
    """A connection as counted so far; `number` is from 1, `is_open` as long as the client has not left it."""

    number: int
    faults: tuple[Fault, ...]
    bytes_up: int
    bytes_down: int
    is_open: bool


class Link:
    """Moves bytes between a client that was accepted and the server."""

    def __init__(
        self,
        number: int,
        faults: tuple[Fault, ...],
        connection: socket.socket,
        *,
        up: Course,
        down: Course,
        wait: Callable[[float], Awaitable[None]],
    ) -> None:
        self._number = number
        self._faults = faults
        self._connection = connection
        self._up, self._down = up, down
        self._wait = wait
        self._ends: list[asyncio.StreamWriter] = []
        self._pumps: set[asyncio.Task[None]] = set()
        self._over = asyncio.Event()
        self._ended: set[Direction] = set()

    @property
    def record(self) -> LinkRecord:
        """The connection in figures."""
        return LinkRecord(
            number=self._number,
            faults=self._faults,
            bytes_up=self._up.passed,
            bytes_down=self._down.passed,
            is_open=not ("up" in self._ended or self._over.is_set()),
        )

    async def run(self, connect: Connect) -> None:
        """Joins both ends, and returns when they are closed."""
        try:
            reader, client = await asyncio.open_connection(sock=self._connection)
            self._ends.append(client)
            self.cut_if_due()
            if not self._over.is_set():
                await self._join(reader, client, connect)
        finally:
            self.cut(reset=False)
            await asyncio.gather(*self._pumps, return_exceptions=True)
            await self._closed()

    def abort(self) -> None:
        """Breaks both ends off, whatever is still to be sent."""
        self.cut(reset=True)
        for writer in self._ends:
            writer.transport.abort()
        if not self._ends:
            self._connection.close()

    def strike(self, faults: Iterable[Fault]) -> None:
        """Adds faults that count from now."""
        self._faults += (added := tuple(faults))
        self._up.add(added)
        self._down.add(added)
        self.cut_if_due()

    def calm(self) -> None:
        """Lets everything through from now on."""
        self._up.calm()
        self._down.calm()

    def cut_if_due(self) -> None:
        """Cuts the connection if it is to be cut after as many bytes as there were."""
        cut = self._up.due() or self._down.due()
        if cut is not None:
            self.cut(reset=cut.reset)

    def cut(self, *, reset: bool) -> None:
        """Ends the connection on both sides; idempotent."""
        if self._over.is_set():
            return
        self._over.set()
        for writer in self._ends:
            _end(writer, reset=reset)
        for pump in self._pumps:
            pump.cancel()

    async def _join(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter, connect: Connect) -> None:
        try:
            answers, server = await connect()
        except OSError:
            self.cut(reset=True)
            return
        self._ends.append(server)
        if self._over.is_set():  # struck meanwhile
            server.transport.abort()
            return
        self._pumps = {
            asyncio.create_task(self._pump(self._up, reader, server)),
            asyncio.create_task(self._pump(self._down, answers, client)),
        }
        await asyncio.wait(self._pumps)

    async def _pump(self, course: Course, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        broken = False
        try:
            while data := await source.read(_BLOCK):
                await self._pass(course, data, sink)
        except OSError:
            broken = True
        self._ended.add(course.direction)
        if course.is_dead and len(self._ended) == 1:
            await self._over.wait()
        elif broken or course.is_dead:
            self.cut(reset=broken)
        else:
            sink.write_eof()

    async def _closed(self) -> None:
        for writer in self._ends:
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _pass(self, course: Course, data: bytes, sink: asyncio.StreamWriter) -> None:
        for step in course.take(data):
            if isinstance(step, Cut):
                await sink.drain()
                self.cut(reset=step.reset)
                return
            if step.seconds:
                await self._wait(step.seconds)
            sink.write(step.data)
            await sink.drain()


def _end(writer: asyncio.StreamWriter, *, reset: bool) -> None:
    transport = writer.transport
    if not reset:
        transport.close()
        return
    # Without lingering a close throws the send buffer away and sends RST instead of FIN (SO_LINGER, socket(7)).
    connection = transport.get_extra_info("socket")
    if connection is not None and not transport.is_closing():
        linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()
