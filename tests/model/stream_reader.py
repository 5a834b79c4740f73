"""Reads the answer: a synchronous copy of stream_reader.py, stream_connection.py and stream_opener.py in session/."""

from __future__ import annotations

from collections.abc import Sequence

from aizoomdoc_client.events import AnswerEvent
from aizoomdoc_client.exceptions import (
    APIError,
    AuthenticationError,
    StreamInterruptedError,
    StreamTimeoutError,
    TokenExpiredError,
)
from aizoomdoc_client.models import Message
from aizoomdoc_client.protocol.answering import Answering, PossibleRun, Receive
from aizoomdoc_client.protocol.recovery import GiveUp, Look
from aizoomdoc_client.protocol.transcript import Frame
from aizoomdoc_client.protocol.transport_choice import Transport
from aizoomdoc_client.session.chat_queue import ChatState
from aizoomdoc_client.session.stream_connection import FINAL_IDLE_SECONDS

from . import faults
from .client import Client, ConsumerLeftError, DeadlineError
from .schedule import Opening
from .stream import Stream

IDLE = 330.0
"""Seconds of silence after which a stream is given up."""


class IdleError(Exception):
    """Nothing was received within the idle time-out."""


class Reader:
    """Performs the steps of `Answering` until the end, as `StreamReader`."""

    def __init__(
        self,
        client: Client,
        message: Message,
        chat_state: ChatState,
        *,
        max_reruns: int,
        total: float | None,
        resumed: bool = False,
        may_run: bool = True,
    ) -> None:
        self._client = client
        self._message = message
        self._chat_state = chat_state
        self._total = total
        self._connection: StreamConnection | None = None
        self._answering = Answering(
            message.id,
            max_reruns=max_reruns,
            no_pending_runs=not chat_state.has_pending_runs_before(message.id),
            needs_proof=chat_state.delivery_unknown,
            resumed=resumed,
            may_run=may_run,
            finished_questions=chat_state.finished_questions,
            known=(chat_state.known or ()) if not resumed else (),
        )

    def read(self) -> None:
        """Reads to the end; raises the error that ended the answer."""
        try:
            self._do_steps()
        finally:
            self._chat_state.mark_finished(self._message.id, self._answering.pending_run(may_have_run=self._may_have_run))
            self._detach()

    def _do_steps(self) -> None:
        record = self._client.record
        while True:
            match self._answering.step:
                case Receive():
                    events = self._receive()
                case Look() as look:
                    events = self._look(look)
                case GiveUp(error):
                    raise error
                case _:
                    record.completed()
                    return
            if events:
                record.note_delivered(events, self._answering.text)

    def _receive(self) -> Sequence[AnswerEvent]:
        if self._connection is None:
            self._begin()
            self._connection = StreamConnection(self._client)
        try:
            frames = self._connection.receive()
        except APIError as error:
            self._answering.broke(error, may_have_run=self._may_have_run)
            return ()
        events = self._answering.received(frames)
        if self._answering.has_final:
            self._connection.expect_end()
        return events

    def _begin(self) -> None:
        if self._client.end is None and self._total is not None:
            self._client.end = self._client.record.end = self._client.server.now + self._total

    def _look(self, look: Look) -> Sequence[AnswerEvent]:
        self._begin()
        self._detach()
        client = self._client
        try:
            client.wait(look.seconds + client.rng.uniform(0, look.jitter))
            history = client.history()
        except DeadlineError:
            self._answering.expired()
            return ()
        except APIError as error:
            self._answering.look_failed(error)
            return ()
        client.record.looked(history)
        return self._answering.looked(history)

    @property
    def _may_have_run(self) -> bool:
        return self._connection is not None and self._connection.may_have_run

    def _detach(self) -> None:
        self._answering.closed(may_have_run=self._may_have_run)
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


class StreamConnection:
    """One opening of the stream; as `StreamConnection`."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._stream: Stream | None = None
        self._first_due = client.server.now + IDLE
        self._idle = IDLE
        self._run = PossibleRun()

    @property
    def may_have_run(self) -> bool:
        """Whether this opening may have started the model."""
        return self._run.may_exist

    def receive(self) -> Sequence[Frame]:
        """The next frames; raises the `APIError` that says how the stream ended."""
        self._client.begin_exchange()
        try:
            if self._stream is not None:
                return self._more(self._stream)
            return self._receive_first()
        except IdleError:
            raise StreamTimeoutError("It was silent for too long", deadline="idle", request_sent=True) from None
        except DeadlineError:
            raise StreamTimeoutError("It took too long in all", deadline="total", request_sent=True) from None

    def expect_end(self) -> None:
        """Shortens the idle time-out after the final text."""
        self._idle = FINAL_IDLE_SECONDS

    def close(self) -> None:
        """Closes the connection."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _more(self, stream: Stream) -> Sequence[Frame]:
        try:
            return self._received(stream, self._client.server.now + self._idle)
        except AuthenticationError as error:
            self._client.renew_token()
            raise StreamInterruptedError(error.message, details=error.details) from None

    def _receive_first(self) -> Sequence[Frame]:
        """As `StreamConnection._open_renewing_token`."""
        try:
            return self._open_and_receive()
        except AuthenticationError:
            self.close()
            self._client.renew_token()
        try:
            return self._open_and_receive()
        except AuthenticationError as error:
            raise TokenExpiredError(error.message, details=error.details) from None

    def _open_and_receive(self) -> Sequence[Frame]:
        self._stream = self._client.retrying(self._open)
        return self._received(self._stream, self._first_due)

    def _open(self) -> Stream:
        self._client.begin_exchange()
        plan, record, server = self._client.plans.opening(), self._client.record, self._client.server
        began = server.runs_started_by(record.number)
        self._run.requested()
        try:
            stream = self._open_with_fallback(plan)
        except APIError as error:
            self._run.failed(error)
            raise
        finally:
            if server.runs_started_by(record.number) > began:
                record.note_run()
        record.streams.append(stream)
        return stream

    def _open_with_fallback(self, plan: Opening) -> Stream:
        """As `StreamOpener.open`."""
        choice, server = self._client.choice, self._client.server
        transport = choice.first(server.now)
        try:
            stream = self._open_by(transport, plan)
        except APIError as error:
            fallback = choice.fallback(transport, error, server.now)
            if fallback is None:
                raise
        else:
            choice.opened(transport, server.now)
            return stream
        stream = self._open_by(fallback.transport, plan)
        choice.opened(fallback.transport, server.now, fallback=fallback)
        return stream

    def _open_by(self, transport: Transport, plan: Opening) -> Stream:
        server, number = self._client.server, self._client.record.number
        if transport == "websocket" and plan.handshake:
            run = server.begin_handshake(plan, number)
            try:
                self._client.pass_until(server.now + server.handshake_seconds(plan))
            finally:
                server.abandon_handshake(plan, run)
            raise faults.of_handshake(plan.handshake)
        request = server.request_stream(plan, number, transport)
        try:
            self._client.pass_until(request.due)
        except (ConsumerLeftError, DeadlineError):
            server.abandon_request(request)
            raise
        return server.opened(request)

    def _received(self, stream: Stream, silent_until: float) -> Sequence[Frame]:
        """The next frames; raises `IdleError` if none is due by `silent_until`."""
        due = stream.due
        if due > silent_until and not (self._client.end is not None and self._client.end <= silent_until):
            self._client.pass_until(silent_until)
            raise IdleError
        self._client.pass_until(due)
        return stream.receive()
