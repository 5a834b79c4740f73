"""What belongs to a loop ends with it, with its holder, or when it is told to; once."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Awaitable, Callable

import pytest

from aizoomdoc_client.testing import ScriptedServer, ServerBehavior
from aizoomdoc_client.transport import lifetimes
from aizoomdoc_client.transport.lifetimes import Lifetime
from tests.visits import client_of


def counting(ends: list[str], rounds: int = 0) -> Callable[[], Awaitable[None]]:
    """Something to end that takes some rounds of the loop."""

    async def end() -> None:
        for _ in range(rounds):
            await asyncio.sleep(0)
        ends.append("ended")

    return end


@pytest.mark.parametrize("rounds", [0, 10])
def test_it_ends_with_its_loop(rounds: int) -> None:
    """Held or not, it is ended, and waited for, before the loop is closed."""
    ends: list[str] = []
    held = list[Lifetime]()

    async def main() -> None:
        held.append(Lifetime(counting(ends, rounds)))
        Lifetime(counting(ends, rounds))

    asyncio.run(main())

    assert ["ended"] * 2 == ends
    assert not any(loop.is_closed() for loop in lifetimes._keepers)


@pytest.mark.parametrize("rounds", [0, 10])
async def test_it_ends_when_it_is_told_to(rounds: int) -> None:
    """And not again, however often; nothing is kept of it."""
    ends: list[str] = []
    lifetime = Lifetime(counting(ends, rounds))
    await asyncio.gather(lifetime.finish(), lifetime.finish())
    await lifetime.finish()

    assert ["ended"] == ends
    assert asyncio.get_running_loop() not in lifetimes._keepers


async def test_it_ends_with_its_holder() -> None:
    """Whoever drops it need not know; from another thread, too."""
    ends: list[str] = []
    held = [Lifetime(counting(ends)), Lifetime(counting(ends))]
    held.pop()
    dropping = threading.Thread(target=held.clear)
    dropping.start()
    dropping.join()
    for _ in range(5):
        await asyncio.sleep(0)

    assert ["ended"] * 2 == ends


def test_a_closed_loop_is_forgotten() -> None:
    """A loop that was closed without ceremony is not kept for ever."""
    ends: list[str] = []

    async def begin() -> Lifetime:
        return Lifetime(counting(ends))

    loop = asyncio.new_event_loop()
    lifetime = loop.run_until_complete(begin())
    loop.close()
    asyncio.run(begin())

    assert loop not in lifetimes._keepers
    assert not asyncio.run(nothing(lifetime))


async def nothing(lifetime: Lifetime) -> bool:
    await lifetime.finish()
    return False


async def test_an_abandoned_client_frees_its_connections() -> None:
    """A backend that makes a client a request, and closes none, keeps no socket and no session."""
    async with ScriptedServer(ServerBehavior.PRODUCTION) as server:
        for _ in range(10):
            await client_of(server).get_me()
        gc.collect()
        await server.until(lambda: server.open_connections == 0)
        for _ in range(10):
            await asyncio.sleep(0)

        assert not lifetimes._keepers[asyncio.get_running_loop()].alive
