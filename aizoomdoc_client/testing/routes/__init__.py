"""The endpoints of the scripted server, one noun a file.

RULE: a route takes a `Call` and returns a response or raises `RefusalError`; it opens no socket and never imports another noun.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import attrs
from aiohttp import web

from ..call import Call, RefusalError
from ..exchange import HttpExchange
from ..guise import WebSocketHabit
from ..responses import detail, html_page
from . import auth, chats, files, projects, streams, users

Handler = Callable[[Call], Awaitable[web.StreamResponse]]


@attrs.frozen
class Route:
    """A method and a path with ``{names}`` for its variable segments."""

    method: str
    path: str
    handler: Handler

    def params(self, path: str) -> dict[str, str] | None:
        """The variable segments of `path`, or None if it is not this route's."""
        found = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path), path)
        return found.groupdict() if found else None


ROUTES = (
    Route("GET", "/health", users.health),
    Route("POST", "/auth/exchange", auth.exchange),
    Route("POST", "/auth/refresh", auth.refresh),
    Route("POST", "/auth/logout", auth.logout),
    Route("GET", "/me", users.me),
    Route("PATCH", "/me/settings", users.update_settings),
    Route("GET", "/prompts/roles", users.roles),
    Route("POST", "/chats", chats.create),
    Route("GET", "/chats", chats.listing),
    Route("GET", "/chats/{chat_id}", chats.history),
    Route("DELETE", "/chats/{chat_id}", chats.delete),
    Route("POST", "/chats/{chat_id}/messages", chats.post_message),
    Route("GET", "/chats/{chat_id}/stream", streams.event_source),
    Route("WS", "/chats/{chat_id}/stream", streams.websocket),
    Route("POST", "/files/upload", files.upload),
    Route("POST", "/files/upload-for-llm", files.upload_for_llm),
    Route("GET", "/files/{file_id}", files.info),
    Route("GET", "/projects/tree", projects.tree),
    Route("GET", "/projects/documents/{document_id}/results", projects.results),
    Route("GET", "/projects/search", projects.search),
)


async def process(exchange: HttpExchange) -> web.StreamResponse:
    """The server's usual work for one request."""
    guise, method, path = exchange.backend.guise, exchange.recorded.method, exchange.recorded.path
    if method == "WS" and guise.websocket is WebSocketHabit.REFUSED:
        return html_page(guise.websocket_refusal_status).response()
    fitting = [(route, params) for route in ROUTES if (params := route.params(path)) is not None]
    for route, params in fitting:
        if route.method == method:
            return await _answer(route, Call(exchange.backend, exchange.request, exchange.recorded, params))
    if method == "WS":
        return web.Response(status=403)
    return (detail(405, "Method Not Allowed") if fitting else detail(404, "Not Found")).response()


async def _answer(route: Route, call: Call) -> web.StreamResponse:
    try:
        return await route.handler(call)
    except RefusalError as refusal:
        return refusal.reply.response()
