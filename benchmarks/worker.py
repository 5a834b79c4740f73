"""A contender's own process: ``python -m benchmarks.worker CONTENDER``, a sample for each line of standard input.

What a contender's function returns is a context manager, async or not, that gives a function: each call of it is one sample.
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
    """Sets the contender up, says so, and takes samples until there is no more demand."""
    demand, results = _streams()
    allow_open_files()
    for name in task["blocked"]:
        sys.modules[name] = None  # type: ignore[assignment]  # the import system's own sign for "not there"
    module, _, name = task["make"].partition(":")
    contender: _Sync | _Async = getattr(importlib.import_module(module), name)(**task["options"])
    if isinstance(contender, AbstractAsyncContextManager):
        samples = _async_samples(contender, demand, task["loop"])
    else:
        samples = _sync_samples(contender, demand)
    for result in samples:
        results.write(json.dumps(result) + "\n")
        results.flush()


class Watch:
    """Takes the time from where it is made, and the processor time of this process."""

    def __init__(self) -> None:
        self._cpu = time.process_time()
        self._began = time.perf_counter()

    def read(self) -> tuple[float, float]:
        """The seconds since then, and those of the processor."""
        return time.perf_counter() - self._began, time.process_time() - self._cpu


def begin() -> Watch:
    """A watch for a whole sample, with the garbage of what came before it gone."""
    gc.collect()
    return Watch()


def measured(watch: Watch, sample: Sample) -> Sample:
    """The sample with the processor time of all of it, unless it says so itself."""
    return {"cpu": watch.read()[1], **sample}


def _streams() -> tuple[TextIO, TextIO]:
    """Where demand comes from and results go to; whatever else prints goes to standard error."""
    results = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return sys.stdin, results


def _sync_samples(contender: _Sync, demand: TextIO) -> Iterator[Sample]:
    with contender as sample:
        yield {}
        for _line in demand:
            began = begin()
            yield measured(began, sample())


def _async_samples(contender: _Async, demand: TextIO, loop: str) -> Iterator[Sample]:
    async def take(sample: AsyncSampler) -> Sample:
        began = begin()
        return measured(began, await sample())

    with asyncio.Runner(loop_factory=_loop_factory(loop)) as runner:
        sample = runner.run(contender.__aenter__())
        yield {}
        for _line in demand:
            yield runner.run(take(sample))
        runner.run(contender.__aexit__(None, None, None))


def _loop_factory(loop: str) -> Callable[[], asyncio.AbstractEventLoop] | None:
    if loop == "asyncio":
        return None
    import uvloop

    return cast("Callable[[], asyncio.AbstractEventLoop]", uvloop.new_event_loop)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
