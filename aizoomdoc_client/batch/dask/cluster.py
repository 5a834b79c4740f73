"""A cluster of Dask: its workers, and calls on them. The only module that imports the library."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from importlib import import_module
from typing import Any

from ...catalog import LocalizedText, text
from ...exceptions import ConfigurationError

__all__ = ["Cluster", "SchedulerGoneError", "WorkerGoneError", "WorkerUnfitError", "silence_library"]

CONNECT_SECONDS = 10.0
"""Seconds that a scheduler has to accept a connection, and to tell its workers."""
_CLOSE_SECONDS = 3.0  # that closing a connection may take


class SchedulerGoneError(Exception):
    """The scheduler is unreachable; a call that was sent may have been executed."""

    def __init__(self, problem: LocalizedText, cluster: Cluster | None = None) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.cluster = cluster


class WorkerGoneError(Exception):
    """A worker does not reply; the call may have been executed."""


class WorkerUnfitError(Exception):
    """A worker cannot execute a call; the message says why."""


class Cluster:
    """A connection to a scheduler, through which its workers are called."""

    def __init__(self, client: Any, address: str) -> None:
        self._client = client
        self._address = address

    @classmethod
    async def connect(cls, scheduler: object, security: object = None) -> Cluster:
        """Connects to a scheduler's address, or to a cluster object of Dask.

        Raises `SchedulerGoneError`, and `ConfigurationError` without the library.
        """
        distributed = _library()
        address = str(getattr(scheduler, "scheduler_address", scheduler))
        security = security or getattr(scheduler, "security", None)
        client: Any = None
        try:
            client = distributed.Client(
                address, asynchronous=True, set_as_default=False, security=security, timeout=CONNECT_SECONDS, name="aizoomdoc"
            )
            await client
        except BaseException as error:
            if client is not None:
                await _close(client)
            if not isinstance(error, Exception):
                raise
            problem = text("dask_scheduler_not_reached", address=address, reason=_reason_of(error))
            raise SchedulerGoneError(problem) from error
        return cls(client, address)

    async def addresses(self) -> list[str]:
        """The addresses of the workers."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                found = await self._client.nthreads()
        except Exception as error:
            raise self._scheduler_lost(error) from error
        return [str(address) for address in found]

    async def call(self, address: str, function: Callable[..., Any], *arguments: object, seconds: float) -> Any:
        """Calls an async function of this package on a worker, once, and returns its result.

        Raises `WorkerGoneError` when the worker ends meanwhile, or does not reply within `seconds`, `WorkerUnfitError` when it
        cannot run the function, and `SchedulerGoneError`.
        """
        try:
            async with asyncio.timeout(seconds):
                replies = await self._client.run(function, *arguments, workers=[address], on_error="return")
        except TimeoutError as error:
            raise WorkerGoneError(address) from error
        except Exception as error:
            raise self._scheduler_lost(error) from error
        reply = replies.get(address)
        if isinstance(reply, OSError):  # errors of distributed about connections are `OSError`
            raise WorkerGoneError(address) from reply
        if isinstance(reply, BaseException):
            raise WorkerUnfitError(_reason_of(reply)) from reply
        return reply

    async def close(self) -> None:
        """Disconnects; the cluster keeps running."""
        await _close(self._client)

    def _scheduler_lost(self, error: BaseException) -> SchedulerGoneError:
        return SchedulerGoneError(text("dask_scheduler_lost", address=self._address, reason=_reason_of(error)), self)


def silence_library() -> None:
    """Switches off the library's log, where errors are reported in another way; raises `ConfigurationError` without it."""
    _library()
    for name in [each for each in logging.root.manager.loggerDict if each.partition(".")[0] == "distributed"]:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _library() -> Any:
    try:
        return import_module("distributed")
    except ImportError as error:
        needs = text("extra_missing", part=text("jobs_on_dask"), packages=["distributed"], extra="dask")
        raise ConfigurationError(needs) from error


async def _close(client: Any) -> None:
    """Closes a client of Dask, even if its scheduler does not reply."""
    with contextlib.suppress(Exception):
        async with asyncio.timeout(_CLOSE_SECONDS):
            await client.close(timeout=_CLOSE_SECONDS / 2)


def _reason_of(error: BaseException) -> str:
    """An error of Dask as a part of a sentence, without the connection ``in <TCP …>:`` that it may begin with."""
    reason = " ".join(str(error).split()).rpartition(">: ")[2] or type(error).__name__
    return reason if len(reason) <= 200 else f"{reason[:199]}…"
