"""A batch job that is killed and started again: ``python -m tests.kill.job_process`` forks a job for each line of its input."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore
from aizoomdoc_client.batch import pauses, runner
from aizoomdoc_client.batch.documents import as_documents
from aizoomdoc_client.batch.job import BatchJob
from aizoomdoc_client.batch.progression import Limits
from aizoomdoc_client.batch.questions import as_questions, make_tasks
from aizoomdoc_client.session.retrier import waiting_by
from aizoomdoc_client.transport import eventsource, http, websocket
from tests.kill.forking import fork_for_each_line, say_ready
from tests.kill.planted_bugs import PLANTED
from tests.kill.questions import GROUPS, TOKEN
from tests.kill.writes import Death, WatchedWrites

WAITING = 0.03
"""Factor by which the client's waits between attempts and history reads are shortened."""
MANY = 1_000_000
AT_ONCE = 6


async def _short_wait(seconds: float) -> None:
    await asyncio.sleep(seconds * WAITING)


async def run(url: str, documents: Sequence[Path], journal: Path) -> None:
    """Runs the job. Kills look like crashes at a unit, or of its server, so that many more than usual are allowed for each."""
    retries: Any = runner
    reaching: Any = pauses
    retries._FIRST_WAIT, retries._LONGEST_WAIT, reaching._FIRST_WAIT = 0.05, 0.5, 0.1
    found = [*as_documents(documents)]
    tasks = [task for text, settings in GROUPS.items() for task in make_tasks(found, as_questions(text), settings)]
    limits = Limits(failures=MANY, crashes=MANY, server_failures=MANY)
    async with (
        AsyncAIZoomDocClient(url, TOKEN, token_store=MemoryTokenStore(), timeout=10.0) as client,
        BatchJob(client, tasks=tasks, journal=journal, concurrency=AT_ONCE, limits=limits) as job,
    ):
        await job.run()


def live(arguments: Mapping[str, Any]) -> None:
    """One process of the job."""
    journal = Path(arguments["journal"])
    deaths = [Death(**death) for death in arguments["deaths"]]
    WatchedWrites(deaths, seen=journal.with_suffix(".writes"), server_pid=Path(arguments["server_pid"])).watch()
    documents = sorted(Path(arguments["documents"]).iterdir())
    if arguments["bug"] is not None:
        PLANTED[arguments["bug"]].plant()
    say_ready()
    with waiting_by(_short_wait):
        asyncio.run(run(arguments["url"], documents, journal))


if __name__ == "__main__":
    LOADED = (eventsource, http, websocket.best_library())  # each life would import them by itself
    fork_for_each_line(live)
