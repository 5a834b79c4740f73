"""One record a request: method, path, status, time, user, and how long an answer was; never a token, a query or a text."""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler

from ..app_state import state_of

USER = web.RequestKey("aizoomdoc_user", str)
"""The name of the request's user, once it is known."""
ANSWER_CHARACTERS = web.RequestKey("aizoomdoc_answer_characters", int)
"""The length of the answer that was streamed."""

_logger = logging.getLogger("aizoomdoc_client.local.requests")
_LONGEST_PATH = 200  # characters


@web.middleware
async def log_request(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Logs the request when it has ended, at DEBUG."""
    if not _logger.isEnabledFor(logging.DEBUG):
        return await handler(request)
    clock = asyncio.get_running_loop().time
    started, outcome = clock(), "client left"
    try:
        response = await handler(request)
        outcome = _outcome(response)
    except asyncio.CancelledError:
        outcome = "server stops" if state_of(request).streams.stopping else outcome
        raise
    else:
        return response
    finally:
        facts = [f"{request.method} {_path(request)}", outcome, f"{1000 * (clock() - started):.0f} ms", request.get(USER, "-")]
        if (characters := request.get(ANSWER_CHARACTERS)) is not None:
            facts.append(f"answer of {characters} characters")
        _logger.debug(" ".join(facts))


def _outcome(response: web.StreamResponse) -> str:
    if isinstance(response, web.WebSocketResponse):
        return f"{HTTPStatus.SWITCHING_PROTOCOLS.value} closed with {response.close_code}"
    return str(response.status)


def _path(request: web.Request) -> str:
    """The path without its query, percent-encoded as it was sent, so that it has no spaces; ``***`` replaces a static token."""
    path = request.rel_url.raw_path
    for token in state_of(request).settings.tokens:
        path = path.replace(token, "***")
    return path[:_LONGEST_PATH]
