"""One of the processes that share a token file: ``python -m tests.load.worker URL FILE CLOCK [full-disk]``.

CLOCK is a file with the time that all of them use. With ``full-disk`` the process can write no bytes to any file.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from aizoomdoc_client import AsyncAIZoomDocClient, FileTokenStore

from .concurrent_calls import at_once, complaints, make_client
from .server import lines, write_line


async def work(url: str, file: str, clock: Path) -> None:
    """Makes the number of concurrent calls that each line gives."""
    with complaints() as found:
        async with make_client(url, token_store=FileTokenStore(file)) as client:
            _set_clocks(client, clock)
            write_line("ready")
            async for line in lines():
                command: dict[str, Any] = json.loads(line)
                outcome = await at_once(command["calls"], client.get_me)
                messages = [f"{type(error).__name__}: {error}" for error in outcome.errors]
                write_line(json.dumps({"successes": outcome.successes, "errors": Counter(messages), "complaints": found}))


def _set_clocks(client: AsyncAIZoomDocClient, file: Path) -> None:
    def shared() -> float:
        return float(file.read_text(encoding="ascii"))

    began = time.time() - time.monotonic()
    client._parts.auth._clock = shared
    client._parts.auth._wall_clock = lambda: began + shared()


if __name__ == "__main__":
    if sys.argv[4:] == ["full-disk"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    asyncio.run(work(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
