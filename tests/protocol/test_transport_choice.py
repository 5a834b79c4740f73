"""The choice of the transport by the results of earlier openings and the time."""

from __future__ import annotations

import math

import pytest

from aizoomdoc_client.catalog import text
from aizoomdoc_client.config import TransportName
from aizoomdoc_client.exceptions import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AuthenticationError,
    GatewayError,
    NotFoundError,
    ProtocolError,
    RateLimitError,
    ServerError,
)
from aizoomdoc_client.protocol.transport_choice import MEMORY, PROXY_REFUSED, Fallback, Learnt, Transport, TransportChoice

STUB = b'{"event":"error","data":{"message":"WebSocket streaming not implemented yet"},"timestamp":"2026-01-01T00:00:00Z"}'
MISSING = NotFoundError("Not Found", status_code=404)
UNANSWERED = APITimeoutError("Nobody answered", deadline="connect", request_sent=True)


def status(code: int) -> APIError:
    return APIError("no", status_code=code)


@pytest.mark.parametrize("name", ["websocket", "sse"])
def test_a_named_transport_is_the_only_one(name: TransportName) -> None:
    """After any failure no other transport is tried."""
    choice = TransportChoice(name)

    assert name == choice.first(0.0)
    assert [None, None] == [choice.fallback(choice.first(0.0), error, 0.0) for error in (MISSING, UNANSWERED)]
    assert not choice.is_stub(STUB, 0.0)
    assert name == choice.first(1.0)


@pytest.mark.parametrize(
    "error",
    [
        *(status(code) for code in (400, 403, 404, 405, 426, 501, 502)),
        ProtocolError("no WebSocket"),
        APITimeoutError("not reached", deadline="connect", request_sent=False),
    ],
    ids=str,
)
def test_what_shows_that_there_is_no_websocket_is_remembered_for_a_while(error: APIError) -> None:
    """If the fallback opened after a refusal, it is tried first for an hour; then a WebSocket is tried again."""
    choice = TransportChoice("auto")
    fallback = choice.fallback("websocket", error, 10.0)
    assert Fallback("sse", proof=True) == fallback
    assert "websocket" == choice.first(10.0)
    choice.opened("sse", 11.0, fallback=fallback)

    assert ["sse", "sse", "websocket"] == [choice.first(now) for now in (11.0, 10.9 + MEMORY, 11.0 + MEMORY)]
    assert choice.fallback("sse", MISSING, 12.0) is None


@pytest.mark.parametrize(
    "error",
    [RateLimitError("", status_code=429), ServerError("", status_code=500), GatewayError("", status_code=503)],
    ids=lambda error: str(error.status_code),
)
def test_a_temporary_refusal_is_not_remembered(error: APIError) -> None:
    """Server-sent events are used for this answer only; the next one tries a WebSocket first."""
    choice = TransportChoice("auto")
    fallback = choice.fallback("websocket", error, 0.0)
    assert Fallback("sse") == fallback
    choice.opened("sse", 0.0, fallback=fallback)

    assert "websocket" == choice.first(0.0)


@pytest.mark.parametrize(
    "error",
    [UNANSWERED, APIConnectionError("broke off", request_sent=True), GatewayError("", status_code=504)],
    ids=["time-out", "broke off", "504"],
)
def test_a_handshake_that_may_have_begun_a_run_has_no_fallback(error: APIError) -> None:
    """The error is raised; later openings of this and other answers try server-sent events first."""
    choice = TransportChoice("auto")
    assert choice.fallback("websocket", error, 0.0) is None

    assert ["sse", "sse"] == [choice.first(0.0), choice.first(1.0)]
    choice.opened("sse", 2.0)
    assert ["sse", "websocket"] == [choice.first(2.0), choice.first(MEMORY)]


def test_a_doubt_ends_where_only_a_websocket_opens() -> None:
    """If server-sent events are missing, a WebSocket is tried again; its success ends the doubt."""
    choice = TransportChoice("auto")
    choice.fallback("websocket", UNANSWERED, 0.0)
    fallback = choice.fallback("sse", MISSING, 1.0)
    assert Fallback("websocket") == fallback
    choice.opened("websocket", 2.0, fallback=fallback)

    assert "websocket" == choice.first(2.0)


@pytest.mark.parametrize(
    ("transport", "error"),
    [
        ("websocket", AuthenticationError("expired", status_code=401)),
        ("websocket", APIConnectionError("refused", request_sent=False)),
        ("websocket", APIConnectionError("no TLS", request_sent=False, fatal=True)),
        ("sse", MISSING),
    ],
)
def test_other_errors_are_raised_without_a_fallback(transport: Transport, error: APIError) -> None:
    """Errors of a token, an unreachable server or a missing chat are raised, and nothing is remembered."""
    choice = TransportChoice("auto")

    assert choice.fallback(transport, error, 0.0) is None
    assert "websocket" == choice.first(0.0)


def test_what_another_process_has_learnt_counts() -> None:
    """Refusals and doubts are taken over, for `MEMORY` at most; what this process knows longer stays."""
    for learnt in (Learnt(refused_until=50.0), Learnt(doubted_until=50.0), Learnt(math.inf, math.inf)):
        choice = TransportChoice("auto")
        choice.recall(learnt, 10.0)
        end = 50.0 if learnt != Learnt(math.inf, math.inf) else 10.0 + MEMORY

        assert ["sse", "sse", "websocket"] == [choice.first(now) for now in (10.0, end - 0.1, end)]
    choice = TransportChoice("auto")
    choice.fallback("websocket", UNANSWERED, 0.0)
    choice.recall(Learnt(), 1.0)

    assert "sse" == choice.first(2.0)


def test_a_websocket_that_opens_ends_a_doubt_for_all() -> None:
    """What is known by then says so."""
    choice = TransportChoice("auto")
    choice.recall(Learnt(doubted_until=50.0), 0.0)
    choice.opened("websocket", 1.0)

    assert Learnt() == choice.learnt


def test_a_new_token_that_is_refused_leads_to_events() -> None:
    """Their success is proof that the WebSocket was the reason, and not the token."""
    choice, refused = TransportChoice("auto"), AuthenticationError("no", status_code=401)
    assert choice.fallback("websocket", refused, 0.0) is None
    fallback = choice.fallback("websocket", refused, 0.0, is_new_token=True)
    assert Fallback("sse", proof=True) == fallback
    assert TransportChoice("websocket").fallback("websocket", refused, 0.0, is_new_token=True) is None
    choice.opened("sse", 1.0, fallback=fallback)

    assert "sse" == choice.first(1.0)


def test_a_proxy_that_forbids_tunnels_leads_to_events() -> None:
    """The server has not received the handshake. Only a final refusal is proof."""
    for fatal in (True, False):
        error = APIConnectionError(text(PROXY_REFUSED, reason="HTTP"), request_sent=False, fatal=fatal)

        assert Fallback("sse", proof=fatal) == TransportChoice("auto").fallback("websocket", error, 0.0)


def test_a_stub_is_known_by_its_first_frame() -> None:
    """It is remembered like a refusal; other frames are no stubs."""
    choice = TransportChoice("auto")
    others = (b'{"event":"error","data":{"message":"Queue is full (3 requests)."}}', b"no JSON")
    assert [False, False] == [choice.is_stub(frame, 0.0) for frame in others]
    assert "websocket" == choice.first(0.0)
    assert choice.is_stub(STUB, 5.0)

    assert ["sse", "websocket"] == [choice.first(now) for now in (5.0, 5.0 + MEMORY)]
