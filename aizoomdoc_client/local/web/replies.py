"""Responses, and their repetition under an Idempotency-Key."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from aiohttp import web

from ..failures import Failure, invalid
from ..parts import parts_of
from ..store import replies
from ..store.replies import Claim, Reply

_LONGEST_KEY = 255
_SECRET_REPLIES = 1000


def reply(value: Any, status: int = 200) -> web.Response:
    """The value as JSON; models and dates as the wire has them."""
    return _response(status, msgspec.json.encode(value))


def failure_reply(failure: Failure, secrets: Iterable[str]) -> web.Response:
    """What the wire has for a request that cannot be served; a 422 repeats what was sent, but never one of the `secrets`."""
    body = msgspec.json.encode({"detail": failure.detail})
    for secret in secrets:
        body = body.replace(msgspec.json.encode(secret)[1:-1], b"***")
    return _response(failure.status, body)


async def once(
    request: web.Request,
    user_id: str,
    status: int,
    work: Callable[[sqlite3.Connection], Any],
    *,
    digest: str | None = None,
    secret: bool = False,
) -> tuple[web.Response, bool]:
    """The response to a POST, and whether it is a new one; `work` is done in one transaction with remembering the reply.

    The same Idempotency-Key of the same user on the same path gives the first response again. `digest` tells bodies apart
    where the bytes sent do not (uploads). A `secret` reply is kept in memory only.
    Raises `Failure` 409 when the key came with another body before, 422 when the key is too long.
    """
    claim = await _claim(request, user_id, digest)
    if claim is None:
        value = await parts_of(request).database.run(work)
        return reply(value, status), True
    store = request.app[SECRET_REPLIES] if secret else _KEPT
    first, new = await parts_of(request).database.run(_once, store, claim, status, work)
    if first.digest != claim.digest:
        raise Failure(409, "This Idempotency-Key was used for another request body")
    return _response(first.status, first.body), new


async def _claim(request: web.Request, user_id: str, digest: str | None) -> Claim | None:
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        return None
    if len(key) > _LONGEST_KEY:
        raise invalid(("header", "Idempotency-Key"), "string_too_long", f"At most {_LONGEST_KEY} characters are taken")
    return Claim(user_id, request.path, key, digest or hashlib.sha256(await request.read()).hexdigest())


def _once(
    db: sqlite3.Connection, store: Any, claim: Claim, status: int, work: Callable[[sqlite3.Connection], Any]
) -> tuple[Reply, bool]:
    if first := store.find(db, claim):
        return first, False
    made = Reply(claim.digest, status, msgspec.json.encode(work(db)))
    store.keep(db, claim, made)
    return made, True


def _response(status: int, body: bytes) -> web.Response:
    return web.Response(status=status, body=body, content_type="application/json", headers={"Cache-Control": "no-store"})


class _Kept:
    """Replies in the database."""

    find = staticmethod(replies.find)
    keep = staticmethod(replies.keep)


_KEPT = _Kept()


class SecretReplies:
    """Replies with tokens in them: never on the disk, the newest thousand only."""

    def __init__(self) -> None:
        self._replies: OrderedDict[Claim, Reply] = OrderedDict()

    def find(self, _db: sqlite3.Connection, claim: Claim) -> Reply | None:
        """As `store.replies.find`, but for the same body only: a key without a user belongs to nobody."""
        return self._replies.get(claim)

    def keep(self, _db: sqlite3.Connection, claim: Claim, made: Reply) -> None:
        """As `store.replies.keep`."""
        self._replies[claim] = made
        if len(self._replies) > _SECRET_REPLIES:
            self._replies.popitem(last=False)


SECRET_REPLIES = web.AppKey("aizoomdoc_secret_replies", SecretReplies)
