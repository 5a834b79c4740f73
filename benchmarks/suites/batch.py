"""What a batch job costs a unit: the same uploads, chats and questions as in a loop over `ask`, and their journal."""

from __future__ import annotations

import asyncio
import gc
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..figures import Contender, Figure, Group, Sample
from ..limits import forget_peak_memory, peak_memory
from ..worker import AsyncSampler
from .events import PLAIN

if TYPE_CHECKING:
    from aizoomdoc_client import AsyncAIZoomDocClient

SIZES = (1_000, 5_000, 10_000)
UNITS, QUICK_UNITS = 10_000, 1_000
LONG_ROUNDS = 3
CONCURRENCY = 16
QUESTION = "Какая высота этажа?"

Ask = Callable[["AsyncAIZoomDocClient", Path, Path], Awaitable[int]]
"""Asks about each document of a folder, with a folder for its own files, and returns how many were answered."""


@asynccontextmanager
async def batch_job(url: str, units: int) -> AsyncGenerator[AsyncSampler]:
    """A `BatchJob` with a new journal."""
    from aizoomdoc_client.batch import BatchJob, Done

    async def ask(client: AsyncAIZoomDocClient, plans: Path, own: Path) -> int:
        job = BatchJob(client, documents=plans, questions=QUESTION, journal=own / "run.sqlite", concurrency=CONCURRENCY)
        async with job:
            return sum([isinstance(outcome, Done) async for outcome in job])

    async with _sampler(url, units, ask) as sample:
        yield sample


@asynccontextmanager
async def bare_gather(url: str, units: int) -> AsyncGenerator[AsyncSampler]:
    """`asyncio.gather` over `ask`, bounded by a semaphore: one chat and one upload a document, nothing kept but the answers."""

    async def ask(client: AsyncAIZoomDocClient, plans: Path, own: Path) -> int:
        del own
        free = asyncio.Semaphore(CONCURRENCY)

        async def one(path: Path) -> bool:
            async with free:
                chat = await client.create_chat(path.name)
                return bool((await client.ask(chat.id, QUESTION, files=path)).text)

        return sum(await asyncio.gather(*map(one, _files(plans))))

    async with _sampler(url, units, ask) as sample:
        yield sample


@asynccontextmanager
async def _sampler(url: str, units: int, ask: Ask) -> AsyncGenerator[AsyncSampler]:
    """Samples of processor time, memory over that of the client after some answers, and bytes on the disk, a unit."""
    from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore

    with _documents(CONCURRENCY) as few, _documents(units) as plans:
        async with AsyncAIZoomDocClient(url, "static", token_store=MemoryTokenStore(), transport="websocket") as client:

            async def sample() -> Sample:
                with tempfile.TemporaryDirectory() as own:
                    await ask(client, few, Path(own))  # what the first answers import is no unit's cost
                gc.collect()
                forget_peak_memory()
                memory, written = peak_memory(), _written()
                began, cpu = time.perf_counter(), time.process_time()
                with tempfile.TemporaryDirectory() as own:
                    answered = await ask(client, plans, Path(own))
                    spent, seconds = time.process_time() - cpu, time.perf_counter() - began
                    kept = sum(path.stat().st_size for path in _files(Path(own)))
                if answered != units:
                    raise RuntimeError(f"{answered} of {units} documents were answered")
                return {
                    "rate": units / seconds,
                    "cpu": spent,
                    "unit": spent / units,
                    "memory": peak_memory() - memory,
                    "kept": kept / units,
                    "written": (_written() - written) / units,
                }

            yield sample


@contextmanager
def _documents(count: int) -> Generator[Path]:
    """A folder of so many small documents, each with a content of its own."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            (Path(folder) / f"План {number:05}.md").write_text(f"План {number}\n", encoding="utf-8")
        yield Path(folder)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def _written() -> int:
    """The bytes that this process has sent to the disk."""
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes:"))


def _contender(name: str, function: str, units: int) -> Contender:
    return Contender(
        f"{name}, {units:,}",
        f"benchmarks.suites.batch:{function}",
        {"units": units},
        quick={"units": min(units, QUICK_UNITS)},
        blocked=PLAIN,
        fresh=True,
        at_most=LONG_ROUNDS,
    )


JOB, BARE = f"job, {UNITS:,}", f"gather over ask, {UNITS:,}"

GROUPS = (
    Group(
        name="batch",
        contenders=(
            *(_contender("job", "batch_job", units) for units in SIZES),
            _contender("gather over ask", "bare_gather", UNITS),
        ),
        figures=(
            Figure(
                name="batch-unit",
                title=f"{UNITS:,} units of a job, processor time a unit, gather over ask",
                subject=JOB,
                reference=BARE,
                target=1.5,
                better="lower",
                metric="unit",
                unit="ms a unit",
                scale=1000,
                extra_metrics=(("rate", "units/s", 1.0),),
            ),
            Figure(
                name="batch-memory",
                title=f"{UNITS:,} units of a job, peak memory over the client's own, MB",
                subject=JOB,
                reference=None,
                target=60.0,
                better="lower",
                metric="memory",
                unit="MB",
                scale=1 / 1024**2,
                also=(BARE,),
            ),
            Figure(
                name="growth-journal",
                title="bytes of a journal a unit, 10,000 units against 1,000",
                subject=JOB,
                reference=f"job, {SIZES[0]:,}",
                target=1.1,
                better="lower",
                metric="kept",
                unit="bytes a unit",
                also=(f"job, {SIZES[1]:,}",),
                extra_metrics=(("written", "KB written a unit", 1 / 1024),),
                is_slow=True,
            ),
            Figure(
                name="growth-unit",
                title="processor time a unit, 10,000 units against 1,000",
                subject=JOB,
                reference=f"job, {SIZES[0]:,}",
                target=1.1,
                better="lower",
                metric="unit",
                unit="ms a unit",
                scale=1000,
                also=(f"job, {SIZES[1]:,}",),
                is_slow=True,
            ),
        ),
    ),
)
