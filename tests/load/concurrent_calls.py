"""Many concurrent calls, and their outcomes."""

from __future__ import annotations

import asyncio
import contextlib
import time
import warnings
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator
from typing import Any

import attrs

from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore
from benchmarks.limits import forget_peak_memory, peak_memory

MIB = 1024 * 1024


@attrs.define
class Clock:
    """A clock that a scenario sets."""

    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def make_client(url: str, **options: Any) -> AsyncAIZoomDocClient:
    """A client that stores its tokens in memory; its time-out is long enough for thousands of calls on a slow machine."""
    return AsyncAIZoomDocClient(
        url, **({"static_token": "your-static-token", "token_store": MemoryTokenStore(), "timeout": 300.0} | options)
    )


def set_clock(client: AsyncAIZoomDocClient) -> Clock:
    """Replaces the clock of the client's login; returns the new one."""
    clock = Clock()
    client._parts.auth._clock = clock
    return clock


@attrs.frozen(kw_only=True)
class Outcome:
    """The outcomes of many concurrent calls."""

    errors: list[BaseException]
    successes: int
    seconds: float
    memory: float
    """Growth of the process's peak memory meanwhile, in bytes."""

    @property
    def kinds(self) -> dict[str, int]:
        """Number of calls by success or error class."""
        kinds = Counter(type(error).__name__ for error in self.errors)
        kinds["success"] = self.successes
        return dict(+kinds)

    @property
    def depths(self) -> set[int]:
        """Numbers of frames of the errors' tracebacks."""
        return {sum(1 for _ in _frames(error)) for error in self.errors}


def _frames(error: BaseException) -> Iterator[object]:
    trace = error.__traceback__
    while trace is not None:
        yield trace
        trace = trace.tb_next


async def at_once(calls: int, call: Callable[[], Awaitable[Any]]) -> Outcome:
    """Makes `calls` concurrent calls."""
    forget_peak_memory()
    before, began = peak_memory(), time.perf_counter()
    results = await asyncio.gather(*(call() for _ in range(calls)), return_exceptions=True)
    seconds, memory = time.perf_counter() - began, peak_memory() - before
    errors = [result for result in results if isinstance(result, BaseException)]
    return Outcome(errors=errors, successes=calls - len(errors), seconds=seconds, memory=memory)


@contextlib.contextmanager
def complaints() -> Generator[list[str]]:
    """Collects what the event loop and the warnings system report: exceptions never retrieved, tasks destroyed, warnings."""
    found = list[str]()
    loop = asyncio.get_running_loop()
    former = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, context: found.append(str(context["message"])))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.showwarning = lambda message, *_args, **_more: found.append(str(message))
            yield found
    finally:
        loop.set_exception_handler(former)


@contextlib.asynccontextmanager
async def remaining_tasks() -> AsyncGenerator[list[str]]:
    """Names of the tasks that were started inside and are still running 2 seconds after."""
    before, left = asyncio.all_tasks(), list[str]()
    yield left
    for _ in range(100):
        if not asyncio.all_tasks() - before:
            return
        await asyncio.sleep(0.02)
    left += sorted(str(task.get_coro()) for task in asyncio.all_tasks() - before)
