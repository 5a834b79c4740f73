"""One of the processes that share a token file: ``python -m tests.load.worker URL FILE CLOCK [full-disk]``.

CLOCK is a file with the time that all of them go by. With ``full-disk`` the system lets the process write nothing to any file.
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

from .crowd import at_once, client_of, complaints
from .server import lines, say


async def work(url: str, file: str, clock: Path) -> None:
    """Makes as many calls at once as each line says."""
    with complaints() as complained:
        async with client_of(url, token_store=FileTokenStore(file)) as client:
            _set_clocks(client, clock)
            say("ready")
            async for line in lines():
                told: dict[str, Any] = json.loads(line)
                outcome = await at_once(told["calls"], client.get_me)
                said = [f"{type(error).__name__}: {error}" for error in outcome.errors]
                say(json.dumps({"successes": outcome.successes, "errors": Counter(said), "complaints": complained}))


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
