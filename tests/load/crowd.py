"""Many calls at once, and what came of them."""

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
    """A clock that a scenario owns."""

    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def client_of(url: str, **options: Any) -> AsyncAIZoomDocClient:
    """A client that keeps its tokens in memory; connecting may take as long as a crowd on a slow machine needs."""
    return AsyncAIZoomDocClient(
        url, **({"static_token": "your-static-token", "token_store": MemoryTokenStore(), "timeout": 300.0} | options)
    )


def with_clock(client: AsyncAIZoomDocClient) -> Clock:
    """The clock that the client's login goes by from now on."""
    clock = Clock()
    client._parts.auth._clock = clock
    return clock


@attrs.frozen(kw_only=True)
class Outcome:
    """What came of many calls at once."""

    errors: list[BaseException]
    successes: int
    seconds: float
    memory: float
    """The most that the process grew meanwhile, in bytes."""

    @property
    def kinds(self) -> dict[str, int]:
        """How many calls ended in what."""
        kinds = Counter(type(error).__name__ for error in self.errors)
        kinds["success"] = self.successes
        return dict(+kinds)

    @property
    def depths(self) -> set[int]:
        """How many frames the errors' tracebacks have."""
        return {sum(1 for _ in _frames(error)) for error in self.errors}


def _frames(error: BaseException) -> Iterator[object]:
    trace = error.__traceback__
    while trace is not None:
        yield trace
        trace = trace.tb_next


async def at_once(calls: int, call: Callable[[], Awaitable[Any]]) -> Outcome:
    """What comes of so many calls that are made in the same moment."""
    forget_peak_memory()
    before, began = peak_memory(), time.perf_counter()
    results = await asyncio.gather(*(call() for _ in range(calls)), return_exceptions=True)
    seconds, memory = time.perf_counter() - began, peak_memory() - before
    errors = [result for result in results if isinstance(result, BaseException)]
    return Outcome(errors=errors, successes=calls - len(errors), seconds=seconds, memory=memory)


@contextlib.contextmanager
def complaints() -> Generator[list[str]]:
    """What the event loop and the warnings system complain of meanwhile: exceptions that nobody retrieved, tasks destroyed."""
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
async def nothing_left() -> AsyncGenerator[list[str]]:
    """The names of the tasks that began inside and have not ended a moment after."""
    before, left = asyncio.all_tasks(), list[str]()
    yield left
    for _ in range(100):
        if not asyncio.all_tasks() - before:
            return
        await asyncio.sleep(0.02)
    left += sorted(str(task.get_coro()) for task in asyncio.all_tasks() - before)
