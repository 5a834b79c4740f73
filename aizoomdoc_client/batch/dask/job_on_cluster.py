"""Performs the steps of a job on the workers of a cluster."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import attrs

from ...client import AsyncAIZoomDocClient
from ...exceptions import ConfigurationError
from ..answer_format import AnswerFormat
from ..executor import ClientExecutor, OnEvent, Work
from ..journal import StoredFile
from ..steps import Answered, CreateChat, Failure, Fault, FindChat, FindMessage, Observation, Post, Read, Step
from . import worker as on_worker
from .cluster import Cluster, SchedulerGoneError, WorkerGoneError, WorkerUnfitError
from .workers import CALL_SECONDS, Begun, Worker, Workers

__all__ = ["JobOnCluster"]


class JobOnCluster:
    """An executor of one job: each step goes to a worker once, and files are uploaded from here.

    A unit's steps go to one worker, which has the stream of the message that it posted. The loss of a worker is a `Failure`,
    uncertain if the step has an effect: the unit continues on another worker, which first looks up its chat or its message.
    """

    def __init__(self, workers: Workers, client: AsyncAIZoomDocClient, answer_format: AnswerFormat | None) -> None:
        self._workers = workers
        self._local = ClientExecutor(client)
        self._format = answer_format
        self._homes = dict[str, str]()  # the address of the worker of each unit at work, by the unit's key
        self._numbers = itertools.count(1)

    @classmethod
    @asynccontextmanager
    async def connected(
        cls,
        connect: Callable[[], Awaitable[Cluster]],
        client: AsyncAIZoomDocClient,
        answer_format: AnswerFormat | None,
        options: Mapping[str, Any],
    ) -> AsyncGenerator[Self]:
        """The executor, connected to a cluster inside of the block; `options` are those of the workers' clients.

        Raises `ConfigurationError` where the scheduler cannot be reached or no worker can be used, and what asking the server for
        the user raises.
        """
        me = await client.get_me()
        workers = Workers(connect, options=options, server=client.config.server_url, user=me.user.id)
        try:
            try:
                await workers.connected()
                found = await workers.chosen(None, lambda _: 0)
            except SchedulerGoneError as error:
                raise ConfigurationError(error.problem) from error
            if found is None:
                raise ConfigurationError(workers.why_none())
            yield cls(workers, client, answer_format)
        finally:
            await workers.end()

    async def perform(self, work: Work, on_event: OnEvent) -> Observation:
        """Performs the step, and returns what was observed."""
        try:
            observation = await self._perform(work, on_event)
        except SchedulerGoneError as error:  # before the step was begun
            self._workers.disconnect(error)
            observation = Failure(Fault.JOB, error.problem, type(error).__name__)
        if isinstance(observation, Failure) or isinstance(work.step, Read):
            self._homes.pop(work.unit.key, None)
        if self._format is not None and isinstance(observation, Answered):
            return self._format.observed(work.unit.question.text, observation.answer)
        return observation

    async def upload(self, path: Path) -> StoredFile | Failure:
        """Uploads the file from this process; workers need not have it."""
        return await self._local.upload(path)

    async def close(self) -> None:
        """Cancels the steps of this job on the workers."""
        self._homes.clear()
        await self._workers.each_session(on_worker.give_up)

    async def _perform(self, work: Work, on_event: OnEvent) -> Observation:
        await self._workers.connected()
        scope = _scope(work.step)
        if self._is_taken_up(work):
            await self._workers.drop(scope)
        sent = self._for_worker(work)
        while True:
            worker = await self._workers.chosen(self._homes.get(work.unit.key), self._units_at)
            if worker is None:
                return Failure(Fault.JOB, self._workers.why_none(), "NoWorker")
            self._homes[work.unit.key] = worker.address
            begun = Begun(work.step, on_event, asyncio.get_running_loop().create_future())
            number = next(self._numbers)
            worker.begun[number] = begun
            try:
                if await self._begin(worker, begun, number, scope, sent):
                    return await begun.observation
            finally:
                del worker.begun[number]

    async def _begin(self, worker: Worker, begun: Begun, number: int, scope: str, work: Work) -> bool:
        """Sends a step to a worker, once; False where it certainly was not begun."""
        call = asyncio.create_task(
            worker.cluster.call(worker.address, on_worker.begin, worker.session, number, scope, work, seconds=CALL_SECONDS)
        )
        try:
            await asyncio.wait({call, begun.observation}, return_when=asyncio.FIRST_COMPLETED)
            if begun.observation.done():  # performed already, or the worker was lost, which the call would notice much later
                return True
            is_begun = await call
        except SchedulerGoneError as error:
            self._workers.disconnect(error)
            self._workers.lose(worker, Fault.JOB, error.problem)
            return True
        except (WorkerGoneError, WorkerUnfitError):
            self._workers.lose(worker)
            return True
        finally:
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)
        if not is_begun:  # the worker was restarted, and does not have the session
            begun.observation.cancel()
            self._workers.lose(worker)
        return bool(is_begun)

    def _units_at(self, address: str) -> int:
        """The number of units of a worker, with those between two steps."""
        return sum(each == address for each in self._homes.values())

    def _is_taken_up(self, work: Work) -> bool:
        """Whether the step continues an earlier one, which another worker may still be performing."""
        is_read_elsewhere = isinstance(work.step, Read) and self._workers.get(self._homes.get(work.unit.key)) is None
        return is_read_elsewhere or isinstance(work.step, (FindChat, FindMessage))

    def _for_worker(self, work: Work) -> Work:
        """The step in the form for workers: with the request for fields in the question, and without the path of the file."""
        unit, step = work.unit, work.step
        question = unit.question
        if self._format is not None and isinstance(step, Post) and step.correction is None:
            question = attrs.evolve(question, text=self._format.question(question.text))
        document = attrs.evolve(unit.document, path=None)
        return attrs.evolve(work, unit=attrs.evolve(unit, question=question, document=document))


def _scope(step: Step) -> str:
    """Identifies the chat of a step: by its title until it exists, then by its id."""
    return step.title if isinstance(step, (CreateChat, FindChat)) else step.chat_id
