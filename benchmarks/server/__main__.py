"""``python -m benchmarks.server``: prints its port, and serves until its standard input is closed."""

from __future__ import annotations

import asyncio
import sys

from ..limits import allow_open_files
from .connection import Connection
from .gates import Gates


async def serve() -> None:
    """Serves on a free port of this machine's own address."""
    gates, loop = Gates(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(gates), "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    allow_open_files()
    asyncio.run(serve())
