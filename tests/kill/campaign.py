"""Kills a job and its server in all ways, lets the job end, and checks what is left."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import attrs

from aizoomdoc_client import AIZoomDocClient, MemoryTokenStore
from tests.free_ports import free_port
from tests.kill.checks import complaints, complaints_of_watched
from tests.kill.forking import Program
from tests.kill.questions import GROUPS, OWN_MODEL, OWN_ROLE, TOKEN, write_documents
from tests.kill.writes import KINDS, PLACES, Death

LONGEST_LIFE = 1.5
LAST_LIFE = 300.0
DOWN_SECONDS = 0.3
"""The longest time that the server is away after a kill."""
ROUND = 25
"""So many random kills one job survives."""
SMALL, LARGE = 6, 30
"""How many documents jobs have: one that is killed at chosen writes, and one that is killed at random."""
IN_EACH_LIFE = ("fact pid", "no fact paused", "tasks", *KINDS[KINDS.index("unit creating_chat") : -2])
"""The kinds of writes that also a job makes which goes on."""
FROM_THE_SERVER_ON = KINDS[KINDS.index("fact settings_before") : -1]
"""The kinds of writes at which the job may have a request under way."""


@attrs.define
class Job:
    """One job, through all its lives."""

    documents: Path
    journal: Path
    units: int
    bug: str | None = None


class Campaign:
    """The server and the program of the jobs, and what was found; a context manager."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.killed = Counter[str]()
        """How many were killed in each way."""
        self.units = 0
        self.jobs = 0
        self._rng = random.Random(seed)
        self._folder = folder
        self._data = folder / "server"
        self._data.mkdir(parents=True)
        self._server_pid = folder / "server.pid"
        self._port = free_port()
        self._server = Program("tests.kill.server_process", folder / "server.log")
        self._program = Program("tests.kill.job_process", folder / "job.log")

    def __enter__(self) -> Self:
        self._start_server()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._program.close()
        self._server.close()

    # -- ways to kill --------------------------------------------------------------------------------------------------------

    def at_every_write(self) -> list[str]:
        """Kills a job at each kind of write, before it, inside of it and after it; what does not hold then."""
        return self.at_writes([Death(kind=kind, place=place) for kind in KINDS for place in PLACES])

    def at_writes(self, deaths: Iterable[Death], *, documents: int = SMALL, bug: str | None = None) -> list[str]:
        """Kills a job at each of the writes, one after the other; what does not hold then."""
        job = self._job(documents, bug)
        found = list[str]()
        for death in deaths:
            self._start(job, [death])
            if self._program.wait(LAST_LIFE) is None:
                return [f"hangs: {death}"]
            if self._program.wait(0) == 0:
                found.append(f"it never came to {death}")
                break
            self._count_job("write")
        return found + self._ended(job)

    def server_at_every_write(self) -> list[str]:
        """Kills the server at each kind of write of a job that lives on; what does not hold then."""
        deaths = [
            Death(kind=kind, place=PLACES[number % 3], number=1 + number % 2 * kind.startswith("unit"), victim="server")
            for number, kind in enumerate(FROM_THE_SERVER_ON)
            if kind != "states after a crash"
        ]
        job = self._job(SMALL)
        before = self.killed["server at a write"]
        self._start(job, deaths)
        found = self._lived_on(LAST_LIFE)
        if self.killed["server at a write"] - before != len(deaths):
            found.append(f"the server died {self.killed['server at a write'] - before} times, not {len(deaths)}")
        return found + self._ended(job)

    def at_random(self, kills: int, *, documents: int = LARGE) -> list[str]:
        """Kills a job so many times, or until it is done: at random moments, at random writes, or its server; what is wrong."""
        job = self._job(documents)
        end = self.killed.total() + kills
        while self.killed.total() < end:
            way = self._rng.choices(["moment", "write", "server"], [5, 5, 2])[0]
            self._start(job, {"moment": [], "write": [self._random_death()], "server": [self._death_in_a_pause()]}[way])
            self._program.wait(LONGEST_LIFE if way == "write" else self._rng.random() * LONGEST_LIFE)
            if way == "server":
                self._server_pid.unlink(missing_ok=True)
                self._server.kill()
                self.killed["server"] += 1
                self._restart_server()
                self._program.wait(self._rng.random() * LONGEST_LIFE)
            if self._program.wait(0) == 0:
                break
            came_to_write = way != "moment" and self._program.wait(0) is not None
            self._program.kill()
            self._count_job("write" if came_to_write else "moment")
        return self._ended(job)

    def _random_death(self) -> Death:
        kind = self._rng.choice(IN_EACH_LIFE)
        most = 12 if kind.startswith(("unit", "file")) else 1
        return Death(kind=kind, place=self._rng.choice(PLACES), number=self._rng.randint(1, most))

    def _death_in_a_pause(self) -> Death:
        return Death(kind="fact paused", place=self._rng.choice(PLACES))

    # -- lives ---------------------------------------------------------------------------------------------------------------

    def _job(self, documents: int, bug: str | None = None) -> Job:
        self.jobs += 1
        folder = self._folder / f"job{self.jobs}"
        write_documents(folder / "documents", folder.name, documents)
        units = documents * len(GROUPS)
        self.units += units
        with self._client() as client:
            client.update_settings(model_profile=OWN_MODEL, selected_role_prompt_id=OWN_ROLE)
        return Job(folder / "documents", folder / "run.sqlite", units, bug)

    def _start(self, job: Job, deaths: Sequence[Death]) -> None:
        self._program.start(
            url=self._url,
            documents=str(job.documents),
            journal=str(job.journal),
            deaths=[attrs.asdict(death) for death in deaths],
            server_pid=str(self._server_pid),
            bug=job.bug,
        )

    def _count_job(self, way: str) -> None:
        code = self._program.wait(0)
        if code != -9:
            raise RuntimeError(f"The job ended with {code}: {self._program.errors()}")
        self.killed[way] += 1

    def _lived_on(self, seconds: float) -> list[str]:
        """Waits for the end of the job, and starts the server again whenever it was killed."""
        end = time.monotonic() + seconds
        while (code := self._program.wait(0.02)) is None:
            if time.monotonic() > end:
                self._program.kill()
                return ["the last life does not end"]
            self._revive_server()
        self._revive_server()
        return [] if code == 0 else [f"the last life ended with {code}: {self._program.errors()}"]

    def _ended(self, job: Job) -> list[str]:
        """Lets the job run to its end; what does not hold then."""
        self._start(job, [])
        found = self._lived_on(LAST_LIFE)
        if found:
            return found
        found += complaints(job.journal, self._data, job.units)
        found += complaints_of_watched(job.journal, self._data, job.documents)
        with self._client() as client:
            settings = client.get_me().settings
        if (settings.model_profile, settings.selected_role_prompt_id) != (OWN_MODEL, OWN_ROLE):
            found.append(f"the user has other settings than before: {settings.model_profile} {settings.selected_role_prompt_id}")
        return found

    # -- the server ----------------------------------------------------------------------------------------------------------

    @property
    def _url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def _start_server(self) -> None:
        self._server.start(folder=str(self._data), port=self._port)
        started = self._server_pid.with_suffix(".new")
        started.write_text(str(self._server.pid), encoding="ascii")
        started.replace(self._server_pid)

    def _revive_server(self) -> None:
        """Starts the server again if the job has killed it."""
        if not self._server_pid.exists():
            assert self._server.wait(LAST_LIFE) == -9, self._server.errors()
            self.killed["server at a write"] += 1
            self._restart_server()

    def _restart_server(self) -> None:
        time.sleep(self._rng.random() * DOWN_SECONDS)
        self._start_server()

    def _client(self) -> AIZoomDocClient:
        return AIZoomDocClient(self._url, TOKEN, token_store=MemoryTokenStore())
