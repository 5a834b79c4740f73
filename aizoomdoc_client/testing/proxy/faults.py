"""What can go wrong on a line, as values.

Bytes are counted in one direction: ``up`` is what the client sends, ``down`` what the server does; None means both. Counting
begins with the connection, or when an open one is struck.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import attrs

Direction = Literal["up", "down"]


def _at_least(least: float) -> Any:
    def check(instance: object, attribute: attrs.Attribute[Any], value: float) -> None:
        if not (value >= least and math.isfinite(value)):
            raise ValueError(f"{attribute.name} of {type(instance).__name__} must be {least:g} or more, not {value!r}")

    return check


@attrs.frozen
class Latency:
    """Each piece waits `seconds`, and up to `jitter` more, before it goes on; order is kept, so pieces queue up."""

    seconds: float = attrs.field(validator=_at_least(0))
    jitter: float = attrs.field(default=0.0, validator=_at_least(0))
    direction: Direction | None = None


@attrs.frozen
class Slices:
    """Bytes go on in pieces of `size` at the most."""

    size: int = attrs.field(validator=_at_least(1))
    direction: Direction | None = None


@attrs.frozen
class Bandwidth:
    """So many bytes go on in a second."""

    bytes_per_second: float = attrs.field(validator=_at_least(1))
    direction: Direction | None = None


@attrs.frozen
class ResetAfter:
    """After so many `bytes` both ends are reset: after 0 at once, before the server hears of the connection.

    A reset may destroy what its receiver has not read yet.
    """

    bytes: int = attrs.field(default=0, validator=_at_least(0))
    direction: Direction = "down"


@attrs.frozen
class CloseAfter:
    """As `ResetAfter`, but closed with a FIN: after 0 bytes the client is accepted and shown out."""

    bytes: int = attrs.field(default=0, validator=_at_least(0))
    direction: Direction = "down"


@attrs.frozen
class CutInFrame:
    """The connection is closed, or reset, in the middle of an answer's frame number `frame`, from 0.

    A frame is one of a WebSocket, or one of the server-sent events; `bytes` of it still go through. For connections to come only.
    """

    frame: int = attrs.field(validator=_at_least(0))
    reset: bool = False
    bytes: int = attrs.field(default=10, validator=_at_least(1))


@attrs.frozen
class HalfOpen:
    """After so many `bytes` nothing gets through any more, not even the news that the other end is gone.

    The connection stays until one end leaves: the server's leaving is not noticed where ``down`` is dead, the client's where
    ``up`` is.
    """

    bytes: int = attrs.field(default=0, validator=_at_least(0))
    direction: Direction | None = None


Fault = Latency | Slices | Bandwidth | ResetAfter | CloseAfter | CutInFrame | HalfOpen
