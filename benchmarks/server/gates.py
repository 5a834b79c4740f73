"""Where streams wait after their first event, until whoever measures lets them go."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Protocol

SLICES = 10
"""Into how many pieces each of many streams is cut: they are sent in turns, as answers of one server come."""


class Line(Protocol):
    """A connection that a stream is sent on."""

    async def send(self, data: bytes) -> None:
        """Sends all of it, no faster than it is taken."""
        ...

    def send_now(self, data: bytes) -> None:
        """Sends it, or keeps it until it is taken."""
        ...


class Gates:
    """The streams that wait, by their gates' names."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, list[tuple[Line, bytes]]] = defaultdict(list)
        self._tasks = set[asyncio.Task[None]]()

    def wait(self, gate: str, line: Line, body: bytes) -> None:
        """Sends `body` once the gate is opened; without a gate, at once."""
        if gate:
            self._waiting[gate].append((line, body))
        else:
            self._begin([(line, body)])

    def open(self, gate: str) -> None:
        """Lets all go that wait at the gate."""
        self._begin(self._waiting.pop(gate, []))

    def _begin(self, waiting: list[tuple[Line, bytes]]) -> None:
        task = asyncio.get_running_loop().create_task(_send(waiting))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _send(waiting: list[tuple[Line, bytes]]) -> None:
    if len(waiting) == 1:
        [(line, body)] = waiting
        await line.send(body)
    else:
        for turn in range(SLICES):
            for line, body in waiting:
                line.send_now(body[len(body) * turn // SLICES : len(body) * (turn + 1) // SLICES])
            await asyncio.sleep(0)
