"""Many answers at once in one process: all open and waiting, then all sent in turns."""

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
"""Tokens of each answer, and of those of the largest crowd: that it completes does not depend on how long its answers are."""
CROWD = 10_000
"""The largest number of streams; tried once."""
OPENING = 64
"""So many connections are opened at a time."""
SPARE = 200
"""Files that a process has open besides its streams."""

Opened = Callable[[], None]
Read = Callable[[str, Opened], Awaitable[int]]
"""Reads the answer of a chat, says when its first event is there, and returns how many tokens came."""


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

        yield _sampler(url, count, tokens, read)


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

    yield _sampler(url, count, tokens, read)


def _sampler(url: str, count: int, tokens: int, read: Read) -> AsyncSampler:
    control, stream = Control(url), f"small-{tokens}"

    async def sample() -> Sample:
        if allow_open_files() < count + SPARE:
            raise RuntimeError(f"{count:,} streams need as many open files, and the system allows {allow_open_files():,}")
        await read(control.chat(stream, ""), _nothing)  # what is loaded by the first answer is no stream's memory
        gc.collect()
        forget_peak_memory()
        before = peak_memory()
        seconds, found = await _all_at_once(control, stream, count, read)
        whole = sum(each == tokens for each in found)
        return {"rate": sum(found) / seconds, "memory": (peak_memory() - before) / count, "completed": whole / count}

    return sample


async def _all_at_once(control: Control, stream: str, count: int, read: Read) -> tuple[float, list[int]]:
    """The seconds from letting all streams go to the last one's end, and each one's tokens."""
    gate, door, opened = control.gate(), asyncio.Semaphore(OPENING), asyncio.Semaphore(0)

    async def one(number: int) -> int:
        await door.acquire()

        def is_open() -> None:
            door.release()
            opened.release()

        return await read(control.chat(stream, gate, number), is_open)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(number)) for number in range(count)]
        for _ in tasks:
            await opened.acquire()
        began = time.perf_counter()
        control.open(gate)
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
                beside=(("rate", "events/s", 1.0), ("memory", "KB a stream", 1 / 1024)),
            ),
            attrs.evolve(
                _memory("growth-memory", "memory a stream, 10,000 streams against 100", "client, 10,000", "client, 100", 1.1),
                is_slow=True,
            ),
        ),
    ),
)
