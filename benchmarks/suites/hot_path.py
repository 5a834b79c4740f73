"""Where the time of an event goes: the client's stages by themselves, and a profile of the whole.

For docs/performance.md only; no figure needs them.
"""

from __future__ import annotations

import cProfile
import pstats
import re
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, cast

from aizoomdoc_client.credentials import Secret

from ..control import Control
from ..figures import Contender, Group, Sample
from ..worker import AsyncSampler
from .events import PLAIN, SMALL, client_events, ours, raw

TOKENS = 10_000
SHOWN = 10
"""Functions of a profile that are shown."""
TRANSPORTS: tuple[tuple[str, Literal["websocket", "sse"], tuple[str, ...]], ...] = (
    ("client", "websocket", PLAIN),
    ("client with speed", "websocket", ()),
    ("client over SSE", "sse", PLAIN),
)
FLOORS = ("websockets_alone", "picows_alone", "aiohttp_alone")


@asynccontextmanager
async def stages(url: str, transport: Literal["websocket", "sse"]) -> AsyncGenerator[AsyncSampler]:
    """Seconds of processor time an event: for receiving its frame, and for making the event of it."""
    from aizoomdoc_client.assembly import ServerConnections
    from aizoomdoc_client.config import resolve_config
    from aizoomdoc_client.protocol import requests
    from aizoomdoc_client.protocol.answering import Answering

    control = Control(url)
    server = ServerConnections.of(resolve_config(server_url=url, transport=transport))

    async def frames(chat: str, sync_point: str) -> tuple[list[Sequence[Any]], float]:
        request = requests.stream(chat, requests.StreamScope())
        stream = await server.opener.open(request, token=Secret("t"), connect_timeout=10)
        batches, count = [await stream.receive()], 0
        control.release(sync_point)
        began = time.process_time()
        while count < TOKENS:
            batches.append(await stream.receive())
            count += len(batches[-1])
        seconds = time.process_time() - began
        await stream.close()
        return batches, seconds

    async def sample() -> Sample:
        sync_point = control.sync_point()
        batches, transport_seconds = await frames(control.chat(SMALL, sync_point), sync_point)
        answering = Answering("m1", max_reruns=1, no_pending_runs=True)
        began = time.process_time()
        for batch in batches:
            answering.received(batch)
        protocol_seconds = time.process_time() - began
        return {"transport": transport_seconds / TOKENS, "protocol": protocol_seconds / TOKENS}

    yield sample
    control.close()
    await server.http.close()


@asynccontextmanager
async def profile(url: str, transport: Literal["websocket", "sse"]) -> AsyncGenerator[AsyncSampler]:
    """Shares of the time by function; cProfile adds its own time to each call, so that calls look slower than they are."""
    async with client_events(url, SMALL, transport) as read:

        async def sample() -> Sample:
            profiler = cProfile.Profile()
            profiler.enable()
            await read()
            profiler.disable()
            return _shares(pstats.Stats(profiler))

        yield sample


def _shares(found: pstats.Stats) -> dict[str, float]:
    entries = cast("dict[tuple[str, int, str], tuple[int, int, float, float, Any]]", cast("Any", found).stats)  # not in its stub
    whole = sum(entry[2] for entry in entries.values())
    slowest = sorted(entries.items(), key=lambda item: -item[1][2])[:SHOWN]
    return {_label(*function): entry[2] / whole for function, entry in slowest}


def _label(file: str, line: int, function: str) -> str:
    """``module:function``, with a short module name."""
    if file == "~":
        return re.sub(r"<(?:built-in )?method |[<>']| of .*| objects", "", function)
    parts = Path(file).with_suffix("").parts
    start = next((index for index, part in enumerate(parts) if part == "aizoomdoc_client"), len(parts) - 2)
    return f"{'.'.join(parts[start:])}:{function}" if line else function


def _contenders(kind: str, make: Callable[..., Any], at_most: int | None = None) -> tuple[Contender, ...]:
    return tuple(
        Contender(f"{name}, {kind}", f"{__name__}:{make.__name__}", {"transport": transport}, blocked=blocked, at_most=at_most)
        for name, transport, blocked in TRANSPORTS
    )


GROUPS = (
    Group(
        name="hot-path",
        needs=("picows",),
        contenders=(
            raw(SMALL),
            *(ours(name, SMALL, transport, blocked=blocked) for name, transport, blocked in TRANSPORTS),
            *_contenders("stages", stages),
            *_contenders("profile", profile, at_most=1),
            *(
                Contender(f"{name}, floor", f"benchmarks.suites.floor:{function}", {"stream": SMALL}, blocked=blocked)
                for (name, _, blocked), function in zip(TRANSPORTS, FLOORS, strict=True)
            ),
        ),
    ),
)
