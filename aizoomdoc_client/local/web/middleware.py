"""Failures of any kind as the wire has them."""

from __future__ import annotations

import logging

from aiohttp import web
from aiohttp.typedefs import Handler

from ..failures import Failure
from ..parts import parts_of
from .replies import failure_reply, reply

_LOG = logging.getLogger("aizoomdoc_client.local")


@web.middleware
async def failures(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every failure becomes a JSON body; an unforeseen one a 500 without a word of its inside."""
    try:
        return await handler(request)
    except Failure as failure:
        return failure_reply(failure, parts_of(request).settings.tokens)
    except web.HTTPException as error:
        detail = "Request body too large" if error.status == 413 else error.reason
        response = reply({"detail": detail}, error.status)
        response.headers.update({name: value for name, value in error.headers.items() if name == "Allow"})
        return response
    except ConnectionError:
        raise
    except Exception:  # noqa: BLE001 (the last stop before the client)
        _LOG.exception("%s %s failed", request.method, request.path)
        return reply({"error": "internal_server_error", "message": "Internal server error", "details": None}, 500)
