"""Answers on their way to browsers: asked once, read by any number of viewers, whatever becomes of their connections."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

import attrs

from ..catalog import text
from .answer_records import AnswerRecord, AnswerRecords, is_same
from .control_events import Reconnect
from .event_log import EventLog
from .exceptions import RelayClosedError, StreamNotFoundError
from .relayed_answer import RelayedAnswer
from .viewer import Viewer

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .. import AsyncAIZoomDocClient, AsyncAnswerStream, IdLike, Message
    from .options import QuestionOptions

__all__ = ["Relay", "RelayStream"]

BUFFER = 256 * 1024
ID_BYTES = 24
MOST_DIGITS = 18
"""The most digits of an id; a longer number is no id."""


@attrs.frozen
class RelayStream:
    """An answer that a relay reads: by its `id` its owner's viewers find it."""

    id: str
    chat_id: str


class Relay:
    """Reads answers for the browsers behind a backend, so that they outlive the requests that asked for them.

    `client` asks, or what it gives for an owner where each has a client of its own. Each answer is read once, in a task of its own,
    for all its viewers. `buffer` is how many bytes of an answer's events are kept, besides its text; who reads so slowly that
    events are gone gets a snapshot of the answer. An answer at which nobody looks for `grace` seconds is read to its end, or
    stopped where `unwatched` is ``cancel``.

    For `replay_seconds` after its end an answer is served from memory, later from the chat's history, without another run of the
    model; `remembered` is of how many ended answers that is known. `close` lets running answers go on for `finish_seconds`.

    An owner is any text that names a user of the backend. To be entered, or closed at the end.
    """

    def __init__(
        self,
        client: AsyncAIZoomDocClient | Callable[[str], AsyncAIZoomDocClient],
        *,
        buffer: int = BUFFER,
        grace: float = 30.0,
        unwatched: Literal["finish", "cancel"] = "finish",
        replay_seconds: float = 300.0,
        remembered: int = 100_000,
        finish_seconds: float = 10.0,
    ) -> None:
        self._client = client
        self._buffer = buffer
        self._grace = grace if unwatched == "cancel" else None
        self._replay_seconds = replay_seconds
        self._finish_seconds = finish_seconds
        self._answers = dict[str, RelayedAnswer]()  # those whose events are in memory
        self._records = AnswerRecords(remembered)
        self._tasks = set[asyncio.Task[None]]()
        self._closing = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        running = sum(answer.is_running for answer in self._answers.values())
        viewers = sum(answer.viewers for answer in self._answers.values())
        return f"<{type(self).__name__}: {running} answers, {viewers} viewers>"

    async def ask(
        self, chat_id: IdLike, question: str | Message, *, owner: str, **options: Unpack[QuestionOptions]
    ) -> RelayStream:
        """Asks, and returns at once: the answer is read in a task of its own. `options` are those of `send_message`.

        With `files` it returns once they are uploaded and the question is posted, because a request's files end with it. What
        goes wrong before that is raised, as by `send_message`; what goes wrong later is the stream's `error` event.

        Raises `RelayClosedError` once the backend is ending.
        """
        if self._closing:
            raise RelayClosedError(text("relay_closed"))
        answer = self._client_of(owner).send_message(chat_id, question, **options)
        if options.get("files"):
            await answer
        stream_id = secrets.token_urlsafe(ID_BYTES)
        self._relay(stream_id, RelayedAnswer(owner, EventLog(self._buffer), grace=self._grace), answer)
        return RelayStream(stream_id, str(getattr(chat_id, "id", chat_id)))

    def events(self, stream_id: str, *, owner: str, after: int | str | None = None) -> Viewer:
        """The events of an answer for one viewer, those after the one with the id `after`; from the first one without it.

        `after` may be a browser's ``Last-Event-ID`` as it came; what is no number counts as none. Reading begins with opening,
        which raises `StreamNotFoundError`.
        """
        return Viewer(partial(self._found, stream_id, owner, _as_id(after)))

    async def stop(self, stream_id: str, *, owner: str) -> None:
        """Ends the answer and the model's run, at once; its viewers get `answer_stopped`. Nothing, if it is at its end.

        Raises `StreamNotFoundError`.
        """
        answer = self._answers.get(stream_id)
        if answer is not None and is_same(answer.owner, owner):
            answer.stop("requested")
        elif self._records.find(stream_id, owner) is None:
            raise StreamNotFoundError(text("relay_stream_not_found"))

    def begin_close(self) -> None:
        """Takes no more questions; answers that still run have `finish_seconds` to come to their end, then they are stopped."""
        if not self._closing:
            self._closing = True
            for answer in self._answers.values():
                asyncio.get_running_loop().call_later(self._finish_seconds, answer.stop, "shutdown")

    async def close(self) -> None:
        """As `begin_close`, and waits until nothing runs any more. Viewers that have not read all are told to come back."""
        self.begin_close()
        for answer in [*self._answers.values()]:
            await answer.finished()
            answer.log.dismiss(Reconnect())
        for task in [*self._tasks]:
            task.cancel()

    # -- answers in memory, and later ----------------------------------------------------------------------------------------

    async def _found(self, stream_id: str, owner: str, after: int) -> tuple[RelayedAnswer, int]:
        """The answer, and the id after which a viewer that has all until `after` goes on."""
        answer = self._answers.get(stream_id)
        if answer is not None and is_same(answer.owner, owner):
            return answer, after
        record = self._records.find(stream_id, owner)
        if answer is not None or record is None:
            raise StreamNotFoundError(text("relay_stream_not_found"))
        if record.message is None or record.ending.event != "completed" or after == record.last_id:
            log = EventLog(self._buffer, last_id=record.last_id - 1)
            log.append(record.ending)
            return RelayedAnswer(owner, log), max(after, record.last_id - 1)  # what text there was is gone
        answer = RelayedAnswer(owner, EventLog(self._buffer, last_id=record.last_id))
        self._relay(stream_id, answer, self._client_of(owner).resume_answer(record.message, rerun=False))
        return answer, after

    def _relay(self, stream_id: str, relayed: RelayedAnswer, answer: AsyncAnswerStream) -> None:
        """Reads `answer` in a task, and keeps its events for a while after its end."""
        self._answers[stream_id] = relayed
        relayed.read(answer)
        task = asyncio.create_task(self._kept(stream_id, relayed), name="relayed answer in memory")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _kept(self, stream_id: str, answer: RelayedAnswer) -> None:
        await answer.finished()
        before = self._records.find(stream_id, answer.owner)
        ending = answer.log.ending
        assert ending is not None
        # Of one that was read from the history again the first ending counts: the history may be readable another time.
        event = ending.event if before is None else before.ending
        self._records.add(stream_id, AnswerRecord(answer.owner, answer.message, answer.log.last_id, event))
        await asyncio.sleep(self._replay_seconds)
        del self._answers[stream_id]

    def _client_of(self, owner: str) -> AsyncAIZoomDocClient:
        return self._client(owner) if callable(self._client) else self._client


def _as_id(after: int | str | None) -> int:
    text = str(after)
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else 0
