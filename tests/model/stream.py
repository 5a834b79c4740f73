"""An open stream of the model server, as the client's transport sees it: frames at their times, then a break or the end."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from aizoomdoc_client.protocol.eventsource import EventSourceParser
from aizoomdoc_client.protocol.transcript import Frame

from . import faults
from .schedule import Opening

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .world import Run, World

_GARBAGE = b'{"event":"llm_token","data":{"tok'


class Stream:
    """Frames of one run.

    `sent` counts the run's events that were sent, `whole` whatever was sent whole, `received` what the client's parser gave.
    """

    def __init__(self, world: World, plan: Opening, run: Run) -> None:
        self.run = run
        self.sent = 0
        self.whole = 0
        self.received = 0
        self._world = world
        self._plan = plan
        self._parser = EventSourceParser(1 << 20) if plan.is_sse else None
        self._frames = run.story.eventsource if plan.is_sse else run.story.websocket
        self._end = min(plan.cut, len(self._frames)) if plan.breaks else len(self._frames)
        self._began = world.now
        self._rest = self._left_over()
        self.overlaps = world.live is not None
        world.live = self

    @property
    def due(self) -> float:
        """When there is something to be received; never, when the stream is silent for good."""
        last = min(self.sent + self._plan.batch, self._end)
        if last > self.sent:
            return self._began + last * self._plan.pace
        return math.inf if self._plan.breaks == "stall" else self._world.now

    def receive(self) -> Sequence[Frame]:
        """The next frames; raises what the stream broke off with."""
        first, last = self.sent, min(self.sent + self._plan.batch, self._end)
        if first == last:
            return self._rest_or_break()
        self.sent = last
        self.whole += last - first
        return self._read(self._frames[first:last])

    def close(self) -> None:
        """The client has closed it."""
        if self._world.live is self:
            self._world.live = None
            self._world.dropped(self.run, goes_on=self._plan.goes_on)

    def _read(self, frames: Sequence[bytes]) -> Sequence[Frame]:
        read: Sequence[Frame] = frames if self._parser is None else self._parser.feed(b"".join(frames))
        self.received += len(read)
        return read

    def _left_over(self) -> bytes | None:
        """Bytes after the last whole event: what is no JSON, or an event but for its last byte, which is no event yet."""
        if self._plan.breaks == "garbage":
            return _GARBAGE if self._parser is None else b"event: llm_token\ndata: " + _GARBAGE + b"\n\n"
        has_half = self._plan.breaks == "half" and self._parser is not None and self._end < len(self._frames)
        return self._frames[self._end][:-1] if has_half else None

    def _rest_or_break(self) -> Sequence[Frame]:
        """What comes after the last whole event: a rest, a break, or the end."""
        rest, self._rest = self._rest, None
        if rest is not None:
            self.whole += self._plan.breaks == "garbage"
            if read := self._read((rest,)):
                return read
        raise faults.of_break(self._plan.breaks or ("eof" if self._plan.is_sse else "1000"))
