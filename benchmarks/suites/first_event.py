"""From the call to the first event, on warm connections: what a person waits for besides the model itself."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from ..figures import Contender, Figure, Group, Sample
from ..worker import AsyncSampler
from .events import PLAIN
from .rest import TOKEN

QUESTIONS = 100
QUICK = {"questions": 60}
STREAM = "small-1"


@asynccontextmanager
async def client_question(url: str, questions: int = QUESTIONS) -> AsyncGenerator[AsyncSampler]:
    """The async client, asking in a chat that it has asked in before."""
    from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore

    async with AsyncAIZoomDocClient(url, "static", token_store=MemoryTokenStore(), transport="websocket") as client:

        async def ask() -> float:
            began = time.perf_counter()
            async with client.send_message(STREAM, "?") as answer:
                await anext(answer)
                seconds = time.perf_counter() - began
                await answer.result()
            return seconds

        async def sample() -> Sample:
            await ask()
            return _median([await ask() for _ in range(questions)])

        yield sample


@asynccontextmanager
async def question_by_hand(url: str, questions: int = QUESTIONS) -> AsyncGenerator[AsyncSampler]:
    """A POST by an aiohttp session, then a WebSocket of websockets."""
    import aiohttp
    from websockets.asyncio.client import connect

    address = f"ws{url.removeprefix('http')}/chats/{STREAM}/stream?token=t"
    async with aiohttp.ClientSession() as session:

        async def ask() -> float:
            began = time.perf_counter()
            async with session.post(f"{url}/chats/{STREAM}/messages", json={"content": "?"}, headers=TOKEN) as response:
                json.loads(await response.read())
            async with connect(address, compression=None) as connection:
                json.loads(await connection.recv())
                seconds = time.perf_counter() - began
                async for message in connection:
                    if json.loads(message)["event"] == "completed":
                        break
            return seconds

        async def sample() -> Sample:
            await ask()
            return _median([await ask() for _ in range(questions)])

        yield sample


def _median(seconds: list[float]) -> Sample:
    return {"p50": statistics.median(seconds)}


GROUPS = (
    Group(
        name="first-event",
        contenders=(
            Contender("client", "benchmarks.suites.first_event:client_question", quick=QUICK, blocked=PLAIN),
            Contender("by hand", "benchmarks.suites.first_event:question_by_hand", quick=QUICK),
            Contender("client with speed", "benchmarks.suites.first_event:client_question"),
        ),
        figures=(
            Figure(
                name="first-event",
                title="call to first event, warm; POST and WebSocket by hand",
                subject="client",
                reference="by hand",
                target=1.1,
                better="lower",
                metric="p50",
                unit="ms",
                scale=1e3,
                also=("client with speed",),
            ),
        ),
    ),
)
