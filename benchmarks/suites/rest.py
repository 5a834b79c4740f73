"""Small GETs, one at a time and 64 at a time."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager

from ..figures import Contender, Figure, Group, Sample
from ..worker import AsyncSampler, Sampler

CALLS, QUICK_CALLS = 1024, 384
TOKEN = {"Authorization": "Bearer " + "t" * 160}


@asynccontextmanager
async def client_calls(url: str, concurrency: int, calls: int = CALLS) -> AsyncGenerator[AsyncSampler]:
    """The async client."""
    from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore

    async with AsyncAIZoomDocClient(url, "static", token_store=MemoryTokenStore()) as client:
        yield _sampler(client.get_me, concurrency, calls)


@asynccontextmanager
async def aiohttp_calls(url: str, concurrency: int, calls: int = CALLS) -> AsyncGenerator[AsyncSampler]:
    """An aiohttp session, with the JSON as dictionaries."""
    import aiohttp

    async with aiohttp.ClientSession() as session:

        async def call() -> None:
            async with session.get(f"{url}/me", headers=TOKEN) as response:
                json.loads(await response.read())

        yield _sampler(call, concurrency, calls)


@asynccontextmanager
async def httpx_calls(url: str, concurrency: int, calls: int = CALLS) -> AsyncGenerator[AsyncSampler]:
    """httpx, with the JSON as dictionaries."""
    import httpx

    async with httpx.AsyncClient(base_url=url, headers=TOKEN) as client:

        async def call() -> None:
            (await client.get("/me")).json()

        yield _sampler(call, concurrency, calls)


def _sampler(call: Callable[[], Awaitable[object]], concurrency: int, calls: int) -> AsyncSampler:
    async def work(count: int) -> None:
        for _ in range(count):
            await call()

    async def sample() -> Sample:
        await asyncio.gather(*(work(1) for _ in range(concurrency)))  # opens connections again that were closed while idle
        began = time.perf_counter()
        await asyncio.gather(*(work(calls // concurrency) for _ in range(concurrency)))
        return {"rate": calls / (time.perf_counter() - began)}

    return sample


@contextmanager
def sync_client_calls(url: str, calls: int = CALLS) -> Generator[Sampler]:
    """The sync client."""
    from aizoomdoc_client import AIZoomDocClient, MemoryTokenStore

    with AIZoomDocClient(url, "static", token_store=MemoryTokenStore()) as client:
        yield _sync_sampler(client.get_me, calls)


@contextmanager
def requests_calls(url: str, calls: int = CALLS) -> Generator[Sampler]:
    """A session of requests, with the JSON as dictionaries."""
    import requests

    with requests.Session() as session:
        session.headers.update(TOKEN)
        yield _sync_sampler(lambda: session.get(f"{url}/me").json(), calls)


def _sync_sampler(call: Callable[[], object], calls: int) -> Sampler:
    def sample() -> Sample:
        call()
        began = time.perf_counter()
        for _ in range(calls):
            call()
        return {"rate": calls / (time.perf_counter() - began)}

    return sample


def _at_once(concurrency: int, aiohttp_target: float, httpx_target: float) -> Group:
    def contender(name: str, function: str) -> Contender:
        return Contender(name, f"benchmarks.suites.rest:{function}", {"concurrency": concurrency}, quick={"calls": QUICK_CALLS})

    def figure(reference: str, target: float) -> Figure:
        name = f"get-{concurrency}-{reference.partition('.')[0]}"
        title = f"GET of a small JSON, {concurrency} at a time, {reference}"
        return Figure(name=name, title=title, subject="client", reference=reference, target=target, unit="calls/s")

    return Group(
        name=f"get-{concurrency}",
        needs=("httpx",),
        contenders=(
            contender("client", "client_calls"),
            contender("aiohttp", "aiohttp_calls"),
            contender("httpx.AsyncClient", "httpx_calls"),
        ),
        figures=(figure("aiohttp", aiohttp_target), figure("httpx.AsyncClient", httpx_target)),
    )


GROUPS = (
    _at_once(1, 0.85, 3.0),
    _at_once(64, 0.8, 8.0),
    Group(
        name="get-sync",
        needs=("requests",),
        contenders=(
            Contender("sync client", "benchmarks.suites.rest:sync_client_calls", quick={"calls": QUICK_CALLS}),
            Contender("requests", "benchmarks.suites.rest:requests_calls", quick={"calls": QUICK_CALLS}),
        ),
        figures=(
            Figure(
                name="get-sync-requests",
                title="GET of a small JSON, sync client, requests",
                subject="sync client",
                reference="requests",
                target=1.7,
                unit="calls/s",
            ),
        ),
    ),
)
