"""Many answers at once in one process: all are opened and wait, then the server sends all of them in turns."""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import attrs

from ..control import Control
from ..figures import Contender, Figure, Group, Sample
from ..limits import allow_open_files, forget_peak_memory, peak_memory
from ..worker import AsyncSampler
from .events import PLAIN

TOKENS, CROWD_TOKENS = 50, 10
"""Tokens of each answer; fewer for the largest number of streams, whose completion does not depend on their length."""
CROWD = 10_000
"""The largest number of streams; measured once."""
OPENING = 64
"""Connections that are opened at the same time."""
SPARE = 200
"""Files that a process has open besides its streams."""

Opened = Callable[[], None]
Read = Callable[[str, Opened], Awaitable[int]]
"""Reads the answer of a chat, calls `Opened` at its first event, and returns its number of tokens."""


@asynccontextmanager
async def client_streams(url: str, count: int, tokens: int) -> AsyncGenerator[AsyncSampler]:
    """The async client: one client, an answer in each of `count` chats."""
    from aizoomdoc_client import AsyncAIZoomDocClient, LLMToken, MemoryTokenStore

    async with AsyncAIZoomDocClient(url, "static", token_store=MemoryTokenStore(), transport="websocket") as client:

        async def read(chat: str, opened: Opened) -> int:
            found = 0
            async with client.send_message(chat, "?") as answer:
                await anext(answer)
                opened()
                async for event in answer:
                    if isinstance(event, LLMToken):
                        found += len(event.token) > 0
            return found

        control = Control(url)
        yield _sampler(control, count, tokens, read)
        control.close()


@asynccontextmanager
async def raw_streams(url: str, count: int, tokens: int) -> AsyncGenerator[AsyncSampler]:
    """By hand, with websockets and json: `count` connections."""
    from websockets.asyncio.client import connect

    async def read(chat: str, opened: Opened) -> int:
        found = 0
        async with connect(f"ws{url.removeprefix('http')}/chats/{chat}/stream?token=t", compression=None) as connection:
            await connection.recv()
            opened()
            async for message in connection:
                event = json.loads(message)
                if event["event"] == "llm_token":
                    found += len(event["data"]["token"]) > 0
                elif event["event"] == "completed":
                    break
        return found

    control = Control(url)
    yield _sampler(control, count, tokens, read)
    control.close()


def _sampler(control: Control, count: int, tokens: int, read: Read) -> AsyncSampler:
    stream = f"small-{tokens}"

    async def sample() -> Sample:
        if allow_open_files() < count + SPARE:
            raise RuntimeError(f"{count:,} streams need as many open files, and the system allows {allow_open_files():,}")
        await read(control.chat(stream, ""), _nothing)  # what the first answer imports is no stream's memory
        gc.collect()
        forget_peak_memory()
        before = peak_memory()
        seconds, found = await _all_at_once(control, stream, count, read)
        whole = sum(each == tokens for each in found)
        return {"rate": sum(found) / seconds, "memory": (peak_memory() - before) / count, "completed": whole / count}

    return sample


async def _all_at_once(control: Control, stream: str, count: int, read: Read) -> tuple[float, list[int]]:
    """The seconds from the release of all streams to the end of the last one, and each one's number of tokens."""
    sync_point, opening, opened = control.sync_point(), asyncio.Semaphore(OPENING), asyncio.Semaphore(0)

    async def one(number: int) -> int:
        await opening.acquire()

        def on_open() -> None:
            opening.release()
            opened.release()

        return await read(control.chat(stream, sync_point, number), on_open)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(number)) for number in range(count)]
        for _ in tasks:
            await opened.acquire()
        began = time.perf_counter()
        control.release(sync_point)
    return time.perf_counter() - began, [task.result() for task in tasks]


def _nothing() -> None:
    pass


def _contender(name: str, function: str, count: int, *, speed: bool = False) -> Contender:
    is_crowd = count == CROWD
    return Contender(
        f"{name}, {count:,}",
        f"benchmarks.suites.streams:{function}",
        {"count": count, "tokens": CROWD_TOKENS if is_crowd else TOKENS},
        blocked=() if speed else PLAIN,
        fresh=True,
        at_most=1 if is_crowd else None,
    )


def _memory(name: str, title: str, subject: str, reference: str, target: float) -> Figure:
    return Figure(
        name=name,
        title=title,
        subject=subject,
        reference=reference,
        target=target,
        better="lower",
        metric="memory",
        unit="KB a stream",
        scale=1 / 1024,
    )


GROUPS = (
    Group(
        name="streams",
        contenders=(
            _contender("client", "client_streams", 100),
            _contender("raw websockets", "raw_streams", 100),
            _contender("client", "client_streams", 1_000),
            _contender("raw websockets", "raw_streams", 1_000),
            _contender("client with speed", "client_streams", 1_000, speed=True),
            _contender("client", "client_streams", CROWD),
            _contender("raw websockets", "raw_streams", CROWD),
        ),
        figures=(
            Figure(
                name="streams",
                title="1,000 streams at once",
                subject="client, 1,000",
                reference="raw websockets, 1,000",
                target=0.9,
                unit="events/s",
                also=("client with speed, 1,000",),
            ),
            _memory("streams-memory", "1,000 streams at once, memory", "client, 1,000", "raw websockets, 1,000", 1.3),
            Figure(
                name="streams-10000",
                title="10,000 streams at once, share that completes",
                subject="client, 10,000",
                reference=None,
                target=1.0,
                metric="completed",
                unit="of them",
                extra_metrics=(("rate", "events/s", 1.0), ("memory", "KB a stream", 1 / 1024)),
            ),
            attrs.evolve(
                _memory("growth-memory", "memory a stream, 10,000 streams against 100", "client, 10,000", "client, 100", 1.1),
                also=("raw websockets, 10,000", "raw websockets, 100"),
                is_slow=True,
            ),
        ),
    ),
)
