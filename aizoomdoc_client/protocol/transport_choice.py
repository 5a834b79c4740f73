"""Which transport an answer's stream takes, by what came of the openings before: nothing is opened here, and no clock is read.

RULES, where no transport is named:

1. A WebSocket first, as the contract has it; server-sent events where it is refused: a refusal has started no run.
2. After a handshake whose outcome nobody knows the error stands, since a run may have begun: whether the stream is opened again
   is for `answering` to say, and then server-sent events are tried first, for a proxy may let no WebSocket through.
3. What shows that no WebSocket works here is remembered, and only that; and not for ever, for servers are upgraded.
"""

from __future__ import annotations

import math
from typing import Literal

import attrs

from ..config import TransportName
from ..events import ErrorEvent
from ..exceptions import APIConnectionError, APIError, APITimeoutError, AuthenticationError, ProtocolError
from . import event_codec
from .transcript import Frame

Transport = Literal["websocket", "sse"]

MEMORY = 3600.0
"""Seconds for which server-sent events come first once a WebSocket did not work: trying again costs a handshake, at the worst a
time-out."""
NO_SUCH_ENDPOINT = frozenset({404, 405})
PASSING = frozenset({429, 500, 503})
"""Refusals that say something of the moment, and nothing of WebSockets."""


@attrs.frozen
class Fallback:
    """Another transport for the same opening; with `proof` its success shows that no WebSocket works here."""

    transport: Transport
    proof: bool = False


class TransportChoice:
    """Says by which transport to open a stream; told what came of it. Times are those of one clock that never jumps."""

    def __init__(self, name: TransportName) -> None:
        self._name: TransportName = name
        self._refused_until = -math.inf
        self._doubted_until = -math.inf

    def first(self, now: float) -> Transport:
        """The transport to try first."""
        if self._name != "auto":
            return self._name
        return "sse" if now < max(self._refused_until, self._doubted_until) else "websocket"

    def fallback(self, transport: Transport, error: APIError, now: float) -> Fallback | None:
        """Where to go on when the first `transport` failed with `error`; None when the error stands."""
        if self._name != "auto":
            return None
        if transport == "sse":
            is_mere_doubt = self._refused_until <= now < self._doubted_until
            return Fallback("websocket") if is_mere_doubt and error.status_code in NO_SUCH_ENDPOINT else None
        if _may_have_begun(error):
            self._doubted_until = now + MEMORY
            return None
        return Fallback("sse", proof=error.status_code not in PASSING) if _is_refusal(error) else None

    def opened(self, transport: Transport, now: float, *, fallback: Fallback | None = None) -> None:
        """Notes that the stream is open, after a `fallback` if not at the first try.

        Success after the fallback proves that the first transport was the reason of the failure, and not the chat.
        """
        if transport == "websocket":
            self._doubted_until = -math.inf
        elif fallback is not None and fallback.proof:
            self._refused_until = now + MEMORY

    def is_stub(self, first: Frame, now: float) -> bool:
        """Whether a stream's first frame says that the server has no WebSocket, so that it is to be opened anew."""
        if self._name != "auto" or not isinstance(first, bytes):
            return False
        try:
            event = event_codec.decode_envelope(first)
        except ProtocolError:
            return False
        is_stub = isinstance(event, ErrorEvent) and "not implemented" in event.message.lower()
        if is_stub:
            self._refused_until = now + MEMORY
        return is_stub


def _may_have_begun(error: APIError) -> bool:
    """Whether a handshake that failed may have begun a run; a proxy's 504 says that a server has it and did not answer yet."""
    return (isinstance(error, APIConnectionError) and error.request_sent and not error.fatal) or error.status_code == 504


def _is_refusal(error: APIError) -> bool:
    """Whether a handshake was answered, but not by a WebSocket, or did not get through at all."""
    if isinstance(error, APIConnectionError):
        return isinstance(error, APITimeoutError)
    return not isinstance(error, AuthenticationError)
