"""One connection of an answer's stream: opened, watched, closed."""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Sequence
from typing import Any

import attrs

from ..catalog import LocalizedText, text
from ..config import StreamTimeouts
from ..credentials import Secret
from ..exceptions import (
    APIConnectionError,
    APIError,
    AuthenticationError,
    DeadlineName,
    StreamInterruptedError,
    StreamTimeoutError,
    TokenExpiredError,
)
from ..hooks import scope
from ..hooks.answer_watch import StreamWatch
from ..hooks.request_watch import RequestWatch
from ..protocol.answering import PossibleRun
from ..protocol.requests import Request
from ..protocol.transcript import Frame
from ..transport.base import FrameStream
from .auth import Authenticator
from .resumable_task import RETURN_SECONDS, ResumableTask
from .retrier import Retrier
from .stream_opener import StreamOpener
from .watchdog import Watchdog

FINAL_IDLE_SECONDS = 5.0
"""Seconds to wait for `completed` after the final text; the answer is whole without it."""


class StreamConnection:
    """Opens the stream with the first read; each opening may start a run of the model."""

    def __init__(
        self,
        request: Request[Any],
        *,
        opener: StreamOpener,
        auth: Authenticator,
        retrier: Retrier,
        timeouts: StreamTimeouts,
    ) -> None:
        self._request = request
        self._opener = opener
        self._auth = auth
        self._retrier = retrier
        self._timeouts = timeouts
        self._stream: FrameStream | None = None
        self._watchdog: Watchdog | None = None
        self._opening: ResumableTask[Sequence[Frame]] | None = None
        self._token: Secret | None = None
        self._run = PossibleRun()
        self._watch: StreamWatch | None = None

    @property
    def may_have_run(self) -> bool:
        """Whether this connection, also one that is still being opened, may have started a run of the model."""
        return self._run.may_exist

    async def receive(self) -> Sequence[Frame]:
        """The next frames; raises the `APIError` that says how the stream ended."""
        stream, watchdog = self._stream, self._watchdog
        if stream is None or watchdog is None or self._opening is not None:
            return await self._first_frames()
        watchdog.wait_started()
        try:
            frames = await stream.receive()
        except APIError as error:
            failure = self._as_stream_error(await self._interruption(error))
            self._report_closed(failure)
            raise failure from None
        watchdog.received()
        if self._watch is not None:
            self._watch.received(frames)
        return frames

    def expect_end(self) -> None:
        """Shortens the wait for further frames to `FINAL_IDLE_SECONDS`, now that the final text was received."""
        if self._watchdog is not None:
            self._watchdog.limit_idle(FINAL_IDLE_SECONDS)

    def abort(self) -> None:
        """Breaks the connection off at once; idempotent."""
        self._stop_opening()
        if self._stream is not None:
            self._stream.abort()
        self._report_closed()

    def abandon(self) -> None:
        """As `abort`, but from any thread: the garbage collector may drop the last reference to an answer in any of them."""
        if self._watchdog is not None and self._stream is not None:
            self._watchdog.abandon()
        self._report_closed()

    async def close(self) -> None:
        """Closes the connection; idempotent."""
        self._stop_opening()
        try:
            await self._close_stream()
        finally:
            self._report_closed()

    def _report_closed(self, error: APIError | None = None) -> None:
        """Tells hooks, once, that the stream is closed: because of `error`, if there is one."""
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.closed(error)

    def _stop_opening(self) -> None:
        """Stops the time limits, and the opening that may be going on."""
        if self._watchdog is not None:
            self._watchdog.stop()
        if self._opening is not None:
            self._opening.cancel()

    async def _close_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.close()

    async def _first_frames(self) -> Sequence[Frame]:
        """The first frames. A cancelled caller that reads again gets the pending opening: a new one would be a second run."""
        opening = self._opening
        if opening is None:
            self._watchdog = Watchdog(self._timeouts, self._stop_opening)
            opening = self._opening = ResumableTask(self._receive_first(self._watchdog), seconds=RETURN_SECONDS)
        if not await opening.wait():
            raise self._as_stream_error(StreamInterruptedError(text("opening_given_up")))
        self._opening = None
        try:
            return opening.result()
        except APIError as error:
            raise self._as_stream_error(error) from None

    async def _receive_first(self, watchdog: Watchdog) -> Sequence[Frame]:
        try:
            stream, frames = await self._open_renewing_token()
        except BaseException:
            watchdog.stop()
            raise
        watchdog.opened(stream.abort)
        return frames

    async def _open_renewing_token(self) -> tuple[FrameStream, Sequence[Frame]]:
        """An open stream with its first frames; a rejected token is renewed once."""
        token = await self._auth.token()
        with contextlib.suppress(AuthenticationError):
            return await self._open_and_receive(token)
        await self._close_stream()
        token = await self._auth.renew(token)
        if not self._auth.is_own(token):
            with contextlib.suppress(AuthenticationError):
                return await self._open_and_receive(token)
            await self._close_stream()
            token = await self._auth.renew(token)
        try:
            return await self._open_and_receive(token)
        except AuthenticationError as error:
            refused = text("new_token_refused", reason=error.text)
            raise TokenExpiredError(refused, status_code=error.status_code, details=error.details) from None

    async def _interruption(self, error: APIError) -> APIError:
        """What to raise for `error` in the middle of an answer: a refused token is renewed, and the answer is interrupted."""
        if not isinstance(error, AuthenticationError):
            return error
        try:
            if self._token is not None:
                await self._auth.renew(self._token)
        except APIError as refusal:
            return refusal
        return StreamInterruptedError(error.text, details=error.details)

    async def _open_and_receive(self, token: Secret) -> tuple[FrameStream, Sequence[Frame]]:
        """An open stream with its first frames; a stub WebSocket is closed, and the other transport is used."""
        self._token = token
        while True:
            stream = self._stream = await self._request_stream(token)
            frames = await stream.receive()
            if not self._opener.is_stub(frames[0]):
                listener = scope.current()
                self._watch = None if listener is None else StreamWatch(listener, frames)
                return stream, frames
            self._run.refused()
            await stream.close()

    async def _request_stream(self, token: Secret) -> FrameStream:
        """An open stream, after as many attempts as are allowed."""
        open_with_token, listener = functools.partial(self._open, token=token), scope.current()
        if listener is None:
            return await self._retrier.run(self._request, open_with_token)
        with RequestWatch(listener.notifier, self._request.method, self._request.path) as watch:
            request = attrs.evolve(self._request, headers={**watch.headers(), **self._request.headers})
            stream = await self._retrier.run(request, open_with_token)
            watch.succeeded()
            return stream

    async def _open(self, request: Request[Any], *, token: Secret) -> FrameStream:
        # Shorter than the limit on the first event, so that an unanswered handshake is distinguished from a silent server.
        connect = min(self._timeouts.connect, (self._timeouts.first_event or math.inf) / 2)
        self._run.requested()
        try:
            return await self._opener.open(request, token=token, connect_timeout=connect)
        except APIError as error:
            self._run.failed(error)
            raise

    def _as_stream_error(self, error: APIError) -> APIError:
        """`error`, or the time-out that caused it; `StreamInterruptedError` for a lost connection when a run may have begun."""
        expired: DeadlineName | None = self._watchdog.expired if self._watchdog else None
        where: dict[str, Any] = {"method": error.method or "GET", "path": self._request.path}
        if expired is not None:
            return StreamTimeoutError(_timeout_text(expired), deadline=expired, request_sent=True, **where)
        if isinstance(error, APIConnectionError) and not isinstance(error, StreamInterruptedError) and self.may_have_run:
            return StreamInterruptedError(error.text, details=error.details, attempts=error.attempts, **where)
        return error


def _timeout_text(expired: DeadlineName) -> LocalizedText:
    """What the error for this time-out of a stream says."""
    if expired == "first_event":
        return text("answer_timeout_first_event")
    return text("answer_timeout_idle") if expired == "idle" else text("answer_timeout_total")
