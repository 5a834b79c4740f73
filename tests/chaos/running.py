"""Runs scenarios, several at once, against one server."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import attrs

from aizoomdoc_client import AIZoomDocClient, AsyncAIZoomDocClient, MemoryTokenStore, RetryPolicy, StreamTimeouts
from aizoomdoc_client.testing import shorter_waiting
from aizoomdoc_client.testing.proxy import FaultProxy, RandomPlan
from aizoomdoc_client.transport import websocket
from tests.chaos.asking import Asker, AsyncAsker, SyncAsker
from tests.chaos.fault_injection import FaultInjector
from tests.chaos.history_reads import recorded_history_reads
from tests.chaos.lag_free_clock import LagFreeClock
from tests.chaos.open_resources import SCENARIO, TaskTracker, becomes_false, client_threads, open_sockets
from tests.chaos.outcomes import Outcome
from tests.chaos.schedules import Library, Scenario
from tests.chaos.server import TOKENS
from tests.chaos.supervisor import Supervisor
from tests.chaos.time_bounds import TimeBounds

ClientT = TypeVar("ClientT", AsyncAIZoomDocClient, AIZoomDocClient)

WAITING = 0.03
"""Factor by which the client's waits between attempts are shortened."""
REQUEST_SECONDS = 1.0
IDLE_SECONDS = 0.7

LIBRARY: contextvars.ContextVar[Library] = contextvars.ContextVar("library", default="websockets")


@attrs.define(eq=False)
class ScenarioRunner:
    """Runs scenarios against one server and collects what their clients leaked."""

    supervisor: Supervisor
    threads: ThreadPoolExecutor
    clock: LagFreeClock
    tasks: TaskTracker = attrs.field(factory=TaskTracker, init=False)
    leaked: list[str] = attrs.field(factory=list[str], init=False)

    async def run_scenario(self, scenario: Scenario) -> list[Outcome]:
        """The outcomes of the scenario; resources that its client leaked are added to `leaked`."""
        # The proxy starts its tasks before SCENARIO is set, so they do not count as the client's.
        async with FaultProxy(self.supervisor.url, plan=RandomPlan(seed=scenario.seed, share=scenario.fault_share)) as proxy:
            SCENARIO.set(scenario.number)
            LIBRARY.set(scenario.library)
            asker = self._asker(scenario, FaultInjector(proxy, self.supervisor, asyncio.get_running_loop()))
            try:
                outcomes = await asker.ask_all()
            finally:
                await asker.close()
            SCENARIO.set(None)
            await asker.injector.done()
            proxy.clear()
            await self._check_released(scenario, proxy)
        return outcomes

    def _asker(self, scenario: Scenario, injector: FaultInjector) -> Asker:
        url, token = injector.proxy.url, TOKENS[scenario.user]
        timeouts = StreamTimeouts(connect=REQUEST_SECONDS, first_event=REQUEST_SECONDS, idle=IDLE_SECONDS, total=scenario.total)
        policy = RetryPolicy()
        silence = TimeBounds(request=REQUEST_SECONDS, policy=policy, streams=timeouts, waiting=WAITING).silence

        def new(kind: type[ClientT]) -> ClientT:
            return kind(
                url,
                token,
                timeout=REQUEST_SECONDS,
                stream_timeouts=timeouts,
                transport=scenario.transport,
                token_store=MemoryTokenStore(),
                retry=policy,
            )

        if scenario.kind == "async":
            client = new(AsyncAIZoomDocClient)
            return AsyncAsker(injector, scenario, self.clock, silence, client, lambda: new(AsyncAIZoomDocClient))
        sync_client = new(AIZoomDocClient)
        return SyncAsker(injector, scenario, self.clock, silence, sync_client, lambda: new(AIZoomDocClient), self.threads)

    async def _check_released(self, scenario: Scenario, proxy: FaultProxy) -> None:
        if not await becomes_false(lambda: self.tasks.pending(scenario.number)):
            self.leaked += [f"scenario {scenario.number}: task {task!r}" for task in self.tasks.pending(scenario.number)]
        if not await becomes_false(lambda: proxy.open_connections):
            self.leaked += [f"scenario {scenario.number}: {link}" for link in proxy.records if link.is_open]
        self.tasks.forget(scenario.number)


async def run_all(
    scenarios: Iterator[Scenario], supervisor: Supervisor, *, concurrency: int, note: Callable[[list[Outcome]], object]
) -> list[str]:
    """Runs the scenarios, `concurrency` at a time, passes the outcomes to `note`, and returns the leaked resources."""
    async with _watched(supervisor, concurrency) as runner:

        async def worker() -> None:
            for scenario in scenarios:
                note(await runner.run_scenario(scenario))

        await asyncio.gather(*(asyncio.create_task(worker()) for _ in range(concurrency)))
    return runner.leaked


@contextlib.asynccontextmanager
async def _watched(supervisor: Supervisor, concurrency: int) -> AsyncGenerator[ScenarioRunner]:
    sockets, others, loop = open_sockets(), client_threads(), asyncio.get_running_loop()
    threads = ThreadPoolExecutor(concurrency * 4, thread_name_prefix="user")
    clock = LagFreeClock()
    runner = ScenarioRunner(supervisor, threads, clock)
    former = loop.get_task_factory()
    loop.set_task_factory(runner.tasks)
    with shorter_waiting(WAITING), _both_libraries(), recorded_history_reads():
        try:
            async with clock.running():
                yield runner
        finally:
            loop.set_task_factory(former)
            threads.shutdown(wait=False)
    if not await becomes_false(lambda: client_threads() - others):
        runner.leaked += [f"thread {thread.name}" for thread in client_threads() - others]
    if not await becomes_false(lambda: open_sockets() > sockets):
        runner.leaked.append(f"{open_sockets() - sockets} sockets")


@contextlib.contextmanager
def _both_libraries() -> Generator[None]:
    """Lets each scenario use its own WebSocket library."""
    libraries = {"websockets": websocket.websockets_library(), "picows": websocket.picows_library()}
    user: Any = websocket
    former = user.best_library
    user.best_library = lambda: libraries[LIBRARY.get()]
    try:
        yield
    finally:
        user.best_library = former
