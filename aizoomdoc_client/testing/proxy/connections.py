"""The sockets of the proxy: a listener, the connections that pass through it, and how a connection is ended."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Iterable

import attrs

from .fault_pipeline import Cut, FaultPipeline
from .network_faults import Direction, Fault

_BACKLOG = 100
_BLOCK = 64 * 1024

Connect = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


def end_connection(transport: asyncio.WriteTransport, *, reset: bool) -> None:
    """Closes a TCP connection with a FIN, or with a RST if `reset`."""
    if not reset:
        transport.close()
        return
    # With a linger time of zero, closing discards the send buffer and sends RST instead of FIN (SO_LINGER, socket(7)).
    connection = transport.get_extra_info("socket")
    if connection is not None and not transport.is_closing():
        linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()


def authority(host: str, port: int) -> str:
    """Host and port as a URL has them: an IPv6 address in brackets (RFC 3986 §3.2.2)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Listener:
    """A listening socket that hands each connection to `on_connection`, and that can be closed and opened again on its port.

    Closing takes effect at once. The servers of asyncio close with a delay, and lose a connection that comes at that moment.
    """

    def __init__(self, host: str, port: int, on_connection: Callable[[socket.socket], object]) -> None:
        self._host = host
        self.port: int = port
        self._on_connection = on_connection
        self._socket: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Listens in the running loop; idempotent."""
        if self._socket is not None:
            return
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        self._socket = listening = socket.create_server((self._host, self.port), family=family, backlog=_BACKLOG)
        self.port = int(listening.getsockname()[1])
        listening.setblocking(False)
        loop = asyncio.get_running_loop()
        try:
            loop.add_reader(listening, self._accept, listening)
        except NotImplementedError:  # the default event loop of Windows has no readers
            self._accepting = loop.create_task(self._keep_accepting(listening))

    def close(self) -> None:
        """Refuses connections from now on; idempotent."""
        listening, self._socket = self._socket, None
        accepting, self._accepting = self._accepting, None
        if listening is None:
            return
        if accepting is None:
            asyncio.get_running_loop().remove_reader(listening)
        else:
            accepting.cancel()
        listening.close()

    def _accept(self, listening: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionError):  # the client has already gone
            connection, _ = listening.accept()
            connection.setblocking(False)
            self._on_connection(connection)

    async def _keep_accepting(self, listening: socket.socket) -> None:
        while True:
            connection, _ = await asyncio.get_running_loop().sock_accept(listening)
            self._on_connection(connection)


@attrs.frozen(kw_only=True)
class ConnectionRecord:
    """The figures of one connection so far; `number` is from 1, `is_open` until the client has left."""

    number: int
    faults: tuple[Fault, ...]
    bytes_up: int
    bytes_down: int
    is_open: bool


class ProxiedConnection:
    """Forwards bytes between an accepted client and the server, through one fault pipeline for each direction."""

    def __init__(
        self,
        number: int,
        faults: tuple[Fault, ...],
        connection: socket.socket,
        *,
        up: FaultPipeline,
        down: FaultPipeline,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._number = number
        self._faults = faults
        self._connection = connection
        self._up, self._down = up, down
        self._sleep = sleep
        self._writers: list[asyncio.StreamWriter] = []
        self._pumps: set[asyncio.Task[None]] = set()
        self._over = asyncio.Event()
        self._ended: set[Direction] = set()

    @property
    def record(self) -> ConnectionRecord:
        """The figures of this connection."""
        return ConnectionRecord(
            number=self._number,
            faults=self._faults,
            bytes_up=self._up.passed,
            bytes_down=self._down.passed,
            is_open=not ("up" in self._ended or self._over.is_set()),
        )

    async def run(self, connect: Connect) -> None:
        """Connects to the server, forwards bytes, and returns when both ends are closed."""
        try:
            reader, client = await asyncio.open_connection(sock=self._connection)
            self._writers.append(client)
            self.cut_if_due()
            if not self._over.is_set():
                await self._forward(reader, client, connect)
        finally:
            self.cut(reset=False)
            await asyncio.gather(*self._pumps, return_exceptions=True)
            await self._wait_closed()

    def abort(self) -> None:
        """Aborts both ends; data that is still to be sent is lost."""
        self.cut(reset=True)
        for writer in self._writers:
            writer.transport.abort()
        if not self._writers:
            self._connection.close()

    def inject(self, faults: Iterable[Fault]) -> None:
        """Adds faults whose byte counts begin now; none once the connection is over."""
        if self._over.is_set():
            return
        self._faults += (added := tuple(faults))
        self._up.add(added)
        self._down.add(added)
        self.cut_if_due()

    def clear(self) -> None:
        """Removes all faults."""
        self._up.clear()
        self._down.clear()

    def cut_if_due(self) -> None:
        """Cuts the connection if the byte count of a cut has been reached."""
        cut = self._up.due_cut() or self._down.due_cut()
        if cut is not None:
            self.cut(reset=cut.reset)

    def cut(self, *, reset: bool) -> None:
        """Ends the connection on both sides; idempotent."""
        if self._over.is_set():
            return
        self._over.set()
        for writer in self._writers:
            end_connection(writer.transport, reset=reset)
        for pump in self._pumps:
            pump.cancel()

    async def _forward(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter, connect: Connect) -> None:
        try:
            server_reader, server = await connect()
        except OSError:
            self.cut(reset=True)
            return
        self._writers.append(server)
        if self._over.is_set():  # a fault that was injected meanwhile has cut the connection
            server.transport.abort()
            return
        self._pumps = {
            asyncio.create_task(self._pump(self._up, reader, server)),
            asyncio.create_task(self._pump(self._down, server_reader, client)),
        }
        await asyncio.wait(self._pumps)

    async def _pump(self, pipeline: FaultPipeline, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        broken = False
        try:
            while data := await source.read(_BLOCK):
                await self._apply(pipeline, data, sink)
        except OSError:
            broken = True
        self._ended.add(pipeline.direction)
        if pipeline.drops_all and len(self._ended) == 1:
            await self._over.wait()  # the end is dropped too: the other direction goes on
        elif broken or pipeline.drops_all:
            self.cut(reset=broken)
        else:
            sink.write_eof()

    async def _apply(self, pipeline: FaultPipeline, data: bytes, sink: asyncio.StreamWriter) -> None:
        for step in pipeline.feed(data):
            if isinstance(step, Cut):
                await sink.drain()
                self.cut(reset=step.reset)
                return
            if step.seconds:
                await self._sleep(step.seconds)
            sink.write(step.data)
            await sink.drain()

    async def _wait_closed(self) -> None:
        for writer in self._writers:
            with contextlib.suppress(OSError):
                await writer.wait_closed()
