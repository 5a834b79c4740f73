"""A process whose children each do one dealing with a hostile server and tell what came of it, and what memory it took.

A line of its input is JSON: url, deed, library. A child is forked for each, so that none inherits what another one held, and the
imports are paid for once. A line of its output: the error's class and text, and the growth of the peak of memory in MiB.
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

import aiohttp  # noqa: F401 - what is imported here is not counted as an attack's growth
import picows  # noqa: F401 - as above
import websockets.asyncio.client  # noqa: F401 - as above

from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore, RetryPolicy, StreamTimeouts
from aizoomdoc_client.exceptions import AIZoomDocError
from aizoomdoc_client.testing import no_waiting
from aizoomdoc_client.transport import websocket

MOST_WORK = 40
"""Seconds of processor time after which a child is ended by the system."""


def memory(name: str) -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith(f"{name}:")) / 1024


async def deal(url: str, deed: str, library: str) -> str:
    """The class and text of the error, or ``success``."""
    setattr(websocket, "best_library", getattr(websocket, f"{library}_library"))  # noqa: B010 - as tests patch it
    options: Any = {
        "token_store": MemoryTokenStore(),
        "transport": "websocket" if deed == "websocket" else "sse",
        "retry": RetryPolicy(attempts=1, max_reruns=0),
        "stream_timeouts": StreamTimeouts(connect=20, first_event=20, idle=20),
    }
    try:
        async with AsyncAIZoomDocClient(url, "token", timeout=6, **options) as client:
            await do(client, deed)
    except AIZoomDocError as error:
        return f"{type(error).__name__}: {error}"
    return "success"


async def do(client: AsyncAIZoomDocClient, deed: str) -> None:
    match deed:
        case "request":
            await client.health()
        case "download":
            with tempfile.TemporaryDirectory() as folder:
                await client.download_file("6f1c1a52-0000-4000-8000-000000000001", folder, max_bytes=2**20)
        case _:
            await client.ask(await client.create_chat(), "?")


def child(task: dict[str, str]) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_WORK, MOST_WORK))
    before = memory("VmRSS")
    with no_waiting():
        came = asyncio.run(deal(**task))
    tell(came, memory("VmHWM") - before)


def tell(came: str, growth: float = 0) -> None:
    sys.stdout.write(json.dumps({"came": came, "growth": growth}) + "\n")
    sys.stdout.flush()


def main() -> None:
    for line in sys.stdin:
        if not (pid := os.fork()):
            child(json.loads(line))
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        if status:
            tell(f"ended with {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    main()
