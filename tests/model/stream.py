"""An open stream of the model server, as the client's transport sees it: timed frames, then an error or the end."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from aizoomdoc_client.protocol.eventsource import EventSourceParser
from aizoomdoc_client.protocol.transcript import Frame

from . import faults
from .schedule import Opening

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .model_server import ModelServer, Run

_GARBAGE = b'{"event":"llm_token","data":{"tok'


class Stream:
    """Frames of one run, which began at the time `began`.

    `sent` counts the sent events of the run, `whole` everything sent completely, `received` what the client's
    parser returned.
    """

    def __init__(self, server: ModelServer, plan: Opening, run: Run, *, began: float) -> None:
        self.run = run
        self.sent = 0
        self.whole = 0
        self.received = 0
        self._server = server
        self._plan = plan
        self._parser = EventSourceParser(1 << 20) if plan.is_sse else None
        self._frames = run.script.eventsource if plan.is_sse else run.script.websocket
        self._end = min(plan.cut, len(self._frames)) if plan.breaks else len(self._frames)
        self._began = began
        self._rest = self._left_over()
        self.overlaps = server.live is not None
        server.live = self

    @property
    def due(self) -> float:
        """When the next frames can be received; infinity if the stream stays silent."""
        last = min(self.sent + self._plan.batch, self._end)
        if last > self.sent:
            return self._began + last * self._plan.pace
        return math.inf if self._plan.breaks == "stall" else self._server.now

    def receive(self) -> Sequence[Frame]:
        """The next frames; raises the error that ends the stream."""
        first, last = self.sent, min(self.sent + self._plan.batch, self._end)
        if first == last:
            return self._rest_or_break()
        self.sent = last
        self.whole += last - first
        return self._read(self._frames[first:last])

    def close(self) -> None:
        """The client has closed it."""
        if self._server.live is self:
            self._server.live = None
            self._server.dropped(self.run, goes_on=self._plan.goes_on)

    def _read(self, frames: Sequence[bytes]) -> Sequence[Frame]:
        read: Sequence[Frame] = frames if self._parser is None else self._parser.feed(b"".join(frames))
        self.received += len(read)
        return read

    def _left_over(self) -> bytes | None:
        """Bytes after the last whole event: invalid JSON, or an event without its last byte, which is incomplete."""
        if self._plan.breaks == "garbage":
            return _GARBAGE if self._parser is None else b"event: llm_token\ndata: " + _GARBAGE + b"\n\n"
        has_half = self._plan.breaks == "half" and self._parser is not None and self._end < len(self._frames)
        return self._frames[self._end][:-1] if has_half else None

    def _rest_or_break(self) -> Sequence[Frame]:
        """What follows the last whole event: remaining bytes, an error, or the end."""
        rest, self._rest = self._rest, None
        if rest is not None:
            self.whole += self._plan.breaks == "garbage"
            if read := self._read((rest,)):
                return read
        raise faults.of_break(self._plan.breaks or ("eof" if self._plan.is_sse else "1000"))
