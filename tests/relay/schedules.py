"""Plays random schedules of workers that share one answer; ``python -m tests.relay.schedules --schedules 20000``.

Workers are killed, paused and closed, their calls of the backplane fail before or after their effect, what is published is not
heard, the backplane loses all that it has, streams of the model break off, somebody stops the answer, and viewers reload wherever
they are. Every viewer's text is one of the stored answers at the end, the question is posted once, and the model runs no more
often than is allowed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import random
import sys
from typing import Any, cast

import attrs

from aizoomdoc_client.events import ErrorEvent
from aizoomdoc_client.protocol.answer_state import AnswerState
from aizoomdoc_client.relay import BackplaneAwayError, Reconnect, Relay, RelayClosedError, StreamNotFoundError
from aizoomdoc_client.relay.relayed_event import LAST
from tests.model.virtual_loop import VirtualLoop
from tests.random_schedules import BrokenError, complaint_of, play_many

from .simulated_workers import Client, Model, Shared, SharedBackplane

OWNER = "user-1"
MOST_SECONDS = 3_000.0
"""Far more than any schedule needs."""
FORGOTTEN_SECONDS = 60.0
"""How long a viewer asks again for an answer that the backplane has lost: who reads it gives it back what it had."""


@attrs.define
class Clock:
    """The time of a schedule, which passes only when all tasks wait."""

    now: float = 1000.0

    def advance(self, to: float) -> None:
        self.now = to


@attrs.frozen
class Worker:
    relay: Relay
    backplane: SharedBackplane

    def die(self) -> None:
        """As kill -9: nothing is said to anybody, and its connections break off."""
        self.backplane.is_dead = True
        for answer in self.relay._answers.values():
            if answer.reader is not None:
                answer.reader.abandon()
            if answer.publisher is not None:
                answer.publisher._task.cancel()
            if answer.follower is not None:
                answer.follower.stop()


class Schedule:
    """One schedule."""

    def __init__(self, seed: int, **planted: Any) -> None:
        self.rng = rng = random.Random(seed)
        self.model = Model(rng)
        self.max_reruns = rng.choice([0, 1, 1, 2])
        self._drop_rate = rng.choice([0.0, 0.05, 0.3])
        self._fault_rate = rng.choice([0.0, 0.1, 0.3])
        self._shared = Shared(rng, 0.0, rng.choice([0.0, 0.1, 0.5]), **planted)
        self._buffer = rng.choice([1, 1500, 10**6])
        self._replay_seconds = rng.choice([0.0, 20.0, 300.0])
        self._kills = rng.choice([0, 1, 2, 4])
        self._loses = self._kills and rng.random() < 0.3
        self._stops = rng.random() < 0.2
        self._stopped = False
        self._failures = 0
        self._workers = list[Worker]()

    def play(self) -> None:
        """Raises `BrokenError` where an invariant does not hold."""
        clock = Clock()
        with asyncio.Runner(loop_factory=lambda: VirtualLoop(cast("Any", clock))) as runner:
            runner.run(self._play())

    async def _play(self) -> None:
        self._workers = [self._worker() for _ in range(self.rng.choice([1, 2, 3]))]
        try:
            async with asyncio.timeout(MOST_SECONDS):
                stream = await self._workers[0].relay.ask("chat", "?", owner=OWNER)
                self._shared.fault_rate = self._fault_rate  # of what nobody was told of, nobody else could tell
                faults = asyncio.create_task(self._faults(stream.id))
                ends = await asyncio.gather(*(self._view(stream.id) for _ in range(self.rng.choice([1, 2, 3]))))
                await faults
                ends.append(await self._view(stream.id))
        except TimeoutError:
            raise BrokenError("it does not end") from None
        for text, ending in ends:
            if ending is not None:
                self._judge(text, ending)
        if self.model.posts > 1:
            raise BrokenError(f"{self.model.posts} posts")
        if self.model.runs > 1 + self.max_reruns:
            raise BrokenError(f"{self.model.runs} runs, {self.max_reruns} reruns are allowed")

    def _judge(self, text: str, ending: Any) -> None:
        if ending.event == "completed" and text not in self.model.stored:
            raise BrokenError(f"{text!r} is none of {self.model.stored}")
        if ending.event == "answer_stopped" and not self._stopped:
            raise BrokenError("nobody stopped it")
        if isinstance(ending, ErrorEvent):
            failed = self._failures or self._fault_rate
            may_lack_runs = self.model.runs > self.max_reruns or failed
            allowed = {"interrupted": may_lack_runs, "delivery_unknown": failed}
            if not allowed.get(ending.data["code"]):
                raise BrokenError(f"{ending.data} without a reason")

    def _worker(self) -> Worker:
        backplane = SharedBackplane(self._shared)
        client: Any = Client(self.model, self._drop_rate, self.max_reruns)
        settings: Any = {"buffer": self._buffer, "replay_seconds": self._replay_seconds, "finish_seconds": 1.0}
        return Worker(Relay(client, backplane=cast("Any", backplane), **settings), backplane)

    async def _faults(self, stream_id: str) -> None:
        rng = self.rng
        for _ in range(self._kills):
            await asyncio.sleep(rng.choice([0.0, 0.3, 2.0, 7.0]))
            if self._loses and rng.random() < 0.5:
                self._shared.known.clear()
                self._failures += 1
                continue
            at = rng.randrange(len(self._workers))
            worker = self._workers[at]
            match rng.choice(["kill", "kill", "pause", "close"]):
                case "kill":
                    self._workers[at] = self._worker()
                    worker.die()
                    self._failures += 1
                case "close":
                    self._workers[at] = self._worker()
                    await worker.relay.close()
                    self._failures += 1
                case _:
                    worker.backplane.pauses_until = self._shared.now() + rng.choice([1.0, 6.0, 20.0])
                    self._failures += 1
        if self._stops:
            self._stopped = True
            while True:
                with contextlib.suppress(BackplaneAwayError, RelayClosedError):
                    await self._stop(rng.choice(self._workers), stream_id)
                    return
                await asyncio.sleep(1)

    async def _stop(self, worker: Worker, stream_id: str) -> None:
        try:
            await worker.relay.stop(stream_id, owner=OWNER)
        except StreamNotFoundError:
            self._check_lost("not found by stop")

    def _check_lost(self, complaint: str) -> None:
        if not self._loses:
            raise BrokenError(complaint)

    async def _view(self, stream_id: str) -> tuple[str, Any]:
        """What a viewer has at the end, and the last event, None of an answer that was lost.

        It reloads at random, and comes back when it has to.
        """
        state, after, rng, missing_since = AnswerState(), 0, self.rng, math.inf
        while True:
            worker = rng.choice(self._workers)
            viewer = worker.relay.events(stream_id, owner=OWNER, after=after)
            try:
                async with viewer:
                    while not viewer.is_ended and not worker.backplane.is_dead and rng.random() > 0.1:
                        for entry in await viewer.read(rng.choice([0.01, 1.0, 5.0])):
                            state.fold([entry.event])
                            after = after if entry.id is None else entry.id
                            if entry.event.event in LAST:
                                return state.text, entry.event
                            if isinstance(entry.event, Reconnect) or rng.random() < 0.02:
                                viewer.close()
                                break
                missing_since = math.inf
            except BackplaneAwayError:
                pass
            except StreamNotFoundError:
                self._check_lost("not found")
                missing_since = min(missing_since, self._shared.now())
                if self._shared.now() - missing_since > FORGOTTEN_SECONDS:
                    return state.text, None
            await asyncio.sleep(rng.choice([0.0, 1.0]))
            if rng.random() < 0.1:
                state, after = AnswerState(), 0


def complaint(seed: int, **planted: Any) -> str | None:
    """What a schedule breaks; None for what holds."""
    return complaint_of(Schedule(seed, **planted).play)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    sys.exit(play_many(complaint, "tests.relay.schedules", 5_000))
