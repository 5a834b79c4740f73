"""What runs on a worker: sessions of jobs, each with one client, which perform steps as tasks of the worker's event loop.

The functions are called by the submitting process, one call a step, and return at once; what comes of the steps is fetched by
`collect`, which waits for it. A session that nobody calls for `LEASE_SECONDS` ends: its process is gone, and what it began is
taken up by another one.
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
"""After so much silence of the submitting process a session ends."""
COLLECT_SECONDS = 5.0
"""So long `collect` waits for something to happen."""


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
    """Performing a step raised what no step may raise."""

    said: str


Report = tuple[int, QueuePosition | ProcessingStarted | Observation | Bug]
"""The number of a step, and an event of its answer or, as the last one, what came of it."""


class _Session:
    """A job's client on this worker, and the steps that it performs."""

    def __init__(self, options: SessionOptions) -> None:
        given: dict[str, Any] = {"server_url": options.server, **options.options}
        if "static_token" in given:
            given.setdefault("token_store", MemoryTokenStore())  # the worker's disk need not have what was sent for one job
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
        self._forgetting = asyncio.create_task(self._end_when_forgotten(), name="aizoomdoc session")

    async def problem(self) -> LocalizedText | None:
        """Why steps cannot be performed here: the login is missing or another user's, or the server cannot be reached.

        Raises `ConnectionAbortedError` when the session ends meanwhile: it was opened again, or the submitting process is gone.
        """
        try:
            if not self._has_ended:
                self._opening = asyncio.create_task(self._problem(), name="aizoomdoc login")
                return await self._opening
        except asyncio.CancelledError:
            if not self._has_ended:
                raise
        raise ConnectionAbortedError(f"the session {self._options.session} has ended")

    def seen(self) -> None:
        """Notes that the submitting process is there: the session lasts for another `LEASE_SECONDS`."""
        self._seen_at = self._clock()

    def begin(self, number: int, scope: str, work: Work) -> None:
        """Performs a step; `scope` names the chat that it is about."""
        task = asyncio.create_task(self._perform(number, work), name=f"aizoomdoc step {number}")
        self._works[number] = (scope, task)

    async def collect(self) -> list[Report]:
        """What happened since the last call; waits for it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(COLLECT_SECONDS):
                await self._changed.wait()
        self.seen()
        self._changed.clear()
        reports, self._reports = self._reports, []
        return reports

    async def give_up(self, scope: str | None = None) -> None:
        """Cancels the steps, those of one chat or all, and returns when they have ended."""
        tasks = [task for its_scope, task in self._works.values() if scope in {None, its_scope}]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        if scope is None:
            await self._executor.close()
            self._reports.clear()

    async def end(self) -> None:
        """Gives all up and closes the client; another session that was opened by the same name stays."""
        self._forgetting.cancel()
        await self._end()

    async def _problem(self) -> LocalizedText | None:
        try:
            me = await self.client.get_me()
        except AIZoomDocError as error:
            return error.text
        return None if me.user.id == self._options.user else text("worker_of_another_user", user=me.user.username or me.user.id)

    async def _perform(self, number: int, work: Work) -> None:
        try:
            observation: Observation | Bug = await self._executor.perform(work, partial(self._saw, number))
        except Exception as error:  # noqa: BLE001 - it is raised by the submitting process
            observation = Bug(f"{type(error).__name__}: {error}")
        finally:
            self._works.pop(number, None)
        self._report(number, observation)

    def _saw(self, number: int, event: AnswerEvent) -> None:
        """Reports an event of the server's queue; a job has no use for others, which are not sent."""
        if isinstance(event, (QueuePosition, ProcessingStarted)):
            self._report(number, event)

    def _report(self, number: int, report: QueuePosition | ProcessingStarted | Observation | Bug) -> None:
        self._reports.append((number, report))
        self._changed.set()

    async def _end_when_forgotten(self) -> None:
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
        self._changed.set()  # nobody waits any longer
        await self.give_up()
        await self.client.close()


_sessions: dict[str, _Session] = {}
"""By their names, which are of one worker each: several workers can share a process."""


async def greet() -> str:
    """The version of this package here; what travels is of one version only."""
    return __version__


async def open_session(options: SessionOptions) -> LocalizedText | None:
    """Begins a session, after the end of an older one of the same name; why it cannot be used, if so.

    The session counts from the call on: a caller that waits no longer calls again, and the later call ends what the earlier one
    still does. That one raises `ConnectionAbortedError`, which its caller, if it is there, takes for the loss of the worker.
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
    """Begins a step and returns; whether it did: a worker that was started anew does not have the session."""
    session = _sessions.get(name)
    if session is None:
        return False
    session.seen()
    session.begin(number, scope, work)
    return True


async def collect(name: str) -> list[Report] | None:
    """What happened in the session, as soon as something did, or nothing after `COLLECT_SECONDS`; None without the session."""
    session = _sessions.get(name)
    if session is None:
        return None
    session.seen()
    return await session.collect()


async def drop(scope: str) -> None:
    """Ends what any job does on this worker about a chat that is about to be looked up."""
    await asyncio.gather(*(session.give_up(scope) for session in list(_sessions.values())))


async def give_up(name: str) -> None:
    """Ends all steps of the session; it can go on with others."""
    session = _sessions.get(name)
    if session is not None:
        await session.give_up()


async def end_session(name: str) -> None:
    """Ends the session, if it is there, and closes its client."""
    session = _sessions.get(name)
    if session is not None:
        await session.end()
