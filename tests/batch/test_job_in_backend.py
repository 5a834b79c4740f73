"""A job in an aiohttp backend: in a task that requests begin, watch and cancel, and in a request itself."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import attrs
import pytest
from aiohttp import web

from aizoomdoc_client.batch import BatchJob, Done
from tests.batch.job_setup import ROLE, Desk, held_desk


@attrs.define
class Backend:
    """A site of one page that begins a job, tells how far it is, and cancels it; another page hands out answers as they come."""

    desk: Desk
    job: BatchJob
    task: asyncio.Task[None] | None = None
    left: asyncio.Event = attrs.field(factory=asyncio.Event)
    """Set when the request that hands out answers has ended."""

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.post("/job", self.begin),
                web.get("/job", self.show),
                web.delete("/job", self.cancel),
                web.get("/answers", self.hand_out),
            ]
        )
        app.on_cleanup.append(self.end)
        return app

    async def begin(self, _: web.Request) -> web.Response:
        self.task = asyncio.create_task(self._run())
        return web.Response(status=202)

    async def show(self, _: web.Request) -> web.Response:
        return web.json_response(self.job.progress.counts.to_dict())

    async def cancel(self, _: web.Request) -> web.Response:
        await self.end()
        return web.Response()

    async def end(self, _: web.Application | None = None) -> None:
        if self.task is not None:
            self.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.task

    async def hand_out(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            async with self.job as job:
                async for outcome in job:
                    assert isinstance(outcome, Done)
                    await response.write(f"{outcome.unit.document.name}\n".encode())
        finally:
            self.left.set()
        return response

    async def _run(self) -> None:
        async with self.job as job:
            await job.run()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with held_desk(tmp_path) as desk:
        yield desk


@asynccontextmanager
async def browsing(backend: Backend) -> AsyncGenerator[aiohttp.ClientSession, None]:
    """A browser of the site, which ends a request whose browser is gone."""
    runner = web.AppRunner(backend.app(), handler_cancellation=True, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0]
        async with aiohttp.ClientSession(f"http://{host}:{port}") as session:
            yield session
    finally:
        await runner.cleanup()


async def counts(session: aiohttp.ClientSession) -> dict[str, int]:
    async with session.get("/job") as response:
        found: dict[str, int] = await response.json()
    return found


async def test_requests_begin_a_job_and_watch_it(desk: Desk) -> None:
    """It runs on between the requests, in a task of the backend's."""
    backend = Backend(desk, desk.job(settings=ROLE))
    async with browsing(backend) as session:
        await session.post("/job")
        await desk.answerer.held.wait()
        meanwhile = await counts(session)
        await desk.answerer.allow(None)
        assert backend.task is not None
        await backend.task
        after = await counts(session)

    assert (3, 0, True) == (meanwhile["total"], meanwhile["done"], meanwhile["running"] > 0)
    assert (3, 0, 1) == (after["done"], after["running"], await desk.role())


@pytest.mark.parametrize("by_request", [True, False], ids=["by a request", "by the backend's shutdown"])
async def test_a_job_is_cancelled(desk: Desk, by_request: bool) -> None:
    """The user's settings are put back, and the next run asks nothing twice."""
    backend = Backend(desk, desk.job(settings=ROLE))
    async with browsing(backend) as session:
        await session.post("/job")
        await desk.answerer.held.wait()
        if by_request:
            await session.delete("/job")
            assert 0 == (await counts(session))["running"]

    assert backend.task is not None
    assert (True, 1) == (backend.task.cancelled(), await desk.role())
    assert ([True] * 3, 3, 1) == await desk.go_on()


async def test_a_job_ends_with_the_request_that_hands_out_its_answers(desk: Desk) -> None:
    """Where the browser leaves after the first answer, as aiohttp then cancels the request."""
    await desk.answerer.allow(1)
    backend = Backend(desk, desk.job(settings=ROLE, concurrency=1))
    async with browsing(backend) as session:
        response = await session.get("/answers")
        name = (await response.content.readline()).decode().strip()
        await desk.answerer.held.wait()
        response.close()
        await backend.left.wait()

    assert ("План 1.md", 1) == (name, await desk.role())
    assert ([True] * 3, 3, 1) == await desk.go_on()
