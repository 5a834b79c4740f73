"""Answers on their way to browsers: asked once, read by any number of viewers, whatever becomes of their connections."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable, Iterable
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

import attrs

from ..catalog import text
from ..exceptions import DeliveryUnknownError
from ..hooks import Hooks
from ..hooks.notifier import Notifier
from ..hooks.viewer_watch import ViewerWatch
from .answer_records import AnswerRecord, AnswerRecords, is_same
from .backplane import Backplane, StreamState, connected
from .continuation import Continuation
from .control_events import AnswerStopped, Reconnect
from .error_codes import error_event
from .event_log import EventLog
from .exceptions import BackplaneAwayError, RelayClosedError, StreamNotFoundError
from .follower import Follower
from .publisher import Publisher
from .relayed_answer import RelayedAnswer
from .stream_facts import StreamFacts
from .viewer import Viewer

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .. import AsyncAIZoomDocClient, IdLike, Message
    from .options import QuestionOptions

__all__ = ["Relay", "RelayStream"]

BUFFER = 256 * 1024
ID_BYTES = 24
FIRST_FENCE = 1
"""The fencing token of the worker that asks."""
UNPUBLISHED_IDS = 1 << 20
"""More ids than a worker can have given to events that it had not published when another one took its answer up.

Each fencing token skips so many more, because those who took the answer up one after another may all begin behind the same event.
"""
MOST_DIGITS = 18
"""The most digits of an id; a longer number is no id."""

_log = logging.getLogger(__name__)


@attrs.frozen
class RelayStream:
    """An answer that a relay reads: by its `id` its owner's viewers find it."""

    id: str
    chat_id: str


class Relay:
    """Reads answers for the browsers behind a backend, so that they outlive the requests that asked for them.

    `client` asks, or what it gives for an owner where each has a client of its own. Each answer is read once, in its own task,
    for all its viewers. `buffer` is how many bytes of an answer's events are kept, besides its text; who reads so slowly that
    events are gone gets a snapshot of the answer. An answer at which nobody looks for `grace` seconds is read to its end, or
    stopped where `unwatched` is ``cancel``.

    For `replay_seconds` after its end an answer is served from memory, later from the chat's history, without another run of the
    model; `remembered` is of how many ended answers that is known. `close` lets running answers go on for `finish_seconds`.
    `hooks` are told of viewers; of the answers themselves those of `client` are.

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
        backplane: Backplane | None = None,
        hooks: Hooks | Iterable[Hooks] | None = None,
    ) -> None:
        self._client = client
        self._buffer = buffer
        self._grace = grace if unwatched == "cancel" else None
        self._replay_seconds = replay_seconds
        self._finish_seconds = finish_seconds
        self._backplane = backplane
        self._notifier = Notifier.of(hooks)
        self._answers = dict[str, RelayedAnswer]()  # those whose events are in memory
        self._records = AnswerRecords(remembered)
        self._tasks = set[asyncio.Task[None]]()
        self._closing = False

    async def __aenter__(self) -> Self:
        await self._open()
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
        facts = StreamFacts.of(owner, str(getattr(chat_id, "id", chat_id)), options)
        if options.get("files"):
            await answer
        stream_id = secrets.token_urlsafe(ID_BYTES)
        relayed = self._add(stream_id, RelayedAnswer(facts, EventLog(self._buffer), grace=self._grace))
        if self._backplane is not None:
            await self._open()
            await self._keep(self._backplane, stream_id, facts)
            self._publish(self._backplane, stream_id, relayed, FIRST_FENCE, 0)
        relayed.read(answer)
        self._keep_for_a_while(stream_id, relayed)
        return RelayStream(stream_id, facts.chat_id)

    def events(self, stream_id: str, *, owner: str, after: int | str | None = None) -> Viewer:
        """The events of an answer for one viewer, those after the one with the id `after`; from the first one without it.

        `after` may be a browser's ``Last-Event-ID`` as it came; what is no number counts as none. Reading begins with opening,
        which raises `StreamNotFoundError`, and `BackplaneAwayError` where only other workers could tell.
        """
        last_id, notifier = _as_id(after), self._notifier
        watch = None if notifier is None else ViewerWatch(notifier, stream_id, owner, last_id)
        return Viewer(partial(self._found, stream_id, owner, last_id), watch)

    async def stop(self, stream_id: str, *, owner: str) -> None:
        """Ends the answer and the model's run, at once; its viewers get `answer_stopped`. Nothing, if it is at its end.

        Raises `StreamNotFoundError`, and `BackplaneAwayError` where only other workers could do it.
        """
        answer = self._answers.get(stream_id)
        if answer is not None and answer.reader is not None and is_same(answer.facts.owner, owner):
            answer.stop("requested")
        elif self._backplane is not None and self._records.find(stream_id, owner) is None:
            state = await self._state(self._backplane, stream_id, owner)
            if state.ending is None:
                await self._backplane.want_stop(stream_id)
                if not state.is_read:
                    self._follow(self._backplane, stream_id, state)
        elif self._records.find(stream_id, owner) is None:
            raise StreamNotFoundError(text("relay_stream_not_found"))

    def begin_close(self) -> None:
        """Takes no more questions; answers that still run have `finish_seconds` to come to their end, then they are stopped.

        With a backplane, viewers are told at once to come back, to another worker, and answers that still run then are left to
        the other workers.
        """
        if self._closing:
            return
        self._closing = True
        for answer in self._answers.values():
            if self._backplane is None:
                asyncio.get_running_loop().call_later(self._finish_seconds, answer.stop, "shutdown")
            else:
                answer.log.dismiss(Reconnect())

    async def close(self) -> None:
        """As `begin_close`, and waits until nothing runs any more. Viewers that have not read all are told to come back."""
        self.begin_close()
        await asyncio.gather(*(self._closed(answer) for answer in [*self._answers.values()]))
        for task in [*self._tasks]:
            task.cancel()
        if self._backplane is not None:
            await self._backplane.close()

    async def _closed(self, answer: RelayedAnswer) -> None:
        if answer.follower is not None:
            answer.follower.stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if answer.publisher is None else self._finish_seconds):
                await answer.finished()
        answer.abandon()
        if answer.publisher is not None:
            await answer.publisher.release()
        await answer.finished()

    # -- answers in memory, in other workers, and later ----------------------------------------------------------------------

    async def _found(self, stream_id: str, owner: str, after: int) -> tuple[RelayedAnswer, int]:
        """The answer, and the id after which a viewer that has all until `after` goes on."""
        answer = self._answers.get(stream_id)
        if answer is not None and is_same(answer.facts.owner, owner):
            return answer, after
        record = self._records.find(stream_id, owner)
        if answer is None and record is None and self._backplane is not None:
            state = await self._state(self._backplane, stream_id, owner)
            batches = () if state.ending is None else connected(await self._backplane.batches(stream_id, 0))
            if state.ending is None or (batches and batches[-1].last_id == state.last_id):
                answer = self._follow(self._backplane, stream_id, state)
                if answer.follower is not None:
                    await answer.follower.looked()
                return answer, after
            record = AnswerRecord(state.facts, state.last_id, state.ending)
        if answer is not None or record is None:
            raise StreamNotFoundError(text("relay_stream_not_found"))
        return self._again(stream_id, record, after)

    def _again(self, stream_id: str, record: AnswerRecord, after: int) -> tuple[RelayedAnswer, int]:
        """An answer whose events are gone: from the chat's history, or only its end."""
        facts = record.facts
        if facts.message_id is None or record.ending.event != "completed" or after == record.last_id:
            log = EventLog(self._buffer, last_id=record.last_id - 1)
            log.append(record.ending)
            return RelayedAnswer(facts, log), max(after, record.last_id - 1)  # what text there was is gone
        answer = self._add(stream_id, RelayedAnswer(facts, EventLog(self._buffer, last_id=record.last_id)))
        answer.read(self._client_of(facts.owner).resume_answer(facts.chat_id, facts.message_id, rerun=False))
        self._keep_for_a_while(stream_id, answer)
        return answer, after

    def _add(self, stream_id: str, answer: RelayedAnswer) -> RelayedAnswer:
        self._answers[stream_id] = answer
        return answer

    def _keep_for_a_while(self, stream_id: str, answer: RelayedAnswer) -> None:
        """Keeps an answer's events for a while after its end, and then what has to be remembered."""
        task = asyncio.create_task(self._kept(stream_id, answer), name="relayed answer in memory")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _kept(self, stream_id: str, answer: RelayedAnswer) -> None:
        await answer.finished()
        ending = answer.log.ending
        if ending is not None:
            before = self._records.find(stream_id, answer.facts.owner)
            # Of one that was read from the history again the first ending counts: the history may be readable another time.
            event = ending.event if before is None else before.ending
            self._records.add(stream_id, AnswerRecord(answer.facts, answer.log.last_id, event))
            await asyncio.sleep(self._replay_seconds)
        if self._answers.get(stream_id) is answer:
            del self._answers[stream_id]

    def _client_of(self, owner: str) -> AsyncAIZoomDocClient:
        return self._client(owner) if callable(self._client) else self._client

    # -- other workers -------------------------------------------------------------------------------------------------------

    async def _open(self) -> None:
        if self._backplane is not None:
            await self._backplane.open(self._stop_wanted)

    def _stop_wanted(self, stream_id: str) -> None:
        """Another worker was told to stop an answer that this one may read."""
        if (answer := self._answers.get(stream_id)) is not None:
            answer.stop("requested")

    async def _keep(self, backplane: Backplane, stream_id: str, facts: StreamFacts) -> None:
        with contextlib.suppress(BackplaneAwayError):  # the publisher keeps them later
            await backplane.keep(stream_id, facts, FIRST_FENCE)

    def _publish(self, backplane: Backplane, stream_id: str, answer: RelayedAnswer, fence: int, after: int) -> None:
        answer.publisher = Publisher(
            backplane,
            stream_id,
            fence,
            answer.log,
            after=after,
            facts=answer.facts,
            capacity=self._buffer,
            lost=partial(self._leave, stream_id, answer),
            stop=partial(answer.stop, "requested"),
        )

    async def _state(self, backplane: Backplane, stream_id: str, owner: str) -> StreamState:
        await self._open()
        state = await backplane.state(stream_id)
        if state is None or not is_same(state.facts.owner, owner):
            raise StreamNotFoundError(text("relay_stream_not_found"))
        return state

    def _follow(self, backplane: Backplane, stream_id: str, state: StreamState) -> RelayedAnswer:
        """An answer that another worker reads, or read."""
        if (known := self._answers.get(stream_id)) is not None:
            return known
        answer = self._add(stream_id, RelayedAnswer(state.facts, EventLog(self._buffer), grace=self._grace))
        answer.follower = Follower(
            backplane,
            stream_id,
            answer,
            state,
            take_up=partial(self._taken_up, backplane, stream_id, answer),
            unwatched=partial(self._leave, stream_id, answer),
        )
        self._keep_for_a_while(stream_id, answer)
        return answer

    def _leave(self, stream_id: str, answer: RelayedAnswer) -> None:
        """Leaves an answer to other workers: who looks here has to come back, and then finds it there."""
        if self._answers.get(stream_id) is answer:
            del self._answers[stream_id]
        answer.abandon()

    async def _taken_up(self, backplane: Backplane, stream_id: str, answer: RelayedAnswer, state: StreamState) -> bool:
        """Goes on with an answer that nobody reads any more; False if another worker does."""
        if self._closing:
            return False
        facts = state.facts
        client, reruns = self._client_of(facts.owner), max(state.reruns, answer.log.reruns)
        may_rerun = facts.can_rerun and facts.message_id is not None and reruns < client.config.retry.max_reruns
        fence = await backplane.take_up(stream_id, state, reruns=reruns + may_rerun)
        if fence is None:
            return False
        _log.info("An answer that nobody read any more is taken up")
        answer.facts = facts
        after = answer.log.last_id
        answer.log.skip_ids(fence * UNPUBLISHED_IDS)
        self._publish(backplane, stream_id, answer, fence, after)
        if state.stop_wanted:
            answer.log.append(AnswerStopped("requested"))
        elif facts.message_id is None:
            answer.log.append(error_event(DeliveryUnknownError(text("relay_delivery_unknown"))))
        else:
            once = client.with_options(
                retry=attrs.evolve(client.config.retry, max_reruns=0)
            )  # each run is counted before it begins
            stream = once.resume_answer(facts.chat_id, facts.message_id, rerun=may_rerun, **facts.scope)
            answer.read(stream, Continuation(answer.log.text))
        return True


def _as_id(after: int | str | None) -> int:
    text = str(after)
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else 0
