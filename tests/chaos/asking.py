"""Asks questions in the two ways that users have: with asyncio and without."""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import attrs

from aizoomdoc_client import AIZoomDocClient, AsyncAIZoomDocClient
from tests.chaos import stacks
from tests.chaos.blows import Dealer
from tests.chaos.fair_clock import FairClock
from tests.chaos.looks import ASKED
from tests.chaos.outcomes import Outcome
from tests.chaos.questions import question
from tests.chaos.schedules import Moment, Schedule, Sitting

MIN_TIMEOUT = 0.01
"""The shortest time that is waited between looks for signs of life."""


@attrs.frozen
class Asker:
    """Asks the questions of a sitting; whose client is silent for longer than `silence` hangs."""

    dealer: Dealer
    sitting: Sitting
    clock: FairClock
    silence: float

    async def ask_all(self) -> list[Outcome]:
        """What came of them."""
        if self.sitting.at_once:
            return list(await asyncio.gather(*(self._ask(schedule, None) for schedule in self.sitting.schedules)))
        outcomes = list[Outcome]()
        for schedule in self.sitting.schedules:
            chat_id = None if schedule.own_chat or not outcomes else outcomes[-1].chat_id
            outcomes.append(await self._ask(schedule, chat_id))
        return outcomes

    async def close(self) -> None:
        """Closes the client."""
        raise NotImplementedError

    async def _ask(self, schedule: Schedule, chat_id: str | None) -> Outcome:
        # A server that is away is met in the middle of things; nothing is learned from beginning when it is.
        await self.dealer.supervisor.settled()
        outcome = Outcome(self.sitting, schedule, chat_id, heard=self.clock.now())
        ASKED.set(outcome)
        outages = self.dealer.outages
        began = time.monotonic()
        try:
            await self._ended(outcome)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is judged
            outcome.failed(error)
        outcome.over(self.clock.now())
        outcome.outages = self.dealer.outages - outages
        outcome.seconds = time.monotonic() - began
        return outcome

    async def _ended(self, outcome: Outcome) -> None:
        """Waits for the end of the reading as long as there are signs of life."""
        reading = asyncio.ensure_future(self._read(outcome))
        while not reading.done():
            left = outcome.heard + self.silence - self.clock.now()
            if left < 0:
                outcome.faults.append(f"silent for {self.silence:.1f} s")
                stacks.dump()
                reading.cancel()
                return
            await asyncio.wait({reading}, timeout=max(left, MIN_TIMEOUT))
        await reading

    def _moment(self, outcome: Outcome, moment: Moment) -> None:
        now = self.clock.now()
        outcome.hear(now)
        if moment == "opening":
            outcome.opened = now
        self.dealer.moment(outcome.schedule.blows, moment, outcome.folded.events)

    async def _read(self, outcome: Outcome) -> None:
        raise NotImplementedError


@attrs.frozen
class AsyncAsker(Asker):
    """With asyncio."""

    client: AsyncAIZoomDocClient

    async def close(self) -> None:
        """Closes the client."""
        await self.client.close()

    async def _read(self, outcome: Outcome) -> None:
        self._moment(outcome, "beginning")
        if outcome.chat_id is None:
            outcome.chat_id = (await self.client.create_chat()).id
        self._moment(outcome, "posting")
        async with self.client.send_message(outcome.chat_id, question(outcome.schedule.number)) as answer:
            self._moment(outcome, "opening")
            async for event in answer:
                outcome.take(event, answer.text)
                self._moment(outcome, "reading")
            outcome.ended((await answer.result()).text)


@attrs.frozen
class SyncAsker(Asker):
    """Without asyncio, in threads."""

    client: AIZoomDocClient
    threads: ThreadPoolExecutor

    async def close(self) -> None:
        """Closes the client."""
        await self._in_thread(self.client.close)

    async def _read(self, outcome: Outcome) -> None:
        await self._in_thread(lambda: self._read_here(outcome))

    async def _in_thread(self, work: Callable[[], None]) -> None:
        await asyncio.get_running_loop().run_in_executor(self.threads, contextvars.copy_context().run, work)

    def _read_here(self, outcome: Outcome) -> None:
        self._moment(outcome, "beginning")
        if outcome.chat_id is None:
            outcome.chat_id = self.client.create_chat().id
        self._moment(outcome, "posting")
        with self.client.send_message(outcome.chat_id, question(outcome.schedule.number)) as answer:
            self._moment(outcome, "opening")
            for event in answer:
                outcome.take(event, answer.text)
                self._moment(outcome, "reading")
            outcome.ended(answer.result().text)
