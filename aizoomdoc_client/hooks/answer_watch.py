"""Tells beginning and end of an answer and of each of its streams, and sets the scope in which its requests are made."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextvars import Token

from ..exceptions import AIZoomDocError
from ..protocol.transcript import Frame
from .details import AnswerEnded, AnswerStarted, AnswerTexts, StreamClosed, StreamOpened
from .notifier import Notifier
from .scope import Scope, enter


class AnswerWatch:
    """One answer; its beginning is told with the first `enter`."""

    def __init__(self, notifier: Notifier, chat_id: str, *, is_resumed: bool) -> None:
        self._notifier = notifier
        self.started: AnswerStarted = AnswerStarted(server_url=notifier.server_url, chat_id=chat_id, is_resumed=is_resumed)
        self._has_begun = False

    def enter(self) -> Token[Scope | None]:
        """Sets the scope of this answer, in which its requests are told as made for it; returns the token for `scope.leave`."""
        if not self._has_begun:
            self._has_begun = True
            self._notifier.tell("answer_started", self.started)
        return enter(Scope(self._notifier, self.started))

    def ended(self, ended: AnswerEnded, texts: Callable[[], AnswerTexts]) -> None:
        """Tells the end, with the texts before it; to be called once. Tells nothing of an answer that never began."""
        if self._has_begun:
            self._notifier.tell_texts(texts)
            self._notifier.tell("answer_ended", ended)


class StreamWatch:
    """One open stream; tells its opening when it is made, with the first `frames`, of which there is at least one."""

    def __init__(self, scope: Scope, frames: Sequence[Frame]) -> None:
        self._notifier = scope.notifier
        self._opened = StreamOpened(answer=scope.answer, transport="websocket" if isinstance(frames[0], bytes) else "sse")
        self._began = time.monotonic()
        self._frames = 0
        self._bytes = 0
        self._notifier.tell("stream_opened", self._opened)
        self.received(frames)

    def received(self, frames: Sequence[Frame]) -> None:
        """Counts frames that were received."""
        self._frames += len(frames)
        self._bytes += sum(len(frame) if isinstance(frame, bytes) else len(frame[0]) + len(frame[1]) for frame in frames)

    def closed(self, error: AIZoomDocError | None = None) -> None:
        """Tells that the stream is closed; to be called once."""
        closed = StreamClosed(
            stream=self._opened,
            error=error,
            seconds=time.monotonic() - self._began,
            frames=self._frames,
            bytes_received=self._bytes,
        )
        self._notifier.tell("stream_closed", closed)
