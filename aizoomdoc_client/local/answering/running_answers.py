"""Answers that outlive the request that began them, for the page at ``/``, which may be reloaded."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from contextlib import contextmanager
from typing import Any, Literal, TypeAlias

import attrs

from ...events import AnswerEvent, AnswerRestarted, ErrorEvent, LLMFinal, UnknownEvent

Run: TypeAlias = Callable[[Callable[[AnswerEvent], Awaitable[None]]], Coroutine[Any, Any, None]]
"""Makes an answer and passes each event to its argument."""

_logger = logging.getLogger("aizoomdoc_client.local")


@attrs.frozen
class QuestionKey:
    """A question and its chat, by their ids."""

    chat_id: str
    question_id: str


_GRACE_SECONDS = 30.0  # until an answer without a viewer is stopped: a reload takes seconds
_KEPT_SECONDS = 600.0
_MOST_BYTES = 64 * 1024 * 1024


class RunningAnswer:
    """One answer, with its events so far as server-sent events, for any number of viewers."""

    def __init__(self, run: Run, grace: float) -> None:
        self._events: list[bytes] = []
        self._changed = asyncio.Event()
        self._viewers = 0
        self._grace = grace
        self._stop_timer: asyncio.TimerHandle | None = None
        self._stopped: str | None = None
        self._is_ended = False
        self.size: int = 0
        """The bytes of the events so far."""
        self.characters: int | None = None
        """The length of the whole answer, once it is complete."""
        self.task: asyncio.Task[None] = asyncio.create_task(run(self._receive), name="answer for the page")
        self.task.add_done_callback(self._end)
        self._restart_stop_timer()

    def stop(self, reason: Literal["requested", "unwatched"]) -> None:
        """Ends the model's run, unless it has ended; the last event is then `answer_stopped` with this reason."""
        if self._stopped is None and not self.task.done():
            self._stopped = reason
            self.task.cancel()

    @contextmanager
    def watch(self) -> Generator[None]:
        """Counts as a viewer inside of the block; an answer without a viewer for `grace` seconds is stopped."""
        self._viewers += 1
        self._restart_stop_timer()
        try:
            yield
        finally:
            self._viewers -= 1
            self._restart_stop_timer()

    async def events(self) -> AsyncIterator[bytes]:
        """`answer_restarted` with nothing kept, then all events to the last one; those that exist already come in one piece."""
        yield _encode(AnswerRestarted(0, "snapshot"))
        read = 0
        while True:
            changed, is_ended = self._changed, self._is_ended  # before reading, so that no event between is missed
            if found := self._events[read:]:
                read += len(found)
                yield b"".join(found)
            elif is_ended:
                return
            else:
                await changed.wait()

    def _end(self, task: asyncio.Task[None]) -> None:
        """Adds the last event where the run emitted none, because it was stopped, maybe before its first step, or failed.

        A server that stops cancels the run, and adds no event.
        """
        error = None if task.cancelled() else task.exception()
        if self._stopped is not None and task.cancelled():
            self._append(UnknownEvent("answer_stopped", data={"reason": self._stopped}))
        elif error is not None or (task.cancelled() and not task.cancelling()):
            _logger.error("An answer failed", exc_info=error)
            self._append(ErrorEvent("Internal server error"))
        self._is_ended = True
        self._changed.set()

    async def _receive(self, event: AnswerEvent) -> None:
        self._append(event)

    def _append(self, event: AnswerEvent) -> None:
        if isinstance(event, LLMFinal):
            self.characters = len(event.content)
        encoded = _encode(event)
        self.size += len(encoded)
        self._events.append(encoded)
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def _restart_stop_timer(self) -> None:
        if self._stop_timer is not None:
            self._stop_timer.cancel()
            self._stop_timer = None
        if not self._viewers:
            self._stop_timer = asyncio.get_running_loop().call_later(self._grace, self.stop, "unwatched")


class RunningAnswers:
    """The answers that the page began, by question.

    One without a viewer for `grace` seconds is stopped. One that has ended is kept for `kept` seconds, for viewers whose
    connection was lost before its end; of these the newest are kept, together at most `most_bytes` (64 MB).
    """

    def __init__(self, *, grace: float = _GRACE_SECONDS, kept: float = _KEPT_SECONDS, most_bytes: int = _MOST_BYTES) -> None:
        self._grace = grace
        self._kept = kept
        self._most_bytes = most_bytes
        self._answers: dict[QuestionKey, RunningAnswer] = {}

    def start(self, key: QuestionKey, run: Run) -> None:
        """Begins the answer to the question, unless it is running or kept."""
        if key not in self._answers:
            answer = self._answers[key] = RunningAnswer(run, self._grace)
            answer.task.add_done_callback(lambda _: self._on_end(key, answer))

    def find(self, key: QuestionKey) -> RunningAnswer | None:
        """The answer to the question; None where none was begun, or it ended too long ago."""
        return self._answers.get(key)

    async def close(self) -> None:
        """Cancels all running answers, without a last event."""
        tasks = [answer.task for answer in self._answers.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _on_end(self, key: QuestionKey, answer: RunningAnswer) -> None:
        """Forgets the answer later, and at once the oldest ones that exceed `most_bytes`."""
        asyncio.get_running_loop().call_later(self._kept, self._forget, key, answer)
        room = self._most_bytes
        for other_key, other in reversed([*self._answers.items()]):
            if other.task.done():
                room -= other.size
                if room < 0:
                    del self._answers[other_key]

    def _forget(self, key: QuestionKey, answer: RunningAnswer) -> None:
        if self._answers.get(key) is answer:  # not a later one for the question, after this one was discarded
            del self._answers[key]


def _encode(event: AnswerEvent) -> bytes:
    return event.to_sse().encode()
