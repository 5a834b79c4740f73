"""Server-sent events beside other typed clients, each reading its own format; the same tokens for all."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from ..control import Control
from ..figures import Contender, Figure, Group, Sample
from ..worker import AsyncSampler, Watch
from .events import PLAIN, SMALL, ours, rate

QUICK = {"stream": "small-3000"}


@asynccontextmanager
async def older_client(url: str, stream: str) -> AsyncGenerator[AsyncSampler]:
    """How the contract's older clients read: httpx-sse, a pydantic model for each event, one at a time."""
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
            gate, count, size = control.gate(), 0, 0
            stream_events = events(client, f"/chats/{control.chat(stream, gate)}/stream")
            await anext(stream_events)
            control.open(gate)
            watch = Watch()
            async for event in stream_events:
                if event.event == "llm_token":
                    size += len(event.data["token"])
                    count += 1
            return rate(stream, count, watch.read())

        yield sample


@asynccontextmanager
async def bare_events(url: str, stream: str) -> AsyncGenerator[AsyncSampler]:
    """What of that is httpx-sse itself: its events, their data not even decoded."""
    import httpx
    from httpx_sse import aconnect_sse

    control = Control(url)
    async with httpx.AsyncClient(base_url=url, timeout=None) as client:

        async def sample() -> Sample:
            gate, count = control.gate(), 0
            async with aconnect_sse(client, "GET", f"/chats/{control.chat(stream, gate)}/stream") as source:
                events = source.aiter_sse()
                await anext(events)
                control.open(gate)
                watch = Watch()
                async for event in events:
                    count += event.event == "llm_token"
                times = watch.read()
            return rate(stream, count, times)

        yield sample


@asynccontextmanager
async def bare_bytes(url: str, stream: str) -> AsyncGenerator[AsyncSampler]:
    """The bytes as aiohttp gives them, looked at only afterwards: no client that sits on it can be faster."""
    import aiohttp

    from aizoomdoc_client.transport.eventsource import BUFFER

    control = Control(url)
    async with aiohttp.ClientSession(read_bufsize=BUFFER) as session:

        async def sample() -> Sample:
            gate = control.gate()
            async with session.get(f"{url}/chats/{control.chat(stream, gate)}/stream") as response:
                chunks = [await response.content.readany()]
                control.open(gate)
                watch = Watch()
                while chunk := await response.content.readany():
                    chunks.append(chunk)
                times = watch.read()
            return rate(stream, b"".join(chunks).count(b"event: llm_token\n"), times)

        yield sample


@asynccontextmanager
async def openai_chunks(url: str, stream: str) -> AsyncGenerator[AsyncSampler]:
    """The typed chunks of a chat completion."""
    import openai

    control = Control(url)
    async with openai.AsyncOpenAI(base_url=f"{url}/openai", api_key="k", max_retries=0) as client:

        async def sample() -> Sample:
            gate, count, size = control.gate(), 0, 0
            query = {"stream": control.chat(stream, gate)}
            chunks = await client.chat.completions.create(
                model="gpt-4o", messages=[{"role": "user", "content": "?"}], stream=True, extra_query=query
            )
            await anext(chunks)
            control.open(gate)
            watch = Watch()
            async for chunk in chunks:
                piece = chunk.choices[0].delta.content
                if piece:
                    size += len(piece)
                    count += 1
            return rate(stream, count, watch.read())

        yield sample


@asynccontextmanager
async def anthropic_events(url: str, stream: str) -> AsyncGenerator[AsyncSampler]:
    """The typed events of a message."""
    import anthropic

    control = Control(url)
    async with anthropic.AsyncAnthropic(base_url=f"{url}/anthropic", api_key="k", max_retries=0) as client:

        async def sample() -> Sample:
            gate, count, size = control.gate(), 0, 0
            query = {"stream": control.chat(stream, gate)}
            events = await client.messages.create(
                model="claude", max_tokens=64, messages=[{"role": "user", "content": "?"}], stream=True, extra_query=query
            )
            await anext(events)
            control.open(gate)
            watch = Watch()
            async for event in events:
                if event.type == "content_block_delta" and event.delta.type == "text_delta":
                    size += len(event.delta.text)
                    count += 1
            return rate(stream, count, watch.read())

        yield sample


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
