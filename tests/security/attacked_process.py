"""A process that forks a child for each operation against a hostile server and reports its result and memory.

A line of its input is JSON: url, operation, library. Each operation gets its own child, so that its memory is measured alone, and
the modules are imported only once. A line of its output: the error's class and text, and the growth of the peak memory in MiB.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import tempfile
from pathlib import Path
from typing import Any

import aiohttp  # noqa: F401 - imported here, so that it does not count as memory growth
import picows  # noqa: F401 - as above
import websockets.asyncio.client  # noqa: F401 - as above

from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore, RetryPolicy, StreamTimeouts
from aizoomdoc_client.exceptions import AIZoomDocError
from aizoomdoc_client.testing import no_waiting
from aizoomdoc_client.transport import websocket

MAX_CPU_SECONDS = 40
"""CPU seconds after which the system kills a child."""


def memory(name: str) -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith(f"{name}:")) / 1024


async def perform(url: str, operation: str, library: str) -> str:
    """The class and text of the error, or ``success``."""
    setattr(websocket, "best_library", getattr(websocket, f"{library}_library"))  # noqa: B010 - as tests patch it
    options: Any = {
        "token_store": MemoryTokenStore(),
        "transport": "websocket" if operation == "websocket" else "sse",
        "retry": RetryPolicy(attempts=1, max_reruns=0),
        "stream_timeouts": StreamTimeouts(connect=20, first_event=20, idle=20),
    }
    try:
        async with AsyncAIZoomDocClient(url, "static-token", timeout=6, **options) as client:
            await _run_operation(client, operation)
    except AIZoomDocError as error:
        return f"{type(error).__name__}: {error}"
    return "success"


async def _run_operation(client: AsyncAIZoomDocClient, operation: str) -> None:
    match operation:
        case "request":
            await client.health()
        case "download":
            with tempfile.TemporaryDirectory() as folder:
                await client.download_file("6f1c1a52-0000-4000-8000-000000000001", folder, max_bytes=2**20)
        case _:
            await client.ask(await client.create_chat(), "?")


def child(task: dict[str, str]) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS, MAX_CPU_SECONDS))
    before = memory("VmRSS")
    with no_waiting():
        result = asyncio.run(perform(**task))
    report(result, memory("VmHWM") - before)


def report(result: str, growth: float = 0) -> None:
    sys.stdout.write(json.dumps({"result": result, "growth": growth}) + "\n")
    sys.stdout.flush()


def main() -> None:
    for line in sys.stdin:
        if not (pid := os.fork()):
            child(json.loads(line))
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        if status:
            report(f"ended with {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    main()
