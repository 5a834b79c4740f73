"""Reads one answer to its end, through drops and restarts of its stream.

`protocol.answering` says what is to be done next; here it is done: opening, receiving, waiting, looking, closing. Between steps
all state is kept, so that a reader that is cancelled can read on.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence

import attrs

from ..config import StreamTimeouts
from ..events import AnswerEvent
from ..exceptions import APIError, StreamInterruptedError
from ..models import Message
from ..protocol import requests
from ..protocol.answering import Answering, Receive
from ..protocol.recovery import GiveUp, Look
from .caller import Caller
from .chat_queue import ChatSlot
from .retrier import wait
from .stream_connection import RETURN_SECONDS, StreamConnection

_DESERTED = "The answer was given up: nobody came back to read it"

MOMENT = 0.001
"""The shortest limit, in seconds, that is set where none is left."""


class StreamReader:
    """The events of the answer to one message, in batches; the model's run starts with the first read."""

    def __init__(
        self,
        message: Message,
        slot: ChatSlot,
        *,
        open_connection: Callable[[StreamTimeouts], StreamConnection],
        caller: Caller,
        timeouts: StreamTimeouts,
        max_reruns: int,
    ) -> None:
        self._message = message
        self._slot = slot
        self._open_connection = open_connection
        self._caller = caller
        self._timeouts = timeouts
        self._end: float | None = None
        record = slot.record
        self._answering = Answering(
            message.id, max_reruns=max_reruns, sole=not record.unsettled, doubtful=record.doubtful, settled=record.settled
        )
        self._channel: StreamConnection | None = None
        self._failure: APIError | None = None
        self._absence: asyncio.TimerHandle | None = None
        self._over = False

    def __del__(self) -> None:
        if not self._over:
            self._settle()
            if self._channel is not None:
                self._channel.abandon()

    async def read(self) -> Sequence[AnswerEvent]:
        """The next events, at least one; none when the answer is complete, or was closed. Raises the `APIError` that ended it."""
        if self._failure is not None:
            await self._fail(self._failure)
        self._attend()
        try:
            events = await self._next_events()
        except asyncio.CancelledError:
            self._absence = asyncio.get_running_loop().call_later(RETURN_SECONDS, self.give_up, _DESERTED)
            raise
        finally:
            self._slot.leave()
        return events

    def give_up(self, reason: str) -> None:
        """Breaks off at once; whoever reads, or comes back to read, is told the `reason`."""
        if not self._over:
            self._failure = StreamInterruptedError(reason)
            self.abort()

    def abort(self) -> None:
        """Breaks off at once, without waiting for anybody; idempotent."""
        if not self._over:
            self._settle()
            if self._channel is not None:
                self._channel.abort()

    async def close(self) -> None:
        """Closes the connection; idempotent."""
        self._settle()
        if self._channel is not None:
            await self._channel.close()

    async def _next_events(self) -> Sequence[AnswerEvent]:
        while not self._over:
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
                    self._settle()
                    return ()
            if events:
                return events
        if self._failure is not None:
            await self._fail(self._failure)
        return ()

    async def _receive(self) -> Sequence[AnswerEvent]:
        channel = self._current_channel()
        try:
            frames = await channel.receive()
        except APIError as error:
            if not self._over:
                self._answering.broke(error, may_have_run=self._may_have_run)
            return ()
        events = self._answering.received(frames)
        if self._answering.has_final:
            channel.expect_end()
        return events

    def _current_channel(self) -> StreamConnection:
        if self._channel is None:
            self._begin()
            self._channel = self._open_connection(self._time_left())
        return self._channel

    def _begin(self) -> None:
        if self._end is None and self._timeouts.total is not None:
            self._end = asyncio.get_running_loop().time() + self._timeouts.total
        self._slot.begin(self._message.id)

    async def _look(self, look: Look) -> Sequence[AnswerEvent]:
        """Waits, then reads the history; the stream is closed before: as long as it lives, its run does."""
        limit = asyncio.timeout_at(self._end)
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
        return self._answering.looked(history)

    @property
    def _may_have_run(self) -> bool:
        """Whether the stream that is open, or was just lost, may have started the model."""
        return self._channel is not None and self._channel.may_have_run

    def _detach(self) -> StreamConnection | None:
        """The channel, to be closed."""
        self._answering.closed(may_have_run=self._may_have_run)
        channel, self._channel = self._channel, None
        return channel

    async def _fail(self, error: APIError) -> None:
        self._failure = error
        await _close(self._detach())
        self._settle()
        error.method, error.path = error.method or "GET", error.path or f"/chats/{self._message.chat_id}/stream"
        error.partial = self._answering.text
        raise error

    def _attend(self) -> None:
        self._slot.attend()
        if self._absence is not None:
            self._absence.cancel()
            self._absence = None

    def _settle(self) -> None:
        """Gives the slot back, once, and notes whether a run may still store an answer."""
        if self._over:
            return
        self._over = True
        self._slot.record.mark_finished(self._message.id, self._answering.remainder(may_have_run=self._may_have_run))
        self._slot.release()

    def _time_left(self) -> StreamTimeouts:
        """The limits of one opening: what is left of the answer's total."""
        if self._end is None:
            return self._timeouts
        left = max(self._end - asyncio.get_running_loop().time(), MOMENT)
        return attrs.evolve(self._timeouts, total=left)


async def _close(channel: StreamConnection | None) -> None:
    """Closes a channel, or, when that is cancelled, breaks it off."""
    if channel is None:
        return
    try:
        await channel.close()
    except BaseException:
        channel.abort()
        raise
