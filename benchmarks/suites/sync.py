"""What it costs to read an answer from a thread without an event loop."""

from __future__ import annotations

import statistics
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Self
from unittest import mock

import attrs

from aizoomdoc_client import AnswerEvent

from ..control import Control
from ..figures import Contender, Figure, Group, Sample
from ..worker import AsyncSampler, Sampler, Stopwatch
from .events import PLAIN, SMALL, ours, rate

EVENTS = 500
"""Events of a paced stream that are timed in a sample."""


@contextmanager
def sync_events(url: str, stream: str) -> Generator[Sampler]:
    """The sync client, event by event."""
    from aizoomdoc_client import AIZoomDocClient, LLMToken, MemoryTokenStore

    control = Control(url)
    with AIZoomDocClient(url, "static", token_store=MemoryTokenStore(), transport="websocket") as client:

        def sample() -> Sample:
            sync_point, count, size = control.sync_point(), 0, 0
            with client.send_message(control.chat(stream, sync_point), "?") as answer:
                next(answer)
                control.release(sync_point)
                stopwatch = Stopwatch()
                for event in answer:
                    if isinstance(event, LLMToken):
                        size += len(event.token)
                        count += 1
                times = stopwatch.read()
            return rate(stream, count, times)

        yield sample
        control.close()


@contextmanager
def sync_items(url: str, events: int = EVENTS) -> Generator[Sampler]:
    """The sync client, whose thread sleeps before each event."""
    from aizoomdoc_client import AIZoomDocClient, MemoryTokenStore

    with AIZoomDocClient(url, "static", token_store=MemoryTokenStore(), transport="websocket") as client:

        def sample() -> Sample:
            with Timestamps.recorded() as timestamps, client.send_message(f"paced-{events}", "?") as answer:
                for _ in range(events):
                    timestamps.called.append(time.perf_counter())
                    next(answer)
                    timestamps.received.append(time.perf_counter())
            return timestamps.sample()

        yield sample


@contextmanager
def portal_items(url: str, events: int = EVENTS) -> Generator[Sampler]:
    """The async client in anyio's background loop, with a portal call for each event."""
    from anyio.from_thread import start_blocking_portal

    from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore

    with start_blocking_portal() as portal:
        client = AsyncAIZoomDocClient(url, "static", token_store=MemoryTokenStore(), transport="websocket")

        def sample() -> Sample:
            with Timestamps.recorded() as timestamps:
                answer = client.send_message(f"paced-{events}", "?")
                for _ in range(events):
                    timestamps.called.append(time.perf_counter())
                    portal.call(answer.__anext__)
                    timestamps.received.append(time.perf_counter())
                portal.call(answer.close)
            return timestamps.sample()

        yield sample
        portal.call(client.close)


@asynccontextmanager
async def async_items(url: str, events: int = EVENTS) -> AsyncGenerator[AsyncSampler]:
    """The async client in a task of its own loop: the time without any other thread."""
    from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore

    async with AsyncAIZoomDocClient(url, "static", token_store=MemoryTokenStore(), transport="websocket") as client:

        async def sample() -> Sample:
            with Timestamps.recorded() as timestamps:
                async with client.send_message(f"paced-{events}", "?") as answer:
                    for _ in range(events):
                        timestamps.called.append(time.perf_counter())
                        await anext(answer)
                        timestamps.received.append(time.perf_counter())
            return timestamps.sample()

        yield sample


@attrs.define
class Timestamps:
    """The times of each event of an answer, by `time.perf_counter`.

    The reader sets `called` before it asks for an event, and `received` after it has it. `asked` and `ready` are set in the event
    loop, when the async answer, which all contenders read in the end, is asked for the event and when it has it.
    """

    called: list[float] = attrs.field(factory=list[float])
    asked: list[float] = attrs.field(factory=list[float])
    ready: list[float] = attrs.field(factory=list[float])
    received: list[float] = attrs.field(factory=list[float])

    @classmethod
    @contextmanager
    def recorded(cls) -> Generator[Self]:
        """Those of the answer that this process reads inside the ``with`` block."""
        from aizoomdoc_client import AsyncAnswerStream

        timestamps, read = cls(), AsyncAnswerStream.__anext__

        async def timed(answer: AsyncAnswerStream) -> AnswerEvent:
            timestamps.asked.append(time.perf_counter())
            event = await read(answer)
            timestamps.ready.append(time.perf_counter())
            return event

        with mock.patch.object(AsyncAnswerStream, "__anext__", timed):
            yield timestamps

    def sample(self) -> Sample:
        """The medians, in seconds, over the events that the reader waited for.

        `asking` lasts from the reader's call until the async answer is asked, 0 if that was before the call. `waking` lasts from
        when the event is ready until the reader has it. `item` is their sum. The time between them is the server's pause.
        """
        times = zip(self.called, self.asked, self.ready, self.received, strict=False)
        waited = [(max(asked - called, 0.0), received - ready) for called, asked, ready, received in times if called < ready]
        return {
            "item": statistics.median(asking + waking for asking, waking in waited),
            "asking": statistics.median(asking for asking, _ in waited),
            "waking": statistics.median(waking for _, waking in waited),
        }


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
                title="one event to a sleeping thread: asking and waking, median",
                subject="sync client",
                reference="anyio portal",
                target=0.7,
                better="lower",
                metric="item",
                unit="µs",
                scale=1e6,
                also=("async client",),
                extra_metrics=(("asking", "µs asking", 1e6), ("waking", "µs waking", 1e6)),
            ),
        ),
    ),
)
