"""The page at ``/`` on which people ask this server: an addition of the local server, which other servers do not have."""

from __future__ import annotations

from aiohttp import web

from ...page import FOLDER, HEADERS, index


async def page(_request: web.Request) -> web.Response:
    """The page, which asks for the user's token and talks to this server itself."""
    return web.Response(text=index("with_server.js"), content_type="text/html", charset="utf-8", headers=HEADERS)


ROUTES = (web.get("/", page), web.static("/page", FOLDER))
