"""An HTTP proxy for tests, which connects every name to one port of this machine."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import attrs


@attrs.define
class ForwardProxy:
    """A proxy to `target`, a port; `connects` says whether it allows tunnels, or is None for no response to those.

    Tunnels that it does not allow are refused with `status`.
    """

    target: int
    connects: bool | None = True
    port: int = 0
    status: int = 403
    heads: list[str] = attrs.field(factory=list)

    @property
    def methods(self) -> list[str]:
        """The methods of the requests so far."""
        return [head.split(" ", 1)[0] for head in self.heads]

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[ForwardProxy]:
        """Serves until the block ends, by when its clients must have closed their connections."""
        tasks = set[asyncio.Task[None]]()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._serve(reader, writer)
            writer.close()
            tasks.discard(task)

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            self.port = server.sockets[0].getsockname()[1]
            yield self
            async with asyncio.timeout(5):  # its clients have closed their connections
                await asyncio.gather(*tasks)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        is_tunnel = head.startswith("CONNECT ")
        if is_tunnel and self.connects is None:
            await reader.read()
            return
        if is_tunnel and not self.connects:
            writer.write(f"HTTP/1.1 {self.status} No\r\nContent-Length: 0\r\n\r\n".encode())
            return
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self.target)
        if is_tunnel:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            method, url, rest = head.split(" ", 2)
            inner_writer.write(f"{method} /{url.split('/', 3)[3]} {rest}".encode())
        await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
