"""Refuses headers that no handler could use."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler

from ..request_errors import RequestError

_READ = ("Authorization", "Host", "Idempotency-Key", "Origin")


@web.middleware
async def check_headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuses a body that is compressed with 415, and a header that is read and is not UTF-8 with 400.

    A compressed body could be a thousand times as large as what was sent, and unpacking it would hold up all other requests;
    no client compresses any. Bytes that are not UTF-8 become characters that can neither be stored nor be sent back.
    """
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in {"", "identity"}:
        raise RequestError(415, "A request's body must not be compressed", headers={"Accept-Encoding": "identity"})
    for name in _READ:
        if not all(map(_is_text, request.headers.getall(name, []))):
            raise RequestError(400, f"The header {name} is not in UTF-8")
    return await handler(request)


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
