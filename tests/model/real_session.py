"""Runs the real session by the same schedules: answer, sender, reader, connection, opener, caller and retrier.

Only sockets and time are replaced: requests and streams are those of the model server, on its clock. A question is given up at
the moment at which the model's consumer left, or cancelled at random moments by a consumer that comes back.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import functools
import math
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal, TypeVar

import attrs

from aizoomdoc_client.answer_stream import AsyncAnswerStream
from aizoomdoc_client.config import StreamTimeouts, UploadLimits
from aizoomdoc_client.events import AnswerEvent, StreamResumed
from aizoomdoc_client.exceptions import APIError, StreamInterruptedError
from aizoomdoc_client.models import ChatHistory, Message
from aizoomdoc_client.protocol import codec
from aizoomdoc_client.protocol.requests import Request, StreamScope
from aizoomdoc_client.protocol.transcript import Frame
from aizoomdoc_client.protocol.transport_choice import Transport, TransportChoice
from aizoomdoc_client.session.attachments import FileUploader
from aizoomdoc_client.session.caller import Caller
from aizoomdoc_client.session.chat_queue import ChatSlot, ChatState
from aizoomdoc_client.session.question import Question
from aizoomdoc_client.session.question_sender import QuestionSender
from aizoomdoc_client.session.resumable_task import RETURN_SECONDS
from aizoomdoc_client.session.retrier import Retrier
from aizoomdoc_client.session.stream_connection import StreamConnection
from aizoomdoc_client.session.stream_opener import StreamOpener
from aizoomdoc_client.session.stream_reader import StreamReader
from aizoomdoc_client.transport.base import FrameStream, Response

from . import faults
from .client import POLICY, RENEWAL_SECONDS, Plans
from .model_server import CHAT, CHAT_SPELLINGS, ModelServer
from .schedule import Ask, Opening, Schedule
from .simulation import chat_states
from .stream import Stream
from .stream_reader import IDLE
from .texts import QUESTION_TEXTS

T = TypeVar("T")

MOMENTS = (0.0, 0.01, 0.03, 0.06, 0.3, 1.5, 5.0)
"""Seconds after which what is awaited is cancelled."""


@attrs.frozen
class Ending:
    """How a question ended, by the error's name, "end" or "left", and the events delivered until then."""

    outcome: str
    events: Sequence[AnswerEvent]

    @classmethod
    def of(cls, error: APIError | Literal["end", "left"], events: Sequence[AnswerEvent]) -> Ending:
        """Without the reasons of drops, since the model words its time-outs differently from the session."""
        alike = [attrs.evolve(event, reason="") if isinstance(event, StreamResumed) else event for event in events]
        return cls(error if isinstance(error, str) else type(error).__name__, alike)


class Login:
    """A login whose token is always valid."""

    async def token(self, **_: Any) -> str:
        return "token"

    async def renew(self, _rejected: str, **_: Any) -> str:
        await asyncio.sleep(RENEWAL_SECONDS)
        return "another"

    def is_own(self, _token: str) -> bool:
        return True

    def may_be_unreadable(self, _token: str, **_: Any) -> bool:
        return False


class ModelConnections:
    """Requests to the model server, and streams by both transports, for one question."""

    def __init__(self, number: int, ask: Ask, server: ModelServer, chat: ChatState) -> None:
        self._number = number
        self._server = server
        self._chat = chat
        self._plans = Plans.of(ask)
        self._plan = Opening()

    def next_opening(self) -> None:
        """Takes the plan of the next opening, which both transports share."""
        self._plan = self._plans.opening()

    async def send(self, request: Request[Any], **_: Any) -> Response:
        """Posts the message or reads the history."""
        try:
            value: Message | ChatHistory = await (self._post(request) if request.method == "POST" else self._history())
        except APIError as error:
            raise copy.copy(error) from None  # the session changes the error
        return Response(200, codec.encode(value))

    async def open(self, transport: Transport) -> FrameStream:
        """A stream."""
        try:
            if transport == "websocket" and self._plan.handshake:
                await self._fail_handshake()
            return Frames(await self._opened(transport), self._server)
        except APIError as error:
            raise copy.copy(error) from None

    async def _opened(self, transport: Transport) -> Stream:
        request = self._server.request_stream(self._plan, self._number, transport)
        try:
            await asyncio.sleep(self._plan.opens)
        except asyncio.CancelledError:
            self._server.abandon_request(request)
            raise
        return self._server.opened(request)

    async def _fail_handshake(self) -> None:
        run = self._server.begin_handshake(self._plan, self._number)
        try:
            await asyncio.sleep(self._server.handshake_seconds(self._plan))
        finally:
            self._server.abandon_handshake(self._plan, run)
        raise faults.of_handshake(self._plan.handshake)

    async def _post(self, request: Request[Any]) -> Message:
        assert request.body is not None
        server, plan = self._server, self._plans.post()
        server.assumptions.before_post(self._number)
        sent = server.post(plan, request.body["content"], self._number, holds_others=not self._chat.delivery_unknown)
        try:
            await asyncio.sleep(sent.due - server.now)
        except asyncio.CancelledError:
            sent.is_waited_for = False
            raise
        return server.posted_message(plan, sent)

    async def _history(self) -> ChatHistory:
        plan = self._plans.read()
        await asyncio.sleep(self._server.read_seconds(plan))
        return self._server.history(plan)


class ModelStreamOpener(StreamOpener):
    """The real opener, with the model connections of the current question."""

    def __init__(self, server: ModelServer) -> None:
        transports: dict[Transport, Any] = {"websocket": ModelTransport("websocket", self), "sse": ModelTransport("sse", self)}
        super().__init__(
            TransportChoice("auto"), websocket=transports["websocket"], eventsource=transports["sse"], clock=lambda: server.now
        )
        self.server = server
        self.connections: ModelConnections | None = None

    async def open(self, request: Request[Any], **options: Any) -> FrameStream:
        """Opens by the next plan."""
        assert self.connections is not None
        self.connections.next_opening()
        return await super().open(request, **options)


@attrs.frozen
class ModelTransport:
    """One transport of the model server."""

    name: Transport
    transports: ModelStreamOpener

    async def open(self, _request: Request[Any], **_: Any) -> FrameStream:
        """A stream."""
        assert self.transports.connections is not None
        return await self.transports.connections.open(self.name)


class Frames:
    """A model server's stream with the asynchronous interface of a `FrameStream`."""

    def __init__(self, stream: Stream, server: ModelServer) -> None:
        self._stream = stream
        self._server = server
        self._waiter: asyncio.Future[None] | None = None

    async def receive(self) -> Sequence[Frame]:
        """The next frames, as soon as they are due."""
        loop = asyncio.get_running_loop()
        due, waiter = self._stream.due, loop.create_future()
        self._waiter = waiter
        timer = None if due == math.inf else loop.call_at(due, _resolve, waiter)
        try:
            await waiter
        finally:
            if timer is not None:
                timer.cancel()
        try:
            return self._stream.receive()
        except APIError as error:
            raise copy.copy(error) from None

    def abort(self) -> None:
        """Closes the stream and fails a waiting `receive`."""
        self._stream.close()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(StreamInterruptedError("The connection was broken off"))

    async def close(self) -> None:
        """Closes the stream."""
        self._stream.close()


def _resolve(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


class Cancellations:
    """Cancels what is awaited, a few times at random moments, and soon awaits it again."""

    def __init__(self, rng: random.Random, number: int = 4) -> None:
        self._rng = rng
        self._left = number

    async def awaiting(self, step: Callable[[], Awaitable[T]]) -> T:
        """The result of `step`, which is called again after each cancellation."""
        while self._left > 0:
            limit = asyncio.timeout(self._rng.choice(MOMENTS))
            try:
                async with limit:
                    return await step()
            except TimeoutError:
                self._left -= 1
                await asyncio.sleep(self._rng.uniform(0, RETURN_SECONDS * 0.9))
        return await step()


async def run_session(
    schedule: Schedule,
    server: ModelServer,
    rng: Any,
    *,
    left_at: Sequence[float | None] | None = None,
    cancellations: Callable[[], Cancellations] = lambda: Cancellations(random.Random(), 0),
) -> Sequence[Ending]:
    """How the questions of a schedule end when the real session asks them; `left_at` is when each is given up."""
    chats, transports, endings = chat_states(schedule), ModelStreamOpener(server), list[Ending]()
    for number, ask in enumerate(schedule.asks):
        await asyncio.sleep(ask.pause)
        events, limit = list[AnswerEvent](), asyncio.timeout_at(left_at[number] if left_at else None)
        sender = _sender(number, schedule, chats.of(CHAT_SPELLINGS[ask.spelling]), transports, rng)
        outcome: APIError | Literal["end", "left"] = "end"
        try:
            async with limit:
                answer = AsyncAnswerStream(sender, raise_errors=False)
                await _ask(answer, ask, events, cancellations(), functools.partial(server.assumptions.after_post, number))
        except TimeoutError:
            outcome = "left"
        except APIError as error:
            outcome = error
        endings.append(Ending.of(outcome, events))
        server.assumptions.release_others()
    return endings


async def _ask(
    answer: AsyncAnswerStream,
    ask: Ask,
    events: list[AnswerEvent],
    cancellations: Cancellations,
    on_posted: Callable[[], None],
) -> None:
    try:
        await cancellations.awaiting(lambda: _entered(answer))
        on_posted()
        await asyncio.sleep(ask.read_delay)
        with contextlib.suppress(StopAsyncIteration):
            while True:
                events.append(await cancellations.awaiting(answer.__anext__))
    finally:
        await answer.close()


async def _entered(answer: AsyncAnswerStream) -> None:
    await answer


def _sender(number: int, schedule: Schedule, chat: ChatState, transports: ModelStreamOpener, rng: Any) -> QuestionSender:
    ask = schedule.asks[number]
    connections: Any = ModelConnections(number, ask, transports.server, chat)
    login: Any = Login()
    transports.connections = connections
    caller = Caller(connections, login, Retrier(POLICY, rng=rng), timeout=60.0)

    def open_reader(message: Message, request: Request[Any], turn: ChatSlot) -> StreamReader:
        def open_connection(timeouts: StreamTimeouts) -> StreamConnection:
            retrier = Retrier(POLICY, rng=rng)
            return StreamConnection(request, opener=transports, auth=login, retrier=retrier, timeouts=timeouts)

        timeouts = StreamTimeouts(first_event=IDLE, idle=IDLE, total=schedule.total)
        return StreamReader(
            message, turn, open_connection=open_connection, caller=caller, timeouts=timeouts, max_reruns=schedule.max_reruns
        )

    question = Question(chat_id=CHAT.id, content=QUESTION_TEXTS[ask.text], scope=StreamScope())
    return QuestionSender(
        question, chat=chat, caller=caller, uploader=FileUploader(caller, UploadLimits()), open_reader=open_reader
    )
