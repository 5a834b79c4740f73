"""Where streams wait after their first event, until whoever measures lets them go."""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

PACE = 0.001
"""Seconds between two events of a paced stream: long enough for whoever reads it to be asleep each time."""


class Line(Protocol):
    """A connection that a stream is sent on."""

    def write(self, data: bytes) -> None:
        """Sends it, or keeps it until it is taken."""
        ...

    async def room(self) -> None:
        """Waits until little is kept."""
        ...


class Gates:
    """The streams that wait, by their gates' names."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, list[tuple[Line, Sequence[bytes]]]] = defaultdict(list)
        self._tasks = set[asyncio.Task[None]]()

    def wait(self, gate: str, line: Line, parts: Sequence[bytes]) -> None:
        """Sends `parts` once the gate is opened; without a gate, at once."""
        if gate:
            self._waiting[gate].append((line, parts))
        else:
            self._begin([(line, parts)])

    def open(self, gate: str) -> None:
        """Lets all go that wait at the gate."""
        self._begin(self._waiting.pop(gate, []))

    def pace(self, line: Line, frames: Sequence[bytes]) -> None:
        """Sends `frames` one by one."""
        self._keep(asyncio.get_running_loop().create_task(_pace(line, frames)))

    def _begin(self, waiting: list[tuple[Line, Sequence[bytes]]]) -> None:
        self._keep(asyncio.get_running_loop().create_task(_send(waiting)))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _send(waiting: Sequence[tuple[Line, Sequence[bytes]]]) -> None:
    """Sends many streams in turns, as answers of one server come."""
    for turn in itertools.count():
        left = [(line, parts[turn]) for line, parts in waiting if turn < len(parts)]
        if not left:
            return
        for line, part in left:
            await line.room()
            line.write(part)
        await asyncio.sleep(0)


async def _pace(line: Line, frames: Sequence[bytes]) -> None:
    for frame in frames:
        await asyncio.sleep(PACE)
        line.write(frame)
