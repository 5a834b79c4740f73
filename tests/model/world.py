"""The model server: one chat, its messages and runs, and the time, which passes only when somebody waits.

It keeps its own account of who wrote what and which run answered which message: the truth that the client's beliefs are held
against. What it must not do, since no client could cope with it, is in `assumptions`.
"""

from __future__ import annotations

import functools
import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import attrs

from aizoomdoc_client.models import Chat, ChatHistory, Message

from . import faults
from .assumptions import OTHERS, Assumptions
from .schedule import Opening, Other, Post, Read, Schedule
from .stream import Stream
from .texts import FAMILIES, Story, story

CHAT = Chat(id="chat")
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = ("Где ВРУ?", "Какая высота этажа?", "Сколько дверей?")
"""Our questions' texts, and one that is never ours."""
GIVEN_UP = 60.0
"""Seconds after which our client gives up a request."""

UNANSWERED = 20.0
"""Seconds after which our client, or a proxy, gives up a handshake."""


@attrs.define(eq=False)
class Run:
    """One run of the model: what it answers, who opened it, and whether it will still be stored."""

    question: Message
    by: int
    story: Story
    ends_at: float
    extra: bool = False
    pending: bool = True
    left_at: float | None = None
    stored_at: float | None = None


class World:
    """The server of one game, and its clock."""

    def __init__(self, schedule: Schedule, assumptions: Assumptions) -> None:
        self.now = 0.0
        self.messages: list[Message] = list(_past(schedule.past))
        self.questions: list[Message] = list(self.messages[::2])
        self.authors: dict[str, int] = {}
        self.posted: list[tuple[int, Message]] = []
        self.runs: list[Run] = []
        self.stored_by: dict[str, Run] = {}
        self.live: Stream | None = None
        self.assumptions = assumptions
        assumptions.begin(self, schedule)
        self._questions = 0
        self._coming: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        if schedule.past_run is not None:
            self._begin(self.messages[-1], OTHERS, _run_and_notify(self.messages[-1], 0), schedule.past_run)
        for other in schedule.others:
            self.later(other.at, functools.partial(self.act, other))

    # Time

    def later(self, seconds: float, happening: Callable[[], None]) -> None:
        """Lets something happen after so many seconds."""
        self._count += 1
        heapq.heappush(self._coming, (self.now + seconds, self._count, happening))

    def advance(self, until: float) -> None:
        """Lets time pass, and happen what is due."""
        coming = self._coming
        while coming and coming[0][0] <= until:
            self.now, _, happening = heapq.heappop(coming)
            happening()
        self.now = max(self.now, until)

    def drain(self) -> None:
        """Lets everything happen that is still to come."""
        while self._coming:
            self.advance(self._coming[0][0])

    # What clients ask for

    def post(self, plan: Post, content: str, asker: int) -> Message:
        """Our message, stored; or what goes wrong."""
        self.advance(self.now + 0.05)
        if plan.outcome in {"ok", "stored", "garbled", "500 stored"}:
            self._store_posted(content, asker)
            if plan.outcome == "ok":
                return self.messages[-1]
        if plan.outcome == "slow":
            self.later(GIVEN_UP + plan.seconds, functools.partial(self._store_posted, content, asker))
            self.advance(self.now + GIVEN_UP)
        raise faults.of_post(plan.outcome)

    def takes(self, plan: Read) -> float:
        """How many seconds a reading of the history takes."""
        return 20.0 if plan.result == "slow" else 0.05

    def history(self, plan: Read) -> ChatHistory:
        """The oldest messages of the chat; or what goes wrong."""
        if plan.result in {"ok", "slow"}:
            return ChatHistory(chat=CHAT, messages=tuple(self.messages[: ChatHistory.WINDOW]))
        if plan.result == "empty":
            return ChatHistory(chat=CHAT)
        raise faults.of_read(plan.result)

    def open(self, plan: Opening, asker: int) -> Stream:
        """The stream of a new run on the chat's last question; or what goes wrong."""
        self.advance(self.now + 0.05)
        if not self.questions:
            raise faults.of_opening("404")
        question = self.questions[-1]
        if plan.failure and plan.failure != "started":
            raise faults.of_opening(plan.failure)
        if plan.breaks == "4401" and plan.cut == 0:
            raise faults.of_break("4401")
        told = story(family(question), plan.telling, plan.ending)
        run = self._begin(question, asker, told, len(told.websocket) * plan.pace, late=plan.late)
        if plan.failure:
            self.dropped(run, goes_on=plan.goes_on)
            raise faults.of_opening(plan.failure)
        return Stream(self, plan, run)

    def shake_hands(self, plan: Opening, asker: int) -> Run | None:
        """A WebSocket's handshake, which fails as planned: the run that begins all the same."""
        if not plan.handshake.endswith("begun") or not self.questions:
            return None
        told = story(family(self.questions[-1]), plan.telling, plan.ending)
        return self._begin(self.questions[-1], asker, told, len(told.websocket) * plan.pace, late=plan.late)

    def shakes(self, plan: Opening) -> float:
        """How many seconds a handshake takes that fails."""
        return 0.05 if plan.handshake in {"refused", "busy"} else UNANSWERED

    def gave_up(self, plan: Opening, run: Run | None) -> None:
        """Nobody waits for a handshake any more."""
        if run is not None:
            self.dropped(run, goes_on=plan.goes_on)

    def begun_by(self, asker: int) -> int:
        """How many runs a question of ours has begun."""
        return sum(run.by == asker for run in self.runs)

    # What happens by itself

    def dropped(self, run: Run, *, goes_on: bool) -> None:
        """Nobody listens to `run` any more."""
        run.left_at = self.now
        if not goes_on and self.now < run.ends_at:
            run.pending = False

    def act(self, other: Other) -> None:
        """What another client does."""
        if not self.assumptions.lets(other):
            return
        if other.asks:
            content = WORDS[self.assumptions.words(other)]
            question: Message | None = self._store("user", content, OTHERS)
        else:
            question = self.questions[-1] if self.questions else None
        if question is not None and other.seconds is not None:
            self._begin(question, OTHERS, _run_and_notify(question, 2), other.seconds, extra=not other.asks)

    def _begin(self, question: Message, by: int, told: Story, seconds: float, *, late: float = 0.0, extra: bool = False) -> Run:
        run = Run(question, by, told, self.now + seconds, extra)
        self.runs.append(run)
        if told.stores:
            self.later(seconds + late, functools.partial(self._finish, run))
        else:
            run.pending = False
        return run

    def _finish(self, run: Run) -> None:
        if run.pending and self.assumptions.lets_store(run):
            message = self._store("assistant", run.story.final, run.by)
            self.stored_by[message.id], run.stored_at = run, self.now
        run.pending = False

    def _store_posted(self, content: str, asker: int) -> None:
        self.posted.append((asker, self._store("user", content, asker)))

    def _store(self, role: str, content: str, author: int) -> Message:
        message = Message(
            id=f"m{len(self.messages)}",
            chat_id=CHAT.id,
            role=role,
            content=content,
            created_at=BEGAN + timedelta(seconds=self.now),
        )
        self.messages.append(message)
        self.authors[message.id] = author
        if role == "user":
            self.questions.append(message)
        return message


def family(question: Message) -> int:
    """Which texts runs on `question` tell."""
    return int(question.id[1:]) % FAMILIES


def _run_and_notify(question: Message, number: int) -> Story:
    return story(family(question), number, "completed")


@functools.cache
def _past(count: int) -> tuple[Message, ...]:
    """Questions, some with our words, and answers in turn; an older question has failed, the last one is a minute old."""
    return tuple(
        Message(
            id=f"m{number}",
            chat_id=CHAT.id,
            role="assistant" if number % 2 else "user",
            content="Прежний ответ" if number % 2 else WORDS[number // 2 % 2],
            created_at=BEGAN - timedelta(minutes=count - number),
        )
        for number in range(count)
    )
