"""Reactions to single requests, and how far the request is processed before."""

from __future__ import annotations

import asyncio
import json
from typing import Any

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
    Slow,
    SyncPoint,
    at_request,
    expired_token,
    html_page,
    internal_error,
    rate_limited,
    unavailable,
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
    """Reactions are used in order, one for each request; afterwards the response is the usual one."""
    rule = caller.server.respond("GET", "/me", Normally(), Reply(401, {"detail": "Token has expired"}))

    assert [200, 401, 200] == await statuses(caller, 3)
    assert (2, 0) == (len(rule.requests), rule.left)


async def test_a_reaction_may_begin_at_a_given_request(caller: Any) -> None:
    """The requests before and after get the usual response."""
    caller.server.respond("GET", "/me", *at_request(3, expired_token()))

    assert [200, 200, 401, 200] == [(await caller.call("GET", "/me"))[0] for _ in range(4)]


@pytest.mark.parametrize(("wish", "header"), [(2, "2"), (0.5, "0.5"), ("Wed, 21 Oct 2026 07:28:00 GMT",) * 2, (None, None)])
@pytest.mark.parametrize(("fault", "status"), [(rate_limited, 429), (unavailable, 503)])
async def test_a_refusal_may_have_retry_after(caller: Any, fault: Any, status: int, wish: Any, header: str | None) -> None:
    """In seconds, as a date, or not at all."""
    caller.server.respond("GET", "/me", fault(wish))
    async with caller.session.get("/me", headers=caller.headers) as response:
        assert (status, header) == (response.status, response.headers.get("Retry-After"))


async def test_a_reply_has_the_headers_and_the_body_it_was_given(caller: Any) -> None:
    """JSON, text and bytes have their content types, and headers are sent as given."""
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


async def test_prepared_replies_are_those_of_real_servers(caller: Any) -> None:
    """The page of a proxy, also with a status of its own, a 422 that echoes its input, and the 500 of production."""
    secret = {"token": "secret"}
    caller.server.respond("GET", "/me", html_page(502), validation_error(["body", "static_token"], echo=secret), internal_error())
    page, invalid, failed = [await caller.call("GET", "/me") for _ in range(3)]

    assert (502, True) == (page[0], "<title>502 Bad Gateway</title>" in page[1])
    assert "<title>524</title>" in html_page(524).body
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
    """Before the body, after it, or when the message has been stored and only the response is lost."""
    chat_id = await caller.chat()
    rule = caller.server.respond("POST", POST, Reset(moment))
    lost = await broken(caller, "POST", f"/chats/{chat_id}/messages", json={"content": "?"})

    assert (True, read, stored) == (lost, rule.requests[0].body != b"", len(caller.server.messages(chat_id)))


@pytest.mark.parametrize(("reset", "end"), [(True, ConnectionResetError), (False, asyncio.IncompleteReadError)])
async def test_a_reset_is_a_rst_or_a_fin(caller: Any, reset: bool, end: type[Exception]) -> None:
    """A plain socket sees RST as an error and FIN as the end."""
    caller.server.respond("GET", "/me", Reset(reset=reset))
    reader, writer = await asyncio.open_connection("127.0.0.1", caller.server.port)
    writer.write(b"GET /me HTTP/1.1\r\nHost: x\r\n\r\n")
    with pytest.raises(end):
        await reader.readexactly(1)
    writer.close()


async def test_a_gateway_may_fail_after_the_request_took_effect(caller: Any) -> None:
    """A 504 whose message is stored."""
    chat_id = await caller.chat()
    caller.server.respond("POST", POST, attrs.evolve(html_page(504), when=Moment.AFTER_PROCESSING))

    assert 504 == (await caller.call("POST", f"/chats/{chat_id}/messages", json={"content": "?"}))[0]
    assert 1 == len(caller.server.messages(chat_id))


async def test_a_reply_before_the_body_closes_the_connection(caller: Any) -> None:
    """A server that refuses early neither reads the body nor keeps the connection."""
    caller.server.respond("POST", "/files/upload", Reply(413, "", when=Moment.BEFORE_BODY))
    received = await caller.raw("POST /files/upload HTTP/1.1\nHost: x\nContent-Length: 1000000\n\n")

    assert received.startswith(b"HTTP/1.1 413 ")
    assert b"\r\nconnection: close\r\n" in received.lower()
    assert b"" == caller.server.requests[0].body


async def test_a_hang_ends_only_with_the_connection(caller: Any) -> None:
    """The client gets no response; other requests do."""
    caller.server.respond("GET", "/me", Hang())
    waiting = asyncio.create_task(caller.call("GET", "/me"))
    await caller.server.until(lambda: caller.server.requests_to("GET", "/me"))
    others = await caller.call("GET", "/chats")
    waiting.cancel()
    await asyncio.wait({waiting})

    assert (200, []) == others
    assert waiting.cancelled()


async def test_a_held_response_waits_for_its_point(caller: Any) -> None:
    """It comes when the test sets the point."""
    released = SyncPoint()
    caller.server.respond("GET", "/me", Held(released, Reply(503)))
    waiting = asyncio.create_task(caller.call("GET", "/me"))
    await caller.server.until(lambda: caller.server.requests_to("GET", "/me"))
    early = waiting.done()
    released.set()

    assert (False, 503) == (early, (await waiting)[0])


async def test_a_silent_close_follows_a_complete_response(caller: Any) -> None:
    """The response has no `Connection: close`; then the connection ends."""
    caller.server.respond("GET", "/health", CloseSilently())
    received = await caller.raw("GET /health HTTP/1.1\nHost: x\n\n")

    assert (True, False) == (received.startswith(b"HTTP/1.1 200 "), b"connection:" in received.lower())
    assert "healthy" == json.loads(received.partition(b"\r\n\r\n")[2])["status"]


async def test_a_silent_close_may_reset_the_next_request(caller: Any) -> None:
    """With `at_next_request` the connection stays open until it is used again."""
    caller.server.respond("POST", "/chats", CloseSilently(at_next_request=True))
    first = await caller.call("POST", "/chats", json={})

    assert (201, True) == (first[0], await broken(caller, "POST", "/chats", json={}))
    assert 1 == len(caller.server.chats)
    assert 1 == len({request.connection for request in caller.server.requests})


async def test_a_slow_body_arrives_completely(caller: Any) -> None:
    """In pieces, and with its length in the headers."""
    caller.server.respond("GET", "/me", Slow(piece=50, seconds=0.001, reply=Reply(200, {"text": "ы" * 100})))

    assert (200, {"text": "ы" * 100}) == await caller.call("GET", "/me")


async def test_a_raw_reply_is_all_that_is_sent(caller: Any) -> None:
    """The server adds nothing, not even a status line."""
    caller.server.respond("GET", "/me", RawReply(b"HTTP/9 nonsense\r\n"))

    assert b"HTTP/9 nonsense\r\n" == await caller.raw("GET /me HTTP/1.1\nHost: x\n\n")


async def test_a_reaction_may_be_any_object_with_react(caller: Any) -> None:
    """Its response is sent."""

    class Teapot:
        async def react(self, request: Any) -> Any:
            await request.read()
            return Reply(418).response()

    caller.server.respond("GET", "/me", Teapot())

    assert [418] == await statuses(caller, 1)
