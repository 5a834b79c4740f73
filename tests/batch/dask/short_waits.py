"""What the workers of these tests load at their start: they wait little between two looks into a chat's history."""

from __future__ import annotations

import asyncio

from aizoomdoc_client.session.retrier import waiting_by


async def short_wait(seconds: float) -> None:
    await asyncio.sleep(seconds * 0.02)


def dask_setup(worker: object) -> None:
    """The worker that loads this calls it."""
    _waiting.__enter__()


_waiting = waiting_by(short_wait)
