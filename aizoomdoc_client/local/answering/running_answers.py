"""Answers that go on without the request that began them, for the page at ``/``, which may be loaded again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from contextlib import contextmanager
from typing import Any, Literal, TypeAlias

import attrs

from ...events import AnswerEvent, AnswerRestarted, ErrorEvent, LLMFinal, UnknownEvent

Run: TypeAlias = Callable[[Callable[[AnswerEvent], Awaitable[None]]], Coroutine[Any, Any, None]]
"""Makes an answer and sends its events to what it is given."""

_logger = logging.getLogger("aizoomdoc_client.local")


@attrs.frozen
class QuestionPlace:
    """A question and its chat, by their ids."""

    chat_id: str
    question_id: str


_GRACE_SECONDS = 30.0
_KEPT_SECONDS = 600.0
_MOST_BYTES = 64 * 1024 * 1024


class RunningAnswer:
    """One answer, with its events so far as server-sent events, for any number of viewers."""

    def __init__(self, run: Run, grace: float) -> None:
        self._events: list[bytes] = []
        self._changed = asyncio.Event()
        self._viewers = 0
        self._grace = grace
        self._giving_up: asyncio.TimerHandle | None = None
        self._stopped: str | None = None
        self._is_ended = False
        self.size: int = 0
        """The bytes of the events so far."""
        self.characters: int | None = None
        """The length of the whole answer, once it is there."""
        self.task: asyncio.Task[None] = asyncio.create_task(run(self._take), name="answer for the page")
        self.task.add_done_callback(self._end)
        self._wait_for_viewers()

    def stop(self, reason: Literal["requested", "unwatched"]) -> None:
        """Ends the model's run, unless it has ended; the last event is then `answer_stopped` with this reason."""
        if self._stopped is None and not self.task.done():
            self._stopped = reason
            self.task.cancel()

    @contextmanager
    def watched(self) -> Generator[None]:
        """Somebody looks at the answer inside of the block; where nobody has for the time of grace, it is stopped."""
        self._viewers += 1
        self._wait_for_viewers()
        try:
            yield
        finally:
            self._viewers -= 1
            self._wait_for_viewers()

    async def events(self) -> AsyncIterator[bytes]:
        """All events to the last one, after `answer_restarted` with nothing kept; those that are there already together."""
        yield _encoded(AnswerRestarted(0, "snapshot"))
        read = 0
        while True:
            changed, is_ended = self._changed, self._is_ended  # before looking: what happens while somebody reads is not missed
            if found := self._events[read:]:
                read += len(found)
                yield b"".join(found)
            elif is_ended:
                return
            else:
                await changed.wait()

    def _end(self, task: asyncio.Task[None]) -> None:
        """Adds the last event where the run gave none: it was stopped, maybe before its first step, or it failed.

        A server that stops cancels it, and gives none.
        """
        error = None if task.cancelled() else task.exception()
        if self._stopped is not None and task.cancelled():
            self._append(UnknownEvent("answer_stopped", data={"reason": self._stopped}))
        elif error is not None or (task.cancelled() and not task.cancelling()):
            _logger.error("An answer failed", exc_info=error)
            self._append(ErrorEvent("Internal server error"))
        self._is_ended = True
        self._changed.set()

    async def _take(self, event: AnswerEvent) -> None:
        self._append(event)

    def _append(self, event: AnswerEvent) -> None:
        if isinstance(event, LLMFinal):
            self.characters = len(event.content)
        encoded = _encoded(event)
        self.size += len(encoded)
        self._events.append(encoded)
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def _wait_for_viewers(self) -> None:
        if self._giving_up is not None:
            self._giving_up.cancel()
            self._giving_up = None
        if not self._viewers:
            self._giving_up = asyncio.get_running_loop().call_later(self._grace, self.stop, "unwatched")


class RunningAnswers:
    """The answers that the page began, by question.

    One that nobody looks at for `grace` seconds is stopped. One that has ended is kept for `kept` seconds, for whoever was cut
    off before its end: the last ones, which together have at most `most_bytes` (64 MB).
    """

    def __init__(self, *, grace: float = _GRACE_SECONDS, kept: float = _KEPT_SECONDS, most_bytes: int = _MOST_BYTES) -> None:
        self._grace = grace
        self._kept = kept
        self._most_bytes = most_bytes
        self._answers: dict[QuestionPlace, RunningAnswer] = {}

    def start(self, place: QuestionPlace, run: Run) -> None:
        """Begins the answer to the question, unless it is there already, running or kept."""
        if place not in self._answers:
            answer = self._answers[place] = RunningAnswer(run, self._grace)
            answer.task.add_done_callback(lambda _: self._ended(place, answer))

    def find(self, place: QuestionPlace) -> RunningAnswer | None:
        """The answer to the question; None where none was begun, or it ended too long ago."""
        return self._answers.get(place)

    async def close(self) -> None:
        """Ends all that run, without a last event."""
        tasks = [answer.task for answer in self._answers.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, place: QuestionPlace, answer: RunningAnswer) -> None:
        asyncio.get_running_loop().call_later(self._kept, self._forget, place, answer)
        room = self._most_bytes
        for each, one in reversed([*self._answers.items()]):
            if one.task.done():
                room -= one.size
                if room < 0:
                    del self._answers[each]

    def _forget(self, place: QuestionPlace, answer: RunningAnswer) -> None:
        if self._answers.get(place) is answer:  # and not one that was begun since, where this one was the oldest of many
            del self._answers[place]


def _encoded(event: AnswerEvent) -> bytes:
    return event.to_sse().encode()
