"""Runs sittings, several at once, against one server."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import attrs

from aizoomdoc_client import AIZoomDocClient, AsyncAIZoomDocClient, MemoryTokenStore, RetryPolicy, StreamTimeouts
from aizoomdoc_client.testing import shorter_waiting
from aizoomdoc_client.testing.proxy import FaultProxy, RandomPlan
from aizoomdoc_client.transport import websocket
from tests.chaos.asking import Asker, AsyncAsker, SyncAsker
from tests.chaos.blows import Dealer
from tests.chaos.fair_clock import FairClock
from tests.chaos.leftovers import SITTING, TaskWatch, client_threads, gone, open_sockets
from tests.chaos.looks import noted_looks
from tests.chaos.outcomes import Outcome
from tests.chaos.patience import Patience
from tests.chaos.schedules import Library, Sitting
from tests.chaos.server import TOKENS
from tests.chaos.supervisor import Supervisor

WAITING = 0.03
"""How long the client's waits are, compared with those of users."""
REQUEST_SECONDS = 1.0
IDLE_SECONDS = 0.7

LIBRARY: contextvars.ContextVar[Library] = contextvars.ContextVar("library", default="websockets")


@attrs.define(eq=False)
class Run:
    """Sittings at one server."""

    supervisor: Supervisor
    threads: ThreadPoolExecutor
    clock: FairClock
    tasks: TaskWatch = attrs.field(factory=TaskWatch, init=False)
    left: list[str] = attrs.field(factory=list[str], init=False)

    async def sit(self, sitting: Sitting) -> list[Outcome]:
        """What came of the sitting; what its client left behind is noted."""
        # The proxy's tasks are not the client's: they begin before there is a sitting.
        async with FaultProxy(self.supervisor.url, plan=RandomPlan(seed=sitting.seed, share=sitting.storminess)) as proxy:
            SITTING.set(sitting.number)
            LIBRARY.set(sitting.library)
            asker = self._asker(sitting, Dealer(proxy, self.supervisor, asyncio.get_running_loop()))
            try:
                outcomes = await asker.ask_all()
            finally:
                await asker.close()
            SITTING.set(None)
            await asker.dealer.done()
            proxy.clear()
            await self._look_for_leftovers(sitting, proxy)
        return outcomes

    def _asker(self, sitting: Sitting, dealer: Dealer) -> Asker:
        url, token = dealer.proxy.url, TOKENS[sitting.user]
        timeouts = StreamTimeouts(connect=REQUEST_SECONDS, first_event=REQUEST_SECONDS, idle=IDLE_SECONDS, total=sitting.total)
        policy = RetryPolicy()
        silence = Patience(request=REQUEST_SECONDS, policy=policy, streams=timeouts, waiting=WAITING).silence
        kinds: dict[str, type[AsyncAIZoomDocClient | AIZoomDocClient]] = {
            "async": AsyncAIZoomDocClient,
            "sync": AIZoomDocClient,
        }
        client = kinds[sitting.kind](
            url,
            token,
            timeout=REQUEST_SECONDS,
            stream_timeouts=timeouts,
            transport=sitting.transport,
            token_store=MemoryTokenStore(),
            retry=policy,
        )
        if isinstance(client, AsyncAIZoomDocClient):
            return AsyncAsker(dealer, sitting, self.clock, silence, client)
        return SyncAsker(dealer, sitting, self.clock, silence, client, self.threads)

    async def _look_for_leftovers(self, sitting: Sitting, proxy: FaultProxy) -> None:
        if not await gone(lambda: self.tasks.left(sitting.number)):
            self.left += [f"sitting {sitting.number}: task {task!r}" for task in self.tasks.left(sitting.number)]
        if not await gone(lambda: proxy.open_connections):
            self.left += [f"sitting {sitting.number}: {link}" for link in proxy.records if link.is_open]
        self.tasks.forget(sitting.number)


async def run_all(
    sittings: Iterator[Sitting], supervisor: Supervisor, *, lanes: int, note: Callable[[list[Outcome]], object]
) -> list[str]:
    """Runs the sittings, so many at once, and tells what came of each; what clients left behind."""
    async with _watched(supervisor, lanes) as run:

        async def lane() -> None:
            for sitting in sittings:
                note(await run.sit(sitting))

        await asyncio.gather(*(asyncio.create_task(lane()) for _ in range(lanes)))
    return run.left


@contextlib.asynccontextmanager
async def _watched(supervisor: Supervisor, lanes: int) -> AsyncGenerator[Run]:
    sockets, loop = open_sockets(), asyncio.get_running_loop()
    threads = ThreadPoolExecutor(lanes * 4, thread_name_prefix="user")
    clock = FairClock()
    run = Run(supervisor, threads, clock)
    former = loop.get_task_factory()
    loop.set_task_factory(run.tasks)
    with shorter_waiting(WAITING), _both_libraries(), noted_looks():
        try:
            async with clock.running():
                yield run
        finally:
            loop.set_task_factory(former)
            threads.shutdown(wait=False)
    if not await gone(client_threads):
        run.left += [f"thread {name}" for name in client_threads()]
    if not await gone(lambda: open_sockets() > sockets):
        run.left.append(f"{open_sockets() - sockets} sockets")


@contextlib.contextmanager
def _both_libraries() -> Generator[None]:
    """Lets each sitting use the WebSocket library that it says."""
    libraries = {"websockets": websocket.websockets_library(), "picows": websocket.picows_library()}
    user: Any = websocket
    former = user.best_library
    user.best_library = lambda: libraries[LIBRARY.get()]
    try:
        yield
    finally:
        user.best_library = former
