"""Recorded requests, and the rules that match them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from aizoomdoc_client.testing import Reply, ScriptedServer, at_request, detail, expired_token, html_page
from tests.testing.websockets_client import refusal

POST = "/chats/{chat_id}/messages"


async def statuses(caller: Any, count: int) -> list[int]:
    return [(await caller.call("GET", "/me"))[0] for _ in range(count)]


async def test_older_rules_are_used_up_first(caller: Any) -> None:
    """Clearing one makes way for the next."""
    first = caller.server.respond("GET", "/me", detail(401, "one"), detail(402, "two"))
    caller.server.respond("*", "**", detail(403, "three"))
    answers = await statuses(caller, 1)
    first.clear()

    assert [401, 403, 200] == answers + await statuses(caller, 2)


@pytest.mark.parametrize("given", [at_request(3, expired_token()), Reply, 503, None])
def test_what_is_no_reaction_is_refused_at_once(given: Any) -> None:
    """Requests would get an internal error otherwise; the message says how to give several."""
    with pytest.raises(TypeError, match=r"is no reaction.*\*at_request"):
        ScriptedServer().respond("GET", "/me", given)


@pytest.mark.parametrize(
    ("pattern", "hits"),
    [
        ("/chats/*", [False, True, False]),
        ("/chats/{chat_id}", [False, True, False]),
        ("/chats/**", [False, True, True]),
        ("/chats", [True, False, False]),
    ],
)
async def test_a_pattern_covers_its_paths(caller: Any, pattern: str, hits: list[bool]) -> None:
    """`*` and names stand for one segment, `**` for anything."""
    paths = ["/chats", "/chats/1", "/chats/1/stream"]
    found = []
    for path in paths:
        rule = caller.server.respond("GET", pattern, Reply(418))
        found.append(418 == (await caller.call("GET", path))[0])
        rule.clear()

    assert hits == found


async def test_requests_are_recorded_completely(caller: Any) -> None:
    """Method, path, query, headers and body; tokens are not in the repr."""
    await caller.call("POST", f"/chats/{uuid4()}/messages?a=1&a=2", json={"content": "?"})
    (request,) = caller.server.requests_to("POST", POST)

    assert (["1", "2"], {"content": "?"}, caller.token) == (request.query.getall("a"), request.json, request.token)
    assert caller.token not in repr(request)


async def test_a_handshake_is_recorded_and_can_be_refused(contract: Any) -> None:
    """Its method is WS, and `respond` gives it the reactions of the test."""
    contract.server.respond("WS", "/chats/*/stream", html_page(503), Reply(401, {"detail": "no"}))
    url = contract.websocket_url(str(uuid4()))

    assert [503, 401] == [(await refusal(url)).status_code for _ in range(2)]
    assert ["WS", "WS"] == [request.method for request in contract.server.requests]
    assert contract.token == contract.server.requests[0].query["token"]
