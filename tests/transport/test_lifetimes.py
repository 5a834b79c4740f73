"""A lifetime calls its function once: when its loop ends, when it is garbage-collected, or when it is finished."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Awaitable, Callable

import pytest

from aizoomdoc_client.testing import ScriptedServer, ServerBehavior
from aizoomdoc_client.transport import lifetimes
from aizoomdoc_client.transport.lifetimes import Lifetime
from tests.client_and_server import client_of


def counting(ends: list[str], rounds: int = 0) -> Callable[[], Awaitable[None]]:
    """A function that appends to `ends` after `rounds` iterations of the loop."""

    async def end() -> None:
        for _ in range(rounds):
            await asyncio.sleep(0)
        ends.append("ended")

    return end


@pytest.mark.parametrize("rounds", [0, 10])
def test_a_lifetime_ends_with_its_loop(rounds: int) -> None:
    """The function is called and awaited before the loop is closed, whether or not the lifetime is referenced."""
    ends: list[str] = []
    held = list[Lifetime]()

    async def main() -> None:
        held.append(Lifetime(counting(ends, rounds)))
        Lifetime(counting(ends, rounds))

    asyncio.run(main())

    assert ["ended"] * 2 == ends
    assert not any(loop.is_closed() for loop in lifetimes._registries)


@pytest.mark.parametrize("rounds", [0, 10])
async def test_finish_ends_it(rounds: int) -> None:
    """`finish` calls the function once, however often it is called itself, and keeps no reference to it."""
    ends: list[str] = []
    lifetime = Lifetime(counting(ends, rounds))
    await asyncio.gather(lifetime.finish(), lifetime.finish())
    await lifetime.finish()

    assert ["ended"] == ends
    assert asyncio.get_running_loop() not in lifetimes._registries


async def test_a_lifetime_ends_when_it_is_garbage_collected() -> None:
    """The function is called when the last reference is dropped, also in another thread."""
    ends: list[str] = []
    held = [Lifetime(counting(ends)), Lifetime(counting(ends))]
    held.pop()
    dropping = threading.Thread(target=held.clear)
    dropping.start()
    dropping.join()
    for _ in range(5):
        await asyncio.sleep(0)

    assert ["ended"] * 2 == ends


def test_no_reference_to_a_closed_loop_is_kept() -> None:
    """A loop that was closed without shutting down its async generators is removed."""
    ends: list[str] = []

    async def begin() -> Lifetime:
        return Lifetime(counting(ends))

    loop = asyncio.new_event_loop()
    lifetime = loop.run_until_complete(begin())
    loop.close()
    asyncio.run(begin())

    assert loop not in lifetimes._registries
    assert not asyncio.run(nothing(lifetime))


async def nothing(lifetime: Lifetime) -> bool:
    await lifetime.finish()
    return False


async def test_an_abandoned_client_frees_its_connections() -> None:
    """A backend that creates a client per request and closes none of them keeps no socket and no session."""
    async with ScriptedServer(ServerBehavior.PRODUCTION) as server:
        for _ in range(10):
            await client_of(server).get_me()
        gc.collect()
        await server.until(lambda: server.open_connections == 0)
        for _ in range(10):
            await asyncio.sleep(0)

        assert not lifetimes._registries[asyncio.get_running_loop()].shutdowns
