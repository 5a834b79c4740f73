"""Runs the endpoint until it is interrupted: ``python -m tests.real_model PORT``."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress

from tests.real_model.endpoint import CHAT_MODEL, EMBED_MODEL, missing, real_endpoint


async def main(port: int) -> None:
    async with real_endpoint(port) as endpoint:
        sys.stderr.write(f"{endpoint.url}: --llm-model {CHAT_MODEL}, --embed-model {EMBED_MODEL}\n")
        await asyncio.Event().wait()


if absent := missing():
    sys.exit(f"not installed: {', '.join(absent)}; `nox -s real_model` installs them")
with suppress(KeyboardInterrupt):
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 8080))
