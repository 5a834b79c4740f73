"""Reactions to single requests, and responses ready to be sent.

    server.respond("GET", "/me", *at_request(3, expired_token()))
    server.respond("POST", "/chats", rate_limited(2), Normally())

A reaction of your own is any object with ``async def react(self, request)`` that returns an aiohttp response.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import attrs
from aiohttp import web

from .request_rules import Moment, PendingRequest, Reaction
from .sync_point import Waitable


async def never() -> web.StreamResponse:
    """Waits until the end of the connection cancels the wait."""
    await asyncio.Event().wait()
    raise AssertionError("unreachable")


@attrs.frozen
class Normally:
    """The usual response: ``respond("GET", "/me", Normally(), Reply(401))`` refuses the second request."""

    async def react(self, request: PendingRequest) -> web.StreamResponse:
        """Processes the request as usual."""
        return await request.process()


@attrs.frozen
class Reply:
    """A given response; a `body` of bytes is sent unchanged, a str as HTML text, and anything else as JSON."""

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str])
    when: Moment = Moment.AFTER_BODY

    async def react(self, request: PendingRequest) -> web.StreamResponse:
        """Sends the response."""
        await request.advance_to(self.when)
        response = self.response()
        if self.when is Moment.BEFORE_BODY:
            response.force_close()
        return response

    def response(self) -> web.Response:
        """The response as aiohttp has it."""
        headers = dict(self.headers)
        if isinstance(self.body, bytes):
            return web.Response(status=self.status, body=self.body, headers=headers)
        content_type = "text/html; charset=utf-8" if isinstance(self.body, str) else "application/json"
        if not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = content_type
        text = self.body if isinstance(self.body, str) else json.dumps(self.body, ensure_ascii=False)
        return web.Response(status=self.status, body=text.encode(), headers=headers)


@attrs.frozen
class Hang:
    """No response, on a connection that stays open."""

    when: Moment = Moment.AFTER_BODY

    async def react(self, request: PendingRequest) -> web.StreamResponse:
        """Waits until the connection ends."""
        await request.advance_to(self.when)
        return await never()


@attrs.frozen
class Reset:
    """No response: the connection ends with a RST, or with a FIN if `reset` is False."""

    when: Moment = Moment.AFTER_BODY
    reset: bool = True

    async def react(self, request: PendingRequest) -> web.StreamResponse:
        """Ends the connection."""
        await request.advance_to(self.when)
        request.end_connection(reset=self.reset)
        return await never()


@attrs.frozen
class CloseSilently:
    """A response without ``Connection: close`` after which the connection is closed, as by the production server after a 500.

    With `at_next_request` the connection stays open until the next request on it, which is reset: the client then meets the reset
    every time, whatever the timing.
    """

    reply: Reaction = Normally()
    at_next_request: bool = False

    async def react(self, request: PendingRequest) -> web.StreamResponse:
        """Sends the response and closes."""
        response = await self.reply.react(request)
        return await request.close_silently(response, at_next_request=self.at_next_request)


@attrs.frozen
class Held:
    """A response that waits until the test sets a `SyncPoint`."""

    point: Waitable
    reply: Reaction = Normally()
    when: Moment = Moment.AFTER_BODY

    async def react(self, request: PendingRequest) -> web.StreamResponse:
        """Waits, then reacts."""
        await request.advance_to(self.when)
        await self.point.wait()
        return await self.reply.react(request)


@attrs.frozen
class Slow:
    """The body of `reply`, or of the usual response, in pieces of `piece` bytes with `seconds` between them."""

    piece: int = 1
    seconds: float = 0.01
    reply: Reaction = Normally()

    async def react(self, request: PendingRequest) -> web.StreamResponse:
        """Sends the body piece by piece."""
        whole = await self.reply.react(request)
        assert isinstance(whole, web.Response), "a stream has no body that could be cut up: script its answer with Pause steps"
        body = whole.body if isinstance(whole.body, bytes) else b""
        slow = web.StreamResponse(status=whole.status, headers=whole.headers)
        slow.content_length = len(body)
        await slow.prepare(request.http)
        for start in range(0, len(body), self.piece):
            await slow.write(body[start : start + self.piece])
            await asyncio.sleep(self.seconds)
        return slow


@attrs.frozen
class RawReply:
    """Bytes written to the TCP connection, status line included, which is then closed unless `close` is False."""

    data: bytes
    close: bool = True
    when: Moment = Moment.AFTER_BODY

    async def react(self, request: PendingRequest) -> web.StreamResponse:
        """Writes the bytes."""
        await request.advance_to(self.when)
        transport = request.http.transport
        assert transport is not None
        transport.write(self.data)
        if self.close:
            transport.close()
        return await never()


def at_request(number: int, *reactions: Reaction) -> tuple[Reaction, ...]:
    """Reactions for `respond` that begin with matching request `number`, from 1; those before get the usual response."""
    return (*(Normally() for _ in range(number - 1)), *reactions)


def html_page(status: int, headers: Mapping[str, str] | None = None) -> Reply:
    """The HTML page of a proxy; `status` may be one of its own, such as 524."""
    phrase = next((each.phrase for each in HTTPStatus if each == status), "")
    title = f"{status} {phrase}".rstrip()
    page = f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n<hr>"
    return Reply(status, f"{page}<center>nginx/1.24.0</center>\r\n</body>\r\n</html>\r\n", headers or {})


def detail(status: int, text: str, headers: Mapping[str, str] | None = None) -> Reply:
    """An error with a `detail`, as the server itself sends it."""
    return Reply(status, {"detail": text}, headers or {})


def internal_error() -> Reply:
    """The 500 of the production server."""
    return Reply(500, {"error": "internal_server_error", "message": "An unexpected error occurred", "details": None})


def validation_error(*locations: Sequence[str | int], echo: Any, reason: str = "Field required") -> Reply:
    """A 422 that echoes the input, credentials included, as the production server does."""
    return Reply(422, {"detail": [invalid_field(location, echo=echo, reason=reason) for location in locations]})


def invalid_field(
    location: Sequence[str | int], *, echo: Any, reason: str, kind: str = "missing", context: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """One entry in the `detail` of a 422; `context` has the values that its `reason` names."""
    entry = {"type": kind, "loc": list(location), "msg": reason, "input": echo}
    return entry if context is None else {**entry, "ctx": dict(context)}


def expired_token() -> Reply:
    """401, the response to an expired access token."""
    return detail(401, "Token has expired")


def rate_limited(retry_after: float | str | None = 1) -> Reply:
    """429 with a ``Retry-After`` header: seconds, or an HTTP date; None leaves it out."""
    return detail(429, "Too Many Requests", _retry_after(retry_after))


def unavailable(retry_after: float | str | None = None) -> Reply:
    """503 with the page of a proxy, as while the server behind it restarts; `retry_after` is as in `rate_limited`."""
    return html_page(503, _retry_after(retry_after))


def _retry_after(value: float | str | None) -> Mapping[str, str]:
    return {} if value is None else {"Retry-After": value if isinstance(value, str) else f"{value:g}"}
