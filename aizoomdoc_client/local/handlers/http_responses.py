"""Responses: JSON, errors, files, and the same response again for a repeated Idempotency-Key."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from aiohttp import web
from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.typedefs import Handler

from ...filesystem.names import saved_name
from ..app_state import state_of
from ..repository.stored_replies import DatabaseReplies, KeyedRequest, MemoryReplies, ReplyStore, StoredReply
from ..request_errors import RequestError, invalid_field

_logger = logging.getLogger("aizoomdoc_client.local")
_LONGEST_KEY = 255  # characters
_DATABASE_REPLIES = DatabaseReplies()
EVENT_STREAM = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
"""The headers of server-sent events."""
MEMORY_REPLIES = web.AppKey("aizoomdoc_memory_replies", MemoryReplies)


def json_response(value: Any, status: int = 200) -> web.Response:
    """`value` as JSON, with models and dates as on the wire."""
    return _response(status, msgspec.json.encode(value))


def error_response(error: RequestError, secrets: Iterable[str]) -> web.Response:
    """The response for an error; ``***`` replaces each of `secrets` in it, because a 422 quotes what was sent."""
    body = msgspec.json.encode({"detail": error.detail})
    for secret in secrets:
        body = body.replace(msgspec.json.encode(secret)[1:-1], b"***")
    response = _response(error.status, body)
    response.headers.update(error.headers)
    return response


def file_response(path: Path, name: str, mime_type: str) -> web.FileResponse:
    """The file as a download under `name`, which a browser saves and does not show. Raises `RequestError` 404 where it is gone.

    The backslashes of an escaped name become ``_``, because clients would read them as separators of folders.
    """
    if not path.is_file():
        raise RequestError(404, "The file's content is gone")
    saved_as = quote(saved_name(name), safe="")
    headers = {
        "Content-Type": mime_type,
        "Content-Disposition": f"attachment; filename*=UTF-8''{saved_as}",
        "X-Content-Type-Options": "nosniff",
    }
    return web.FileResponse(path, headers=headers)


async def idempotent_response(
    request: web.Request,
    user_id: str,
    status: int,
    work: Callable[[sqlite3.Connection], Any],
    *,
    digest: str | None = None,
    secret: bool = False,
) -> tuple[web.Response, bool]:
    """The response to a POST, and whether it is a new one; `work` and storing the response are one transaction.

    The same Idempotency-Key of the same user on the same path gets the first response again. `digest` identifies the body
    where its bytes do not, as those of an upload. A `secret` response is stored in memory only.
    Raises `RequestError` 409 when the key came with another body before, 422 when it is too long.
    """
    keyed = await keyed_request(request, user_id, digest)
    if keyed is None:
        value = await state_of(request).database.run(work)
        return json_response(value, status), True
    store: ReplyStore = request.app[MEMORY_REPLIES] if secret else _DATABASE_REPLIES

    def work_once(db: sqlite3.Connection) -> tuple[StoredReply, bool]:
        if first := store.find(db, keyed):
            return first, False
        made = StoredReply(keyed.digest, status, msgspec.json.encode(work(db)))
        store.save(db, keyed, made)
        return made, True

    reply, is_new = await state_of(request).database.run(work_once)
    if reply.digest != keyed.digest:
        raise RequestError(409, "This Idempotency-Key was used for another request body")
    return _response(reply.status, reply.body), is_new


async def keyed_request(request: web.Request, user_id: str, digest: str | None) -> KeyedRequest | None:
    """The request as it is stored, None without an Idempotency-Key; raises `RequestError` 422 for a key that is too long."""
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        return None
    if len(key) > _LONGEST_KEY:
        raise invalid_field(("header", "Idempotency-Key"), "string_too_long", f"At most {_LONGEST_KEY} characters are taken")
    return KeyedRequest(user_id, request.path, key, digest or hashlib.sha256(await request.read()).hexdigest())


def _response(status: int, body: bytes) -> web.Response:
    return web.Response(status=status, body=body, content_type="application/json", headers={"Cache-Control": "no-store"})


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns every error into a JSON response; an unexpected one is logged and becomes a 500 without details."""
    try:
        return await handler(request)
    except RequestError as error:
        return error_response(error, state_of(request).settings.tokens)
    except web.HTTPException as error:
        detail = "Request body too large" if error.status == 413 else error.reason
        response = json_response({"detail": detail}, error.status)
        response.headers.update({name: value for name, value in error.headers.items() if name == "Allow"})
        return response
    except ConnectionError:
        raise
    except (BadHttpMessage, web.RequestPayloadError):
        response = json_response({"detail": "The request's body cannot be read"}, 400)
        response.force_close()  # where the next request begins is unknown
        return response
    except Exception:  # whatever happens, the client gets a response
        _logger.exception("%s %s failed", request.method, request.path)
        return json_response({"error": "internal_server_error", "message": "Internal server error", "details": None}, 500)
