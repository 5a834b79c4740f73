"""A server, a job and other users in virtual time: events in a heap, so that hours pass in milliseconds.

The job asks the real `Pacing` as `UnitRunner` does. No network: between the end of a question and the arrival of the next one at
the server stands `SETUP_SECONDS`, the time of the calls that create a chat and post the message.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections import deque
from collections.abc import Callable
from typing import Literal

import attrs

from aizoomdoc_client.batch.pacing import Pacing

SETUP_SECONDS = 0.1
MEAN_SECONDS = 20.0

News = Literal["queued", "started", "answered", "refused", "lost"]


class VirtualTime:
    """Calls what is planned, in the order of its times."""

    def __init__(self) -> None:
        self.now = 0.0
        self._planned: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()

    def at(self, when: float, call: Callable[[], None]) -> None:
        heapq.heappush(self._planned, (max(when, self.now), next(self._numbers), call))

    def run(self, until: Callable[[], bool]) -> None:
        while self._planned and not until():
            self.now, _, call = heapq.heappop(self._planned)
            call()


@attrs.define(eq=False)
class Question:
    """A question on its way, and whom to tell what becomes of it."""

    seconds: float
    tell: Callable[[Question, News], None]
    asked_at: float = 0.0
    queued_at: float | None = None
    started_at: float | None = None
    is_lost: bool = False


@attrs.frozen
class Trouble:
    """From `start` to `end` the server is down, or answers 429 to whatever comes."""

    start: float
    end: float
    kind: Literal["down", "429"]
    retry_after: float | None = None


class PacedServer:
    """`slots` answers at a time, and a first-in, first-out queue of at most `queue_size`; it may not tell of its queue."""

    def __init__(
        self,
        time: VirtualTime,
        slots: int,
        *,
        queue_size: int = 100,
        tells_queue: bool = True,
        troubles: tuple[Trouble, ...] = (),
    ) -> None:
        self.time = time
        self.slots = slots
        self.queue_size = queue_size
        self.tells_queue = tells_queue
        self.troubles = troubles
        self.active: set[Question] = set()
        self.waiting: deque[Question] = deque()
        for trouble in troubles:
            if trouble.kind == "down":
                time.at(trouble.start, self._go_down)

    def trouble(self) -> Trouble | None:
        return next((one for one in self.troubles if one.start <= self.time.now < one.end), None)

    def ask(self, question: Question) -> None:
        trouble = self.trouble()
        if trouble is not None:
            question.tell(question, "lost" if trouble.kind == "down" else "refused")
        elif len(self.active) < self.slots:
            self._start(question)
        elif len(self.waiting) < self.queue_size:
            self.waiting.append(question)
            question.queued_at = self.time.now
            if self.tells_queue:
                question.tell(question, "queued")
        else:
            question.tell(question, "refused")

    def _start(self, question: Question) -> None:
        self.active.add(question)
        question.started_at = self.time.now
        question.tell(question, "started")
        self.time.at(self.time.now + question.seconds, lambda: self._end(question))

    def _end(self, question: Question) -> None:
        if question.is_lost:
            return
        self.active.discard(question)
        if self.waiting:
            self._start(self.waiting.popleft())
        question.tell(question, "answered")

    def _go_down(self) -> None:
        lost = [*self.active, *self.waiting]
        self.active.clear()
        self.waiting.clear()
        for question in lost:
            question.is_lost = True
            question.tell(question, "lost")


class PacedJob:
    """Asks questions that take `seconds` each, as many at a time as `pacing` says."""

    def __init__(self, server: PacedServer, pacing: Pacing, seconds: list[float]) -> None:
        self.time = server.time
        self.server = server
        self.pacing = pacing
        self.left = deque(seconds)
        self.open = 0
        self.waiting = 0
        self.most_waiting = 0
        self.refusals = 0
        self.answered_at: list[float] = []
        self.limits: list[tuple[float, int]] = []
        self._count = len(seconds)
        self.begin()

    @property
    def is_done(self) -> bool:
        return len(self.answered_at) == self._count

    def begin(self) -> None:
        now = self.time.now
        self.limits.append((now, self.pacing.limit))
        while self.left and self.open < self.pacing.limit and now >= self.pacing.not_before:
            self.open += 1
            self.pacing.begun(now)
            question = Question(self.left.popleft(), self._tell)
            self.time.at(now + SETUP_SECONDS, lambda question=question: self._ask(question))
        if self.left and self.pacing.not_before > now:
            self.time.at(self.pacing.not_before, self.begin)

    def _ask(self, question: Question) -> None:
        question.asked_at = self.time.now
        self.server.ask(question)

    def _tell(self, question: Question, what: News) -> None:
        now, told = self.time.now, question.queued_at is not None and self.server.tells_queue
        if what == "queued":
            self.waiting += 1
            self.pacing.accepted(asked_at=question.asked_at)
            self.pacing.queued(open_now=self.open, waiting=self.waiting)
        elif what == "started":
            self.waiting -= told
            self.pacing.accepted(asked_at=question.asked_at)
        else:
            self._ended(question, what, now, told)
        self.most_waiting = max(self.most_waiting, self.waiting)
        self.begin()

    def _ended(self, question: Question, what: News, now: float, told: bool) -> None:
        if what == "lost":  # it keeps its place while it waits, as in `UnitRunner`
            self.waiting -= told and question.started_at is None
            self.time.at(now + 2.0, lambda: self._again(question))
            return
        self.open -= 1
        if what == "refused":
            self.refusals += 1
            trouble = self.server.trouble()
            retry_after = None if trouble is None else trouble.retry_after
            self.pacing.refused(now, asked_at=question.asked_at, retry_after=retry_after)
            self.left.append(question.seconds)
        else:
            assert question.started_at is not None
            queued = question.started_at - question.queued_at if told and question.queued_at is not None else None
            self.pacing.answered(now, asked_at=question.asked_at, queued_seconds=queued)
            self.answered_at.append(now)

    def _again(self, question: Question) -> None:
        self.open -= 1
        self.left.append(question.seconds)
        self.begin()


class OtherUsers:
    """Ask at random moments from `start` to `end`, `share` of the server's slots in the mean; record their waits."""

    def __init__(self, server: PacedServer, rng: random.Random, *, share: float, start: float, end: float) -> None:
        self.waits: list[float] = []
        self._server = server
        when = start
        while share and (when := when + rng.expovariate(share * server.slots / MEAN_SECONDS)) < end:
            question = Question(answer_seconds(rng), self._tell, asked_at=when)
            server.time.at(when, lambda question=question: server.ask(question))

    def _tell(self, question: Question, what: News) -> None:
        if what == "started":
            self.waits.append(self._server.time.now - question.asked_at)


def answer_seconds(rng: random.Random, sigma: float = 0.6) -> float:
    """How long an answer takes: lognormal, `MEAN_SECONDS` in the mean."""
    return MEAN_SECONDS * rng.lognormvariate(-(sigma**2) / 2, sigma)


def job_on(server: PacedServer, pacing: Pacing, *, seed: int, units: int = 1000, sigma: float = 0.6) -> PacedJob:
    """A job that ran to its end; the same seed gives the same answer times whatever the pacing."""
    rng = random.Random(seed)
    job = PacedJob(server, pacing, [answer_seconds(rng, sigma) for _ in range(units)])
    server.time.run(lambda: job.is_done)
    assert job.is_done
    return job
