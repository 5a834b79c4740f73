"""Asks questions with the asynchronous and with the synchronous client, and takes answers up with others of them."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import faulthandler
import gc
import sys
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor

import attrs

from aizoomdoc_client import AIZoomDocClient, AnswerStream, APIError, AsyncAIZoomDocClient, AsyncAnswerStream, Message
from tests.chaos.fault_injection import FaultInjector
from tests.chaos.history_reads import CURRENT_OUTCOME
from tests.chaos.lag_free_clock import LagFreeClock
from tests.chaos.outcomes import Outcome
from tests.chaos.questions import question
from tests.chaos.schedules import HandOver, Moment, Scenario, Schedule

MIN_TIMEOUT = 0.01
"""Shortest wait between two checks of the last activity, in seconds."""


@attrs.frozen
class Asker:
    """Asks the questions of a scenario; a client without activity for `silence` seconds is reported as hanging."""

    injector: FaultInjector
    scenario: Scenario
    clock: LagFreeClock
    silence: float

    async def ask_all(self) -> list[Outcome]:
        """The outcomes of all questions."""
        if self.scenario.at_once:
            return list(await asyncio.gather(*(self._ask(schedule, None) for schedule in self.scenario.schedules)))
        outcomes = list[Outcome]()
        for schedule in self.scenario.schedules:
            chat_id = None if schedule.own_chat or not outcomes else outcomes[-1].chat_id
            outcomes.append(await self._ask(schedule, chat_id))
        return outcomes

    async def close(self) -> None:
        """Closes the client."""
        raise NotImplementedError

    async def _ask(self, schedule: Schedule, chat_id: str | None) -> Outcome:
        # Outages are to happen during a question; starting one while the server restarts tests nothing more.
        await self.injector.supervisor.wait_until_running()
        outcome = Outcome(self.scenario, schedule, chat_id, last_activity=self.clock.now())
        CURRENT_OUTCOME.set(outcome)
        outages = self.injector.outages
        began = time.monotonic()
        try:
            await self._ended(outcome)
        except Exception as error:  # noqa: BLE001 - the verification judges every exception
            outcome.failed(error)
        outcome.finish(self.clock.now())
        outcome.outages = self.injector.outages - outages
        outcome.seconds = time.monotonic() - began
        return outcome

    async def _ended(self, outcome: Outcome) -> None:
        """Waits for the end of the reading as long as there is activity."""
        reading = asyncio.ensure_future(self._read(outcome))
        while not reading.done():
            remaining = outcome.last_activity + self.silence - self.clock.now()
            if remaining < 0:
                outcome.faults.append(f"silent for {self.silence:.1f} s")
                dump_stacks()
                reading.cancel()
                return
            await asyncio.wait({reading}, timeout=max(remaining, MIN_TIMEOUT))
        await reading

    def _on_moment(self, outcome: Outcome, moment: Moment) -> None:
        now = self.clock.now()
        outcome.note_activity(now)
        if moment == "opening":
            outcome.opened = now
        if moment != "opening" or outcome.left is None:
            self.injector.on_moment(outcome.schedule.injections, moment, outcome.events)

    async def _read(self, outcome: Outcome) -> None:
        raise NotImplementedError


@attrs.frozen
class AsyncAsker(Asker):
    """Uses the asynchronous client."""

    client: AsyncAIZoomDocClient
    new_client: Callable[[], AsyncAIZoomDocClient]

    async def close(self) -> None:
        """Closes the client."""
        await self.client.close()

    async def _read(self, outcome: Outcome) -> None:
        self._on_moment(outcome, "beginning")
        if outcome.chat_id is None:
            outcome.chat_id = (await self.client.create_chat()).id
        self._on_moment(outcome, "posting")
        if outcome.schedule.hand_over is None:
            await self._asked(outcome, outcome.chat_id)
            return
        with _reading_first(outcome):
            await self._asked(outcome, outcome.chat_id)
        await self._taken_up(outcome, outcome.schedule.hand_over)

    async def _asked(self, outcome: Outcome, chat_id: str) -> None:
        async with self.client.send_message(chat_id, question(outcome.schedule.number)) as answer:
            await self._read_events(outcome, answer)

    async def _taken_up(self, outcome: Outcome, hand_over: HandOver) -> None:
        names = _names(outcome.take_up(), hand_over)
        self._on_moment(outcome, "taking up")
        async with self.new_client() as other, other.resume_answer(*names, rerun=hand_over.rerun) as answer:
            await self._read_events(outcome, answer)

    async def _read_events(self, outcome: Outcome, answer: AsyncAnswerStream) -> None:
        outcome.found(answer.message)
        self._on_moment(outcome, "opening")
        if outcome.is_to_be_left:
            return
        async for event in answer:
            outcome.take(event, answer.text)
            self._on_moment(outcome, "reading")
            if outcome.is_to_be_left:
                return
        outcome.ended((await answer.result()).text)


@attrs.frozen
class SyncAsker(Asker):
    """Uses the synchronous client, in threads."""

    client: AIZoomDocClient
    new_client: Callable[[], AIZoomDocClient]
    threads: ThreadPoolExecutor

    async def close(self) -> None:
        """Closes the client."""
        await self._in_thread(self.client.close)

    async def _read(self, outcome: Outcome) -> None:
        await self._in_thread(lambda: self._read_here(outcome))

    async def _in_thread(self, work: Callable[[], None]) -> None:
        await asyncio.get_running_loop().run_in_executor(self.threads, contextvars.copy_context().run, work)

    def _read_here(self, outcome: Outcome) -> None:
        self._on_moment(outcome, "beginning")
        if outcome.chat_id is None:
            outcome.chat_id = self.client.create_chat().id
        self._on_moment(outcome, "posting")
        if outcome.schedule.hand_over is None:
            self._asked(outcome, outcome.chat_id)
            return
        with _reading_first(outcome):
            self._asked(outcome, outcome.chat_id)
        self._taken_up(outcome, outcome.schedule.hand_over)

    def _asked(self, outcome: Outcome, chat_id: str) -> None:
        with self.client.send_message(chat_id, question(outcome.schedule.number)) as answer:
            self._read_events(outcome, answer)

    def _taken_up(self, outcome: Outcome, hand_over: HandOver) -> None:
        names = _names(outcome.take_up(), hand_over)
        self._on_moment(outcome, "taking up")
        with self.new_client() as other, other.resume_answer(*names, rerun=hand_over.rerun) as answer:
            self._read_events(outcome, answer)

    def _read_events(self, outcome: Outcome, answer: AnswerStream) -> None:
        outcome.found(answer.message)
        self._on_moment(outcome, "opening")
        if outcome.is_to_be_left:
            return
        for event in answer:
            outcome.take(event, answer.text)
            self._on_moment(outcome, "reading")
            if outcome.is_to_be_left:
                return
        outcome.ended(answer.result().text)


@contextlib.contextmanager
def _reading_first(outcome: Outcome) -> Generator[None]:
    """Records the error of the client that asks; it goes on to the next client, unless there is no message to be taken up."""
    try:
        yield
    except APIError as error:
        if outcome.asked is None:
            raise
        outcome.failed(error)


def _names(message: Message, hand_over: HandOver) -> tuple[Message] | tuple[str] | tuple[str, str]:
    """The arguments that name the message."""
    match hand_over.by:
        case "message":
            return (message,)
        case "ids":
            return message.chat_id, message.id
        case "chat":
            return (message.chat_id,)


def dump_stacks() -> None:
    """Writes the stacks of all threads, and of the tasks of all loops, to standard error."""
    faulthandler.dump_traceback(all_threads=True)
    # No loop knows of the others, and this thread reads the tasks of loops in other threads: what is seen may be a moment old.
    for loop in [
        found for found in gc.get_objects() if issubclass(type(found), asyncio.AbstractEventLoop) and not found.is_closed()
    ]:
        for task in asyncio.all_tasks(loop):
            task.print_stack(file=sys.stderr)
