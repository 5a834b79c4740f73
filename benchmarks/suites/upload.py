"""The upload of a file of 512 MB: its speed and its peak memory."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from ..figures import Contender, Figure, Group, Sample
from ..limits import forget_peak_memory, peak_memory
from ..worker import AsyncSampler, Sampler

SIZE = 512 * 1024 * 1024
MB = 1024 * 1024


@contextmanager
def big_file() -> Generator[Path]:
    """A sparse file of `SIZE` bytes, read once so that the system has it in its cache."""
    with tempfile.NamedTemporaryFile(suffix=".bin") as file:
        file.truncate(SIZE)
        while file.read(MB):
            pass
        yield Path(file.name)


@asynccontextmanager
async def client_upload(url: str) -> AsyncGenerator[AsyncSampler]:
    """The async client; memory counts from when it is imported and made, before its first call."""
    from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore, UploadLimits

    limits = UploadLimits(file=SIZE)
    with big_file() as path:
        async with AsyncAIZoomDocClient(url, "static", token_store=MemoryTokenStore(), upload_limits=limits) as client:

            async def sample() -> Sample:
                forget_peak_memory()
                before = peak_memory()
                await client.authenticate()
                began = time.perf_counter()
                stored = await client.upload_file(path)
                seconds = time.perf_counter() - began
                _check(stored.size_bytes or 0)
                return {"rate": SIZE / seconds, "memory": peak_memory() - before}

            yield sample


@contextmanager
def curl_upload(url: str) -> Generator[Sampler]:
    """``curl -F``; the time as curl reports it, without the start of its process."""
    curl = shutil.which("curl")
    if curl is None:
        raise RuntimeError("curl is not installed")
    with big_file() as path:
        command = [curl, "-sS", "-F", f"file=@{path}", "-w", r"\n%{time_total}", f"{url}/files/upload"]

        def sample() -> Sample:
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            spent = resource.getrusage(resource.RUSAGE_CHILDREN)
            body, _, seconds = said.rpartition("\n")
            _check(json.loads(body)["size_bytes"])
            cpu = spent.ru_utime + spent.ru_stime - used.ru_utime - used.ru_stime
            return {"rate": SIZE / float(seconds), "cpu": cpu}

        yield sample


def _check(size: int) -> None:
    if size < SIZE:
        raise RuntimeError(f"{size:,} bytes arrived of {SIZE:,}")


GROUPS = (
    Group(
        name="upload",
        contenders=(
            Contender("client", "benchmarks.suites.upload:client_upload", fresh=True),
            Contender("curl -F", "benchmarks.suites.upload:curl_upload", fresh=True),
        ),
        figures=(
            Figure(
                name="upload",
                title="upload of 512 MB, curl -F",
                subject="client",
                reference="curl -F",
                target=0.8,
                unit="MB/s",
                scale=1 / MB,
            ),
            Figure(
                name="upload-memory",
                title="upload of 512 MB, peak memory over import, MB",
                subject="client",
                reference=None,
                target=25.0,
                better="lower",
                metric="memory",
                unit="MB",
                scale=1 / MB,
            ),
        ),
    ),
)
