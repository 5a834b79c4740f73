"""What the server does with a request instead of its usual work, and bodies ready to be sent.

A reaction of your own is any object with ``async def react(self, exchange)`` that returns an aiohttp response.
"""

from __future__ import annotations

import asyncio
import enum
import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Protocol

import attrs
from aiohttp import web

from .gates import Waitable
from .recording import RecordedRequest


class Moment(enum.Enum):
    """How far a request gets before the reaction."""

    BEFORE_BODY = "before body"
    AFTER_BODY = "after body"
    AFTER_PROCESSING = "after processing"
    """The request took effect; only its own response is withheld. Not for streams, whose response is their work."""


class Exchange(Protocol):
    """One request that waits for its response."""

    @property
    def request(self) -> web.BaseRequest:
        """The request as aiohttp knows it."""
        ...

    @property
    def recorded(self) -> RecordedRequest:
        """The request as a test sees it."""
        ...

    async def read(self) -> bytes:
        """Reads the body, the first time."""
        ...

    async def process(self) -> web.StreamResponse:
        """Does the server's usual work."""
        ...

    async def reach(self, moment: Moment) -> None:
        """Goes on with the request as far as `moment`."""
        ...

    def cut(self, *, reset: bool) -> None:
        """Cuts the TCP connection, with a reset or with a plain FIN."""
        ...

    async def close_silently(self, response: web.StreamResponse, *, at_next_request: bool) -> web.StreamResponse:
        """Sends `response` as if the connection stayed open, and closes it at once or when the next request comes."""
        ...


class Reaction(Protocol):
    """What happens to one request."""

    async def react(self, exchange: Exchange) -> web.StreamResponse:
        """Answers, or never does."""
        ...


async def never() -> web.StreamResponse:
    """Waits until the connection's end cancels the wait."""
    await asyncio.Event().wait()
    raise AssertionError("unreachable")


@attrs.frozen
class Normally:
    """The server's usual work: ``respond("GET", "/me", Normally(), Reply(401))`` refuses the second request."""

    async def react(self, exchange: Exchange) -> web.StreamResponse:
        """Works as usual."""
        return await exchange.process()


@attrs.frozen
class Reply:
    """A response of your own; `body` is sent as it is when it is bytes, as text when it is str, and as JSON otherwise."""

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str])
    when: Moment = Moment.AFTER_BODY

    async def react(self, exchange: Exchange) -> web.StreamResponse:
        """Sends the response."""
        await exchange.reach(self.when)
        response = self.response()
        if self.when is Moment.BEFORE_BODY:
            response.force_close()
        return response

    def response(self) -> web.Response:
        """The response as aiohttp knows it."""
        headers = dict(self.headers)
        if isinstance(self.body, bytes):
            return web.Response(status=self.status, body=self.body, headers=headers)
        kind = "text/html; charset=utf-8" if isinstance(self.body, str) else "application/json"
        if not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = kind
        text = self.body if isinstance(self.body, str) else json.dumps(self.body, ensure_ascii=False)
        return web.Response(status=self.status, body=text.encode(), headers=headers)


@attrs.frozen
class Hang:
    """Never answers, and keeps the connection open."""

    when: Moment = Moment.AFTER_BODY

    async def react(self, exchange: Exchange) -> web.StreamResponse:
        """Waits for ever."""
        await exchange.reach(self.when)
        return await never()


@attrs.frozen
class Reset:
    """Cuts the connection without an answer, with a reset or (`reset` False) with a FIN."""

    when: Moment = Moment.AFTER_BODY
    reset: bool = True

    async def react(self, exchange: Exchange) -> web.StreamResponse:
        """Cuts the connection."""
        await exchange.reach(self.when)
        exchange.cut(reset=self.reset)
        return await never()


@attrs.frozen
class CloseSilently:
    """Answers, then closes the connection without having said so, as the production server does after a 500.

    With `at_next_request` the connection looks alive until the next request on it is reset: a client sees the same every time.
    """

    reply: Reaction = Normally()
    at_next_request: bool = False

    async def react(self, exchange: Exchange) -> web.StreamResponse:
        """Answers and closes."""
        response = await self.reply.react(exchange)
        return await exchange.close_silently(response, at_next_request=self.at_next_request)


@attrs.frozen
class Held:
    """Waits for a gate that the test opens, then reacts."""

    gate: Waitable
    reply: Reaction = Normally()
    when: Moment = Moment.AFTER_BODY

    async def react(self, exchange: Exchange) -> web.StreamResponse:
        """Waits, then reacts."""
        await exchange.reach(self.when)
        await self.gate.wait()
        return await self.reply.react(exchange)


@attrs.frozen
class Slow:
    """Drips a body: `piece` bytes, `seconds` of rest, and so on; of `reply`, or of the usual response."""

    piece: int = 1
    seconds: float = 0.01
    reply: Reaction = Normally()

    async def react(self, exchange: Exchange) -> web.StreamResponse:
        """Drips the body."""
        whole = await self.reply.react(exchange)
        assert isinstance(whole, web.Response), "a stream cannot be dripped: script its answer with Pause steps"
        body = whole.body if isinstance(whole.body, bytes) else b""
        dripped = web.StreamResponse(status=whole.status, headers=whole.headers)
        dripped.content_length = len(body)
        await dripped.prepare(exchange.request)
        for start in range(0, len(body), self.piece):
            await dripped.write(body[start : start + self.piece])
            await asyncio.sleep(self.seconds)
        return dripped


@attrs.frozen
class RawReply:
    """Writes bytes to the TCP connection, status line and all, and closes it unless `close` is False."""

    data: bytes
    close: bool = True
    when: Moment = Moment.AFTER_BODY

    async def react(self, exchange: Exchange) -> web.StreamResponse:
        """Writes the bytes."""
        await exchange.reach(self.when)
        transport = exchange.request.transport
        assert transport is not None
        transport.write(self.data)
        if self.close:
            transport.close()
        return await never()


def html_page(status: int, headers: Mapping[str, str] | None = None) -> Reply:
    """A proxy's page."""
    title = f"{status} {HTTPStatus(status).phrase}"
    page = f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n<hr>"
    return Reply(status, f"{page}<center>nginx/1.24.0</center>\r\n</body>\r\n</html>\r\n", headers or {})


def detail(status: int, text: str, headers: Mapping[str, str] | None = None) -> Reply:
    """A refusal in the server's own words."""
    return Reply(status, {"detail": text}, headers or {})


def internal_error() -> Reply:
    """The production server's 500."""
    return Reply(500, INTERNAL_ERROR)


INTERNAL_ERROR: Mapping[str, Any] = {
    "error": "internal_server_error",
    "message": "An internal error occurred",
    "details": None,
}


def validation_error(*locations: Sequence[str | int], echo: Any, reason: str = "Field required") -> Reply:
    """A 422 that echoes the input, credentials included, as the production server's do."""
    return Reply(422, {"detail": [invalid(location, echo=echo, reason=reason) for location in locations]})


def invalid(location: Sequence[str | int], *, echo: Any, reason: str, kind: str = "missing") -> dict[str, Any]:
    """One entry of a 422's detail."""
    return {"type": kind, "loc": list(location), "msg": reason, "input": echo}
