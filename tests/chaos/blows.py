"""Deals a schedule's blows when their moment has come."""

from __future__ import annotations

import asyncio
import contextvars
import signal
from collections.abc import Iterable

import attrs

from aizoomdoc_client.testing.proxy import CloseAfter, CutInFrame, FaultProxy
from tests.chaos.schedules import Blow, Moment, Wear
from tests.chaos.supervisor import Supervisor

REFUSED_SECONDS = 0.1


@attrs.define(eq=False)
class Dealer:
    """Deals blows on one line; `moment` may be called from any thread and never waits."""

    proxy: FaultProxy
    supervisor: Supervisor
    loop: asyncio.AbstractEventLoop
    refusals: int = attrs.field(default=0, init=False)
    _dealing: set[asyncio.Task[None]] = attrs.field(factory=set[asyncio.Task[None]], init=False)

    def moment(self, blows: Iterable[Blow], moment: Moment, event: int = 0) -> None:
        """A moment has come, for `reading` with the number of events read."""
        for blow in blows:
            if blow.moment == moment and (moment != "reading" or blow.event == event):
                self.loop.call_soon_threadsafe(self._begin, blow, context=contextvars.Context())

    @property
    def outages(self) -> int:
        """How often the server, or the way to it, has been gone; one that is going on counts once more when it is over."""
        return self.refusals + self.supervisor.deaths + self.supervisor.births

    async def done(self) -> None:
        """Returns when all blows that were begun are dealt."""
        await asyncio.gather(*self._dealing)

    def _begin(self, blow: Blow) -> None:
        task = self.loop.create_task(self._deal(blow))
        self._dealing.add(task)
        task.add_done_callback(self._dealing.discard)

    async def _deal(self, blow: Blow) -> None:
        await asyncio.sleep(blow.seconds)
        if blow.deed == "refuse":
            self.refusals += 1
            self.proxy.refuse()
            await asyncio.sleep(REFUSED_SECONDS)
            self.proxy.listen()
        elif blow.deed == "kill":
            await self.supervisor.restart(signal.SIGKILL)
        elif blow.deed == "stop":
            await self.supervisor.restart(signal.SIGTERM)
        elif isinstance(blow.deed, Wear):
            self.proxy.always(CloseAfter(blow.deed.bytes))
        else:
            self.proxy.next(blow.deed)
            if not isinstance(blow.deed, CutInFrame):
                self.proxy.inject(blow.deed)
