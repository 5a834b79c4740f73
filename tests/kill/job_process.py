"""A batch job as a process of its own: ``python -m tests.kill.job_process URL FOLDER JOURNAL [WRITE WHERE]``.

It kills itself at the journal's write of that number: ``before`` it, ``inside`` of its transaction, or ``after`` it is on disk.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sys
from pathlib import Path
from typing import Any

from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore
from aizoomdoc_client.batch import journal as journal_module, pauses, runner
from aizoomdoc_client.batch.documents import as_documents
from aizoomdoc_client.batch.job import BatchJob
from aizoomdoc_client.batch.progression import Limits
from aizoomdoc_client.batch.questions import as_questions, make_tasks
from aizoomdoc_client.batch.task import BatchSettings
from aizoomdoc_client.session.retrier import waiting_by

MANY = 1_000_000
GROUPS = {"Где стоит щит?": BatchSettings(model="simple"), "Какой щит стоит в помещении?": BatchSettings(model="complex")}


async def _short_wait(seconds: float) -> None:
    await asyncio.sleep(seconds * 0.05)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(number: int, where: str) -> None:
    """Makes this process die at a write of the journal."""
    count, write_all = itertools.count(1), journal_module._write_all

    def counted(db: Any, writes: Any) -> None:
        is_it = next(count) == number
        if is_it and where == "before":
            die()
        write_all(db, writes)
        if is_it and where == "inside":
            die()
        if is_it:
            db.commit()
            die()

    journal_module._write_all = counted


async def run(url: str, paths: list[Path], journal: Path) -> None:
    """Runs the job. Kills look like crashes of a unit, or its server, so that many more than usual are allowed for each."""
    runner._FIRST_WAIT, runner._LONGEST_WAIT, pauses._FIRST_WAIT = 0.05, 0.5, 0.1
    documents = [*as_documents(paths)]
    tasks = [task for text, settings in GROUPS.items() for task in make_tasks(documents, as_questions(text), settings)]
    limits = Limits(failures=MANY, crashes=MANY, server_failures=MANY)
    async with (
        AsyncAIZoomDocClient(url, "token", token_store=MemoryTokenStore(), timeout=10.0) as client,
        BatchJob(client, tasks=tasks, journal=journal, concurrency=6, limits=limits) as job,
    ):
        await job.run()


if __name__ == "__main__":
    if len(sys.argv) > 4:
        die_at(int(sys.argv[4]), sys.argv[5])
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    with waiting_by(_short_wait):
        asyncio.run(run(sys.argv[1], sorted(Path(sys.argv[2]).iterdir()), Path(sys.argv[3])))
