"""Events from the wire to the user's code, one answer at a time.

All contenders read the same stream, which waits at a sync point after its first event: timed is from its release to its end.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Literal

from .. import wire
from ..control import Control
from ..figures import Contender, Figure, Group, Sample
from ..worker import AsyncSampler, Stopwatch

SMALL, GROWING = "small-10000", "grow-3000"
PLAIN = ("picows",)
"""Blocked in contenders that are to run as if the extra `speed` were not installed."""


@asynccontextmanager
async def raw_websocket(url: str, stream: str) -> AsyncGenerator[AsyncSampler]:
    """A loop over websockets and json, as its user would write it."""
    from websockets.asyncio.client import connect

    control = Control(url)

    async def sample() -> Sample:
        sync_point, count, size = control.sync_point(), 0, 0
        address = f"ws{url.removeprefix('http')}/chats/{control.chat(stream, sync_point)}/stream?token=t"
        async with connect(address, compression=None) as connection:
            await connection.recv()
            control.release(sync_point)
            stopwatch = Stopwatch()
            async for message in connection:
                event = json.loads(message)
                if event["event"] == "llm_token":
                    size += len(event["data"]["token"])
                    count += 1
                elif event["event"] == "completed":
                    break
            times = stopwatch.read()
        return rate(stream, count, times)

    yield sample
    control.close()


@asynccontextmanager
async def raw_eventsource(url: str, stream: str) -> AsyncGenerator[AsyncSampler]:
    """A loop over aiohttp and json that takes all that a read gives at a time: line by line takes twice as long."""
    import aiohttp

    control = Control(url)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as session:

        async def sample() -> Sample:
            sync_point, count, size, rest = control.sync_point(), 0, 0, b""
            async with session.get(f"{url}/chats/{control.chat(stream, sync_point)}/stream") as response:
                await response.content.readany()
                control.release(sync_point)
                stopwatch = Stopwatch()
                async for chunk in response.content.iter_any():
                    *events, rest = (rest + chunk).split(b"\n\n")
                    for event in events:
                        name, data = b"", b""
                        for line in event.split(b"\n"):
                            if line.startswith(b"event: "):
                                name = line[7:]
                            elif line.startswith(b"data: "):
                                data = line[6:]
                        fields = json.loads(data)
                        if name == b"llm_token":
                            size += len(fields["token"])
                            count += 1
                times = stopwatch.read()
            return rate(stream, count, times)

        yield sample
        control.close()


@asynccontextmanager
async def client_events(
    url: str, stream: str, transport: Literal["websocket", "sse"], *, by_data: bool = False
) -> AsyncGenerator[AsyncSampler]:
    """The async client, event by event; `by_data` as the contract's own loop has it, with names and dictionaries."""
    from aizoomdoc_client import AsyncAIZoomDocClient, LLMToken, MemoryTokenStore

    control = Control(url)
    async with AsyncAIZoomDocClient(url, "static", token_store=MemoryTokenStore(), transport=transport) as client:

        async def sample() -> Sample:
            sync_point, count, size = control.sync_point(), 0, 0
            async with client.send_message(control.chat(stream, sync_point), "?") as answer:
                await anext(answer)
                control.release(sync_point)
                stopwatch = Stopwatch()
                if by_data:
                    async for event in answer:
                        if event.event == "llm_token":
                            size += len(event.data["token"])
                            count += 1
                else:
                    async for event in answer:
                        if isinstance(event, LLMToken):
                            size += len(event.token)
                            count += 1
                times = stopwatch.read()
            return rate(stream, count, times)

        yield sample
        control.close()


def rate(stream: str, count: int, times: tuple[float, float]) -> Sample:
    """Tokens a second; raises `RuntimeError` unless all tokens of the stream were read."""
    expected = wire.tokens(stream)
    if count != expected:
        raise RuntimeError(f"{count} tokens were read of {expected}")
    seconds, cpu = times
    return {"rate": count / seconds, "cpu": cpu, "cpu_each": cpu / count, "cpu_rate": count / cpu}


def raw(stream: str, name: str = "raw websockets + json", **settings: Any) -> Contender:
    """The reference."""
    return Contender(name, "benchmarks.suites.events:raw_websocket", {"stream": stream}, blocked=PLAIN, **settings)


def raw_sse(stream: str, name: str = "raw aiohttp + json", **settings: Any) -> Contender:
    """The reference for server-sent events."""
    return Contender(name, "benchmarks.suites.events:raw_eventsource", {"stream": stream}, blocked=PLAIN, **settings)


def ours(name: str, stream: str, transport: str = "websocket", *, by_data: bool = False, **settings: Any) -> Contender:
    """The client."""
    options = {"stream": stream, "transport": transport, "by_data": by_data}
    return Contender(name, "benchmarks.suites.events:client_events", options, **settings)


def _contenders(stream: str) -> tuple[Contender, ...]:
    return (
        raw(stream),
        ours("client", stream, blocked=PLAIN),
        ours("client with speed", stream),
        ours("client with speed in uvloop", stream, loop="uvloop"),
        ours("client over SSE", stream, "sse", blocked=PLAIN),
    )


def _figure(name: str, title: str, subject: str, target: float, *also: str) -> Figure:
    reference = "raw websockets + json"
    return Figure(name=name, title=title, subject=subject, reference=reference, target=target, unit="events/s", also=also)


GROUPS = (
    Group(
        name="events",
        needs=("picows", "uvloop"),
        contenders=_contenders(SMALL),
        figures=(
            _figure("ws", "10,000 small events, WebSocket", "client", 1.0),
            _figure(
                "ws-speed", "10,000 small events, WebSocket, `speed`", "client with speed", 3.5, "client with speed in uvloop"
            ),
            _figure("sse", "10,000 small events, SSE", "client over SSE", 1.5),
        ),
    ),
    Group(
        name="growing",
        needs=("picows", "uvloop"),
        contenders=_contenders(GROWING),
        figures=(
            _figure("growing", "3,000 tokens, `accumulated` growing", "client", 1.2, "client over SSE"),
            _figure(
                "growing-speed",
                "3,000 tokens, `accumulated` growing, `speed`",
                "client with speed",
                1.8,
                "client with speed in uvloop",
            ),
        ),
    ),
)
