"""``python -m benchmarks.server``: prints its port, and serves until its standard input is closed."""

from __future__ import annotations

import asyncio
import sys

from ..limits import allow_open_files
from .connection import Connection
from .sync_points import SyncPoints


async def serve() -> None:
    """Serves on a free port of 127.0.0.1."""
    sync_points, loop = SyncPoints(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(sync_points), "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    allow_open_files()
    asyncio.run(serve())
