"""Asks questions in the two ways that users have: with asyncio and without."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import faulthandler
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor

import attrs

from aizoomdoc_client import AIZoomDocClient, AsyncAIZoomDocClient
from tests.chaos.blows import Dealer
from tests.chaos.outcomes import Outcome
from tests.chaos.questions import question
from tests.chaos.schedules import Schedule, Sitting

LIMIT = 40.0
"""Seconds after which a question that has come to no end counts as hanging: many times what all time-outs allow."""


@attrs.frozen
class Asker:
    """Asks the questions of a sitting."""

    dealer: Dealer
    sitting: Sitting

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
        outcome = Outcome(self.sitting, schedule, chat_id)
        with _noted(outcome):
            await asyncio.wait_for(self._read(outcome), LIMIT)
        return outcome

    async def _read(self, outcome: Outcome) -> None:
        raise NotImplementedError


@contextlib.contextmanager
def _noted(outcome: Outcome) -> Generator[None]:
    began = time.monotonic()
    try:
        yield
    except TimeoutError:
        outcome.faults.append(f"no end after {LIMIT} s")
        faulthandler.dump_traceback()  # where everybody is
    except Exception as error:  # noqa: BLE001 - whatever it is, it is judged
        outcome.failed(error)
    outcome.seconds = time.monotonic() - began


@attrs.frozen
class AsyncAsker(Asker):
    """With asyncio."""

    client: AsyncAIZoomDocClient

    async def close(self) -> None:
        """Closes the client."""
        await self.client.close()

    async def _read(self, outcome: Outcome) -> None:
        blows = outcome.schedule.blows
        self.dealer.moment(blows, "beginning")
        if outcome.chat_id is None:
            outcome.chat_id = (await self.client.create_chat()).id
        self.dealer.moment(blows, "posting")
        async with self.client.send_message(outcome.chat_id, question(outcome.schedule.number)) as answer:
            self.dealer.moment(blows, "opening")
            async for event in answer:
                outcome.take(event, answer.text)
                self.dealer.moment(blows, "reading", outcome.folded.events)
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
        blows = outcome.schedule.blows
        self.dealer.moment(blows, "beginning")
        if outcome.chat_id is None:
            outcome.chat_id = self.client.create_chat().id
        self.dealer.moment(blows, "posting")
        with self.client.send_message(outcome.chat_id, question(outcome.schedule.number)) as answer:
            self.dealer.moment(blows, "opening")
            for event in answer:
                outcome.take(event, answer.text)
                self.dealer.moment(blows, "reading", outcome.folded.events)
            outcome.ended(answer.result().text)
