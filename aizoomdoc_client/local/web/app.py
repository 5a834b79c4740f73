"""All endpoints put together."""

from __future__ import annotations

from aiohttp import web

from ..parts import PARTS, Parts
from . import auth, chats, files, projects, stream, users
from .middleware import failures
from .replies import SECRET_REPLIES, SecretReplies

_LARGEST_JSON = 4 * 1024 * 1024


def application(parts: Parts) -> web.Application:
    """The server's application over its parts."""
    app = web.Application(middlewares=[failures], client_max_size=_LARGEST_JSON)
    app[PARTS] = parts
    app[SECRET_REPLIES] = SecretReplies()
    for noun in (auth, users, chats, stream, files, projects):
        app.add_routes(noun.ROUTES)
    return app
