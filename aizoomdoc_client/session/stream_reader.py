"""Reads one answer to its end, through drops and restarts of its stream.

`protocol.answering` decides the next step; this module performs it: opens, receives, waits, reads the history, closes. All state
is kept between steps, so a reader that was cancelled can continue.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence

import attrs

from ..catalog import LocalizedText, text
from ..config import StreamTimeouts
from ..events import AnswerEvent
from ..exceptions import APIError, StreamInterruptedError
from ..hooks import scope
from ..hooks.details import AnswerRecovery, RecoveryStep
from ..logs import with_request_id
from ..models import Message
from ..protocol import requests
from ..protocol.answering import Answering, Receive
from ..protocol.recovery import Done, GiveUp, Look
from ..protocol.transport_choice import Transport
from .caller import Caller
from .chat_queue import ChatSlot
from .resumable_task import RETURN_SECONDS
from .retrier import wait
from .stream_connection import StreamConnection

_logger = logging.getLogger(__package__)

MIN_TIMEOUT = 0.001
"""The time limit in seconds that is set when none of the total is left."""
TURN_SECONDS = 0.01
"""Seconds of reading after which other tasks get a turn: receiving frames that are there already never yields to the loop."""


@attrs.frozen
class Resumption:
    """How the answer to an older message is resumed: `prepare` is called before the stream is opened, if `may_run` allows that.

    `unread_for` is for how many seconds no reader has read the answer.
    """

    may_run: bool
    unread_for: float
    prepare: Callable[[], Awaitable[None]]


class StreamReader:
    """The events of the answer to one message, in batches; the model's run starts with the first read.

    With a `resumption` the first read reads the history instead.
    """

    def __init__(
        self,
        message: Message,
        slot: ChatSlot,
        *,
        open_connection: Callable[[StreamTimeouts], StreamConnection],
        caller: Caller,
        timeouts: StreamTimeouts,
        max_reruns: int,
        resumption: Resumption | None = None,
    ) -> None:
        self._message = message
        self._slot = slot
        self._open_connection = open_connection
        self._caller = caller
        self._timeouts = timeouts
        self._resumption = resumption
        self._end: float | None = None
        chat = slot.chat
        self._answering = Answering(
            message.id,
            max_reruns=max_reruns,
            no_pending_runs=not chat.has_pending_runs_before(message.id),
            needs_proof=chat.delivery_unknown,
            resumed=resumption is not None,
            may_run=resumption is None or resumption.may_run,
            unread_for=0.0 if resumption is None else resumption.unread_for,
            finished_questions=chat.finished_questions,
            # `known` are ids older than our message; of a resumed one this client may have seen newer messages, too.
            known=(chat.known or ()) if resumption is None else (),
        )
        self._connection: StreamConnection | None = None
        self._failure: APIError | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self._turn_began = 0.0
        self._has_looked = False
        self._is_finished = False

    def __del__(self) -> None:
        if not self._is_finished:
            self._finish()
            if self._connection is not None:
                self._connection.abandon()

    @property
    def transport(self) -> Transport | None:
        """The transport by which the last events came."""
        return self._answering.transport

    async def read(self) -> Sequence[AnswerEvent]:
        """The next events, at least one; none after the end or after closing. Raises the `APIError` that ended the answer."""
        if self._failure is not None:
            await self._fail(self._failure)
        self._mark_active()
        try:
            events = await self._next_events()
        except asyncio.CancelledError:
            self._expiry = asyncio.get_running_loop().call_later(RETURN_SECONDS, self.give_up, text("answer_not_read"))
            raise
        finally:
            self._slot.mark_reader_idle()
        return events

    def give_up(self, reason: LocalizedText) -> None:
        """Breaks off at once; pending and later reads raise a `StreamInterruptedError` with `reason`."""
        if not self._is_finished:
            self._failure = StreamInterruptedError(reason)
            self.abort()

    def abort(self) -> None:
        """Breaks off at once, without waiting; idempotent."""
        if not self._is_finished:
            self._finish()
            if self._connection is not None:
                self._connection.abort()

    async def close(self) -> None:
        """Closes the connection; idempotent."""
        self._finish()
        if self._connection is not None:
            await self._connection.close()

    async def _next_events(self) -> Sequence[AnswerEvent]:
        while not self._is_finished:
            events: Sequence[AnswerEvent] = ()
            match self._answering.step:
                case Receive():
                    events = await self._receive()
                case Look() as look:
                    events = await self._look(look)
                case GiveUp(error):
                    await self._fail(error)
                case _:
                    await _close(self._detach())
                    self._finish()
                    return ()
            if events:
                return events
        if self._failure is not None:
            await self._fail(self._failure)
        return ()

    async def _receive(self) -> Sequence[AnswerEvent]:
        if not await self._prepare():
            return ()
        connection = self._current_connection()
        await self._give_turn()
        if self._is_finished:
            return ()
        try:
            frames = await connection.receive()
        except APIError as error:
            _logger.info("%s: %s", self._path, with_request_id(error.message, error.request_id))
            if not self._is_finished:
                self._answering.broke(error, may_have_run=self._may_have_run)
                if isinstance(self._answering.step, Look):
                    _report("lost", error)
            return ()
        events = self._answering.received(frames)
        if _logger.isEnabledFor(logging.DEBUG):
            _logger.debug("%s: %s", self._path, with_request_id(f"{len(frames)} frames", self._answering.request_id))
        if self._answering.has_final:
            connection.expect_end()
        return events

    async def _prepare(self) -> bool:
        """Prepares the opening of a resumed answer, for which files may be uploaded; False if the stream cannot be opened."""
        if self._resumption is None or self._connection is not None:
            return True
        limit = asyncio.timeout_at(self._end)
        try:
            async with limit:
                await self._resumption.prepare()
        except TimeoutError:
            if not limit.expired():
                raise
            self._answering.expired()
            return False
        except APIError as error:
            self._answering.broke(error, may_have_run=False)
            return False
        return not self._is_finished

    async def _give_turn(self) -> None:
        """Yields to the loop if other tasks may have been waiting for `TURN_SECONDS`."""
        time = asyncio.get_running_loop().time
        if time() - self._turn_began >= TURN_SECONDS:
            await asyncio.sleep(0)
            self._turn_began = time()

    def _current_connection(self) -> StreamConnection:
        if self._connection is None:
            self._begin()
            self._connection = self._open_connection(self._time_left())
        return self._connection

    def _begin(self) -> None:
        """Starts the total time limit, at the first call, and marks the chat's slot as being read."""
        if self._end is None and self._timeouts.total is not None:
            self._end = asyncio.get_running_loop().time() + self._timeouts.total
        self._slot.start_reading(self._message.id)

    async def _look(self, look: Look) -> Sequence[AnswerEvent]:
        """Waits, then reads the history. The stream is closed first: an open stream keeps the model's run alive."""
        self._begin()
        limit = asyncio.timeout_at(self._end)
        _logger.info("%s: reading the chat's history in %.1f s", self._path, look.seconds)
        _report("look", wait=look.seconds)
        self._has_looked = True
        try:
            async with limit:
                await _close(self._detach())
                await wait(look.seconds + random.uniform(0, look.jitter))  # noqa: S311 - jitter, no secret
                history = await self._caller.call(requests.get_chat_history(self._message.chat_id))
        except TimeoutError:
            if not limit.expired():
                raise
            self._answering.expired()
            return ()
        except APIError as error:
            self._answering.look_failed(error)
            return ()
        events = self._answering.looked(history)
        if isinstance(self._answering.step, Receive):
            _logger.warning("%s: no answer in the chat's history, the model runs again", self._path)
            _report("rerun")
        elif isinstance(self._answering.step, Done) and events:
            _report("history")
        return events

    @property
    def _path(self) -> str:
        return f"/chats/{self._message.chat_id}/stream"

    @property
    def _may_have_run(self) -> bool:
        """Whether the stream that is open, or was just lost, may have started the model."""
        return self._connection is not None and self._connection.may_have_run

    def _detach(self) -> StreamConnection | None:
        """The connection, which the caller must close."""
        self._answering.closed(may_have_run=self._may_have_run)
        connection, self._connection = self._connection, None
        return connection

    async def _fail(self, error: APIError) -> None:
        """Raises a copy of `error` with what is known here only: the stream's path, and the text until then."""
        method, path = error.method or "GET", error.path or self._path
        request_id = error.request_id or self._answering.request_id
        self._failure = error.replaced(method=method, path=path, partial=self._answering.text, request_id=request_id)
        if self._has_looked and not self._is_finished:
            _report("given_up", self._failure)
        _logger.warning("%s: given up: %s", self._path, with_request_id(error.message, request_id))
        await _close(self._detach())
        self._finish()
        raise self._failure

    def _mark_active(self) -> None:
        self._slot.mark_reader_active()
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None

    def _finish(self) -> None:
        """Frees the chat's slot, once, and records whether a run may still store an answer."""
        if self._is_finished:
            return
        self._is_finished = True
        self._slot.chat.mark_finished(self._message.id, self._answering.pending_run(may_have_run=self._may_have_run))
        self._slot.release()

    def _time_left(self) -> StreamTimeouts:
        """The time limits of one opening; `total` is what is left of the answer's."""
        if self._end is None:
            return self._timeouts
        left = max(self._end - asyncio.get_running_loop().time(), MIN_TIMEOUT)
        return attrs.evolve(self._timeouts, total=left)


def _report(step: RecoveryStep, error: APIError | None = None, wait: float = 0.0) -> None:
    """Reports a step of the recovery to hooks; `wait` is in seconds."""
    listener = scope.current()
    if listener is not None and listener.answer is not None:
        listener.notifier.tell("answer_recovery", AnswerRecovery(answer=listener.answer, step=step, error=error, wait=wait))


async def _close(connection: StreamConnection | None) -> None:
    """Closes a connection; breaks it off when closing is cancelled."""
    if connection is None:
        return
    try:
        await connection.close()
    except BaseException:
        connection.abort()
        raise
