"""The model server: one chat, its messages and runs, and a virtual clock, which advances only on waits.

It records who wrote each message and which run answered it; the invariants compare the client's conclusions with these records.
What it must not do, because no client could handle it, is in `assumptions`.
"""

from __future__ import annotations

import functools
import heapq
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import attrs

from aizoomdoc_client.exceptions import APIError
from aizoomdoc_client.models import Chat, ChatHistory, Message
from aizoomdoc_client.protocol.transport_choice import Transport

from . import faults
from .assumptions import OTHERS, Assumptions
from .schedule import Opening, Other, Post, Read, Schedule
from .stream import Stream
from .texts import FAMILIES, QUESTION_TEXTS, RunScript, make_script

CHAT_ID = uuid.UUID("c4a70000-0000-4000-8000-000000000001")
CHAT_SPELLINGS = (str(CHAT_ID), str(CHAT_ID).upper(), CHAT_ID.hex, f"{{{CHAT_ID}}}")
CHAT = Chat(id=CHAT_SPELLINGS[0])
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
RESPONSE_SECONDS = 0.05
"""Seconds until a response comes; requests are processed halfway."""
STORING = frozenset({"ok", "stored", "garbled", "500 stored"})
"""The outcomes of a POST that store its message at once."""
REQUEST_TIMEOUT = 60.0
"""Request time-out of our client, in seconds."""

HANDSHAKE_TIMEOUT = 20.0
"""Handshake time-out of our client, or a proxy, in seconds."""


@attrs.define(eq=False)
class Run:
    """One run of the model: its question, who started it, and whether its answer may still be stored."""

    question: Message
    by: int
    script: RunScript
    ends_at: float
    extra: bool = False
    pending: bool = True
    left_at: float | None = None
    stored_at: float | None = None
    placeholder: Message | None = None


@attrs.define(eq=False)
class SentPost:
    """A POST on its way; whether its client still waits for the response, which comes when `due`."""

    due: float
    is_waited_for: bool = True
    message: Message | None = None


@attrs.define(eq=False)
class StreamRequest:
    """A requested stream; whether its client still waits for the response, which comes when `due`, and the run that it began."""

    plan: Opening
    transport: Transport
    due: float
    is_waited_for: bool = True
    run: Run | None = None
    began: float = 0.0
    error: APIError | None = None


class ModelServer:
    """The server of one simulation, and its clock."""

    def __init__(self, schedule: Schedule, assumptions: Assumptions) -> None:
        self.now = 0.0
        self._rows = schedule.rows
        self.messages: list[Message] = list(_past(schedule.past, is_dated=not schedule.rows.undated))
        self.questions: list[Message] = list(self.messages[::2])
        self.authors: dict[str, int] = {}
        self.posted: list[tuple[int, Message]] = []
        self.runs: list[Run] = []
        self.stored_by: dict[str, Run] = {}
        self.live: Stream | None = None
        self.assumptions = assumptions
        assumptions.begin(self, schedule)
        self._questions = 0
        self._scheduled: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        if schedule.past_run is not None:
            self._begin(self.messages[-1], OTHERS, _completed_script(self.messages[-1], 0), schedule.past_run)
        for other in schedule.others:
            self.later(other.at, functools.partial(self.act, other))

    # Time

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Schedules `action` in `seconds`."""
        self._count += 1
        heapq.heappush(self._scheduled, (self.now + seconds, self._count, action))

    def advance(self, until: float) -> None:
        """Advances the time to `until` and runs the scheduled actions that are due."""
        scheduled = self._scheduled
        while scheduled and scheduled[0][0] <= until:
            self.now, _, action = heapq.heappop(scheduled)
            action()
        self.now = max(self.now, until)

    def drain(self) -> None:
        """Runs all scheduled actions."""
        while self._scheduled:
            self.advance(self._scheduled[0][0])

    # Requests of clients

    def post(self, plan: Post, content: str, asker: int, *, holds_others: bool) -> SentPost:
        """Sends our message, which is stored, if at all, also if the client leaves before; see `posted_message`."""
        is_slow = plan.outcome == "slow"
        sent = SentPost(self.now + (REQUEST_TIMEOUT if is_slow else RESPONSE_SECONDS))
        if is_slow or plan.outcome in STORING:
            seconds = REQUEST_TIMEOUT + plan.seconds if is_slow else RESPONSE_SECONDS / 2
            holds_others = holds_others and plan.outcome == "ok"
            self.later(seconds, functools.partial(self._store_posted, sent, content, asker, holds_others=holds_others))
        return sent

    def posted_message(self, plan: Post, sent: SentPost) -> Message:
        """The response to a POST, which is due; raises the planned error."""
        if plan.outcome != "ok" or sent.message is None:
            raise faults.of_post(plan.outcome)
        return sent.message

    def read_seconds(self, plan: Read) -> float:
        """Duration of a history read in seconds."""
        return 20.0 if plan.result == "slow" else RESPONSE_SECONDS

    def history(self, plan: Read) -> ChatHistory:
        """The oldest messages of the chat; raises the planned error."""
        if plan.result in {"ok", "slow"}:
            return ChatHistory(chat=CHAT, messages=tuple(self._listed()[: ChatHistory.WINDOW]))
        if plan.result == "empty":
            return ChatHistory(chat=CHAT)
        raise faults.of_read(plan.result)

    def _listed(self) -> Sequence[Message]:
        """All rows, as the server lists them."""
        rows = self._rows
        listed = [row for message in self.messages for row in ((message, _note(message)) if rows.notes else (message,))]
        if rows.twice:
            listed = [row for row in listed for _ in range(2)]
        return listed[::-1] if rows.newest_first else listed

    def request_stream(self, plan: Opening, asker: int, transport: Transport) -> StreamRequest:
        """Requests a stream; the server reads the request halfway to its response, also if the client leaves before."""
        request = StreamRequest(plan, transport, self.now + plan.opens)
        self.later(plan.opens / 2, functools.partial(self._read_request, request, asker))
        return request

    def opened(self, request: StreamRequest) -> Stream:
        """The response to a requested stream, which is due; raises the planned error."""
        plan, run = request.plan, request.run
        if run is None:
            assert request.error is not None
            raise request.error
        if plan.failure:
            self.dropped(run, goes_on=plan.goes_on)
            raise faults.of_opening(plan.failure)
        return Stream(self, plan, run, began=request.began)

    def abandon_request(self, request: StreamRequest) -> None:
        """The client left before the response: a run that has begun is dropped, a later one at once."""
        request.is_waited_for = False
        if request.run is not None:
            self.dropped(request.run, goes_on=request.plan.goes_on)

    def _read_request(self, request: StreamRequest, asker: int) -> None:
        """The server reads a request for a stream: it begins a run on the chat's last question."""
        plan, question = request.plan, self.questions[-1] if self.questions else None
        if question is None:
            request.error = faults.of_opening("404")
        elif plan.failure and not _has_begun(request):
            request.error = faults.of_opening(plan.failure)
        elif plan.breaks == "4401" and plan.cut == 0:
            request.error = faults.of_break("4401")
        else:
            script = make_script(family(question), plan.variant, plan.ending)
            request.began = self.now
            request.run = self._begin(question, asker, script, len(script.websocket) * plan.pace, late=plan.late)
            if request.is_waited_for:
                self.assumptions.release_others()
            else:
                self.dropped(request.run, goes_on=plan.goes_on)

    def begin_handshake(self, plan: Opening, asker: int) -> Run | None:
        """Begins a WebSocket handshake that is planned to fail; returns the run that it starts, if any."""
        if not plan.handshake.endswith("begun") or not self.questions:
            return None
        script = make_script(family(self.questions[-1]), plan.variant, plan.ending)
        run = self._begin(self.questions[-1], asker, script, len(script.websocket) * plan.pace, late=plan.late)
        self.assumptions.release_others()
        return run

    def handshake_seconds(self, plan: Opening) -> float:
        """Duration of a failing handshake in seconds."""
        return RESPONSE_SECONDS if plan.handshake in {"refused", "busy"} else HANDSHAKE_TIMEOUT

    def abandon_handshake(self, plan: Opening, run: Run | None) -> None:
        """The client gave up the handshake: its run is dropped."""
        if run is not None:
            self.dropped(run, goes_on=plan.goes_on)

    def runs_started_by(self, asker: int) -> int:
        """Number of runs that our question has started."""
        return sum(run.by == asker for run in self.runs)

    # Events of the server and of other clients

    def dropped(self, run: Run, *, goes_on: bool) -> None:
        """The stream of `run` was closed: the run goes on or is cancelled."""
        run.left_at = self.now
        if not goes_on and self.now < run.ends_at:
            run.pending = False

    def act(self, other: Other) -> None:
        """Performs an action of another client."""
        if other.asks and self.assumptions.postpones(functools.partial(self.act, other)):
            return
        if other.asks:
            content = QUESTION_TEXTS[self.assumptions.text_of(other)]
            question: Message | None = self._store("user", content, OTHERS)
        else:
            question = self.questions[-1] if self.questions else None
        if question is not None and other.seconds is not None:
            self._begin(question, OTHERS, _completed_script(question, 2), other.seconds, extra=not other.asks)

    def _begin(
        self, question: Message, by: int, script: RunScript, seconds: float, *, late: float = 0.0, extra: bool = False
    ) -> Run:
        run = Run(question, by, script, self.now + seconds, extra)
        self.runs.append(run)
        if self._rows.placeholders:
            run.placeholder = self._store("assistant", "", by)
        if script.stores:
            self.later(seconds + late, functools.partial(self._finish, run))
        else:
            run.pending = False
        return run

    def _finish(self, run: Run) -> None:
        if run.pending and self.assumptions.allows_store(run):
            message = self._store_answer(run)
            self.stored_by[message.id], run.stored_at = run, self.now
        run.pending = False

    def _store_answer(self, run: Run) -> Message:
        if run.placeholder is None:
            return self._store("assistant", run.script.final, run.by)
        message = attrs.evolve(run.placeholder, content=run.script.final)
        self.messages[self.messages.index(run.placeholder)] = message
        return message

    def _store_posted(self, sent: SentPost, content: str, asker: int, *, holds_others: bool) -> None:
        again = functools.partial(self._store_posted, sent, content, asker, holds_others=False)
        if self.assumptions.postpones_message(asker, content, again):
            return
        sent.message = self._store("user", content, asker)
        self.posted.append((asker, sent.message))
        if holds_others and sent.is_waited_for:
            self.assumptions.hold_others()

    def _store(self, role: str, content: str, author: int) -> Message:
        message = Message(
            id=f"m{len(self.messages)}",
            chat_id=CHAT.id,
            role=role,
            content=content,
            created_at=None if self._rows.undated else BEGAN + timedelta(seconds=self.now, microseconds=len(self.messages)),
        )
        self.messages.append(message)
        self.authors[message.id] = author
        if role == "user":
            self.questions.append(message)
        return message


def _has_begun(request: StreamRequest) -> bool:
    """Whether a request that fails begins a run. A page in place of a WebSocket is a proxy's that strips ``Upgrade``: none."""
    failure = request.plan.failure
    return failure == "started" or (failure == "html" and request.transport == "sse")


def family(question: Message) -> int:
    """The family of texts of runs on `question`."""
    return int(question.id[1:]) % FAMILIES


def _completed_script(question: Message, number: int) -> RunScript:
    return make_script(family(question), number, "completed")


@functools.lru_cache(maxsize=10_000)
def _note(message: Message) -> Message:
    """A row of no question and no answer."""
    role = "tool" if message.role == "user" else "system"
    return attrs.evolve(message, id=f"{message.id}-note", role=role, content="INTERNAL NOTE")


@functools.cache
def _past(count: int, *, is_dated: bool) -> tuple[Message, ...]:
    """Questions, some with our texts, and answers in turn; the last message is a minute old."""
    return tuple(
        Message(
            id=f"m{number}",
            chat_id=CHAT.id,
            role="assistant" if number % 2 else "user",
            content="Прежний ответ" if number % 2 else QUESTION_TEXTS[number // 2 % 2],
            created_at=BEGAN - timedelta(minutes=count - number) if is_dated else None,
        )
        for number in range(count)
    )
