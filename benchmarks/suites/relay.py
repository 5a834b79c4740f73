"""Answers on their way to browsers: many answers at once through a backend, to one or several viewers each."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import shutil
import socket
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import attrs

from ..backends import KINDS, NEED_REDIS, Backend, Kind, open_backend, serve
from ..control import Control
from ..figures import Contender, Figure, Group, Sample
from ..limits import allow_open_files, forget_peak_memory, peak_memory
from ..worker import AsyncSampler, Stopwatch
from .events import PLAIN

ANSWERS, FEW = 1_000, 20
"""Answers at once, and as many as it takes to import and connect all there is."""
TOKENS, STAMPED = 50, 8
"""Tokens of an answer; of one whose tokens say when they were made, sent at some 1,000 a second in all."""
SPARE = 200
"""Files that a process has open besides its streams and viewers."""
TICKS = os.sysconf("SC_CLK_TCK")


@attrs.frozen
class Setup:
    """A backend that is served on a port, the server behind it, and its Redis, if any."""

    backend: Backend
    port: int
    control: Control
    redis: RedisServer | None

    async def sample(self, answers: int, viewers: int) -> Sample:
        """All answers wait for their viewers to be connected; timed is from their release to the end of the last viewer."""
        sync_point, stream = self.control.sync_point(), f"single-{TOKENS}"
        paths = await self.backend.ask([self.control.chat(stream, sync_point, number) for number in range(answers)], viewers)
        gc.collect()
        forget_peak_memory()
        before = peak_memory()
        browsers = await _browsers([(self.port, path) for path in paths], stamped=False)
        await _line(browsers)
        connected = peak_memory()
        gc.collect()
        redis = self._redis_cpu()
        stopwatch, began = Stopwatch(), time.monotonic()
        self.control.release(sync_point)
        line = await _line(browsers)
        await self.backend.finished()
        _, cpu = stopwatch.read()
        await browsers.wait()
        read = json.loads(line)
        if set(read["tokens"]) != {TOKENS}:
            raise RuntimeError(f"viewers got {min(read['tokens'])} to {max(read['tokens'])} tokens of {TOKENS}")
        events = TOKENS * viewers
        return {
            "rate": events / (read["ended"] - began),
            "cpu": cpu,
            "cpu_each": cpu / events,
            "cpu_rate": events / cpu,
            "redis": (self._redis_cpu() - redis) / events,
            "memory": (connected - before) / viewers,
            "peak": (peak_memory() - before) / viewers,
        }

    async def delays(self, url: str, viewers: int) -> Sample:
        """Beside each viewer one reads the same kind of answer from the server itself."""
        sync_point, stream = self.control.sync_point(), f"stamped-{STAMPED}"
        paths = await self.backend.ask([self.control.chat(stream, sync_point, number) for number in range(viewers)], viewers)
        own = urlsplit(url).port
        direct = [f"/chats/{self.control.chat(stream, sync_point, number)}/stream" for number in range(viewers, 2 * viewers)]
        pairs = zip(paths, direct, strict=True)
        browsers = await _browsers([each for pair in pairs for each in ((self.port, pair[0]), (own, pair[1]))], stamped=True)
        await _line(browsers)
        gc.collect()
        stopwatch = Stopwatch()
        self.control.release(sync_point)
        (half, most), (half_direct, most_direct) = json.loads(await _line(browsers))["delays"]
        _, cpu = stopwatch.read()
        await browsers.wait()
        return {
            "added": half - half_direct,
            "p50": half,
            "p99": most,
            "direct": half_direct,
            "direct99": most_direct,
            "cpu_rate": viewers * STAMPED / cpu,
            "cpu_each": cpu / viewers / STAMPED,
        }

    def _redis_cpu(self) -> float:
        return 0.0 if self.redis is None else self.redis.cpu


@asynccontextmanager
async def events(url: str, kind: Kind, viewers: int, shared: int = ANSWERS) -> AsyncGenerator[AsyncSampler]:
    """Many answers at once: one a viewer, or so many as are `shared` where viewers can share them."""
    async with _setup(url, kind) as setup:

        async def sample() -> Sample:
            answers = shared if setup.backend.is_shared else viewers
            if (files := allow_open_files()) < answers + viewers + SPARE:
                raise RuntimeError(f"{viewers:,} viewers need more open files than the {files:,} that the system allows")
            await setup.sample(FEW, FEW)
            return await setup.sample(answers, viewers)

        yield sample


@asynccontextmanager
async def delays(url: str, kind: Kind, viewers: int) -> AsyncGenerator[AsyncSampler]:
    """How much later events arrive by way of a backend, at a pace that leaves it idle most of the time."""
    async with _setup(url, kind) as setup:

        async def sample() -> Sample:
            await setup.sample(FEW, FEW)
            return await setup.delays(url, viewers)

        yield sample


@asynccontextmanager
async def _setup(url: str, kind: Kind) -> AsyncGenerator[Setup]:
    from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore

    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(redis_server()) if kind in NEED_REDIS else None
        client = AsyncAIZoomDocClient(url, "static", token_store=MemoryTokenStore(), transport="websocket")
        await stack.enter_async_context(client)
        backend = await stack.enter_async_context(open_backend(kind, client, None if redis is None else redis.url))
        control = Control(url)
        stack.callback(control.close)
        yield Setup(backend, await stack.enter_async_context(serve(backend)), control, redis)


async def _browsers(addresses: list[tuple[int | None, str]], *, stamped: bool) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.browsers", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=2**20
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps({"addresses": addresses, "stamped": stamped}).encode() + b"\n")
    await process.stdin.drain()
    return process


async def _line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise RuntimeError("the browsers ended")
    return line.decode()


@attrs.frozen
class RedisServer:
    """A redis-server that keeps nothing on the disk."""

    url: str
    process_id: int

    @property
    def cpu(self) -> float:
        """Seconds of processor time that it took so far."""
        fields = Path(f"/proc/{self.process_id}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


@asynccontextmanager
async def redis_server() -> AsyncGenerator[RedisServer]:
    """A server on a free port."""
    executable = shutil.which("redis-server")
    if executable is None:
        raise RuntimeError("there is no redis-server on this machine")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    arguments = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
    process = await asyncio.create_subprocess_exec(executable, *arguments, stdout=asyncio.subprocess.DEVNULL)
    while True:
        try:
            (await asyncio.open_connection("127.0.0.1", port))[1].close()
        except ConnectionRefusedError:
            await asyncio.sleep(0.02)
        else:
            break
    try:
        yield RedisServer(f"redis://127.0.0.1:{port}/0", process.pid)
    finally:
        process.terminate()
        await process.wait()


def _events(kind: Kind, viewers: int) -> Contender:
    return Contender(
        f"{kind}, {viewers:,} viewers",
        "benchmarks.suites.relay:events",
        {"kind": kind, "viewers": viewers},
        blocked=PLAIN,
        fresh=True,
        at_most=1 if kind == SLOWEST else LONG_ROUNDS if viewers > ANSWERS else None,
    )


def _delays(kind: Kind) -> Contender:
    options = {"kind": kind, "viewers": PACED_VIEWERS}
    return Contender(f"{kind}, delay", "benchmarks.suites.relay:delays", options, blocked=PLAIN, fresh=True)


def _memory(name: str, kind: Kind, *also: str) -> Figure:
    return Figure(
        name=name,
        title=f"memory a viewer of a {kind}, uvicorn's and Starlette's included, 3,000 viewers, KB",
        subject=f"{kind}, {MANY:,} viewers",
        reference=None,
        target=20.0,
        better="lower",
        metric="memory",
        unit="KB",
        scale=1 / 1024,
        also=(f"{kind}, {ANSWERS:,} viewers", *also),
        is_slow=True,
    )


def _figure(name: str, title: str, subject: Kind, reference: Kind, viewers: int, *also: str) -> Figure:
    return Figure(
        name=name,
        title=title,
        subject=f"{subject}, {viewers:,} viewers",
        reference=f"{reference}, {viewers:,} viewers",
        target=1.0,
        metric="cpu_rate",
        unit="events/s of processor time",
        also=also,
        extra_metrics=(("rate", "events/s", 1.0), ("cpu_each", "µs an event", 1e6), *(REDIS if subject in NEED_REDIS else ())),
        is_slow=viewers > ANSWERS,
    )


LONG_ROUNDS = 3
SLOWEST: Kind = "fastapi-resumable-stream"
"""Takes minutes for a sample."""
PACED_VIEWERS = 250
MANY = 3_000
REDIS = (("redis", "µs an event in Redis", 1e6),)

GROUPS = (
    Group(
        name="relay",
        needs=("fastapi_resumable_stream", "httptools", "redis", "resumable_stream", "sse_starlette", "starlette", "uvicorn"),
        contenders=(
            *(_events(kind, ANSWERS) for kind in KINDS),
            *(_events(kind, MANY) for kind in ("relay", "sse-starlette", "relay with Redis", "resumable-stream")),
            *(_delays(kind) for kind in ("relay", "sse-starlette", "StreamingResponse")),
        ),
        figures=(
            _figure(
                "relay-1000",
                "1,000 answers to 1,000 viewers, sse-starlette",
                "relay",
                "sse-starlette",
                ANSWERS,
                f"StreamingResponse, {ANSWERS:,} viewers",
            ),
            _figure("relay-3000", "1,000 answers to 3,000 viewers, sse-starlette", "relay", "sse-starlette", MANY),
            _figure(
                "relay-redis-1000",
                "1,000 answers to 1,000 viewers, with Redis, resumable-stream",
                "relay with Redis",
                "resumable-stream",
                ANSWERS,
                f"fastapi-resumable-stream, {ANSWERS:,} viewers",
            ),
            _figure(
                "relay-redis-3000",
                "1,000 answers to 3,000 viewers, with Redis, resumable-stream",
                "relay with Redis",
                "resumable-stream",
                MANY,
            ),
            Figure(
                name="relay-delay",
                title="delay that a relay adds to an event, median, ms",
                subject="relay, delay",
                reference=None,
                target=1.0,
                better="lower",
                metric="added",
                unit="ms",
                scale=1000,
                also=("sse-starlette, delay", "StreamingResponse, delay"),
                extra_metrics=(
                    ("p50", "ms in all, median", 1000),
                    ("p99", "ms in all, p99", 1000),
                    ("direct99", "ms p99 without a backend", 1000),
                ),
            ),
            _memory("relay-memory", "relay", f"sse-starlette, {MANY:,} viewers"),
            _memory("relay-redis-memory", "relay with Redis"),
            Figure(
                name="growth-viewers",
                title="processor time an event and viewer, 3,000 viewers against 1,000",
                subject=f"relay, {MANY:,} viewers",
                reference=f"relay, {ANSWERS:,} viewers",
                target=1.1,
                better="lower",
                metric="cpu_each",
                unit="µs",
                scale=1e6,
                is_slow=True,
            ),
        ),
    ),
)
