"""The floor: the least that a typed event can cost on each transport, its library and msgspec into a structure.

Without recovery, the answer's text, timeouts, bounded buffers, or a consumer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import msgspec

from ..control import Control
from ..figures import Sample
from ..worker import AsyncSampler, Stopwatch
from .events import rate


class Data(msgspec.Struct):
    """The data of an ``llm_token`` event."""

    token: str = ""
    accumulated: str = ""


class Envelope(msgspec.Struct):
    """A WebSocket's message."""

    event: str
    data: Data
    timestamp: str | None = None


class Counter:
    """Decodes events and counts their tokens."""

    def __init__(self) -> None:
        self._envelope = msgspec.json.Decoder(Envelope).decode
        self._data = msgspec.json.Decoder(Data).decode
        self.count = 0
        self.is_over = False

    def message(self, payload: bytes | str) -> None:
        """Decodes a WebSocket message."""
        event = self._envelope(payload)
        self.count += event.event == "llm_token"
        self.is_over = event.event == "completed"

    def event(self, lines: bytes) -> None:
        """Decodes a server-sent event."""
        name, _, data = lines.partition(b"\ndata: ")
        self._data(data)
        self.count += name == b"event: llm_token"
        self.is_over = name == b"event: completed"


@asynccontextmanager
async def websockets_alone(url: str, stream: str) -> AsyncGenerator[AsyncSampler]:
    """websockets, which the package uses without the extra `speed`."""
    from websockets.asyncio.client import connect

    control = Control(url)

    async def sample() -> Sample:
        sync_point, counter = control.sync_point(), Counter()
        async with connect(_address(url, control.chat(stream, sync_point)), compression=None) as connection:
            await connection.recv(decode=False)
            control.release(sync_point)
            stopwatch = Stopwatch()
            while not counter.is_over:
                counter.message(await connection.recv(decode=False))
            return rate(stream, counter.count, stopwatch.read())

    yield sample
    control.close()


@asynccontextmanager
async def picows_alone(url: str, stream: str) -> AsyncGenerator[AsyncSampler]:
    """picows, which the extra `speed` installs; events are counted in its callback."""
    import picows

    class Listener(picows.WSListener):
        def __init__(self, take: Callable[[bytes], None]) -> None:
            self._take = take

        def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
            del transport
            self._take(frame.get_payload_as_bytes())

    control = Control(url)

    async def sample() -> Sample:
        sync_point, counter = control.sync_point(), Counter()
        first, over = asyncio.Event(), asyncio.Event()

        def take(payload: bytes) -> None:
            counter.message(payload)
            first.set()
            if counter.is_over:
                over.set()

        address = _address(url, control.chat(stream, sync_point))
        transport, _ = await picows.ws_connect(lambda: Listener(take), address)  # pyright: ignore[reportUnknownMemberType]  # its **kwargs
        await first.wait()
        control.release(sync_point)
        stopwatch = Stopwatch()
        await over.wait()
        times = stopwatch.read()
        transport.disconnect(graceful=False)
        return rate(stream, counter.count, times)

    yield sample
    control.close()


@asynccontextmanager
async def aiohttp_alone(url: str, stream: str) -> AsyncGenerator[AsyncSampler]:
    """Server-sent events by aiohttp, all that a read returns at a time."""
    import aiohttp

    control = Control(url)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as session:

        async def sample() -> Sample:
            sync_point, counter, rest = control.sync_point(), Counter(), b""
            async with session.get(f"{url}/chats/{control.chat(stream, sync_point)}/stream") as response:
                await response.content.readany()
                control.release(sync_point)
                stopwatch = Stopwatch()
                async for chunk in response.content.iter_any():
                    *events, rest = (rest + chunk).split(b"\n\n")
                    for lines in events:
                        counter.event(lines)
                return rate(stream, counter.count, stopwatch.read())

        yield sample
        control.close()


def _address(url: str, chat: str) -> str:
    return f"ws{url.removeprefix('http')}/chats/{chat}/stream?token=t"
