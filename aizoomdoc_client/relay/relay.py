"""Answers on their way to browsers: asked once, read by any number of viewers, whatever becomes of their connections."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self, cast

from ..catalog import text
from ..events import Completed
from ..exceptions import ConfigurationError
from ..hooks import Hooks
from ..hooks.notifier import Notifier
from ..hooks.viewer_watch import ViewerWatch
from ..setting_values import count, one_of
from .answer_records import AnswerRecord, AnswerRecords
from .backplane import Backplane, StreamState, connected
from .control_events import Reconnect
from .event_ids import as_event_id, skipped_at_takeover, skipped_when_read_again
from .event_log import EventLog
from .exceptions import BackplaneAwayError, RelayClosedError, StreamNotFoundError
from .follower import Follower
from .owners import check_owner, is_same
from .publisher import PUBLISH_SECONDS, Publisher
from .relayed_answer import RelayedAnswer
from .stream_facts import StreamFacts
from .stream_ids import RelayStream, is_stream_id, new_stream_id
from .takeover import go_on, tell_of_takeover
from .viewer import Viewer

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .. import AsyncAIZoomDocClient, IdLike, Message
    from .options import QuestionOptions

__all__ = ["Relay"]

BUFFER = 256 * 1024
"""The usual `buffer` of a relay, in bytes."""
FIRST_FENCE = 1
"""The fencing token of the worker that asks."""

_log = logging.getLogger(__package__)


class Relay:
    """Reads answers for the browsers behind a backend, so that they outlive the requests that asked for them.

    `client` asks, or what it gives for an owner where each has a client of its own. Each answer is read once, in its own task,
    for all its viewers. `buffer` is how many bytes of an answer's events are kept, besides its text; who reads so slowly that
    events are gone gets a snapshot of the answer. An answer at which nobody looks for `grace` seconds is read to its end, or
    stopped where `unwatched` is ``cancel``.

    For `replay_seconds` after its end an answer is served from memory, later from the chat's history, without another run of the
    model; `remembered` is of how many ended answers that is known. `close` lets running answers go on for `finish_seconds`.
    `hooks` are told of viewers, and of answers that are taken up; of the answers themselves those of `client` are.

    An owner is any text that names a user of the backend. To be entered, or closed at the end. Raises `ConfigurationError` that
    names a setting that cannot be used.
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
        for name, seconds in (("grace", grace), ("replay_seconds", replay_seconds), ("finish_seconds", finish_seconds)):
            if not seconds >= 0:
                raise ConfigurationError(text("relay_seconds", name=name, value=seconds))
        one_of(("finish", "cancel"))("unwatched", unwatched)
        self._client = client
        self._buffer = count(1)("buffer", buffer)
        self._grace = grace if unwatched == "cancel" else None
        self._replay_seconds = replay_seconds
        self._finish_seconds = finish_seconds
        self._backplane = backplane
        self._notifier = Notifier.of(hooks)
        self._answers = dict[str, RelayedAnswer]()  # those whose events are in memory
        self._records = AnswerRecords(count(0)("remembered", remembered))
        self._tasks = set[asyncio.Task[None]]()
        self._finish_at = 0.0  # by the loop's time, once it is closing
        self.is_closing: bool = False
        """Whether it takes no more questions."""

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

        Raises `RelayClosedError` once the backend is ending. When it is cancelled, the question is not asked, or stopped where it
        is on its way already.
        """
        check_owner(owner)
        self._check_open()
        options = cast("QuestionOptions", {name: _list_of_iterator(value) for name, value in options.items()})  # read twice
        answer = self._client_of(owner).send_message(chat_id, question, **options)
        context = {} if self._notifier is None else self._notifier.context_headers()
        facts = StreamFacts.of(owner, str(getattr(chat_id, "id", chat_id)), options, context)
        stream_id = new_stream_id()
        try:
            stored = await self._store_facts(stream_id, facts)
            self._check_open()  # it may be closed by now
        except BaseException:
            answer.cancel()
            raise
        relayed = self._add(stream_id, RelayedAnswer(facts, EventLog(self._buffer), grace=self._grace))
        if self._backplane is not None:
            self._publish(self._backplane, stream_id, relayed, FIRST_FENCE, 0, stored=stored)
        relayed.read(answer)
        self._keep_in_memory(stream_id, relayed)
        if options.get("files"):
            await self._wait_until_posted(stream_id, relayed)
        relayed.expect_viewer()
        return RelayStream(stream_id, facts.chat_id)

    def _check_open(self) -> None:
        if self.is_closing:
            raise RelayClosedError(text("relay_closed"))

    async def _wait_until_posted(self, stream_id: str, answer: RelayedAnswer) -> None:
        """Waits until the message is posted; when that fails, or who asks is cancelled, there is no such stream."""
        assert answer.reader is not None
        try:
            await answer.reader.message_posted()
        except BaseException:
            answer.stop("requested")
            if self._answers.get(stream_id) is answer:
                del self._answers[stream_id]
            raise

    def events(self, stream_id: str, *, owner: str, after: int | str | None = None) -> Viewer:
        """The events of an answer for one viewer, those after the one with the id `after`; from the first one without it.

        `after` may be a browser's ``Last-Event-ID`` as it came; what is no number counts as none. Reading begins with opening,
        which raises `StreamNotFoundError`, and `BackplaneAwayError` where only other workers could tell.
        """
        check_owner(owner)
        last_id, notifier = as_event_id(after), self._notifier
        watch = None if notifier is None else ViewerWatch(notifier, stream_id, owner, last_id)
        return Viewer(partial(self._find, stream_id, owner, last_id), watch)

    async def stop(self, stream_id: str, *, owner: str) -> None:
        """Ends the answer and the model's run, at once; its viewers get `answer_stopped`. Nothing, if it is at its end.

        Raises `StreamNotFoundError`, and `BackplaneAwayError` where only other workers could do it.
        """
        check_owner(owner)
        answer = self._answers.get(stream_id)
        if answer is not None and answer.is_read_here and is_same(answer.facts.owner, owner):
            answer.stop("requested")
        elif self._backplane is not None and self._records.find(stream_id, owner) is None:
            state = await self._state(self._backplane, stream_id, owner)
            if state.ending is None:
                await self._backplane.want_stop(stream_id)
                if not state.is_read and not self.is_closing:
                    self._follow(self._backplane, stream_id, state)
        elif self._records.find(stream_id, owner) is None:
            raise StreamNotFoundError(text("relay_stream_not_found"))

    def begin_close(self, within: float | None = None) -> None:
        """Takes no more questions; answers that still run have `finish_seconds` to come to their end, then they are stopped.

        `within` is the seconds that there are at most, where these are fewer. With a backplane, viewers are told at once to come
        back, to another worker, and answers that still run then are left to the other workers. Only the first call counts.
        """
        if self.is_closing:
            return
        self.is_closing = True
        loop = asyncio.get_running_loop()
        self._finish_at = loop.time() + (self._finish_seconds if within is None else min(within, self._finish_seconds))
        for answer in self._answers.values():
            if self._backplane is None:
                loop.call_at(self._finish_at, answer.stop, "shutdown")
            else:
                answer.log.disconnect_viewers(Reconnect())

    async def close(self) -> None:
        """As `begin_close`, and waits until nothing runs any more. Viewers that have not read all are told to come back."""
        self.begin_close()
        await asyncio.gather(*(self._close_answer(answer) for answer in [*self._answers.values()]))
        keeping = [*self._tasks]
        for task in keeping:
            task.cancel()
        await asyncio.gather(*keeping, return_exceptions=True)
        if self._backplane is not None:
            await self._backplane.close()

    async def _close_answer(self, answer: RelayedAnswer) -> None:
        if answer.follower is not None:
            answer.follower.stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(None if self._backplane is None else self._finish_at):
                await answer.finished()
        answer.abandon()
        if answer.publisher is not None:
            await answer.publisher.release()
        await answer.finished()

    # -- answers in memory, in other workers, and later ----------------------------------------------------------------------

    async def _find(self, stream_id: str, owner: str, after: int) -> tuple[RelayedAnswer, int]:
        """The answer, and the id after which a viewer that has all until `after` goes on."""
        if not is_stream_id(stream_id):
            raise StreamNotFoundError(text("relay_stream_not_found"))
        answer = self._answers.get(stream_id)
        if answer is None:
            answer, after = await self._find_elsewhere(stream_id, owner, after)
        elif not is_same(answer.facts.owner, owner):
            raise StreamNotFoundError(text("relay_stream_not_found"))
        if answer.follower is not None:
            await answer.follower.caught_up()
        return answer, after

    async def _find_elsewhere(self, stream_id: str, owner: str, after: int) -> tuple[RelayedAnswer, int]:
        """As `_find`, of an answer that is not in memory: one of another worker, or one that has ended."""
        record = self._records.find(stream_id, owner)
        if record is None and self._backplane is not None and not self.is_closing:
            state = await self._state(self._backplane, stream_id, owner)
            batches = () if state.ending is None else connected(await self._backplane.batches(stream_id, 0))
            if (answer := self._answers.get(stream_id)) is not None:  # somebody else has found it meanwhile
                return answer, after
            if not self.is_closing and (state.ending is None or (batches and batches[-1].last_id == state.last_id)):
                return self._follow(self._backplane, stream_id, state), after
            record = AnswerRecord(state.facts, state.last_id, state.ending or Completed())
        if self.is_closing:
            answer = RelayedAnswer(StreamFacts(owner=owner, chat_id=""), EventLog(self._buffer))
            answer.log.disconnect_viewers(Reconnect())  # to another worker
            return answer, after
        if record is None:
            raise StreamNotFoundError(text("relay_stream_not_found"))
        return self._find_ended(stream_id, record, after)

    def _find_ended(self, stream_id: str, record: AnswerRecord, after: int) -> tuple[RelayedAnswer, int]:
        """An ended answer whose events are gone: read from the chat's history again, or only its end."""
        facts = record.facts
        if facts.message_id is None or record.ending.event != "completed" or after == record.last_id:
            log = EventLog(self._buffer, last_id=record.last_id - 1)
            log.append(record.ending)
            after = after if after == record.last_id else record.last_id - 1  # what text there was is gone
            return RelayedAnswer(facts, log), after
        stream = self._client_of(facts.owner).resume_answer(facts.chat_id, facts.message_id, rerun=False)
        answer = self._add(stream_id, RelayedAnswer(facts, EventLog(self._buffer)))
        answer.log.skip_ids(skipped_when_read_again(record.last_id))
        answer.read(stream)
        self._keep_in_memory(stream_id, answer)
        return answer, after

    def _add(self, stream_id: str, answer: RelayedAnswer) -> RelayedAnswer:
        self._answers[stream_id] = answer
        return answer

    def _keep_in_memory(self, stream_id: str, answer: RelayedAnswer) -> None:
        """Keeps an answer's events until `replay_seconds` after its end, and then what has to be remembered."""
        task = asyncio.create_task(self._keep_until_replayed(stream_id, answer), name="relayed answer in memory")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _keep_until_replayed(self, stream_id: str, answer: RelayedAnswer) -> None:
        await answer.read_to_end()
        ending, facts = answer.log.ending, answer.facts
        if ending is not None:
            before = self._records.find(stream_id, facts.owner)
            # Of one that was read from the history again the first ending counts: the history may be readable another time.
            event = ending.event if before is None else before.ending
            if answer.is_read_here or facts.message_id is not None:  # else the backplane knows more
                self._records.add(stream_id, AnswerRecord(facts, answer.log.last_id, event))
            with contextlib.suppress(TimeoutError):  # the backplane may be away for long
                async with asyncio.timeout(max(self._replay_seconds, PUBLISH_SECONDS)):
                    await answer.finished()
            await asyncio.sleep(self._replay_seconds)
        self._leave(stream_id, answer)
        if answer.publisher is not None:
            await answer.publisher.release()

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

    async def _store_facts(self, stream_id: str, facts: StreamFacts) -> bool:
        """Tells the other workers of an answer; False where that has to be done later."""
        if self._backplane is None:
            return False
        await self._open()
        with contextlib.suppress(BackplaneAwayError):
            return await self._backplane.store_facts(stream_id, facts, FIRST_FENCE)
        return False

    def _publish(
        self,
        backplane: Backplane,
        stream_id: str,
        answer: RelayedAnswer,
        fence: int,
        after: int,
        *,
        stored: bool = True,
    ) -> None:
        answer.publisher = Publisher(
            backplane,
            stream_id,
            fence,
            answer.log,
            after=after,
            facts=answer.facts,
            are_facts_stored=stored,
            capacity=self._buffer,
            lost=partial(self._leave, stream_id, answer),
            stop=partial(answer.stop, "requested"),
        )

    async def _state(self, backplane: Backplane, stream_id: str, owner: str) -> StreamState:
        if not is_stream_id(stream_id):
            raise StreamNotFoundError(text("relay_stream_not_found"))
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
            take_up=partial(self._take_up, backplane, stream_id, answer),
            leave=partial(self._leave, stream_id, answer),
        )
        self._keep_in_memory(stream_id, answer)
        return answer

    def _leave(self, stream_id: str, answer: RelayedAnswer) -> None:
        """Leaves an answer to other workers: its viewers connect again, and then find it there."""
        if self._answers.get(stream_id) is answer:
            del self._answers[stream_id]
        answer.abandon()

    async def _take_up(self, backplane: Backplane, stream_id: str, answer: RelayedAnswer, state: StreamState) -> bool:
        """Goes on with an answer that nobody reads any more; False if another worker does."""
        if self.is_closing:
            return False
        taken = await backplane.take_up(stream_id, state)
        if taken is None:
            return False
        _log.info("An answer that nobody read any more is taken up")
        answer.facts = taken.facts
        after = answer.log.last_id
        answer.log.skip_ids(skipped_at_takeover(taken.fence))
        self._publish(backplane, stream_id, answer, taken.fence, after)
        told = tell_of_takeover(self._notifier, stream_id, answer.facts)
        told.run(go_on, answer, self._client_of, stop_wanted=taken.stop_wanted)
        return True


def _list_of_iterator(value: object) -> object:
    return list(cast("Iterator[object]", value)) if isinstance(value, Iterator) else value
