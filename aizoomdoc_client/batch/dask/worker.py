"""The code on a worker: sessions of jobs, each with one client, which perform steps as tasks of the worker's event loop.

The submitting process calls these functions, once for each step, and they return at once; `collect` waits for observations and
returns them. A session without a call for `LEASE_SECONDS` ends, because its process is gone; another process continues its steps.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from functools import partial
from typing import Any

import attrs

from ..._version import __version__
from ...catalog import LocalizedText, text
from ...client import AsyncAIZoomDocClient
from ...events import AnswerEvent, ProcessingStarted, QueuePosition
from ...exceptions import AIZoomDocError
from ...storage import MemoryTokenStore
from ..executor import ClientExecutor, Work
from ..steps import Observation

__all__ = [
    "LEASE_SECONDS",
    "Bug",
    "Report",
    "SessionOptions",
    "begin",
    "collect",
    "drop",
    "end_session",
    "give_up",
    "greet",
    "open_session",
]

LEASE_SECONDS = 60.0
"""Seconds without a call of the submitting process, after which a session ends."""
COLLECT_SECONDS = 5.0
"""Seconds that `collect` waits for a report."""


@attrs.frozen(kw_only=True, repr=False)
class SessionOptions:
    """The client of a session, whose `options` may hold a token: it has no ``repr``, and is in no log.

    `server` is the address of the job's server, where the options do not name another way to it; `user` is the id of the job's
    user there: a worker must be the same one, as others do not see the chats.
    """

    session: str
    options: Mapping[str, Any]
    server: str
    user: str


@attrs.frozen
class Bug:
    """A step raised an unexpected exception, described by `said`."""

    said: str


Report = tuple[int, QueuePosition | ProcessingStarted | Observation | Bug]
"""The number of a step, and an event of its answer or, as the last one, its observation."""


class _Session:
    """A job's client on this worker, and the steps that it performs."""

    def __init__(self, options: SessionOptions) -> None:
        given: dict[str, Any] = {"server_url": options.server, **options.options}
        if "static_token" in given:
            given.setdefault("token_store", MemoryTokenStore())  # keeps a token that was sent for one job off the worker's disk
        self.client = AsyncAIZoomDocClient(**given)
        self._options = options
        self._executor = ClientExecutor(self.client)
        self._works = dict[int, tuple[str, asyncio.Task[None]]]()
        self._reports = list[Report]()
        self._changed = asyncio.Event()
        self._clock = asyncio.get_running_loop().time
        self._seen_at = self._clock()
        self._has_ended = False
        self._opening: asyncio.Task[LocalizedText | None] | None = None
        self._expiry = asyncio.create_task(self._end_when_expired(), name="aizoomdoc session")

    async def problem(self) -> LocalizedText | None:
        """Why steps cannot be performed here: the login is missing or another user's, or the server cannot be reached.

        Raises `ConnectionAbortedError` when the session ends meanwhile: it was opened again, or the submitting process is gone.
        """
        try:
            if not self._has_ended:
                self._opening = asyncio.create_task(self._login_problem(), name="aizoomdoc login")
                return await self._opening
        except asyncio.CancelledError:
            if not self._has_ended:
                raise
        raise ConnectionAbortedError(f"the session {self._options.session} has ended")

    def seen(self) -> None:
        """Records a call of the submitting process, which extends the lease."""
        self._seen_at = self._clock()

    def begin(self, number: int, scope: str, work: Work) -> None:
        """Begins a step; `scope` identifies its chat."""
        task = asyncio.create_task(self._perform(number, work), name=f"aizoomdoc step {number}")
        self._works[number] = (scope, task)

    async def collect(self) -> list[Report]:
        """The reports since the last call; waits for one."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(COLLECT_SECONDS):
                await self._changed.wait()
        self.seen()
        self._changed.clear()
        reports, self._reports = self._reports, []
        return reports

    async def give_up(self, scope: str | None = None) -> None:
        """Cancels the steps of one chat or all steps, and returns when they have ended."""
        tasks = [task for its_scope, task in self._works.values() if scope in {None, its_scope}]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        if scope is None:
            await self._executor.close()
            self._reports.clear()

    async def end(self) -> None:
        """Cancels all steps and closes the client; a newer session with the same name stays."""
        self._expiry.cancel()
        await self._end()

    async def _login_problem(self) -> LocalizedText | None:
        try:
            me = await self.client.get_me()
        except AIZoomDocError as error:
            return error.text
        return None if me.user.id == self._options.user else text("worker_of_another_user", user=me.user.username or me.user.id)

    async def _perform(self, number: int, work: Work) -> None:
        try:
            observation: Observation | Bug = await self._executor.perform(work, partial(self._on_event, number))
        except Exception as error:  # noqa: BLE001 - raised again in the submitting process
            observation = Bug(f"{type(error).__name__}: {error}")
        finally:
            self._works.pop(number, None)
        self._report(number, observation)

    def _on_event(self, number: int, event: AnswerEvent) -> None:
        """Reports events about the server's queue; a job does not need others."""
        if isinstance(event, (QueuePosition, ProcessingStarted)):
            self._report(number, event)

    def _report(self, number: int, report: QueuePosition | ProcessingStarted | Observation | Bug) -> None:
        self._reports.append((number, report))
        self._changed.set()

    async def _end_when_expired(self) -> None:
        left = LEASE_SECONDS
        while left > 0:
            await asyncio.sleep(left)
            left = self._seen_at + LEASE_SECONDS - self._clock()
        await self._end()

    async def _end(self) -> None:
        if _sessions.get(self._options.session) is self:
            del _sessions[self._options.session]
        self._has_ended = True
        if self._opening is not None:
            self._opening.cancel()
        self._changed.set()  # ends a waiting `collect`
        await self.give_up()
        await self.client.close()


_sessions: dict[str, _Session] = {}
"""By their names, each of one worker, because several workers can share a process."""


async def greet() -> str:
    """The version of this package on the worker, which must be that of the submitting process."""
    return __version__


async def open_session(options: SessionOptions) -> LocalizedText | None:
    """Begins a session, after ending an older one of the same name; returns why it cannot be used, or None.

    A caller whose wait timed out may call again while the first call still runs. The later call then ends the session of the
    earlier one, which raises `ConnectionAbortedError`; its caller treats that as the loss of the worker.
    """
    earlier = _sessions.get(options.session)
    try:
        session = _Session(options)
    except AIZoomDocError as error:
        await end_session(options.session)
        return error.text
    _sessions[options.session] = session
    try:
        if earlier is not None:
            await earlier.end()
        problem = await session.problem()
    except BaseException:
        await session.end()
        raise
    if problem is not None:
        await session.end()
    return problem


async def begin(name: str, number: int, scope: str, work: Work) -> bool:
    """Begins a step; returns False where the session is missing, as after a restart of the worker."""
    session = _sessions.get(name)
    if session is None:
        return False
    session.seen()
    session.begin(number, scope, work)
    return True


async def collect(name: str) -> list[Report] | None:
    """The reports of the session, as soon as there is one, or none after `COLLECT_SECONDS`; None without the session."""
    session = _sessions.get(name)
    if session is None:
        return None
    session.seen()
    return await session.collect()


async def drop(scope: str) -> None:
    """Cancels the steps of all jobs on this worker about a chat that is about to be looked up."""
    await asyncio.gather(*(session.give_up(scope) for session in list(_sessions.values())))


async def give_up(name: str) -> None:
    """Cancels all steps of the session, which stays open."""
    session = _sessions.get(name)
    if session is not None:
        await session.give_up()


async def end_session(name: str) -> None:
    """Ends the session, if it exists, and closes its client."""
    session = _sessions.get(name)
    if session is not None:
        await session.end()
