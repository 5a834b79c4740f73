"""Injects the faults of a schedule at their moments."""

from __future__ import annotations

import asyncio
import contextvars
import signal
from collections.abc import Iterable

import attrs

from aizoomdoc_client.testing.proxy import CloseAfter, CutInFrame, FaultProxy
from tests.chaos.schedules import ByteLimit, Injection, Moment
from tests.chaos.supervisor import Supervisor

REFUSED_SECONDS = 0.1


@attrs.define(eq=False)
class FaultInjector:
    """Injects faults into the connections of one proxy; `on_moment` may be called from any thread and does not block."""

    proxy: FaultProxy
    supervisor: Supervisor
    loop: asyncio.AbstractEventLoop
    refusals: int = attrs.field(default=0, init=False)
    _tasks: set[asyncio.Task[None]] = attrs.field(factory=set[asyncio.Task[None]], init=False)

    def on_moment(self, injections: Iterable[Injection], moment: Moment, event: int = 0) -> None:
        """Starts the injections planned for `moment`; for `reading`, for the number of events read so far."""
        for injection in injections:
            if injection.moment == moment and (moment != "reading" or injection.event == event):
                self.loop.call_soon_threadsafe(self._start, injection, context=contextvars.Context())

    @property
    def outages(self) -> int:
        """Number of refusals and server restarts; a restart counts when it begins and again when it ends."""
        return self.refusals + self.supervisor.stops + self.supervisor.starts

    async def done(self) -> None:
        """Returns when all started injections are done."""
        await asyncio.gather(*self._tasks)

    def _start(self, injection: Injection) -> None:
        task = self.loop.create_task(self._inject(injection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _inject(self, injection: Injection) -> None:
        await asyncio.sleep(injection.seconds)
        if injection.action == "refuse":
            self.refusals += 1
            self.proxy.refuse()
            await asyncio.sleep(REFUSED_SECONDS)
            self.proxy.listen()
        elif injection.action == "kill":
            await self.supervisor.restart(signal.SIGKILL)
        elif injection.action == "stop":
            await self.supervisor.restart(signal.SIGTERM)
        elif isinstance(injection.action, ByteLimit):
            self.proxy.always(CloseAfter(injection.action.bytes))
        else:
            self.proxy.next(injection.action)
            if not isinstance(injection.action, CutInFrame):
                self.proxy.inject(injection.action)
