"""A model, a backplane in memory and clients that fail at random: what relays need of the world, on a clock of its own."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Sequence
from typing import Any, Self

import attrs

from aizoomdoc_client import RetryPolicy
from aizoomdoc_client.catalog import text
from aizoomdoc_client.events import AnswerEvent, AnswerRestarted, Completed, LLMFinal, LLMToken, StreamResumed
from aizoomdoc_client.exceptions import StreamInterruptedError
from aizoomdoc_client.relay.backplane import Batch, LeaseState, StreamState
from aizoomdoc_client.relay.control_events import ViewedEvent
from aizoomdoc_client.relay.event_json import decoded, encoded
from aizoomdoc_client.relay.exceptions import BackplaneAwayError
from aizoomdoc_client.relay.relayed_event import LAST
from aizoomdoc_client.relay.stream_facts import StreamFacts

LEASE = 5.0


@attrs.define
class Model:
    """A server with one chat and one question."""

    rng: random.Random
    posts: int = 0
    runs: int = 0
    stored: list[str] = attrs.field(factory=list[str])

    def text(self) -> str:
        """What one run says: a common beginning, and then words of its own."""
        common = ["Высота ", "этажа "][: self.rng.randrange(3)]
        return "".join([*common, *(f"{self.runs}.{number} " for number in range(self.rng.randrange(6)))]) or "да"


@attrs.define
class Client:
    """As much of a client as a relay uses."""

    model: Model
    drop_rate: float
    max_reruns: int = 1

    @property
    def config(self) -> Any:
        return self

    @property
    def retry(self) -> RetryPolicy:
        return RetryPolicy(max_reruns=self.max_reruns)

    def with_options(self, *, retry: RetryPolicy) -> Client:
        return attrs.evolve(self, max_reruns=retry.max_reruns)

    def send_message(self, chat_id: str, question: str) -> SimulatedAnswer:
        return SimulatedAnswer(self.model, self.drop_rate, self.max_reruns, is_new=True)

    def resume_answer(self, chat_id: str, message_id: str, *, rerun: bool = True) -> SimulatedAnswer:
        return SimulatedAnswer(self.model, self.drop_rate, self.max_reruns + 1 if rerun else 0, is_new=False)


@attrs.frozen
class Posted:
    id: str


class SimulatedAnswer:
    """An answer as the client gives it: recovered from lost streams by the history and by runs, as long as these are allowed."""

    message = Posted("m-1")

    def __init__(self, model: Model, drop_rate: float, runs_left: int, *, is_new: bool) -> None:
        self._model = model
        self._drop_rate = drop_rate
        self._runs_left = runs_left
        self._is_new = is_new
        self._events = self._read()
        self._cancelled = asyncio.get_running_loop().create_future()

    def __await__(self) -> Generator[Any, None, Self]:
        return self._posted().__await__()

    async def _posted(self) -> Self:
        await self._pause()
        if self._is_new:
            self._model.posts += 1
            await self._pause()
        return self

    def __aiter__(self) -> AsyncIterator[AnswerEvent]:
        return self._events

    def cancel(self) -> None:
        if not self._cancelled.done():
            self._cancelled.set_result(None)

    async def close(self) -> None:
        self.cancel()

    async def _pause(self) -> None:
        """Lets time pass, unless the answer is cancelled."""
        await asyncio.wait([self._cancelled], timeout=self._model.rng.choice([0, 0.01, 0.5, 3.0]))
        if self._cancelled.done():
            raise StreamInterruptedError(text("answer_closed"))

    async def _read(self) -> AsyncIterator[AnswerEvent]:  # noqa: C901 - in the order in which it happens
        model, said, is_first = self._model, "", self._is_new
        while True:
            if not is_first:
                await self._pause()
                if model.stored:
                    yield StreamResumed("history")
                    for event in _changed(said, model.stored[-1]):
                        yield event
                    said = model.stored[-1]
                    break
                if not self._runs_left:
                    raise StreamInterruptedError(text("answer_closed"))
                self._runs_left -= 1
                yield StreamResumed("rerun")  # the run begins when the next event is asked for
            model.runs += 1
            whole, shown = model.text(), ""
            if not is_first and said:
                yield AnswerRestarted(0, "rerun")
            is_first = False
            try:
                while shown != whole:
                    await self._pause()
                    if model.rng.random() < self._drop_rate:
                        break
                    piece = whole[len(shown) : len(shown) + model.rng.randint(1, 5)]
                    shown += piece
                    yield LLMToken(piece)
            except StreamInterruptedError:
                if model.rng.random() < 0.3:  # the server finishes a run that nobody reads
                    model.stored.append(whole)
                raise
            said = shown
            if shown == whole:
                model.stored.append(whole)
                break
            if model.rng.random() < 0.3:
                model.stored.append(whole)
        yield LLMFinal(said)
        yield Completed()


def _changed(said: str, wanted: str) -> Sequence[AnswerEvent]:
    if wanted.startswith(said):
        return [LLMToken(wanted[len(said) :])]
    return [AnswerRestarted(0, "final"), LLMToken(wanted)]


@attrs.define
class Known:
    """What the backplane has of an answer."""

    facts: StreamFacts
    fence: int
    last_id: int = 0
    stop_wanted: bool = False
    ending: ViewedEvent | None = None
    lease: int | None = None
    lease_ends: float = 0.0
    batches: list[tuple[int | None, int, str]] = attrs.field(factory=list[tuple[int | None, int, str]])


@attrs.define
class Shared:
    """The memory of all workers' backplanes; `checks_order` is off for a planted bug."""

    rng: random.Random
    fault_rate: float
    loss_rate: float
    known: dict[str, Known] = attrs.field(factory=dict[str, Known])
    workers: list[SharedBackplane] = attrs.field(factory=list["SharedBackplane"])
    checks_order: bool = True

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def lease_of(self, known: Known) -> int | None:
        return known.lease if known.lease_ends > self.now() else None


class SharedBackplane:
    """One worker's way to what is shared: calls fail before or after they had their effect, and messages get lost."""

    def __init__(self, shared: Shared) -> None:
        self.lease_seconds = LEASE
        self.is_dead = False
        self.pauses_until = 0.0
        self._shared = shared
        self._heard = dict[str, Callable[[Batch], None]]()
        self._stop: Callable[[str], None] | None = None
        shared.workers.append(self)

    async def _done(self, effect: Callable[[], Any]) -> Any:
        shared = self._shared
        await asyncio.sleep(max(self.pauses_until - shared.now(), shared.rng.choice([0, 0, 0.01, 1.0])))
        if self.is_dead or shared.rng.random() < shared.fault_rate:
            raise BackplaneAwayError(text("relay_backplane_away"))
        result = effect()
        await asyncio.sleep(shared.rng.choice([0, 0, 0.01]))
        if self.is_dead or shared.rng.random() < shared.fault_rate:
            raise BackplaneAwayError(text("relay_backplane_away"))
        return result

    async def open(self, stop: Callable[[str], None]) -> None:
        self._stop = stop

    async def close(self) -> None:
        self.is_dead = True

    def store_facts(self, stream_id: str, facts: StreamFacts, fence: int) -> Awaitable[bool]:
        def effect() -> bool:
            known = self._shared.known.setdefault(stream_id, Known(facts, fence))
            if known.fence != fence:
                return False
            known.facts, known.lease, known.lease_ends = facts, fence, self._shared.now() + LEASE
            return True

        return self._done(effect)

    def publish(self, stream_id: str, fence: int, batch: Batch | None) -> Awaitable[LeaseState]:
        def effect() -> LeaseState:
            known = self._shared.known.get(stream_id)
            if known is None:
                return "unknown"
            if known.fence != fence or self._shared.lease_of(known) not in {None, fence}:
                return "lost"
            known.lease, known.lease_ends = fence, self._shared.now() + LEASE
            if batch is not None:
                is_next = batch.before is None or batch.before == known.last_id
                if self._shared.checks_order and not is_next and batch.last_id != known.last_id:
                    return "gap"
                if batch.last_id != known.last_id or batch.before is None or not self._shared.checks_order:
                    self._add(stream_id, known, batch)
                if batch.events[-1].event in LAST:
                    known.ending, known.lease = batch.events[-1], None
            return "stop" if known.stop_wanted else "held"

        return self._done(effect)

    def _add(self, stream_id: str, known: Known, batch: Batch) -> None:
        row = (batch.before, batch.last_id, encoded(batch.events))
        known.batches = [row] if batch.before is None else [*known.batches, row]
        known.last_id = batch.last_id
        for worker in self._shared.workers:
            if stream_id in worker._heard and self._shared.rng.random() >= self._shared.loss_rate:
                asyncio.get_running_loop().call_soon(worker._hear, stream_id, row)

    def _hear(self, stream_id: str, row: tuple[int | None, int, str]) -> None:
        if stream_id in self._heard and not self.is_dead:
            self._heard[stream_id](_batch(row))

    def state(self, stream_id: str) -> Awaitable[StreamState | None]:
        def effect() -> StreamState | None:
            known = self._shared.known.get(stream_id)
            if known is None:
                return None
            is_read = self._shared.lease_of(known) is not None
            return StreamState(known.facts, known.fence, is_read, known.stop_wanted, known.last_id, known.ending)

        return self._done(effect)

    def batches(self, stream_id: str, after: int) -> Awaitable[Sequence[Batch]]:
        def effect() -> Sequence[Batch]:
            known = self._shared.known.get(stream_id)
            return [] if known is None else [_batch(row) for row in known.batches if row[1] > after]

        return self._done(effect)

    def take_up(self, stream_id: str, state: StreamState) -> Awaitable[StreamState | None]:
        def effect() -> StreamState | None:
            known = self._shared.known.setdefault(stream_id, Known(state.facts, state.fence))
            is_free = self._shared.lease_of(known) is None and known.ending is None
            if not is_free or known.fence != state.fence:
                return None
            known.fence = known.lease = known.fence + 1
            known.lease_ends = self._shared.now() + LEASE
            return attrs.evolve(state, fence=known.fence, facts=known.facts)

        return self._done(effect)

    def release(self, stream_id: str, fence: int) -> Awaitable[None]:
        def effect() -> None:
            known = self._shared.known.get(stream_id)
            if known is not None and known.lease == fence:
                known.lease = None

        return self._done(effect)

    async def watch(self, stream_id: str) -> None:
        await self._done(lambda: None)

    async def is_watched(self, stream_id: str) -> bool:
        return True

    def want_stop(self, stream_id: str) -> Awaitable[None]:
        def effect() -> None:
            known = self._shared.known.get(stream_id)
            if known is not None:
                known.stop_wanted = True
            for worker in self._shared.workers:
                if worker._stop is not None and not worker.is_dead and self._shared.rng.random() >= self._shared.loss_rate:
                    asyncio.get_running_loop().call_soon(worker._stop, stream_id)

        return self._done(effect)

    async def follow(self, stream_id: str, heard: Callable[[Batch], None]) -> None:
        self._heard[stream_id] = heard
        await self._done(lambda: None)

    async def unfollow(self, stream_id: str) -> None:
        self._heard.pop(stream_id, None)


def _batch(row: tuple[int | None, int, str]) -> Batch:
    return Batch(row[0], row[1], decoded(row[2]))
