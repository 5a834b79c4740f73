"""What it costs to read an answer from a thread."""

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
            with Stamps.taken() as stamps, client.send_message(PACED, "?") as answer:
                for _ in range(ITEMS):
                    stamps.called.append(time.perf_counter())
                    next(answer)
                    stamps.held.append(time.perf_counter())
            return stamps.sample()

        yield sample


@contextmanager
def portal_items(url: str) -> Generator[Sampler]:
    """The async client by a call into anyio's loop in the background for each event."""
    from anyio.from_thread import start_blocking_portal

    from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore

    with start_blocking_portal() as portal:
        client = AsyncAIZoomDocClient(url, "static", token_store=MemoryTokenStore(), transport="websocket")

        def sample() -> Sample:
            with Stamps.taken() as stamps:
                answer = client.send_message(PACED, "?")
                for _ in range(ITEMS):
                    stamps.called.append(time.perf_counter())
                    portal.call(answer.__anext__)
                    stamps.held.append(time.perf_counter())
                portal.call(answer.close)
            return stamps.sample()

        yield sample
        portal.call(client.close)


@asynccontextmanager
async def async_items(url: str) -> AsyncGenerator[AsyncSampler]:
    """The async client by itself, in a task: what there is to do without any thread to hand events to."""
    from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore

    async with AsyncAIZoomDocClient(url, "static", token_store=MemoryTokenStore(), transport="websocket") as client:

        async def sample() -> Sample:
            with Stamps.taken() as stamps:
                async with client.send_message(PACED, "?") as answer:
                    for _ in range(ITEMS):
                        stamps.called.append(time.perf_counter())
                        await anext(answer)
                        stamps.held.append(time.perf_counter())
            return stamps.sample()

        yield sample


@attrs.define
class Stamps:
    """The moments of each event of an answer, by `time.perf_counter`.

    The reader notes when it has `called` for an event and when it has `held` it. When the async answer, which all read in the
    end, was `asked` for the event and had it `there`, is noted in the loop, on the same line for all.
    """

    called: list[float] = attrs.field(factory=list[float])
    asked: list[float] = attrs.field(factory=list[float])
    there: list[float] = attrs.field(factory=list[float])
    held: list[float] = attrs.field(factory=list[float])

    @classmethod
    @contextmanager
    def taken(cls) -> Generator[Self]:
        """Those of the answer that is read meanwhile in this process."""
        from aizoomdoc_client import AsyncAnswerStream

        stamps, read = cls(), AsyncAnswerStream.__anext__

        async def stamped(answer: AsyncAnswerStream) -> AnswerEvent:
            stamps.asked.append(time.perf_counter())
            event = await read(answer)
            stamps.there.append(time.perf_counter())
            return event

        with mock.patch.object(AsyncAnswerStream, "__anext__", stamped):
            yield stamps

    def sample(self) -> Sample:
        """The medians, in seconds, over the events before which the reader was asleep.

        `asking` lasts from the reader's call until the answer is asked, which it may be already; `waking` from the event's being
        there until the reader holds it; an `item` takes both. What lies between them is the server's pause.
        """
        events = zip(self.called, self.asked, self.there, self.held, strict=False)
        slept = [(max(asked - called, 0.0), held - there) for called, asked, there, held in events if called < there]
        return {
            "item": statistics.median(asking + waking for asking, waking in slept),
            "asking": statistics.median(asking for asking, _ in slept),
            "waking": statistics.median(waking for _, waking in slept),
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
                beside=(("asking", "µs asking", 1e6), ("waking", "µs waking", 1e6)),
            ),
        ),
    ),
)
