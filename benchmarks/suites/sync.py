"""What it costs to read an answer from a thread."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager

from ..control import Control
from ..figures import Contender, Figure, Group, Sample
from ..worker import Sampler, Watch
from .events import PLAIN, SMALL, ours, rate

ITEMS = 500
PACE = 0.001
"""Seconds between two items: long enough for the consumer to be asleep each time."""


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


class Paced:
    """The time, again and again, to an asleep consumer."""

    async def __aiter__(self) -> AsyncIterator[float]:
        for _ in range(ITEMS):
            await asyncio.sleep(PACE)
            yield time.perf_counter()

    def cancel(self) -> None:
        """Nothing to break off."""

    async def close(self) -> None:
        """Nothing to close."""


@contextmanager
def pump(url: str) -> Generator[Sampler]:
    """The client's own way from its loop to a thread."""
    from aizoomdoc_client.sync.leases import lease
    from aizoomdoc_client.sync.pump import Pump

    del url
    held = lease()

    def sample() -> Sample:
        source = Pump[float](Paced(), lambda: held)
        return _latency([-(source.take() - time.perf_counter()) for _ in range(ITEMS)])

    yield sample


@contextmanager
def portal(url: str) -> Generator[Sampler]:
    """A call into anyio's loop in the background for each item."""
    from anyio.from_thread import start_blocking_portal

    del url
    with start_blocking_portal() as calls:

        def sample() -> Sample:
            items = aiter(Paced())
            return _latency([-(calls.call(items.__anext__) - time.perf_counter()) for _ in range(ITEMS)])

        yield sample


def _latency(seconds: list[float]) -> Sample:
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
            Contender("sync client", "benchmarks.suites.sync:pump"),
            Contender("anyio portal", "benchmarks.suites.sync:portal"),
        ),
        figures=(
            Figure(
                name="sync-item",
                title="one item to a sleeping thread, median",
                subject="sync client",
                reference="anyio portal",
                target=0.7,
                better="lower",
                metric="p50",
                unit="µs",
                scale=1e6,
            ),
        ),
    ),
)
