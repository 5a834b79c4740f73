"""Server-sent events of other typed clients, each in its own format; the tokens are the same for all."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from ..control import Control
from ..figures import Contender, Figure, Group, Sample
from ..worker import AsyncSampler, Stopwatch
from .events import PLAIN, SMALL, ours, rate

QUICK = {"stream": "small-3000"}


@asynccontextmanager
async def older_client(url: str, stream: str) -> AsyncGenerator[AsyncSampler]:
    """How older clients of the server read: httpx-sse, and a pydantic model for each event."""
    import httpx
    from httpx_sse import aconnect_sse
    from pydantic import BaseModel

    class StreamEvent(BaseModel):
        event: str
        data: dict[str, Any]
        timestamp: str | None = None

    async def events(client: httpx.AsyncClient, path: str) -> AsyncIterator[StreamEvent]:
        async with aconnect_sse(client, "GET", path) as source:
            async for found in source.aiter_sse():
                yield StreamEvent(event=found.event, data=json.loads(found.data))

    control = Control(url)
    async with httpx.AsyncClient(base_url=url, timeout=None) as client:

        async def sample() -> Sample:
            sync_point, count, size = control.sync_point(), 0, 0
            stream_events = events(client, f"/chats/{control.chat(stream, sync_point)}/stream")
            await anext(stream_events)
            control.release(sync_point)
            stopwatch = Stopwatch()
            async for event in stream_events:
                if event.event == "llm_token":
                    size += len(event.data["token"])
                    count += 1
            return rate(stream, count, stopwatch.read())

        yield sample
        control.close()


@asynccontextmanager
async def bare_events(url: str, stream: str) -> AsyncGenerator[AsyncSampler]:
    """The share of httpx-sse in that: its events, whose data is not decoded."""
    import httpx
    from httpx_sse import aconnect_sse

    control = Control(url)
    async with httpx.AsyncClient(base_url=url, timeout=None) as client:

        async def sample() -> Sample:
            sync_point, count = control.sync_point(), 0
            async with aconnect_sse(client, "GET", f"/chats/{control.chat(stream, sync_point)}/stream") as source:
                events = source.aiter_sse()
                await anext(events)
                control.release(sync_point)
                stopwatch = Stopwatch()
                async for event in events:
                    count += event.event == "llm_token"
                times = stopwatch.read()
            return rate(stream, count, times)

        yield sample
        control.close()


@asynccontextmanager
async def bare_bytes(url: str, stream: str) -> AsyncGenerator[AsyncSampler]:
    """The bytes as aiohttp returns them, counted afterwards: no client that uses aiohttp can be faster."""
    import aiohttp

    from aizoomdoc_client.transport.eventsource import BUFFER

    control = Control(url)
    async with aiohttp.ClientSession(read_bufsize=BUFFER) as session:

        async def sample() -> Sample:
            sync_point = control.sync_point()
            async with session.get(f"{url}/chats/{control.chat(stream, sync_point)}/stream") as response:
                chunks = [await response.content.readany()]
                control.release(sync_point)
                stopwatch = Stopwatch()
                while chunk := await response.content.readany():
                    chunks.append(chunk)
                times = stopwatch.read()
            return rate(stream, b"".join(chunks).count(b"event: llm_token\n"), times)

        yield sample
        control.close()


@asynccontextmanager
async def openai_chunks(url: str, stream: str) -> AsyncGenerator[AsyncSampler]:
    """The typed chunks of a chat completion."""
    import openai

    control = Control(url)
    async with openai.AsyncOpenAI(base_url=f"{url}/openai", api_key="k", max_retries=0) as client:

        async def sample() -> Sample:
            sync_point, count, size = control.sync_point(), 0, 0
            query = {"stream": control.chat(stream, sync_point)}
            chunks = await client.chat.completions.create(
                model="gpt-4o", messages=[{"role": "user", "content": "?"}], stream=True, extra_query=query
            )
            await anext(chunks)
            control.release(sync_point)
            stopwatch = Stopwatch()
            async for chunk in chunks:
                piece = chunk.choices[0].delta.content
                if piece:
                    size += len(piece)
                    count += 1
            return rate(stream, count, stopwatch.read())

        yield sample
        control.close()


@asynccontextmanager
async def anthropic_events(url: str, stream: str) -> AsyncGenerator[AsyncSampler]:
    """The typed events of a message."""
    import anthropic

    control = Control(url)
    async with anthropic.AsyncAnthropic(base_url=f"{url}/anthropic", api_key="k", max_retries=0) as client:

        async def sample() -> Sample:
            sync_point, count, size = control.sync_point(), 0, 0
            query = {"stream": control.chat(stream, sync_point)}
            events = await client.messages.create(
                model="claude", max_tokens=64, messages=[{"role": "user", "content": "?"}], stream=True, extra_query=query
            )
            await anext(events)
            control.release(sync_point)
            stopwatch = Stopwatch()
            async for event in events:
                if event.type == "content_block_delta" and event.delta.type == "text_delta":
                    size += len(event.delta.text)
                    count += 1
            return rate(stream, count, stopwatch.read())

        yield sample
        control.close()


def _peer(name: str, function: str) -> Contender:
    return Contender(name, f"benchmarks.suites.peers:{function}", {"stream": SMALL}, quick=QUICK)


def _figure(name: str, title: str, reference: str, target: float, *also: str) -> Figure:
    subject = "client over SSE"
    return Figure(name=name, title=title, subject=subject, reference=reference, target=target, unit="events/s", also=also)


GROUPS = (
    Group(
        name="peers",
        needs=("httpx", "httpx_sse", "pydantic", "openai", "anthropic"),
        contenders=(
            ours("client over SSE", SMALL, "sse", blocked=PLAIN, quick=QUICK),
            _peer("httpx-sse + pydantic", "older_client"),
            _peer("httpx-sse alone", "bare_events"),
            _peer("aiohttp, bytes alone", "bare_bytes"),
            _peer("openai", "openai_chunks"),
            _peer("anthropic", "anthropic_events"),
        ),
        figures=(
            _figure(
                "sse-older",
                "SSE events, one at a time by httpx-sse + pydantic",
                "httpx-sse + pydantic",
                6.0,
                "httpx-sse alone",
                "aiohttp, bytes alone",
            ),
            _figure("sse-openai", "SSE events, typed, openai", "openai", 20.0),
            _figure("sse-anthropic", "SSE events, typed, anthropic", "anthropic", 6.0),
        ),
    ),
)
