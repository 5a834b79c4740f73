"""Kills the workers of a backend, its Redis and its server while browsers ask; then checks what they saw."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp

from tests.free_ports import free_ports
from tests.kill.forking import Program
from tests.relay.redis_servers import RedisServer
from tests.relay_kill.browser import GONE, Asked, Browser
from tests.relay_kill.checks import Faults, Stored, complaints
from tests.relay_kill.worker_process import LEASE_SECONDS

WORKERS = 4
PACE = 0.5
"""Seconds between kills, on average."""
DOWN_SECONDS = 0.5
"""The longest time that something is away after a kill."""
AFTER_FAULT = 2 * LEASE_SECONDS + 1
"""Seconds after a restart in which it can still be the reason of a failure."""
QUIET_SECONDS = 15.0
"""The longest time after the last browser has left in which answers may still be read."""
STOP_SECONDS = 15.0


class Campaign:
    """The processes and the browsers, and what was found."""

    def __init__(self, folder: Path, seed: int, *, browsers: int, bug: str | None = None, longest_answer: float = 60) -> None:
        self.killed = Counter[str]()
        """How often what was killed."""
        self.asked = list[Asked]()
        self._browsers = list[Browser]()
        self._rng = random.Random(seed)
        self._seed = seed
        self._count = browsers
        self._bug = bug
        self._longest_answer = longest_answer
        self._data = folder / "server"
        self._data.mkdir(parents=True)
        self._server_port, redis_port, *self._ports = free_ports(WORKERS + 2)
        self._server = Program("tests.relay_kill.server_process", folder / "server.log")
        self._workers = [Program("tests.relay_kill.worker_process", folder / f"worker{n}.log") for n in range(WORKERS)]
        self._redis = RedisServer()
        self._redis.port = redis_port
        self._faults = list[tuple[str, float, float]]()
        self._turn = 0
        self._number = 0
        self._over = False

    async def run(self, kills: int) -> list[str]:
        """Kills so many times while the browsers ask; what does not hold then."""
        async with self._started() as session:
            browsers = [asyncio.create_task(self._live(session, n)) for n in range(self._count)]
            try:
                while sum(self.killed.values()) < kills:
                    await asyncio.sleep(self._rng.expovariate(1 / PACE))
                    await self._kill()
                self._over = True
                await asyncio.gather(*browsers)
            finally:
                for browser in browsers:
                    browser.cancel()
            found = await self._still_open(session)
            found += await self._not_ended()
        stored = Stored.read(self._data)
        return found + list(complaints(self.asked, stored, Faults(self._faults)))

    def summary(self) -> str:
        """What happened, in one line."""
        views = [view for asked in self.asked for view in asked.views]
        ends = Counter(f"{view.ended} {view.code}".rstrip() for view in views)
        return (
            f"{dict(self.killed)}; {len(self.asked)} questions, {sum(not each.stream for each in self.asked)} of them refused;"
            f" {len(views)} viewers, {sum(view.reconnects for view in views)} reconnects,"
            f" {sum(view.snapshots for view in views)} snapshots; ends: {dict(ends)}"
        )

    # -- browsers ------------------------------------------------------------------------------------------------------------

    async def _live(self, session: aiohttp.ClientSession, number: int) -> None:
        rng = random.Random(f"{self._seed} {number}")
        browser = Browser(
            session,
            f"user-{number}",
            rng,
            worker=self._next_worker,
            forgotten_since=lambda began: Faults(self._faults).between(began, time.monotonic(), ["redis"]),
            longest_answer=self._longest_answer,
        )
        self._browsers.append(browser)
        while not self._over:
            self._number += 1
            others = [each.newest.stream for each in self._browsers if each is not browser and each.newest is not None]
            browser.foreign = rng.choice(others) if others and rng.random() < 0.2 else ""
            asked = await browser.ask(self._number)
            self.asked.append(asked)
            await asyncio.sleep(rng.random() if asked.stream else 0.3)

    def _next_worker(self) -> str:
        self._turn += 1
        return f"http://127.0.0.1:{self._ports[self._turn % WORKERS]}"

    # -- kills ---------------------------------------------------------------------------------------------------------------

    async def _kill(self) -> None:
        what = self._rng.choices(["worker", "redis", "server"], [8, 1, 1])[0]
        index = self._rng.randrange(WORKERS)
        at, pause = len(self._faults), self._rng.random() * DOWN_SECONDS
        self._faults.append((what, time.monotonic(), float("inf")))
        self.killed[what] += 1
        if what == "worker":
            await asyncio.to_thread(self._workers[index].kill)
            await asyncio.sleep(pause)
            await self._start_worker(index)
        elif what == "redis":
            self._redis.stop()
            await asyncio.sleep(pause)
            await asyncio.to_thread(self._redis.start)
        else:
            await asyncio.to_thread(self._server.kill)
            await asyncio.sleep(pause)
            await self._start_server()
        self._faults[at] = (what, self._faults[at][1], time.monotonic() + AFTER_FAULT)

    # -- processes -----------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _started(self) -> AsyncGenerator[aiohttp.ClientSession]:
        async with AsyncExitStack() as stack:
            for program in (self._server, *self._workers):
                stack.callback(program.close)
            stack.callback(self._redis.stop)
            await asyncio.to_thread(self._redis.start)
            await self._start_server()
            await asyncio.gather(*map(self._start_worker, range(WORKERS)))
            connector = aiohttp.TCPConnector(limit=0)
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=5)
            yield await stack.enter_async_context(aiohttp.ClientSession(connector=connector, timeout=timeout))

    async def _start_server(self) -> None:
        await asyncio.to_thread(self._server.start, folder=str(self._data), port=self._server_port)

    async def _start_worker(self, index: int) -> None:
        url, port = f"http://127.0.0.1:{self._server_port}", self._ports[index]
        await asyncio.to_thread(self._workers[index].start, url=url, redis=self._redis.url, port=port, bug=self._bug)

    async def _still_open(self, session: aiohttp.ClientSession) -> list[str]:
        """Workers in which something is still read or looked at a while after the last browser has left."""
        end = time.monotonic() + QUIET_SECONDS
        while True:
            said = list[str]()
            for port in self._ports:
                try:
                    async with session.get(f"http://127.0.0.1:{port}/open") as response:
                        said.append(await response.text())
                except GONE as error:
                    said.append(repr(error))
            found = [f"still open in a worker: {each}" for each in said if each != "[0,0]"]
            if not found or time.monotonic() > end:
                return found
            await asyncio.sleep(0.3)

    async def _not_ended(self) -> Sequence[str]:
        """Workers that do not end at SIGTERM in time, or that print a traceback."""
        found = list[str]()
        for worker in self._workers:
            if worker.wait(0) is None:
                os.kill(worker.pid, signal.SIGTERM)
            else:
                found.append(f"a worker ended by itself: {worker.errors()}")
        for worker in self._workers:
            code = await asyncio.to_thread(worker.wait, STOP_SECONDS)
            if code not in {0, -signal.SIGTERM}:
                found.append(f"a worker ends with {code} at SIGTERM: {worker.errors()}")
            elif "Traceback" in worker.errors():
                found.append(f"a worker printed a traceback: {worker.errors()}")
        return found
