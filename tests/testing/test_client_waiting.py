"""Replacing the waiting of clients."""

from __future__ import annotations

import asyncio

import pytest

from aizoomdoc_client.session.retrier import wait
from aizoomdoc_client.testing import no_waiting, shorter_waiting


async def test_no_waiting_leaves_waits_out_and_lists_them() -> None:
    """An hour passes at once, and only inside the context."""
    with no_waiting() as left_out:
        async with asyncio.timeout(1):
            await wait(3600)
            await wait(0.5)
    assert [3600, 0.5] == left_out

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.001):
            await wait(3600)


async def test_shorter_waiting_multiplies_waits() -> None:
    """A wait lasts the given part of its length."""
    loop = asyncio.get_running_loop()
    before = loop.time()
    with shorter_waiting(0.001):
        await wait(5)

    assert 0.004 < loop.time() - before < 1
