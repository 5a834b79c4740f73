"""Waits for what has to end before its caller goes on, whoever cancels the caller meanwhile, and however often."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine
from typing import Any, TypeVar

import anyio

__all__ = ["all_ended", "finished"]

T = TypeVar("T")


async def all_ended(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Returns when all of `tasks` have ended, which the caller has cancelled; what any of them raised is not raised again.

    A cancellation of the caller cancels them again, so that what they do on their way out is cut short, and is raised when they
    have ended. A cancel scope of anyio, which would cancel the caller at each wait, is held off.
    """
    try:
        await _waited(tasks, hurry=True)
    finally:
        for task in tasks:
            if task.done() and not task.cancelled():
                task.exception()  # else asyncio logs it: several may have failed of the same cause, and one is raised


async def finished(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, which a cancellation of the caller does not interrupt: it is raised afterwards."""
    task = asyncio.create_task(work)
    await _waited([task], hurry=False)
    return task.result()


async def _waited(tasks: Collection[asyncio.Task[Any]], *, hurry: bool) -> None:
    cancelled: asyncio.CancelledError | None = None
    with anyio.CancelScope(shield=True):
        while running := [task for task in tasks if not task.done()]:
            try:
                await asyncio.wait(running)
            except asyncio.CancelledError as error:
                cancelled = error
                if hurry:
                    for task in running:
                        task.cancel()
    if cancelled is not None:
        raise cancelled
