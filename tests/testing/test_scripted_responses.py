"""Scripted responses: what the next matching requests get, and how far they come."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import uuid4

import aiohttp
import attrs
import pytest

from aizoomdoc_client.testing import (
    CloseSilently,
    Hang,
    Held,
    Moment,
    Normally,
    RawReply,
    Reply,
    Reset,
    ScriptedServer,
    ServerBehavior,
    Slow,
    SyncPoint,
    detail,
    html_page,
    internal_error,
    validation_error,
)

POST = "/chats/{chat_id}/messages"


async def statuses(caller: Any, count: int) -> list[int]:
    return [(await caller.call("GET", "/me"))[0] for _ in range(count)]


async def broken(caller: Any, method: str, path: str, **options: Any) -> bool:
    """Whether a request gets no response."""
    try:
        await caller.call(method, path, **options)
    except aiohttp.ClientError:
        return True
    return False


async def test_the_nth_request_can_be_refused(caller: Any) -> None:
    """Reactions are used in order, one a request; then all is as usual."""
    rule = caller.server.respond("GET", "/me", Normally(), Reply(401, {"detail": "Token has expired"}))

    assert [200, 401, 200] == await statuses(caller, 3)
    assert (2, 0) == (len(rule.requests), rule.left)


async def test_rules_for_one_path_queue_up(caller: Any) -> None:
    """The older rule is used up first; clearing one frees the next."""
    first = caller.server.respond("GET", "/me", detail(401, "one"), detail(402, "two"))
    caller.server.respond("*", "**", detail(403, "three"))
    answers = await statuses(caller, 1)
    first.clear()

    assert [401, 403, 200] == answers + await statuses(caller, 2)


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


async def test_a_reply_has_the_headers_and_the_body_it_was_given(caller: Any) -> None:
    """JSON, text and bytes each with their type, headers as given."""
    caller.server.respond(
        "GET",
        "/me",
        Reply(429, {"detail": "медленнее"}, {"Retry-After": "3"}),
        Reply(200, "text", {"Content-Type": "text/plain"}),
        Reply(200, b"\x00\xff"),
    )
    found = []
    for _ in range(3):
        async with caller.session.get("/me") as response:
            found.append((response.status, response.content_type, response.headers.get("Retry-After"), await response.read()))

    assert (429, "application/json", "3", '{"detail": "медленнее"}'.encode()) == found[0]
    assert [(200, "text/plain", None, b"text"), (200, "application/octet-stream", None, b"\x00\xff")] == found[1:]


async def test_the_ready_made_bodies_are_the_servers_own(caller: Any) -> None:
    """A proxy's page, a 422 that echoes, and the production 500."""
    secret = {"token": "secret"}
    caller.server.respond("GET", "/me", html_page(502), validation_error(["body", "static_token"], echo=secret), internal_error())
    page, invalid, failed = [await caller.call("GET", "/me") for _ in range(3)]

    assert (502, True) == (page[0], "<title>502 Bad Gateway</title>" in page[1])
    assert (422, [{"type": "missing", "loc": ["body", "static_token"], "msg": "Field required", "input": secret}]) == (
        invalid[0],
        invalid[1]["detail"],
    )
    assert (500, {"error", "message", "details"}) == (failed[0], set(failed[1]))


@pytest.mark.parametrize(
    ("moment", "read", "stored"),
    [(Moment.BEFORE_BODY, False, 0), (Moment.AFTER_BODY, True, 0), (Moment.AFTER_PROCESSING, True, 1)],
)
async def test_a_reset_comes_at_its_moment(caller: Any, moment: Moment, read: bool, stored: int) -> None:
    """Before the body, after it, or when the message is already stored and only the response is lost."""
    chat_id = await caller.chat()
    rule = caller.server.respond("POST", POST, Reset(moment))
    lost = await broken(caller, "POST", f"/chats/{chat_id}/messages", json={"content": "?"})

    assert (True, read, stored) == (lost, rule.requests[0].body != b"", len(caller.server.messages(chat_id)))


@pytest.mark.parametrize(("reset", "end"), [(True, ConnectionResetError), (False, asyncio.IncompleteReadError)])
async def test_a_reset_is_a_reset_and_a_fin_a_fin(caller: Any, reset: bool, end: type[Exception]) -> None:
    """On the wire the two are different: RST is an error to a plain socket, FIN its end."""
    caller.server.respond("GET", "/me", Reset(reset=reset))
    reader, writer = await asyncio.open_connection("127.0.0.1", caller.server.port)
    writer.write(b"GET /me HTTP/1.1\r\nHost: x\r\n\r\n")
    with pytest.raises(end):
        await reader.readexactly(1)
    writer.close()


async def test_a_gateway_may_fail_after_the_work_was_done(caller: Any) -> None:
    """A 504 whose message is stored all the same."""
    chat_id = await caller.chat()
    caller.server.respond("POST", POST, attrs.evolve(html_page(504), when=Moment.AFTER_PROCESSING))

    assert 504 == (await caller.call("POST", f"/chats/{chat_id}/messages", json={"content": "?"}))[0]
    assert 1 == len(caller.server.messages(chat_id))


async def test_a_reply_before_the_body_closes_the_connection(caller: Any) -> None:
    """A server that refuses early reads no body and keeps no connection."""
    caller.server.respond("POST", "/files/upload", Reply(413, "", when=Moment.BEFORE_BODY))
    received = await caller.raw("POST /files/upload HTTP/1.1\nHost: x\nContent-Length: 1000000\n\n")

    assert received.startswith(b"HTTP/1.1 413 ")
    assert b"\r\nconnection: close\r\n" in received.lower()
    assert b"" == caller.server.requests[0].body


async def test_a_hang_ends_only_with_the_connection(caller: Any) -> None:
    """No answer comes while the client waits."""
    caller.server.respond("GET", "/me", Hang())
    waiting = asyncio.create_task(caller.call("GET", "/me"))
    await caller.server.until(lambda: caller.server.requests_to("GET", "/me"))
    others = await caller.call("GET", "/chats")
    waiting.cancel()
    await asyncio.wait({waiting})

    assert (200, []) == others
    assert waiting.cancelled()


async def test_a_held_request_waits_for_its_gate(caller: Any) -> None:
    """The response comes when the test wants it."""
    released = SyncPoint()
    caller.server.respond("GET", "/me", Held(released, Reply(503)))
    waiting = asyncio.create_task(caller.call("GET", "/me"))
    await caller.server.until(lambda: caller.server.requests_to("GET", "/me"))
    early = waiting.done()
    released.set()

    assert (False, 503) == (early, (await waiting)[0])


async def test_a_silent_close_follows_a_whole_response(caller: Any) -> None:
    """The response promises nothing and is complete; then the connection ends."""
    caller.server.respond("GET", "/health", CloseSilently())
    received = await caller.raw("GET /health HTTP/1.1\nHost: x\n\n")

    assert (True, False) == (received.startswith(b"HTTP/1.1 200 "), b"connection:" in received.lower())
    assert "healthy" == json.loads(received.partition(b"\r\n\r\n")[2])["status"]


async def test_a_dead_pooled_connection_resets_the_next_request(caller: Any) -> None:
    """With `at_next_request` the connection looks alive until it is used."""
    caller.server.respond("POST", "/chats", CloseSilently(at_next_request=True))
    first = await caller.call("POST", "/chats", json={})

    assert (201, True) == (first[0], await broken(caller, "POST", "/chats", json={}))
    assert 1 == len(caller.server.chats)
    assert 1 == len({request.connection for request in caller.server.requests})


async def test_a_slow_body_arrives_whole(caller: Any) -> None:
    """In pieces, and with its length announced."""
    caller.server.respond("GET", "/me", Slow(piece=50, seconds=0.001, reply=Reply(200, {"text": "ы" * 100})))

    assert (200, {"text": "ы" * 100}) == await caller.call("GET", "/me")


async def test_a_raw_reply_is_all_that_is_sent(caller: Any) -> None:
    """Not even the status line is the server's."""
    caller.server.respond("GET", "/me", RawReply(b"HTTP/9 nonsense\r\n"))

    assert b"HTTP/9 nonsense\r\n" == await caller.raw("GET /me HTTP/1.1\nHost: x\n\n")


async def test_a_reaction_may_be_the_tests_own(caller: Any) -> None:
    """Any object that reacts will do."""

    class Teapot:
        async def react(self, exchange: Any) -> Any:
            await exchange.read()
            return Reply(418).response()

    caller.server.respond("GET", "/me", Teapot())

    assert [418] == await statuses(caller, 1)


async def test_a_frozen_server_answers_nobody(caller: Any) -> None:
    """Even /health waits, until the run that holds up everything is over."""
    released = caller.server.freeze()
    waiting = asyncio.create_task(caller.call("GET", "/health"))
    await caller.server.until(lambda: caller.server.requests)
    early = waiting.done()
    released.set()

    assert (False, 200) == (early, (await waiting)[0])


async def test_idle_connections_are_closed(caller: Any) -> None:
    """A connection that nobody uses ends after the behavior's time, 5 s in production."""
    quick = attrs.evolve(ServerBehavior.PRODUCTION, keepalive_seconds=0.05)
    async with ScriptedServer(quick) as server:
        caller.server = server
        received = await caller.raw("GET /health HTTP/1.1\nHost: x\n\n")

    assert (True, False) == (received.startswith(b"HTTP/1.1 200 "), b"connection:" in received.lower())
    assert 5.0 == ServerBehavior.PRODUCTION.keepalive_seconds


async def test_a_body_that_waits_to_be_wanted_is_wanted(caller: Any) -> None:
    """`Expect: 100-continue` is answered before the body is read, and not where it is not read."""
    head = "POST /auth/exchange HTTP/1.1\nHost: x\nExpect: 100-continue\nContent-Length: 2\nConnection: close\n\n"
    welcomed = await caller.raw(head + "{}")
    caller.server.respond("POST", "/auth/exchange", Reply(413, when=Moment.BEFORE_BODY))
    refused = await caller.raw(head)

    assert [b"HTTP/1.1 100 Continue", b"HTTP/1.1 422 Unprocessable Content"] == [
        line.replace(b"Entity", b"Content") for line in welcomed.split(b"\r\n") if line.startswith(b"HTTP")
    ]
    assert refused.startswith(b"HTTP/1.1 413 ")


async def test_requests_are_recorded_with_all_that_came(caller: Any) -> None:
    """Method, path, query, headers, body; tokens stay out of the repr."""
    await caller.call("POST", f"/chats/{uuid4()}/messages?a=1&a=2", json={"content": "?"})
    (request,) = caller.server.requests_to("POST", POST)

    assert (["1", "2"], {"content": "?"}, caller.token) == (request.query.getall("a"), request.json, request.token)
    assert caller.token not in repr(request)


async def test_a_long_query_is_read(caller: Any) -> None:
    """Ids and files travel in the query: 60,000 bytes of it are no trouble."""
    assert 200 == (await caller.call("GET", f"/projects/tree?client_id={'x' * 60_000}"))[0]
