"""What asking returns: a stream of an answer's events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Generator, Sequence
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn, Self, TypeAlias

from .answer import Answer, AnswerView, Timings
from .catalog import text
from .credentials import without_secrets
from .events import AnswerEvent, ErrorEvent, LLMToken, QueuePosition
from .exceptions import AIZoomDocError, AnswerError, StreamInterruptedError
from .hooks import AnswerEnded, AnswerTexts, scope
from .hooks.answer_watch import AnswerWatch
from .hooks.notifier import Notifier
from .models import Message
from .protocol import errors
from .protocol.answer_state import AnswerState, changes_text
from .protocol.transport_choice import Transport
from .session.resumable_task import RETURN_SECONDS, ResumableTask
from .tracebacks import UserTraceback, ending_at_user
from .user_stacklevel import user_line, warn_at

if TYPE_CHECKING:
    from .session.question_resumer import QuestionResumer
    from .session.question_sender import QuestionSender
    from .session.stream_reader import StreamReader

__all__ = ["AsyncAnswerStream"]


PERHAPS_POSTED = "The message was on its way: look into the chat's history to see whether it arrived"
"""The note on the error of a cancellation, or of Ctrl-C, while the message is being posted."""
READ_BY_ASYNC_FOR = (
    "An answer of the async client is read by `async for`: `async for event in client.send_message(...)`; "
    "a plain `for` reads those of AIZoomDocClient"
)


if TYPE_CHECKING:
    Asking: TypeAlias = QuestionSender | QuestionResumer


@ending_at_user
class AsyncAnswerStream(AnswerView):
    """The events of one answer as they come.

    The message is posted when the stream is first awaited, entered or iterated, and only once; the model's run starts with the
    first read. All of these work::

        async for event in client.send_message(chat, "…"): ...
        async with client.send_message(chat, "…") as answer: ...
        answer = await client.send_message(chat, "…")

    An `error` event is handed out and then raised as an `AnswerError`, unless `raise_errors` is off.
    """

    def __init__(self, asking: Asking, *, raise_errors: bool = True, notifier: Notifier | None = None) -> None:
        super().__init__()
        self._asking: Asking | None = asking  # until there is a reader
        self._raise_errors = raise_errors
        self._batch: Sequence[AnswerEvent] = ()
        self._ready: list[AnswerEvent] = []  # the part of the batch that is still to be delivered, in reverse order
        self._posting: ResumableTask[Message] | None = None
        self._message: Message | None = None
        self._reader: StreamReader | None = None
        self._done = False
        self._filling = asyncio.Lock()
        self._clock = _Stopwatch()
        self._asked_at = user_line()
        self._watch = None if notifier is None else AnswerWatch(notifier, asking.chat_id, is_resumed=asking.is_resumer)

    def __del__(self) -> None:
        was_begun = self._posting is not None or self._message is not None
        if self._asking is not None and not was_begun and not self._done:
            warn_at(self._asked_at, RuntimeWarning(self._asking.unused_warning))
        self._report_end()

    @property
    def message(self) -> Message:
        """The user's message as stored; raises `RuntimeError` before it was posted."""
        if self._message is None:
            raise RuntimeError("The message is not posted yet: await the stream, enter it, or read from it first")
        return self._message

    def __await__(self) -> Generator[object, None, Self]:
        return self._enter().__await__()

    async def __aenter__(self) -> Self:
        try:
            return await self._ensure_posted()
        except BaseException:  # Python does not call `__aexit__` where `__aenter__` failed or was cancelled
            await self.close()
            raise

    async def _enter(self) -> Self:
        with UserTraceback():
            return await self._ensure_posted()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def __aiter__(self) -> AsyncIterator[AnswerEvent]:
        return self

    async def __anext__(self) -> AnswerEvent:
        while not self._ready:
            with UserTraceback():
                await self._fill()
        return self._ready.pop()

    async def _fill(self) -> None:
        async with self._filling:  # tasks that share an answer read one after another
            if not self._ready:
                token = None if self._watch is None else self._watch.enter()
                try:
                    reader = await self._ensure_reader()
                    self._queue(await reader.read())
                except AIZoomDocError as error:
                    self._report_end(error)
                    raise
                finally:
                    if token is not None:
                        scope.leave(token)

    @property
    def _state(self) -> AnswerState:
        """The state after the delivered events, which are folded in batches or when the state is asked for."""
        self._fold()
        return self._folded

    def _fold(self) -> None:
        taken = len(self._batch) - len(self._ready)
        if taken:
            self._folded.fold(self._batch[:taken])
            self._batch = self._batch[taken:]

    @property
    def transport(self) -> Transport | None:
        """By which transport the last events came; None before the first one."""
        return None if self._reader is None else self._reader.transport

    @property
    def text_stream(self) -> AsyncIterator[str]:
        """The pieces of the text as they come; after `answer_restarted` what follows replaces the end of the text so far."""
        return self._pieces()

    @property
    def snapshots(self) -> AsyncIterator[str]:
        """The whole text so far, each time it changes."""
        return self._snapshots()

    async def result(self) -> Answer[None]:
        """The complete answer, read to its end; raises the `APIError` that prevented it, with the text until then."""
        async for _ in self:
            pass
        if self._state.error is not None:
            raise self._answer_error(self._state.error)
        if self._state.final is None:
            raise StreamInterruptedError(text("answer_closed"), partial=self.text)
        return Answer(
            text=self.text,
            thinking=self.thinking,
            images=self.images,
            tool_calls=self.tool_calls,
            model=self.model,
            sources=self.sources,
            grounding=self.grounding,
            notes=self.notes,
            message_id=_message_id(self._state),
            question=self.message,
            timings=self._clock.timings(),
            reruns=self.reruns,
            restarts=self.restarts,
            transport=self.transport,
            request_id=self.request_id,
        )

    def cancel(self) -> None:
        """Stops posting or reading, and breaks the connection off, at once; idempotent.

        What is not sent yet will not be sent. A message that is on its way may be stored.
        """
        self._end()
        if self._reader is not None:
            self._reader.abort()

    async def close(self) -> None:
        """Stops posting or reading, and closes the connection; idempotent. See `cancel`."""
        self._end()
        if self._posting is not None:
            await self._posting.wait()
        if self._reader is not None:
            await self._reader.close()

    def _end(self) -> None:
        self._done = True
        self._batch = self._batch[: len(self._batch) - len(self._ready)]  # delivered events stay in the state
        self._ready.clear()
        if self._posting is not None:
            self._posting.cancel()
        if self._asking is not None:
            self._asking.leave()
        self._report_end()

    def _report_end(self, error: AIZoomDocError | None = None) -> None:
        """Reports the answer's end to hooks, once: with `error`, or else with the outcome that the events until now show."""
        watch, self._watch = self._watch, None
        if watch is None:
            return
        state, times = self._state, self._clock.timings()
        if error is None and state.error is not None:
            error = self._answer_error(state.error)
        ended = AnswerEnded(
            answer=watch.started,
            outcome="failed" if error is not None else "cancelled" if state.final is None else "completed",
            error=error,
            question_id=None if self._message is None else self._message.id,
            message_id=_message_id(state),
            model=state.model,
            transport=self.transport,
            request_id=state.request_id or getattr(error, "request_id", None),
            reruns=state.reruns,
            restarts=state.restarts,
            seconds=times.total or 0.0,
            first_event=times.first_event,
            first_text=times.first_text,
            queued=times.queued,
        )
        watch.ended(ended, partial(self._texts, ended))

    def _texts(self, ended: AnswerEnded) -> AnswerTexts:
        """The question, if it was posted, and the answer's text so far, without the credentials that they may quote."""
        question = None if self._message is None else without_secrets(self._message.content)
        return AnswerTexts(ended=ended, question=question, text=without_secrets(self.text))

    async def _ensure_posted(self) -> Self:
        """This stream, once its message is posted; raises `StreamInterruptedError` when it was closed before."""
        if not await self._post_once():
            raise StreamInterruptedError(text("answer_closed"))
        return self

    async def _post_once(self) -> bool:
        """Posts the message at the first call, and waits until it is posted; False when the stream was closed before."""
        asking = self._asking
        while self._message is None and asking is not None:
            if self._posting is None or self._posting.is_cancelled:
                if self._done:
                    return False
                self._posting = ResumableTask(self._post(asking), seconds=RETURN_SECONDS)
            posting = self._posting
            try:
                is_posted = await posting.wait()
            except asyncio.CancelledError as error:
                if asking.is_outcome_unknown:
                    error.add_note(PERHAPS_POSTED)
                raise
            if is_posted:
                try:
                    self._message, self._posting = posting.result(), None
                except AIZoomDocError as error:
                    self._report_end(error)
                    raise
        return True

    async def _post(self, asking: Asking) -> Message:
        if self._watch is not None:
            self._watch.enter()  # never left: the scope ends with this task
        message = await asking.post()
        self._clock.posted()
        return message

    async def _ensure_reader(self) -> StreamReader:
        """The reader of the answer, once the message is posted; raises `StopAsyncIteration` after the answer's end."""
        if self._reader is None and self._asking is not None and not self._done:
            is_posted = await self._post_once()
            if is_posted and not self._done:
                self._reader = await self._asking.open()
                self._asking = None
        if self._reader is None or self._done:  # another task may have closed the stream while this one waited
            raise StopAsyncIteration
        self._fold()  # now, so that delivered events are not kept while waiting for the next ones
        return self._reader

    def _queue(self, events: Sequence[AnswerEvent]) -> None:
        """Queues events for delivery; without any, raises `StopAsyncIteration`, or the error that ended the answer."""
        self._clock.note(events)
        self._batch, self._ready = events, list(reversed(events))
        if not events:
            self._done = True
            error = None if self._folded.error is None else self._answer_error(self._folded.error)
            self._report_end(error)
            if error is not None and self._raise_errors:
                raise error
            raise StopAsyncIteration

    def _answer_error(self, event: ErrorEvent) -> AnswerError:
        path = f"/chats/{self.message.chat_id}/stream"
        return errors.from_error_event(event.message, partial=self.text, path=path, request_id=self.request_id)

    async def _pieces(self) -> AsyncIterator[str]:
        with UserTraceback():
            async for event in self:
                if isinstance(event, LLMToken) and event.token:
                    yield event.token

    async def _snapshots(self) -> AsyncIterator[str]:
        with UserTraceback():
            async for event in self:
                if changes_text(event):
                    yield self.text


def _refuse_plain_for(_: AsyncAnswerStream) -> NoReturn:
    raise TypeError(READ_BY_ASYNC_FOR)


if not TYPE_CHECKING:  # type checkers refuse it already: to them, what has `__iter__` could be iterated
    AsyncAnswerStream.__iter__ = _refuse_plain_for


class _Stopwatch:
    """Records when an answer's milestones are reached."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._first_event: float | None = None
        self._first_text: float | None = None
        self._posted = 0.0
        self._queued: float | None = None
        self._queued_since: float | None = None

    def posted(self) -> None:
        self._posted = self._elapsed()

    def note(self, events: Sequence[AnswerEvent]) -> None:
        if self._first_event is None and events:
            self._first_event = self._elapsed()
        if self._first_text is None and any(isinstance(event, LLMToken) for event in events):
            self._first_text = self._elapsed()
        if events and not (isinstance(events[0], LLMToken) and isinstance(events[-1], LLMToken)):  # most batches are tokens only
            self._note_queue(events)

    def _note_queue(self, events: Sequence[AnswerEvent]) -> None:
        for event in events:
            if isinstance(event, QueuePosition):
                self._queued_since = self._elapsed() if self._queued_since is None else self._queued_since
            elif self._queued_since is not None:
                self._queued = (self._queued or 0.0) + self._elapsed() - self._queued_since
                self._queued_since = None

    def timings(self) -> Timings:
        """The times until now."""
        return Timings(
            posted=self._posted,
            first_event=self._first_event,
            first_text=self._first_text,
            total=self._elapsed(),
            queued=self._queued,
        )

    def _elapsed(self) -> float:
        return time.monotonic() - self._began


def _message_id(state: AnswerState) -> str | None:
    found = state.final.data.get("message_id") if state.final else None
    return str(found) if isinstance(found, (str, int)) and not isinstance(found, bool) else None
