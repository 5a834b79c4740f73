"""The answer to one question of our client, as session/stream_reader.py, channel.py and transports.py read it."""

from __future__ import annotations

from collections.abc import Sequence

from aizoomdoc_client.events import AnswerEvent
from aizoomdoc_client.exceptions import APIError, AuthenticationError, StreamInterruptedError, StreamTimeoutError
from aizoomdoc_client.models import Message
from aizoomdoc_client.protocol import retry
from aizoomdoc_client.protocol.answering import Answering, Receive
from aizoomdoc_client.protocol.recovery import GiveUp, Look
from aizoomdoc_client.protocol.transcript import Frame
from aizoomdoc_client.protocol.transport_choice import Transport
from aizoomdoc_client.session.chat_queue import ChatState
from aizoomdoc_client.session.stream_connection import FINAL_IDLE_SECONDS

from . import faults
from .client import Client, LateError
from .schedule import Opening
from .stream import Stream

IDLE = 330.0
"""Seconds of silence after which a stream is given up."""


class SilenceError(Exception):
    """Nothing came for as long as the client is ready to wait."""


class Reader:
    """Does what `Answering` says until the end; as `StreamReader`."""

    def __init__(self, client: Client, message: Message, record: ChatState, *, max_reruns: int, total: float | None) -> None:
        self._client = client
        self._message = message
        self._record = record
        self._total = total
        self._channel: Channel | None = None
        self._answering = Answering(
            message.id,
            max_reruns=max_reruns,
            no_pending_runs=not record.has_pending_runs,
            needs_proof=record.delivery_unknown,
            finished_questions=record.finished_questions,
        )

    def read(self) -> None:
        """Reads to the end, whatever it is; raises the error that ended it."""
        try:
            self._do_steps()
        finally:
            self._record.mark_finished(self._message.id, self._answering.pending_run(may_have_run=self._may_have_run))
            self._detach()

    def _do_steps(self) -> None:
        told = self._client.told
        while True:
            match self._answering.step:
                case Receive():
                    events = self._receive()
                case Look() as look:
                    events = self._look(look)
                case GiveUp(error):
                    raise error
                case _:
                    told.completed()
                    return
            if events:
                told.gave(events, self._answering.text)

    def _receive(self) -> Sequence[AnswerEvent]:
        if self._channel is None:
            if self._client.end is None and self._total is not None:
                self._client.end = self._client.told.end = self._client.world.now + self._total
            self._channel = Channel(self._client)
        try:
            frames = self._channel.receive()
        except APIError as error:
            self._answering.broke(error, may_have_run=self._may_have_run)
            return ()
        events = self._answering.received(frames)
        if self._answering.has_final:
            self._channel.expect_end()
        return events

    def _look(self, look: Look) -> Sequence[AnswerEvent]:
        self._detach()
        client = self._client
        try:
            client.wait(look.seconds + client.rng.uniform(0, look.jitter))
            history = client.history()
        except LateError:
            self._answering.expired()
            return ()
        except APIError as error:
            self._answering.look_failed(error)
            return ()
        client.told.looked(history)
        return self._answering.looked(history)

    @property
    def _may_have_run(self) -> bool:
        return self._channel is not None and self._channel.may_have_run

    def _detach(self) -> None:
        self._answering.closed(may_have_run=self._may_have_run)
        channel, self._channel = self._channel, None
        if channel is not None:
            channel.close()


class Channel:
    """One opening of the stream; as `StreamConnection`."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._stream: Stream | None = None
        self._first_due = client.world.now + IDLE
        self._idle = IDLE
        self.may_have_run = False

    def receive(self) -> Sequence[Frame]:
        """The next frames; raises the `APIError` that says how the stream ended."""
        self._client.breathe()
        try:
            if self._stream is not None:
                return self._more(self._stream)
            return self._receive_first()
        except SilenceError:
            raise StreamTimeoutError("It was silent for too long", deadline="idle", request_sent=True) from None
        except LateError:
            raise StreamTimeoutError("It took too long in all", deadline="total", request_sent=True) from None

    def expect_end(self) -> None:
        """The final text is here."""
        self._idle = FINAL_IDLE_SECONDS

    def close(self) -> None:
        """Closes the connection."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _more(self, stream: Stream) -> Sequence[Frame]:
        try:
            return self._received(stream, self._client.world.now + self._idle)
        except AuthenticationError as error:
            raise StreamInterruptedError(error.message, details=error.details) from None

    def _receive_first(self) -> Sequence[Frame]:
        try:
            return self._open_and_receive()
        except AuthenticationError:
            self.close()
            return self._open_and_receive()

    def _open_and_receive(self) -> Sequence[Frame]:
        self._stream = self._client.retrying(self._open)
        self.may_have_run = True
        return self._received(self._stream, self._first_due)

    def _open(self) -> Stream:
        self._client.breathe()
        plan, told, world = self._client.plans.opening(), self._client.told, self._client.world
        began = world.begun_by(told.number)
        try:
            stream = self._through_a_door(plan)
        except APIError as error:
            self.may_have_run = self.may_have_run or retry.request_outcome(error) == "unknown"
            raise
        except LateError:
            self.may_have_run = True
            raise
        finally:
            if world.begun_by(told.number) > began:
                told.run_began()
                world.assumptions.speak()
        told.streams.append(stream)
        return stream

    def _through_a_door(self, plan: Opening) -> Stream:
        """As `StreamOpener.open`."""
        choice, world = self._client.choice, self._client.world
        transport = choice.first(world.now)
        try:
            stream = self._through(transport, plan)
        except APIError as error:
            fallback = choice.fallback(transport, error, world.now)
            if fallback is None:
                raise
        else:
            choice.opened(transport, world.now)
            return stream
        stream = self._through(fallback.transport, plan)
        choice.opened(fallback.transport, world.now, fallback=fallback)
        return stream

    def _through(self, transport: Transport, plan: Opening) -> Stream:
        world, number = self._client.world, self._client.told.number
        if transport == "websocket" and plan.handshake:
            run = world.shake_hands(plan, number)
            try:
                self._client.pass_until(world.now + world.shakes(plan))
            finally:
                world.gave_up(plan, run)
            raise faults.of_handshake(plan.handshake)
        return world.open(plan, number)

    def _received(self, stream: Stream, silent_until: float) -> Sequence[Frame]:
        """What comes, unless it comes too late."""
        due = stream.due
        if due > silent_until and not (self._client.end is not None and self._client.end <= silent_until):
            self._client.world.advance(silent_until)
            raise SilenceError
        self._client.pass_until(due)
        return stream.receive()
