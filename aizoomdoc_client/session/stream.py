"""Reads one answer to its end, through drops and restarts of its stream.

`protocol.transcript` makes one text of all that is received, `protocol.recovery` decides what follows a drop; here it is done:
looking, waiting, opening again. Between steps all state is kept, so that a reader that is cancelled can read on.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence

import attrs

from ..config import StreamTimeouts
from ..events import AnswerEvent, StreamResumed
from ..exceptions import APIError, ProtocolError, ServerError, StreamError, StreamInterruptedError, StreamTimeoutError
from ..models import ChatHistory, Message
from ..protocol import requests
from ..protocol.recovery import TOO_LARGE, Action, Adopt, GiveUp, Look, Recovery, Reopen
from ..protocol.transcript import Frame, Transcript
from .caller import Caller
from .channel import RETURN_SECONDS, AnswerChannel
from .turns import Turn
from .waiting import wait

MOMENT = 0.001
"""The shortest limit, in seconds, that is set where none is left."""


class StreamReader:
    """The events of the answer to one message, in batches; the model's run starts with the first read."""

    def __init__(
        self,
        message: Message,
        turn: Turn,
        *,
        open_channel: Callable[[StreamTimeouts], AnswerChannel],
        caller: Caller,
        timeouts: StreamTimeouts,
        max_reruns: int,
    ) -> None:
        self._message = message
        self._turn = turn
        self._open_channel = open_channel
        self._caller = caller
        self._timeouts = timeouts
        self._end: float | None = None
        self._transcript = Transcript()
        self._recovery = Recovery(message.id, max_reruns=max_reruns, sole=not turn.record.unsettled)
        self._channel: AnswerChannel | None = None
        self._step: Action | None = None
        self._cause = ""
        self._failure: APIError | None = None
        self._absence: asyncio.TimerHandle | None = None
        self._runs = 0
        self._is_rerun = False
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
            self._absence = asyncio.get_running_loop().call_later(RETURN_SECONDS, self._desert)
            raise
        finally:
            self._turn.leave()
        return events

    def _desert(self) -> None:
        self._failure = StreamInterruptedError("The answer was given up: nobody came back to read it")
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
        while not (self._over or self._transcript.ended):
            try:
                if self._step is not None:
                    events = await self._take_steps()
                else:
                    events = self._take(await self._current_channel().receive())
            except APIError as error:
                events = await self._after(error)
            if events:
                return events
        await self._finish()
        return ()

    def _current_channel(self) -> AnswerChannel:
        if self._channel is None:
            self._begin()
            self._channel = self._open_channel(self._time_left())
        return self._channel

    def _begin(self) -> None:
        if self._end is None and self._timeouts.total is not None:
            self._end = asyncio.get_running_loop().time() + self._timeouts.total
        self._turn.begin(self._message.id)

    def _take(self, frames: Sequence[Frame]) -> list[AnswerEvent]:
        """The events of `frames`; a frame that cannot be understood fails the next read, after what came before it."""
        events = list[AnswerEvent]()
        try:
            self._transcript.feed(frames, events)
        except ProtocolError as error:
            if not events:
                raise
            self._failure = error
        return events

    async def _after(self, error: APIError) -> Sequence[AnswerEvent]:
        """What follows an error: the end, if the final text was there; recovery, if a run may have begun; else the error."""
        if self._over:
            return ()
        channel = self._detach()
        if self._transcript.final is not None:
            self._transcript.completed = True
        elif self._runs > 0 and _is_drop(error):
            self._cause = error.message
            self._step = self._recovery.dropped(error)
        else:
            self._failure = error
        await _close(channel)
        if self._failure is not None:
            await self._fail(self._failure)
        return ()

    async def _take_steps(self) -> Sequence[AnswerEvent]:
        """Does what recovery says until there are events again."""
        limit = asyncio.timeout_at(self._end)
        try:
            async with limit:
                while isinstance(self._step, Look):
                    self._step = await self._look(self._step)
        except TimeoutError:
            if not limit.expired():
                raise
            late = StreamTimeoutError(
                "The answer took longer in all than its time-out allows", deadline="total", request_sent=True
            )
            self._step = GiveUp(late)
        step, self._step = self._step, None
        match step:
            case Adopt(message):
                self._is_rerun = False
                return [StreamResumed("history", self._cause), *self._transcript.adopt(message.content, message.id)]
            case Reopen():
                self._is_rerun = True
                self._transcript.begin_rerun()
                return [StreamResumed("rerun", self._cause)]
            case GiveUp(error):
                await self._fail(error)
            case _:
                pass
        return ()

    async def _look(self, look: Look) -> Action:
        await wait(look.seconds + random.uniform(0, look.jitter))  # noqa: S311 - jitter, no secret
        try:
            history = await self._history()
        except APIError as error:
            return self._recovery.look_failed(error)
        return self._recovery.looked(history, self._transcript.text)

    async def _finish(self) -> None:
        """Closes after the end; an answer of another run counts only if our message was the one that it answered."""
        if self._over:
            return
        await _close(self._detach())
        if self._is_rerun and self._transcript.final is not None:
            verdict = self._recovery.finished(await self._history())
            if verdict is not None:
                await self._fail(verdict.error)
        self._settle()

    async def _history(self) -> ChatHistory:
        return await self._caller.call(requests.get_chat_history(self._message.chat_id))

    def _detach(self) -> AnswerChannel | None:
        """The channel, to be closed: as long as it lives, its run does, and another must not begin."""
        channel, self._channel = self._channel, None
        self._runs += channel is not None and channel.may_have_run
        return channel

    async def _fail(self, error: APIError) -> None:
        self._failure = error
        await _close(self._detach())
        self._settle()
        error.path = error.path or f"/chats/{self._message.chat_id}/stream"
        if isinstance(error, StreamError):
            error.partial = self._transcript.text
        raise error

    def _attend(self) -> None:
        self._turn.attend()
        if self._absence is not None:
            self._absence.cancel()
            self._absence = None

    def _settle(self) -> None:
        """Gives the turn back, once, and notes whether a run may still store an answer."""
        if self._over:
            return
        self._over = True
        runs = self._runs + (self._channel is not None and self._channel.may_have_run)
        answered = self._transcript.ended or self._transcript.final is not None
        if runs > 1 or (runs == 1 and not answered):
            self._turn.record.unsettled = True
        self._turn.release()

    def _time_left(self) -> StreamTimeouts:
        """The limits of one opening: what is left of the answer's total."""
        if self._end is None:
            return self._timeouts
        left = max(self._end - asyncio.get_running_loop().time(), MOMENT)
        return attrs.evolve(self._timeouts, total=left)


async def _close(channel: AnswerChannel | None) -> None:
    """Closes a channel, or, when that is cancelled, breaks it off."""
    if channel is None:
        return
    try:
        await channel.close()
    except BaseException:
        channel.abort()
        raise


def _is_drop(error: APIError) -> bool:
    """Whether an error is a stream that broke off, so that the answer may be found or made again."""
    if isinstance(error, StreamTimeoutError):
        return error.deadline != "total"
    if isinstance(error, ProtocolError):
        return error.details.get("reason") == TOO_LARGE
    return isinstance(error, (StreamInterruptedError, ServerError))
