"""The workers of a job: finds them, opens sessions, collects reports, and notices losses."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, cast

import attrs

from ..._version import __version__
from ...catalog import LocalizedText, text
from ..executor import OnEvent
from ..steps import CreateChat, Failure, Fault, Observation, Post, Step
from . import worker as on_worker
from .cluster import Cluster, SchedulerGoneError, WorkerGoneError, WorkerUnfitError

__all__ = ["Begun", "Worker", "Workers"]

_log = logging.getLogger(__package__)
CALL_SECONDS = 30.0
"""Seconds that a worker has to reply to a call that does not wait for steps."""
SILENT_SECONDS = on_worker.LEASE_SECONDS + 30.0
"""A worker that does not reply for so long is lost; by then it has ended the session itself."""
_SEARCH_SECONDS = 5.0  # between searches for new workers
_WAIT_SECONDS = 20.0  # for a usable worker, where there is none
_LEAVE_SECONDS = 3.0  # for a worker's reply at the end of a job


@attrs.define(eq=False)
class Begun:
    """A step that was sent to a worker."""

    step: Step
    on_event: OnEvent
    observation: asyncio.Future[Observation]


@attrs.define(eq=False)
class Worker:
    """A worker with an open session, and the steps that it performs, by their numbers."""

    cluster: Cluster
    address: str
    session: str
    begun: dict[int, Begun] = attrs.field(factory=dict[int, Begun])


class Workers:
    """The connection to a cluster and the usable workers there; new ones are looked for every five seconds.

    When the scheduler is lost, all workers are lost, too; the next use connects again.
    """

    def __init__(self, connect: Callable[[], Awaitable[Cluster]], *, options: Mapping[str, Any], server: str, user: str) -> None:
        self._connect = connect
        self._options = options
        self._server = server
        self._user = user
        self._job = uuid.uuid4().hex
        self._cluster: Cluster | None = None
        self._connecting = asyncio.Lock()
        self._usable = dict[str, Worker]()
        self._refused = dict[str, LocalizedText]()  # workers that cannot be used, and why
        self._changed = asyncio.Event()  # there is another worker
        self._tasks = set[asyncio.Task[None]]()

    def get(self, address: str | None) -> Worker | None:
        """The worker at an address, if it is usable."""
        return None if address is None else self._usable.get(address)

    async def connected(self) -> Cluster:
        """The cluster; raises `SchedulerGoneError`."""
        async with self._connecting:
            if self._cluster is None:
                self._cluster = cluster = await self._connect()
                self._refused.clear()
                await self._open_new(cluster)
                self._in_background(self._find_new_repeatedly(cluster))
            return self._cluster

    async def chosen(self, address: str | None, units: Callable[[str], int]) -> Worker | None:
        """The worker at `address`, else the one with the fewest `units` at its address; waits for one, but not for long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_WAIT_SECONDS):
                while not self._usable:
                    self._changed.clear()
                    await self._changed.wait()
        return self.get(address) or min(self._usable.values(), key=lambda each: units(each.address), default=None)

    def why_none(self) -> LocalizedText:
        """Why there is no usable worker."""
        for address, problem in self._refused.items():
            return text("worker_unusable", address=address, problem=problem)
        return text("no_workers")

    async def drop(self, scope: str) -> None:
        """Cancels the steps of all workers about a chat, whichever job or process they belong to.

        Raises `SchedulerGoneError`.
        """
        cluster = await self.connected()
        there = [each for each in await cluster.addresses() if each not in self._refused]
        await asyncio.gather(*(_call_if_reachable(cluster, each, on_worker.drop, scope, seconds=CALL_SECONDS) for each in there))

    async def each_session(self, function: Callable[[str], Awaitable[None]]) -> None:
        """Calls a function on each reachable worker, with its session."""
        await asyncio.gather(
            *(
                _call_if_reachable(each.cluster, each.address, function, each.session, seconds=_LEAVE_SECONDS)
                for each in list(self._usable.values())
            )
        )

    async def end(self) -> None:
        """Ends the sessions and disconnects from the cluster."""
        await self.each_session(on_worker.end_session)
        cluster, self._cluster = self._cluster, None
        self._usable.clear()
        tasks = [*self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if cluster is not None:
            await cluster.close()

    # -- losses --------------------------------------------------------------------------------------------------------------

    def disconnect(self, error: SchedulerGoneError) -> None:
        """Handles the loss of the scheduler, and of the workers, which end without it."""
        cluster = self._cluster
        if cluster is None or error.cluster is not cluster:
            return
        self._cluster = None
        _log.warning("%s", error.problem)
        for worker in list(self._usable.values()):
            self.lose(worker, Fault.JOB, error.problem)
        self._in_background(cluster.close())

    def lose(self, worker: Worker, fault: Fault = Fault.WORKER, problem: LocalizedText | None = None) -> None:
        """Handles the loss of a worker: its steps fail, as uncertain where they have an effect."""
        problem = problem or text("worker_lost", address=worker.address)
        if self._usable.get(worker.address) is worker:
            del self._usable[worker.address]
            _log.info("%s", problem)
        for begun in worker.begun.values():
            if not begun.observation.done():
                uncertain = isinstance(begun.step, (CreateChat, Post))
                begun.observation.set_result(Failure(fault, problem, "WorkerLost", is_uncertain=uncertain))

    # -- in the background ---------------------------------------------------------------------------------------------------

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="aizoomdoc cluster")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _find_new_repeatedly(self, cluster: Cluster) -> None:
        while self._cluster is cluster:
            await asyncio.sleep(_SEARCH_SECONDS)
            try:
                await self._open_new(cluster)
            except SchedulerGoneError as error:
                self.disconnect(error)

    async def _open_new(self, cluster: Cluster) -> None:
        """Opens sessions on new workers."""
        there = await cluster.addresses()
        for gone in self._refused.keys() - there:
            del self._refused[gone]
        new = [each for each in there if each not in self._usable and each not in self._refused]
        await asyncio.gather(*(self._enlist(cluster, each) for each in new))

    async def _enlist(self, cluster: Cluster, address: str) -> None:
        session = f"{self._job}@{address}"
        options = on_worker.SessionOptions(session=session, options=self._options, server=self._server, user=self._user)
        try:
            version = await cluster.call(address, on_worker.greet, seconds=CALL_SECONDS)
            if version == __version__:
                problem = await cluster.call(address, on_worker.open_session, options, seconds=CALL_SECONDS)
            else:
                problem = text("worker_of_another_version", theirs=str(version), ours=__version__)
        except WorkerGoneError:
            return
        except WorkerUnfitError as error:
            problem = text("worker_without_package", version=__version__, reason=str(error))
        if problem is not None:
            self._refused[address] = problem
            _log.warning("%s", text("worker_unusable", address=address, problem=problem))
            return
        worker = self._usable[address] = Worker(cluster, address, session)
        self._in_background(self._collect(worker))
        self._changed.set()

    async def _collect(self, worker: Worker) -> None:
        """Collects the reports of a worker until it is lost."""
        while self._usable.get(worker.address) is worker:
            try:
                reports = await worker.cluster.call(worker.address, on_worker.collect, worker.session, seconds=SILENT_SECONDS)
            except (WorkerGoneError, WorkerUnfitError):
                reports = None
            except SchedulerGoneError as error:
                self.disconnect(error)
                return
            if reports is None:  # it is gone, or was restarted at its address
                self.lose(worker)
                return
            for number, report in cast("list[on_worker.Report]", reports):
                _deliver(worker, number, report)


def _deliver(worker: Worker, number: int, report: Any) -> None:
    begun = worker.begun.get(number)
    if begun is None or begun.observation.done():
        return
    if isinstance(report, on_worker.Bug):
        begun.observation.set_exception(RuntimeError(f"on the worker {worker.address}: {report.said}"))
    elif isinstance(report, Observation):
        begun.observation.set_result(report)
    else:
        begun.on_event(report)


async def _call_if_reachable(
    cluster: Cluster, address: str, function: Callable[..., Any], argument: str, *, seconds: float
) -> None:
    """Calls a function on a worker; does nothing where it is unreachable."""
    with contextlib.suppress(SchedulerGoneError, WorkerGoneError, WorkerUnfitError):
        await cluster.call(address, function, argument, seconds=seconds)
