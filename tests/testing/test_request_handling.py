"""How requests reach their routes."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from aizoomdoc_client.testing import Moment, Reply, ServerBehavior
from tests.testing.websockets_client import refusal, with_behavior


async def test_unknown_paths_and_methods_are_refused_as_by_production(caller: Any) -> None:
    """404 and 405 with a `detail`."""
    assert (404, {"detail": "Not Found"}) == await caller.call("GET", "/nothing")
    assert (405, {"detail": "Method Not Allowed"}) == await caller.call("PUT", "/me")


async def test_expect_100_continue_is_answered(caller: Any) -> None:
    """Before the body is read; not where it is not read."""
    head = "POST /auth/exchange HTTP/1.1\nHost: x\nExpect: 100-continue\nContent-Length: 2\nConnection: close\n\n"
    welcomed = await caller.raw(head + "{}")
    caller.server.respond("POST", "/auth/exchange", Reply(413, when=Moment.BEFORE_BODY))
    refused = await caller.raw(head)

    assert [b"HTTP/1.1 100 Continue", b"HTTP/1.1 422 Unprocessable Content"] == [
        line.replace(b"Entity", b"Content") for line in welcomed.split(b"\r\n") if line.startswith(b"HTTP")
    ]
    assert refused.startswith(b"HTTP/1.1 413 ")


async def test_a_long_query_is_accepted(caller: Any) -> None:
    """60,000 bytes, because ids of files and documents are sent in the query."""
    assert 200 == (await caller.call("GET", f"/projects/tree?client_id={'x' * 60_000}"))[0]


@pytest.mark.parametrize("path", ["/chats/one/stream", "/nothing", "/me"])
async def test_a_handshake_on_another_path_is_403(caller: Any, path: str) -> None:
    """A malformed UUID and an unknown path are refused with an empty body."""
    response = await refusal(caller.server.url.replace("http", "ws") + path)

    assert (403, b"") == (response.status_code, response.body)


@pytest.mark.parametrize(("behavior", "status"), [(ServerBehavior.NO_WEBSOCKET_404, 404), (ServerBehavior.NO_WEBSOCKET_502, 502)])
async def test_a_proxy_refuses_a_handshake_with_a_page(caller: Any, behavior: ServerBehavior, status: int) -> None:
    """The response is HTML."""
    response = await refusal(with_behavior(caller, behavior).websocket_url(str(uuid4())))

    assert (status, True) == (response.status_code, response.body.startswith(b"<html>"))


async def test_a_stripped_upgrade_is_a_get_without_credentials(caller: Any) -> None:
    """403, and no run, because a GET ignores the token in the query."""
    with_behavior(caller, ServerBehavior.STRIPPED_UPGRADE)
    response = await refusal(caller.websocket_url(await caller.chat("?")))

    assert (403, b'{"detail": "Not authenticated"}') == (response.status_code, response.body)
    assert ("GET", []) == (caller.server.requests[-1].method, caller.server.model_runs)


async def test_a_stripped_upgrade_with_authorization_runs_the_model(caller: Any) -> None:
    """A handshake that has the header starts a run, whose answer is stored."""
    with_behavior(caller, ServerBehavior.STRIPPED_UPGRADE)
    chat_id = await caller.chat("?")
    async with caller.session.get(
        f"/chats/{chat_id}/stream",
        headers={
            **caller.headers,
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Key": "eA==",
            "Sec-WebSocket-Version": "13",
        },
    ) as response:
        assert "event: completed" in await response.text()
    assert 1 == len(caller.server.chats[chat_id].answers)
