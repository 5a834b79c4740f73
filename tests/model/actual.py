"""The true session, playing the same schedules: session/question_sender, stream, channel, transports, caller and retrier.

Only the sockets are not theirs: requests and streams are those of the model server, in its time.
"""

from __future__ import annotations

import asyncio
import copy
import math
from collections.abc import Sequence
from typing import Any

import attrs

from aizoomdoc_client.config import StreamTimeouts, UploadLimits
from aizoomdoc_client.events import AnswerEvent, StreamResumed
from aizoomdoc_client.exceptions import APIError, StreamInterruptedError
from aizoomdoc_client.models import ChatHistory, Message
from aizoomdoc_client.protocol import codec
from aizoomdoc_client.protocol.requests import Request, StreamScope
from aizoomdoc_client.protocol.transcript import Frame
from aizoomdoc_client.protocol.transport_choice import Transport
from aizoomdoc_client.session.attachments import FileUploader
from aizoomdoc_client.session.caller import Caller
from aizoomdoc_client.session.chat_queue import ChatSlot, ChatState
from aizoomdoc_client.session.question import Question
from aizoomdoc_client.session.question_sender import QuestionSender
from aizoomdoc_client.session.retrier import Retrier
from aizoomdoc_client.session.stream_connection import StreamConnection
from aizoomdoc_client.session.stream_opener import StreamOpener
from aizoomdoc_client.session.stream_reader import StreamReader
from aizoomdoc_client.transport.base import FrameStream, Response

from . import faults
from .client import POLICY, Plans
from .reading import IDLE
from .schedule import Ask, Opening, Schedule
from .stream import Stream
from .world import CHAT, WORDS, World


@attrs.frozen
class Ending:
    """How a question ended, by the error's name or "end", and what its consumer was given until then."""

    outcome: str
    events: Sequence[AnswerEvent]

    @classmethod
    def of(cls, error: APIError | None, events: Sequence[AnswerEvent]) -> Ending:
        """Reasons of drops are left out: the model does not word its time-outs as the session does."""
        alike = [attrs.evolve(event, reason="") if isinstance(event, StreamResumed) else event for event in events]
        return cls(type(error).__name__ if error else "end", alike)


class Login:
    """A login that always has a fresh token."""

    async def token(self, **_: Any) -> str:
        return "token"

    async def renew(self, _rejected: str) -> str:
        return "another"

    def is_own(self, _token: str) -> bool:
        return True

    def is_trusted(self, _token: str) -> bool:
        return True


class ModelWire:
    """Requests to the model server, and streams by both transports, for one question."""

    def __init__(self, number: int, ask: Ask, world: World, record: ChatState) -> None:
        self._number = number
        self._world = world
        self._record = record
        self._plans = Plans.of(ask)
        self._plan = Opening()

    def next_opening(self) -> None:
        """Another opening, by whatever transports, begins."""
        self._plan = self._plans.opening()

    async def send(self, request: Request[Any], **_: Any) -> Response:
        """A message posted, or the history."""
        try:
            value: Message | ChatHistory = self._post(request) if request.method == "POST" else await self._history()
        except APIError as error:
            raise copy.copy(error) from None  # the session writes on it
        return Response(200, codec.encode(value))

    async def open(self, transport: Transport) -> FrameStream:
        """A stream."""
        began = self._world.begun_by(self._number)
        try:
            if transport == "websocket" and self._plan.handshake:
                await self._shake_hands()
            return Frames(self._world.open(self._plan, self._number), self._world)
        except APIError as error:
            raise copy.copy(error) from None
        finally:
            if self._world.begun_by(self._number) > began:
                self._world.assumptions.speak()

    async def _shake_hands(self) -> None:
        run = self._world.shake_hands(self._plan, self._number)
        try:
            await asyncio.sleep(self._world.shakes(self._plan))
        finally:
            self._world.gave_up(self._plan, run)
        raise faults.of_handshake(self._plan.handshake)

    def _post(self, request: Request[Any]) -> Message:
        assert request.body is not None
        self._world.assumptions.asking(self._number)
        message = self._world.post(self._plans.post(), request.body["content"], self._number)
        if not self._record.delivery_unknown:
            self._world.assumptions.hush()
        return message

    async def _history(self) -> ChatHistory:
        plan = self._plans.read()
        await asyncio.sleep(self._world.takes(plan))
        return self._world.history(plan)


class ModelTransports(StreamOpener):
    """The true transports, over the wire of the question that is asked just now."""

    def __init__(self, world: World) -> None:
        transports: dict[Transport, Any] = {"websocket": ModelTransport("websocket", self), "sse": ModelTransport("sse", self)}
        super().__init__("auto", websocket=transports["websocket"], eventsource=transports["sse"], clock=lambda: world.now)
        self.world = world
        self.wire: ModelWire | None = None

    async def open(self, request: Request[Any], **options: Any) -> FrameStream:
        """One opening takes one plan."""
        assert self.wire is not None
        self.wire.next_opening()
        return await super().open(request, **options)


@attrs.frozen
class ModelTransport:
    """One transport."""

    name: Transport
    transports: ModelTransports

    async def open(self, _request: Request[Any], **_: Any) -> FrameStream:
        """A stream."""
        assert self.transports.wire is not None
        return await self.transports.wire.open(self.name)


class Frames:
    """A model server's stream, awaited."""

    def __init__(self, stream: Stream, world: World) -> None:
        self._stream = stream
        self._world = world
        self._waiter: asyncio.Future[None] | None = None

    async def receive(self) -> Sequence[Frame]:
        """The next frames, at their time."""
        loop = asyncio.get_running_loop()
        due, waiter = self._stream.due, loop.create_future()
        self._waiter = waiter
        alarm = None if due == math.inf else loop.call_at(due, _wake, waiter)
        try:
            await waiter
        finally:
            if alarm is not None:
                alarm.cancel()
        try:
            return self._stream.receive()
        except APIError as error:
            raise copy.copy(error) from None

    def abort(self) -> None:
        """Breaks it off."""
        self._stream.close()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(StreamInterruptedError("The connection was broken off"))

    async def close(self) -> None:
        """Closes it."""
        self._stream.close()


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


async def play_actually(schedule: Schedule, world: World, dice: Any) -> Sequence[Ending]:
    """How the questions of a schedule end when the true session asks them."""
    record, transports, endings = ChatState(CHAT.id, made_here=schedule.made_here), ModelTransports(world), list[Ending]()
    for number, ask in enumerate(schedule.asks):
        await asyncio.sleep(ask.pause)
        events = list[AnswerEvent]()
        try:
            await _ask(_sender(number, schedule, record, transports, dice), number, ask, world, events)
        except APIError as error:
            endings.append(Ending.of(error, events))
        else:
            endings.append(Ending.of(None, events))
        world.assumptions.speak()
    return endings


async def _ask(asking: QuestionSender, number: int, ask: Ask, world: World, events: list[AnswerEvent]) -> None:
    await asking.post()
    world.assumptions.asked(number)
    await asyncio.sleep(ask.dawdle)
    reader = await asking.open()
    while some := await reader.read():
        events += some


def _sender(number: int, schedule: Schedule, record: ChatState, transports: ModelTransports, dice: Any) -> QuestionSender:
    ask = schedule.asks[number]
    wire: Any = ModelWire(number, ask, transports.world, record)
    login: Any = Login()
    transports.wire = wire
    caller = Caller(wire, login, Retrier(POLICY, rng=dice), timeout=60.0)

    def open_reader(message: Message, request: Request[Any], turn: ChatSlot) -> StreamReader:
        def open_connection(timeouts: StreamTimeouts) -> StreamConnection:
            retrier = Retrier(POLICY, rng=dice)
            return StreamConnection(request, transports=transports, auth=login, retrier=retrier, timeouts=timeouts)

        timeouts = StreamTimeouts(first_event=IDLE, idle=IDLE, total=schedule.total)
        return StreamReader(
            message, turn, open_connection=open_connection, caller=caller, timeouts=timeouts, max_reruns=schedule.max_reruns
        )

    question = Question(chat_id=CHAT.id, content=WORDS[ask.text], scope=StreamScope())
    return QuestionSender(
        question, record=record, caller=caller, uploader=FileUploader(caller, UploadLimits()), open_reader=open_reader
    )
