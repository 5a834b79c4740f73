"""What a script is made of: steps that a model run plays on its stage.

A step of your own is any object with ``async def play(self, stage)``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

import attrs

from .gates import Gate, Waitable
from .wireformat import WireFormat

Transport = Literal["sse", "ws"]
AfterDrop = Literal["cancel", "finish"]
"""What a run does once nobody listens: stops and stores nothing, or goes on unseen and stores its answer."""


class Channel(Protocol):
    """The way to the client: server-sent events or a WebSocket. Sending on a closed channel does nothing."""

    @property
    def transport(self) -> Transport:
        """Which of the two it is."""
        ...

    async def event(self, name: str, data: Any, wire_format: WireFormat) -> None:
        """Sends one event."""
        ...

    async def half_event(self, name: str, data: Any, wire_format: WireFormat) -> None:
        """Sends the first half of one event's bytes."""
        ...

    async def raw(self, data: bytes) -> None:
        """Sends bytes as they are: into the body, or as one text frame."""
        ...

    async def socket(self, data: bytes) -> None:
        """Writes bytes to the TCP connection, past HTTP and WebSocket framing."""
        ...

    async def close(self, code: int | None, reason: str) -> None:
        """Ends the stream in good order: the body's end, or a close frame (without a code if `code` is None)."""
        ...

    def drop(self, *, reset: bool) -> None:
        """Cuts the TCP connection, with a reset or with a plain FIN."""
        ...


class Stage(Protocol):
    """What a step may do to its run."""

    @property
    def channel(self) -> Channel:
        """The way to the client."""
        ...

    @property
    def wire_format(self) -> WireFormat:
        """How the run spells its events."""
        ...

    @property
    def coming(self) -> tuple[str, Mapping[str, Any]] | None:
        """Name and data of the event before which an interruption plays; None outside of one, and after the last event."""
        ...

    async def emit(self, name: str, data: Mapping[str, Any]) -> None:
        """Sends an event; ``llm_final`` stores its content first, as the production server does."""
        ...

    def store(self, content: str) -> None:
        """Stores an answer to the question; only the first one of a run counts."""
        ...

    def deserted(self, policy: AfterDrop | None = None) -> None:
        """The client is gone: ends the run if `policy`, or else the run's own, says so."""
        ...


class Step(Protocol):
    """One thing that happens during a run."""

    async def play(self, stage: Stage) -> None:
        """Does it."""
        ...


@attrs.frozen
class Emit:
    """Sends one event."""

    name: str
    data: Mapping[str, Any] = attrs.field(factory=dict[str, Any])

    async def play(self, stage: Stage) -> None:
        """Sends the event."""
        await stage.emit(self.name, self.data)


@attrs.frozen
class Deltas:
    """Sends `pieces` as events named `name`, each with the text so far unless `accumulate` is False.

    `accumulated` overrides the texts so far where they shall differ from the joined pieces.
    """

    pieces: Sequence[str]
    accumulated: Sequence[str] | None = None
    accumulate: bool = True
    name: str = "llm_token"
    key: str = "token"
    model: str | None = "scripted"

    async def play(self, stage: Stage) -> None:
        """Sends the events one by one; the texts so far exist only while they are sent."""
        so_far = ""
        model = {} if self.model is None else {"model": self.model}
        for index, piece in enumerate(self.pieces):
            so_far = self.accumulated[index] if self.accumulated is not None else so_far + piece
            accumulated = {"accumulated": so_far} if self.accumulate else {}
            await stage.emit(self.name, {self.key: piece, **accumulated, **model})


@attrs.frozen
class Raw:
    """Sends bytes as they are: into the body of server-sent events, or as one WebSocket text frame."""

    data: bytes

    async def play(self, stage: Stage) -> None:
        """Sends the bytes."""
        await stage.channel.raw(self.data)


@attrs.frozen
class RawSocket:
    """Writes bytes to the TCP connection, past all framing."""

    data: bytes

    async def play(self, stage: Stage) -> None:
        """Writes the bytes."""
        await stage.channel.socket(self.data)


@attrs.frozen
class Half:
    """Sends the first half of an event's bytes; follow it with a `Drop`."""

    name: str
    data: Mapping[str, Any]

    async def play(self, stage: Stage) -> None:
        """Sends the half."""
        await stage.channel.half_event(self.name, self.data, stage.wire_format)


@attrs.frozen
class HalfNext:
    """In an interruption: sends the first half of the event that would come next; follow it with a `Drop`."""

    async def play(self, stage: Stage) -> None:
        """Sends the half, if there is a next event."""
        if stage.coming is not None:
            await stage.channel.half_event(*stage.coming, stage.wire_format)


@attrs.frozen
class Wait:
    """Waits for a `Gate`, or an `asyncio.Event` of the server's loop, that the test opens."""

    gate: Waitable

    async def play(self, stage: Stage) -> None:
        """Waits."""
        _ = stage
        await self.gate.wait()


@attrs.frozen
class Open:
    """Opens a `Gate` that the test waits for: the script has come this far."""

    gate: Gate

    async def play(self, stage: Stage) -> None:
        """Opens the gate."""
        _ = stage
        self.gate.open()


@attrs.frozen
class Pause:
    """Waits `seconds` of real time; prefer `Wait`."""

    seconds: float

    async def play(self, stage: Stage) -> None:
        """Sleeps."""
        _ = stage
        await asyncio.sleep(self.seconds)


@attrs.frozen
class Stall:
    """Says nothing more, and keeps the connection open until the client leaves or the server stops."""

    async def play(self, stage: Stage) -> None:
        """Waits for ever."""
        _ = stage
        await asyncio.Event().wait()


@attrs.frozen
class Drop:
    """Cuts the TCP connection: with a FIN in the middle of the body, or (`reset`) with a reset.

    What a slow client has not read yet survives a FIN; a reset may destroy it.

    `then` says what the run does afterwards, None what its answer or server says: ``finish`` plays the steps that follow unseen.
    """

    reset: bool = True
    then: AfterDrop | None = None

    async def play(self, stage: Stage) -> None:
        """Cuts the connection."""
        stage.channel.drop(reset=self.reset)
        stage.deserted(self.then)


@attrs.frozen
class Close:
    """Ends the stream in good order: a close frame with `code` (None: without one), or the end of the body.

    `then` is as in `Drop`.
    """

    code: int | None = 1000
    reason: str = ""
    then: AfterDrop | None = None

    async def play(self, stage: Stage) -> None:
        """Closes the stream."""
        await stage.channel.close(self.code, self.reason)
        stage.deserted(self.then)


@attrs.frozen
class Store:
    """Stores an answer without saying so; the run's ``llm_final`` then stores nothing more."""

    content: str

    async def play(self, stage: Stage) -> None:
        """Stores the answer."""
        stage.store(self.content)
