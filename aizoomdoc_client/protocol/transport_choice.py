"""Which transport an answer's stream takes, given the results of earlier openings. Opens nothing and reads no clock.

Rules for ``transport="auto"``:

1. A WebSocket first, as the contract has it; server-sent events where it is refused: a refusal has started no run.
2. After a handshake whose outcome is unknown the error is raised, because a run may have begun; `answering` decides whether the
   stream is opened again, and then server-sent events come first, because a proxy may block WebSockets.
3. A refused token is renewed first. If a WebSocket is refused with the new one, too, server-sent events are tried: a gateway may
   want the ``Authorization`` header, which a handshake does not have.
4. Only proof that WebSockets do not work here is remembered, and for a limited time, because servers are upgraded.
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

MEMORY = 6 * 3600.0
"""Seconds for which server-sent events come first once a WebSocket did not work, in later processes, too: trying again costs a
handshake, at the worst a time-out and looks into the history."""
NO_SUCH_ENDPOINT = frozenset({404, 405})
"""Statuses of a server that has no server-sent events."""
TEMPORARY = frozenset({429, 500, 503})
"""Statuses of a temporary failure, which says nothing about WebSockets."""
PROXY_REFUSED = "proxy_refused"
"""The code of the error for a proxy that forbids the tunnel of a WebSocket; requests to a plain http URL need none."""


@attrs.frozen
class Learnt:
    """The times until which a server counts as one where WebSockets do not work, and as one where they may not work."""

    refused_until: float = -math.inf
    doubted_until: float = -math.inf

    def shifted(self, seconds: float) -> Learnt:
        """The same times by a clock that is `seconds` ahead."""
        return Learnt(self.refused_until + seconds, self.doubted_until + seconds)

    def or_later(self, other: Learnt) -> Learnt:
        """Of each time the later one."""
        return Learnt(max(self.refused_until, other.refused_until), max(self.doubted_until, other.doubted_until))

    def at_most(self, until: float) -> Learnt:
        """The same times, none of them after `until`."""
        return Learnt(min(self.refused_until, until), min(self.doubted_until, until))


@attrs.frozen
class Fallback:
    """The transport to try next for the same opening; with `proof`, its success shows that WebSockets do not work here."""

    transport: Transport
    proof: bool = False


class TransportChoice:
    """Chooses the transport of each opening, to which the caller reports the result; times are of one monotonic clock."""

    def __init__(self, name: TransportName) -> None:
        self._name: TransportName = name
        self.learnt: Learnt = Learnt()

    def first(self, now: float) -> Transport:
        """The transport to try first."""
        if self._name != "auto":
            return self._name
        return "sse" if now < max(self.learnt.refused_until, self.learnt.doubted_until) else "websocket"

    def recall(self, learnt: Learnt, now: float) -> None:
        """Adds what another process has learnt, with its times by this process's clock."""
        self.learnt = self.learnt.or_later(learnt.at_most(now + MEMORY))

    def fallback(self, transport: Transport, error: APIError, now: float, *, is_new_token: bool = False) -> Fallback | None:
        """The fallback after `transport` failed with `error`; None when the error is to be raised.

        `is_new_token`: the last WebSocket was refused with another token.
        """
        if self._name != "auto":
            return None
        if transport == "sse":
            is_mere_doubt = self.learnt.refused_until <= now < self.learnt.doubted_until
            return Fallback("websocket") if is_mere_doubt and error.status_code in NO_SUCH_ENDPOINT else None
        if _may_have_begun(error):
            self.learnt = attrs.evolve(self.learnt, doubted_until=now + MEMORY)
            return None
        is_refusal = is_new_token if isinstance(error, AuthenticationError) else _is_refusal(error)
        return Fallback("sse", proof=not _is_temporary(error)) if is_refusal else None

    def opened(self, transport: Transport, now: float, *, fallback: Fallback | None = None) -> None:
        """Notes that the stream is open, after a `fallback` if not at the first try.

        Success after the fallback proves that the first transport was the reason of the failure, and not the chat.
        """
        if transport == "websocket":
            self.learnt = attrs.evolve(self.learnt, doubted_until=-math.inf)
        elif fallback is not None and fallback.proof:
            self._remember_refusal(now)

    def is_stub(self, first: Frame, now: float) -> bool:
        """Whether a stream's first frame says that the server does not implement WebSockets, which is remembered."""
        if self._name != "auto" or not isinstance(first, bytes):
            return False
        try:
            event = event_codec.decode_envelope(first)
        except ProtocolError:
            return False
        is_stub = isinstance(event, ErrorEvent) and "not implemented" in event.message.lower()
        if is_stub:
            self._remember_refusal(now)
        return is_stub

    def _remember_refusal(self, now: float) -> None:
        self.learnt = attrs.evolve(self.learnt, refused_until=now + MEMORY)


def _may_have_begun(error: APIError) -> bool:
    """Whether a failed handshake may have begun a run; after a proxy's 504 the server may still be processing the request."""
    return (isinstance(error, APIConnectionError) and error.request_sent and not error.fatal) or error.status_code == 504


def _is_temporary(error: APIError) -> bool:
    """Whether a refusal says nothing about WebSockets."""
    if isinstance(error, APIConnectionError) and error.code == PROXY_REFUSED:
        return not error.fatal
    return error.status_code in TEMPORARY


def _is_refusal(error: APIError) -> bool:
    """Whether a handshake was answered with something else than a WebSocket, or could not be sent in time or by the proxy."""
    if isinstance(error, APIConnectionError):
        return isinstance(error, APITimeoutError) or error.code == PROXY_REFUSED
    return True
