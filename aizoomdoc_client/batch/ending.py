"""Waits that end only with their tasks, however often the waiting caller is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine
from typing import Any, TypeVar

import anyio

__all__ = ["all_ended", "finished"]

T = TypeVar("T")


async def all_ended(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Returns when all of `tasks` have ended, which the caller has cancelled; what any of them raised is not raised again.

    A cancellation of the caller cancels the tasks again, which cuts their cleanup short, and is raised when they have ended. The
    wait is shielded from cancel scopes of anyio, which would cancel the caller at each wait.
    """
    try:
        await _wait(tasks, cancel_again=True)
    finally:
        for task in tasks:
            if task.done() and not task.cancelled():
                task.exception()  # marks it as retrieved, else asyncio would log it


async def finished(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, which a cancellation of the caller does not interrupt: it is raised afterwards."""
    task = asyncio.create_task(work)
    await _wait([task], cancel_again=False)
    return task.result()


async def _wait(tasks: Collection[asyncio.Task[Any]], *, cancel_again: bool) -> None:
    cancelled: asyncio.CancelledError | None = None
    with anyio.CancelScope(shield=True):
        while running := [task for task in tasks if not task.done()]:
            try:
                await asyncio.wait(running)
            except asyncio.CancelledError as error:
                cancelled = error
                if cancel_again:
                    for task in running:
                        task.cancel()
    if cancelled is not None:
        raise cancelled
