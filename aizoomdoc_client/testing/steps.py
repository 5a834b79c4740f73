"""The steps of a script, which a model run plays one after another.

A step of your own is any object with ``async def play(self, run)``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

import attrs

from .behavior import WireFormat
from .event_streams import EventStream
from .sync_point import SyncPoint, Waitable

AfterDrop = Literal["cancel", "finish"]
"""What a run does after its client has left: ``cancel`` stops and stores nothing, ``finish`` goes on and stores its answer."""


class RunContext(Protocol):
    """The model run, as far as a step may use it."""

    @property
    def stream(self) -> EventStream:
        """The stream to the client."""
        ...

    @property
    def wire_format(self) -> WireFormat:
        """How the run encodes its events."""
        ...

    @property
    def next_event(self) -> tuple[str, Mapping[str, Any]] | None:
        """Name and data of the event before which an interruption plays; None elsewhere, and after the last event."""
        ...

    async def emit(self, name: str, data: Mapping[str, Any]) -> None:
        """Sends an event; ``llm_final`` first stores its content, as the production server does."""
        ...

    def store(self, content: str) -> None:
        """Stores an answer to the question; only the first one of a run is stored."""
        ...

    def client_left(self, policy: AfterDrop | None = None) -> None:
        """Ends the run if `policy`, or else the run's own policy, is ``cancel``."""
        ...


class Step(Protocol):
    """One thing that happens during a run."""

    async def play(self, run: RunContext) -> None:
        """Does it."""
        ...


@attrs.frozen
class Emit:
    """Sends one event."""

    name: str
    data: Mapping[str, Any] = attrs.field(factory=dict[str, Any])

    async def play(self, run: RunContext) -> None:
        """Sends the event."""
        await run.emit(self.name, self.data)


@attrs.frozen
class Deltas:
    """Sends `pieces` as events named `name`, each with the text so far unless `accumulate` is False.

    `accumulated` gives the texts so far where they differ from the joined pieces.
    """

    pieces: Sequence[str]
    accumulated: Sequence[str] | None = None
    accumulate: bool = True
    name: str = "llm_token"
    key: str = "token"
    model: str | None = "scripted"

    async def play(self, run: RunContext) -> None:
        """Sends the events one by one; each text so far is made when it is sent, so that a long answer takes little memory."""
        so_far = ""
        model = {} if self.model is None else {"model": self.model}
        for index, piece in enumerate(self.pieces):
            so_far = self.accumulated[index] if self.accumulated is not None else so_far + piece
            accumulated = {"accumulated": so_far} if self.accumulate else {}
            await run.emit(self.name, {self.key: piece, **accumulated, **model})


@attrs.frozen
class Raw:
    """Sends bytes unchanged: into the body of server-sent events, or as one WebSocket text frame."""

    data: bytes

    async def play(self, run: RunContext) -> None:
        """Sends the bytes."""
        await run.stream.send_raw(self.data)


@attrs.frozen
class RawSocket:
    """Writes bytes to the TCP connection, without any framing."""

    data: bytes

    async def play(self, run: RunContext) -> None:
        """Writes the bytes."""
        await run.stream.write_to_socket(self.data)


@attrs.frozen
class Half:
    """Sends the first half of the bytes of an event; a `Drop` should follow."""

    name: str
    data: Mapping[str, Any]

    async def play(self, run: RunContext) -> None:
        """Sends the half."""
        await run.stream.send_half_event(self.name, self.data, run.wire_format)


@attrs.frozen
class HalfNext:
    """In an interruption: sends the first half of the event that comes next; a `Drop` should follow."""

    async def play(self, run: RunContext) -> None:
        """Sends the half, if there is a next event."""
        if run.next_event is not None:
            await run.stream.send_half_event(*run.next_event, run.wire_format)


@attrs.frozen
class Wait:
    """Waits until the test sets a `SyncPoint`, or an `asyncio.Event` of the server's loop."""

    point: Waitable

    async def play(self, run: RunContext) -> None:
        """Waits."""
        _ = run
        await self.point.wait()


@attrs.frozen
class Signal:
    """Sets a `SyncPoint`: tells the test that the script has come this far."""

    point: SyncPoint

    async def play(self, run: RunContext) -> None:
        """Sets the point."""
        _ = run
        self.point.set()


@attrs.frozen
class Pause:
    """Waits `seconds` of real time; prefer `Wait`."""

    seconds: float

    async def play(self, run: RunContext) -> None:
        """Sleeps."""
        _ = run
        await asyncio.sleep(self.seconds)


@attrs.frozen
class Stall:
    """Sends nothing more, and keeps the connection open until the client leaves or the server stops."""

    async def play(self, run: RunContext) -> None:
        """Waits until the run is cancelled."""
        _ = run
        await asyncio.Event().wait()


@attrs.frozen
class Drop:
    """Ends the TCP connection in the middle of the stream, with a RST if `reset` and with a FIN otherwise.

    Data that a slow client has not read yet survives a FIN; a reset may destroy it.

    `then` is what the run does afterwards: ``finish`` plays the following steps without a client, None takes the policy of the
    answer or the server.
    """

    reset: bool = True
    then: AfterDrop | None = None

    async def play(self, run: RunContext) -> None:
        """Ends the connection."""
        run.stream.drop(reset=self.reset)
        run.client_left(self.then)


@attrs.frozen
class Close:
    """Ends the stream in good order: sends a close frame with `code` (without one if None), or ends the body.

    `then` is as in `Drop`.
    """

    code: int | None = 1000
    reason: str = ""
    then: AfterDrop | None = None

    async def play(self, run: RunContext) -> None:
        """Closes the stream."""
        await run.stream.close(self.code, self.reason)
        run.client_left(self.then)


@attrs.frozen
class Store:
    """Stores an answer without an event; the run's ``llm_final`` then stores nothing more."""

    content: str

    async def play(self, run: RunContext) -> None:
        """Stores the answer."""
        run.store(self.content)
