"""A contender's own process: ``python -m benchmarks.worker CONTENDER``, a sample for each line of standard input.

A contender's function returns a context manager, async or not; what that gives is called once a sample.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, TextIO, cast

from .figures import Sample
from .limits import allow_open_files

Sampler = Callable[[], Sample]
AsyncSampler = Callable[[], Awaitable[Sample]]
_Sync = AbstractContextManager[Sampler]
_Async = AbstractAsyncContextManager[AsyncSampler]


def main(task: dict[str, Any]) -> None:
    """Sets the contender up, writes a line, then takes a sample for each line that it reads."""
    requests, results = _streams()
    allow_open_files()
    for name in task["blocked"]:
        sys.modules[name] = None  # type: ignore[assignment]  # None makes an import of it fail
    module, _, name = task["make"].partition(":")
    contender: _Sync | _Async = getattr(importlib.import_module(module), name)(**task["options"])
    if isinstance(contender, AbstractAsyncContextManager):
        samples = _async_samples(contender, requests, task["loop"])
    else:
        samples = _sync_samples(contender, requests)
    for result in samples:
        results.write(json.dumps(result) + "\n")
        results.flush()


class Stopwatch:
    """The time, and the processor time of this process, since it was made."""

    def __init__(self) -> None:
        self._cpu = time.process_time()
        self._began = time.perf_counter()

    def read(self) -> tuple[float, float]:
        """The seconds since then, and the seconds of processor time."""
        return time.perf_counter() - self._began, time.process_time() - self._cpu


def begin() -> Stopwatch:
    """A stopwatch for a whole sample, started after earlier garbage was collected."""
    gc.collect()
    return Stopwatch()


def measured(stopwatch: Stopwatch, sample: Sample) -> Sample:
    """The sample with ``cpu``: its own, or else the processor time since `begin`."""
    return {"cpu": stopwatch.read()[1], **sample}


def _streams() -> tuple[TextIO, TextIO]:
    """The requests and where results go; standard output is redirected to standard error, so that nothing else mixes in."""
    results = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return sys.stdin, results


def _sync_samples(contender: _Sync, requests: TextIO) -> Iterator[Sample]:
    with contender as sample:
        yield {}
        for _line in requests:
            began = begin()
            yield measured(began, sample())


def _async_samples(contender: _Async, requests: TextIO, loop: str) -> Iterator[Sample]:
    async def take(sample: AsyncSampler) -> Sample:
        began = begin()
        return measured(began, await sample())

    with asyncio.Runner(loop_factory=_loop_factory(loop)) as runner:
        sample = runner.run(contender.__aenter__())
        yield {}
        for _line in requests:
            yield runner.run(take(sample))
        runner.run(contender.__aexit__(None, None, None))


def _loop_factory(loop: str) -> Callable[[], asyncio.AbstractEventLoop] | None:
    if loop == "asyncio":
        return None
    import uvloop

    return cast("Callable[[], asyncio.AbstractEventLoop]", uvloop.new_event_loop)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
