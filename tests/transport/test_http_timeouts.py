"""The timeout of a request bounds the whole of it, ends nothing else, and does not hide that the caller cancelled.

aioresponses stands in for a server that never responds, so that only the clock of the test ends a request.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from aioresponses import aioresponses

from aizoomdoc_client.exceptions import APITimeoutError
from aizoomdoc_client.protocol import requests
from aizoomdoc_client.transport.base import Response, Upload
from aizoomdoc_client.transport.http import AiohttpTransport
from tests.faults.clock import LoopClock, owned_clock, rounds

URL = "http://127.0.0.1:1"


async def no_response(*_: Any, **__: Any) -> None:
    await asyncio.Event().wait()


@pytest.fixture
def silent_network() -> Iterator[None]:
    """A server that never responds."""
    with aioresponses() as network:
        network.get(f"{URL}/health", callback=no_response, repeat=True)
        network.post(f"{URL}/files/upload", callback=no_response)
        yield


@pytest.fixture
async def transport(silent_network: None) -> AsyncIterator[AiohttpTransport]:
    del silent_network
    transport = AiohttpTransport(URL, "test")
    yield transport
    await transport.close()


@pytest.fixture
async def clock() -> AsyncIterator[LoopClock]:
    with owned_clock() as clock:
        yield clock


async def started(transport: AiohttpTransport, timeout: float | None) -> asyncio.Task[Response]:
    task = asyncio.create_task(transport.send(requests.health(), token=None, timeout=timeout))
    await rounds()
    return task


async def passed(clock: LoopClock, seconds: float) -> None:
    clock.advance(seconds)
    await rounds()


async def test_a_request_ends_when_its_timeout_has_passed(transport: AiohttpTransport, clock: LoopClock) -> None:
    """Not before, with an error that names the deadline, and without leaving its task cancelled."""
    task = await started(transport, 60.0)
    await passed(clock, 59.0)
    before = task.done()
    await passed(clock, 1.1)
    with pytest.raises(APITimeoutError) as caught:
        await task

    assert (False, "request", 0) == (before, caught.value.deadline, task.cancelling())


@pytest.mark.parametrize("timeouts", [(10.0, 60.0), (60.0, 10.0)], ids=["shorter first", "longer first"])
async def test_each_request_ends_at_its_own_timeout(
    timeouts: tuple[float, float], transport: AiohttpTransport, clock: LoopClock
) -> None:
    """In whatever order concurrent requests were started."""
    tasks = {timeout: await started(transport, timeout) for timeout in timeouts}
    await passed(clock, 10.1)
    after_ten = (tasks[10.0].done(), tasks[60.0].done())
    await passed(clock, 50.0)

    assert ((True, False), True) == (after_ten, tasks[60.0].done())
    for task in tasks.values():
        assert isinstance(task.exception(), APITimeoutError)


async def test_without_a_timeout_a_request_waits_on(transport: AiohttpTransport, clock: LoopClock) -> None:
    """None is no limit: after a day the request still waits, and ends when its caller cancels it."""
    task = await started(transport, None)
    await passed(clock, 86_400.0)
    before = task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert not before


async def test_an_upload_has_no_total_timeout(transport: AiohttpTransport, clock: LoopClock) -> None:
    """Only periods without data are bounded, by aiohttp, because a large file may take long."""
    upload = await Upload.of(b"%PDF")
    task = asyncio.create_task(transport.send(requests.upload_file(), token=None, timeout=60.0, upload=upload))
    await rounds()
    await passed(clock, 1e6)

    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancelled_request_is_no_timeout(transport: AiohttpTransport) -> None:
    """A caller that cancels a request gets CancelledError."""
    task = await started(transport, 60.0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_at_the_moment_of_the_timeout_is_raised(transport: AiohttpTransport, clock: LoopClock) -> None:
    """A timeout in the same iteration of the loop does not replace it, which would lose the cancellation."""
    task = await started(transport, 60.0)
    clock.advance(60.1)
    asyncio.get_running_loop().call_soon(task.cancel)
    with pytest.raises(asyncio.CancelledError):
        await task
