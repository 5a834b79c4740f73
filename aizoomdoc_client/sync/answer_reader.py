"""Reads an answer from a thread; the generated `answer_stream.AnswerStream` delegates to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Self

from ..answer import Answer
from ..answer_stream import AsyncAnswerStream
from ..events import AnswerEvent, LLMToken
from ..exceptions import StreamError
from ..models import Message
from ..protocol.answer_state import AnswerState, changes_text
from ..protocol.transport_choice import Transport
from ..tracebacks import UserTraceback
from .bridge import Bridge
from .pump import Pump


class SyncAnswerReader:
    """The events of one answer; `state` is updated by the events that were returned, not by those that were read ahead."""

    def __init__(self, bridge: Bridge, stream: AsyncAnswerStream, pump: Pump[AnswerEvent], state: AnswerState) -> None:
        self._bridge = bridge
        self._stream = stream
        self._pump = pump
        self._state = state
        # Several threads may read, and each event goes to one of them. Reentrant, because a signal handler may read during a
        # read.
        self._lock = threading.RLock()

    @classmethod
    def of(cls, bridge: Bridge, stream: AsyncAnswerStream, state: AnswerState) -> Self:
        """The reader of the answer to a message, which is posted by this call; the answer is read from the first `next` on."""
        posting = _Posting(stream)
        try:
            bridge.run(posting.post())
        except BaseException:
            if not posting.is_begun:
                stream.cancel()  # safe from this thread, because nothing of it runs in the loop; also silences its warning
            raise
        pump = Pump[AnswerEvent](stream, bridge.acquire_loop)
        bridge.watch(pump)
        return cls(bridge, stream, pump, state)

    def __del__(self) -> None:
        if self._pump.is_running:
            self._pump.cancel()

    def __iter__(self) -> Iterator[AnswerEvent]:
        return self

    def __next__(self) -> AnswerEvent:
        with self._lock:
            event = self._pump.take()
            self._state.fold((event,))
            return event

    @property
    def message(self) -> Message:
        """The user's message as stored."""
        return self._stream.message

    @property
    def transport(self) -> Transport | None:
        """By which transport the last events came."""
        return self._stream.transport

    @property
    def text_stream(self) -> Iterator[str]:
        """The deltas of the text as they come."""
        return self._deltas()

    @property
    def snapshots(self) -> Iterator[str]:
        """The whole text so far, each time it changes."""
        return self._snapshots()

    def result(self) -> Answer:
        """The complete answer, read to its end."""
        for _ in self:
            pass
        try:
            return self._bridge.run(self._stream.result())
        except StreamError as error:
            raise error.replaced(partial=self._state.text) from error.__cause__

    def cancel(self) -> None:
        """Stops reading and breaks the connection off, at once; idempotent."""
        self._pump.cancel()

    def close(self) -> None:
        """Stops reading and closes the connection; idempotent."""
        if self._pump.is_running:
            self._bridge.run(self._pump.close())
        else:
            self._pump.cancel()

    def _deltas(self) -> Iterator[str]:
        with UserTraceback():
            for event in self:
                if isinstance(event, LLMToken) and event.token:
                    yield event.token

    def _snapshots(self) -> Iterator[str]:
        with UserTraceback():
            for event in self:
                if changes_text(event):
                    yield self._state.text


class _Posting:
    """Posts the message in the loop, where a failed or interrupted posting is also cancelled."""

    def __init__(self, stream: AsyncAnswerStream) -> None:
        self._stream = stream
        self.is_begun = False

    async def post(self) -> None:
        """Posts the message, and waits until that is done."""
        self.is_begun = True
        try:
            await self._stream
        except BaseException:
            self._stream.cancel()
            raise
