"""Sync points: a stream waits there after its first event until the contender that reads it is ready."""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Coroutine, Iterator, Sequence
from typing import Any, Protocol

PACE = 0.001
"""Seconds between two events of a paced stream: long enough for its reader to be asleep each time."""


class Writer(Protocol):
    """A connection that a stream is sent on."""

    def write(self, data: bytes) -> None:
        """Sends `data`, or buffers what the socket does not take."""
        ...

    async def drain(self) -> None:
        """Waits until the buffer is below its high-water mark."""
        ...


class SyncPoints:
    """The streams that wait, by the names of their sync points."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, list[tuple[Writer, Sequence[bytes]]]] = defaultdict(list)
        self._stamped: defaultdict[str, list[tuple[Writer, Iterator[bytes]]]] = defaultdict(list)
        self._tasks = set[asyncio.Task[None]]()

    def wait(self, name: str, writer: Writer, parts: Sequence[bytes]) -> None:
        """Sends `parts` once `name` is released; at once where `name` is empty."""
        if name:
            self._waiting[name].append((writer, parts))
        else:
            self._begin([(writer, parts)])

    def release(self, name: str) -> None:
        """Sends the rest of all streams that wait at `name`."""
        self._begin(self._waiting.pop(name, []))
        if name in self._stamped:
            self._start(_stamp(self._stamped.pop(name)))

    def stamp(self, name: str, writer: Writer, frames: Iterator[bytes]) -> None:
        """Sends `frames` one by one once `name` is released, each made at the moment when it is sent; the first one now."""
        writer.write(next(frames))
        self._stamped[name].append((writer, frames))

    def pace(self, writer: Writer, frames: Sequence[bytes]) -> None:
        """Sends `frames` one by one, `PACE` apart."""
        self._start(_pace(writer, frames))

    def _begin(self, waiting: list[tuple[Writer, Sequence[bytes]]]) -> None:
        self._start(_send(waiting))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _send(waiting: Sequence[tuple[Writer, Sequence[bytes]]]) -> None:
    """Sends many streams in turns, part by part, as a server does with many answers."""
    for turn in itertools.count():
        left = [(writer, parts[turn]) for writer, parts in waiting if turn < len(parts)]
        if not left:
            return
        for writer, part in left:
            await writer.drain()
            writer.write(part)
        await asyncio.sleep(0)


async def _pace(writer: Writer, frames: Sequence[bytes]) -> None:
    for frame in frames:
        await asyncio.sleep(PACE)
        writer.write(frame)


async def _stamp(waiting: list[tuple[Writer, Iterator[bytes]]]) -> None:
    """Sends an event of one stream after the other, `PACE` apart, so that each is sent at its time, and alone."""
    while waiting:
        left = list[tuple[Writer, Iterator[bytes]]]()
        for writer, frames in waiting:
            await asyncio.sleep(PACE)
            if (frame := next(frames, None)) is not None:
                writer.write(frame)
                left.append((writer, frames))
        waiting = left
