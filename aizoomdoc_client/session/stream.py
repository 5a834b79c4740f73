"""Reads one answer: opens the stream, feeds the transcript, says how it ended.

Where a drop before the final text is found, recovery has its place: history first, then perhaps another run. Until it is there,
such a drop is a clear error with the text received so far.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Sequence
from typing import Any

from ..config import StreamTimeouts
from ..events import AnswerEvent
from ..exceptions import (
    APIConnectionError,
    APIError,
    AuthenticationError,
    ProtocolError,
    StreamError,
    StreamInterruptedError,
    StreamTimeoutError,
)
from ..protocol.requests import Request
from ..protocol.transcript import Frame, Transcript
from ..transport.base import FrameStream
from .auth import Authenticator
from .deadlines import Watchdog
from .lingering import Lingering
from .retrier import Retrier
from .transports import Transports

RETURN_SECONDS = 1.0
"""How long a stream whose reader was cancelled waits for the reader to come back."""


class StreamReader:
    """The events of one answer, in batches; the stream, and with it the model's run, starts with the first read."""

    def __init__(
        self,
        request: Request[Any],
        *,
        transports: Transports,
        auth: Authenticator,
        retrier: Retrier,
        timeouts: StreamTimeouts,
    ) -> None:
        self._request = request
        self._transports = transports
        self._auth = auth
        self._retrier = retrier
        self._timeouts = timeouts
        self._transcript = Transcript()
        self._stream: FrameStream | None = None
        self._watchdog: Watchdog | None = None
        self._opening: Lingering[Sequence[Frame]] | None = None
        self._failure: APIError | None = None
        self._absence: asyncio.TimerHandle | None = None
        self._closed = False

    def __del__(self) -> None:
        stream, watchdog = self._stream, self._watchdog
        if stream is not None and watchdog is not None and not self._closed:
            watchdog.abandon(stream.abort)

    async def read(self) -> Sequence[AnswerEvent]:
        """The next events, at least one; none when the answer is complete. Raises the `StreamError` that ended it."""
        if self._failure is not None:
            raise self._failure
        self._wait_for_reader(None)
        while not (self._closed or self._transcript.ended):
            try:
                events = self._take(await self._receive())
            except asyncio.CancelledError:
                # Whoever reads with a time-out comes back at once; whoever does not is gone, and the connection with it.
                self._wait_for_reader(RETURN_SECONDS)
                raise
            except APIError as error:
                if self._closed:
                    break  # by another task, while this one waited
                await self.close()
                if self._transcript.final is None:
                    raise self._explained(error) from None
                break
            if events:
                return events
        await self.close()
        return ()

    def _wait_for_reader(self, seconds: float | None) -> None:
        """Breaks the stream off after so many seconds without a reader; None: there is one."""
        if self._absence is not None:
            self._absence.cancel()
        self._absence = None if seconds is None else asyncio.get_running_loop().call_later(seconds, self._desert)

    def _desert(self) -> None:
        self._failure = self._explained(StreamInterruptedError("The answer was given up: nobody came back to read it"))
        self.abort()

    def abort(self) -> None:
        """Breaks off at once, without waiting for anybody; idempotent. Whoever reads then is at the end."""
        self._end()
        self._break_off()

    async def close(self) -> None:
        """Closes the connection; idempotent."""
        self._end()
        await self._leave()

    def _end(self) -> None:
        self._closed = True
        self._wait_for_reader(None)
        if self._watchdog is not None:
            self._watchdog.stop()
        if self._opening is not None:
            self._opening.cancel()

    async def _leave(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.close()

    def _take(self, frames: Sequence[Frame]) -> list[AnswerEvent]:
        """The events of `frames`; a frame that cannot be understood fails the next read, after what came before it."""
        events = list[AnswerEvent]()
        for frame in frames:
            try:
                events += self._transcript.feed(frame)
            except ProtocolError as error:
                if not events:
                    raise
                self._failure = self._explained(error)
                break
        return events

    async def _receive(self) -> Sequence[Frame]:
        stream, watchdog = self._stream, self._watchdog
        if stream is None or watchdog is None or self._opening is not None:
            return await self._first_frames()
        watchdog.waiting()
        frames = await stream.receive()
        watchdog.heard()
        return frames

    async def _first_frames(self) -> Sequence[Frame]:
        """What comes first. Whoever is cancelled meanwhile and comes back finds the same opening: another is another run."""
        if self._opening is None:
            self._opening = Lingering(self._receive_first(), seconds=RETURN_SECONDS)
        if not await self._opening.finished():
            raise StreamInterruptedError("The stream was given up while it was opened")
        opening, self._opening = self._opening, None
        return opening.result()

    async def _receive_first(self) -> Sequence[Frame]:
        """The first frames of a stream that is opened here; a rejected token is renewed once, a stub WebSocket left."""
        watchdog = self._watchdog = Watchdog(self._timeouts, self._break_off)
        token = await self._auth.token()
        async with watchdog.first_event():
            try:
                return await self._open_and_receive(token)
            except AuthenticationError:
                await self._leave()
                return await self._open_and_receive(await self._auth.renew(token))

    async def _open_and_receive(self, token: str) -> Sequence[Frame]:
        while True:
            stream = self._stream = await self._retrier.run(self._request, functools.partial(self._open, token=token))
            frames = await stream.receive()
            if not self._transports.is_stub(frames[0]):
                return frames
            await stream.close()

    async def _open(self, request: Request[Any], *, token: str) -> FrameStream:
        return await self._transports.open(request, token=token, connect_timeout=self._timeouts.connect)

    def _break_off(self) -> None:
        if self._stream is not None:
            self._stream.abort()

    def _explained(self, error: APIError) -> APIError:
        """`error` with the request it belongs to and the text received until then."""
        expired = self._watchdog.expired if self._watchdog else None
        where: dict[str, Any] = {"method": error.method or "GET", "path": self._request.path, "partial": self._transcript.text}
        if expired is not None:
            what = {"total": "took longer in all", "first_event": "did not begin"}.get(expired, "was silent for longer")
            return StreamTimeoutError(f"The answer {what} than its time-out allows", deadline=expired, request_sent=True, **where)
        if isinstance(error, StreamError):
            error.partial = self._transcript.text
            return error
        if isinstance(error, APIConnectionError) and self._watchdog is not None:
            return StreamInterruptedError(error.message, details=error.details, **where)
        return error
