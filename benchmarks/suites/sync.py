"""What it costs to read an answer from a thread."""

from __future__ import annotations

import statistics
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime

from aizoomdoc_client import AnswerEvent

from ..control import Control
from ..figures import Contender, Figure, Group, Sample
from ..worker import AsyncSampler, Sampler, Watch
from .events import PLAIN, SMALL, ours, rate

ITEMS = 500
PACED = f"paced-{ITEMS}"


@contextmanager
def sync_events(url: str, stream: str) -> Generator[Sampler]:
    """The sync client, event by event."""
    from aizoomdoc_client import AIZoomDocClient, LLMToken, MemoryTokenStore

    control = Control(url)
    with AIZoomDocClient(url, "static", token_store=MemoryTokenStore(), transport="websocket") as client:

        def sample() -> Sample:
            gate, count, size = control.gate(), 0, 0
            with client.send_message(control.chat(stream, gate), "?") as answer:
                next(answer)
                control.open(gate)
                watch = Watch()
                for event in answer:
                    if isinstance(event, LLMToken):
                        size += len(event.token)
                        count += 1
                times = watch.read()
            return rate(stream, count, times)

        yield sample


@contextmanager
def sync_items(url: str) -> Generator[Sampler]:
    """The sync client, asleep before each event."""
    from aizoomdoc_client import AIZoomDocClient, MemoryTokenStore

    with AIZoomDocClient(url, "static", token_store=MemoryTokenStore(), transport="websocket") as client:

        def sample() -> Sample:
            with client.send_message(PACED, "?") as answer:
                return _latency([_age(event) for event in answer])

        yield sample


@contextmanager
def portal_items(url: str) -> Generator[Sampler]:
    """The async client by a call into anyio's loop in the background for each event."""
    from anyio.from_thread import start_blocking_portal

    from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore

    with start_blocking_portal() as portal:
        client = AsyncAIZoomDocClient(url, "static", token_store=MemoryTokenStore(), transport="websocket")

        def sample() -> Sample:
            answer = client.send_message(PACED, "?")
            ages = [_age(portal.call(answer.__anext__)) for _ in range(ITEMS)]
            portal.call(answer.close)
            return _latency(ages)

        yield sample
        portal.call(client.close)


@asynccontextmanager
async def async_items(url: str) -> AsyncGenerator[AsyncSampler]:
    """The async client by itself: what an event takes to get as far as the loop."""
    from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore

    async with AsyncAIZoomDocClient(url, "static", token_store=MemoryTokenStore(), transport="websocket") as client:

        async def sample() -> Sample:
            async with client.send_message(PACED, "?") as answer:
                return _latency([_age(event) async for event in answer])

        yield sample


def _age(event: AnswerEvent) -> float | None:
    """The seconds since the server sent it; None for an event of the client's own."""
    now = datetime.now(UTC)
    return (now - event.timestamp).total_seconds() if event.timestamp else None


def _latency(ages: list[float | None]) -> Sample:
    seconds = [age for age in ages if age is not None]
    return {"p50": statistics.median(seconds), "p99": statistics.quantiles(seconds, n=100)[98]}


def _sync(name: str, blocked: tuple[str, ...]) -> Contender:
    return Contender(name, "benchmarks.suites.sync:sync_events", {"stream": SMALL}, blocked=blocked)


GROUPS = (
    Group(
        name="sync-events",
        contenders=(
            _sync("sync client", PLAIN),
            ours("async client", SMALL, blocked=PLAIN),
            _sync("sync client with speed", ()),
            ours("async client with speed", SMALL),
        ),
        figures=(
            Figure(
                name="sync-events",
                title="10,000 events through the sync client",
                subject="sync client",
                reference="async client",
                target=0.5,
                unit="events/s",
                also=("sync client with speed", "async client with speed"),
            ),
        ),
    ),
    Group(
        name="sync-item",
        contenders=(
            Contender("sync client", "benchmarks.suites.sync:sync_items", blocked=PLAIN),
            Contender("anyio portal", "benchmarks.suites.sync:portal_items", blocked=PLAIN),
            Contender("async client", "benchmarks.suites.sync:async_items", blocked=PLAIN),
        ),
        figures=(
            Figure(
                name="sync-item",
                title="one event to a sleeping thread over one to a task, median",
                subject="sync client",
                reference="anyio portal",
                over="async client",
                target=0.7,
                better="lower",
                metric="p50",
                unit="µs",
                scale=1e6,
            ),
        ),
    ),
)
