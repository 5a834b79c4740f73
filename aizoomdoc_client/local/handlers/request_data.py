"""Reads a request: its user, body, query and path. A value of the wrong type is a 422 that names field and reason."""

from __future__ import annotations

import re
from typing import Any, TypeVar, cast, get_origin, get_type_hints
from uuid import UUID

import msgspec
from aiohttp import web

from ...models import User
from ..access_tokens import AccessClaims
from ..app_state import state_of
from ..repository import stored_users
from ..request_errors import RequestError, invalid_field
from .request_log import USER

T = TypeVar("T")

_MISSING = re.compile(r"missing required field `([^`]+)`")
# A step of a path in msgspec's messages: .name, [0], or [...] for the key of a mapping.
_PATH_STEP = re.compile(r"\.([^.\[\]`]+)|\[(\d+|\.\.\.)\]")


async def current_user(request: web.Request) -> User:
    """The user of the Authorization header. Raises `RequestError` 403 without a header, 401 for an invalid or expired token."""
    return await active_user(request, access_claims(request))


def access_claims(request: web.Request) -> AccessClaims:
    """The claims of the token in the Authorization header; raises as `current_user` does."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if not token.strip():
        raise RequestError(403, "Not authenticated")
    if scheme.lower() != "bearer":
        raise RequestError(403, "Invalid authentication credentials")
    return state_of(request).access_tokens.read(token.strip())


async def active_user(request: web.Request, claims: AccessClaims) -> User:
    """The user of a valid access token. Raises `RequestError` 401 where there is no such user, 403 for an inactive one."""
    user = await state_of(request).database.run(stored_users.by_id, claims.user_id)
    if user is None:
        raise RequestError(401, "Could not validate credentials")
    request[USER] = user.username
    if user.status != "active":
        raise RequestError(403, "User account is not active")
    return user


async def read_body(request: web.Request, model: type[T], *, secret: bool = False) -> T:
    """The JSON body as `model`; an empty body counts as ``{}``. With `secret` an error does not repeat what was sent.

    Raises `RequestError` 422, also for a text with a NUL in it, or 413 for a body of more than 4 MB.
    """
    data = await request.read() or b"{}"
    try:
        body = msgspec.json.decode(data, type=model)
    except msgspec.ValidationError as error:
        raise _conversion_error("body", str(error), None if secret else _as_sent(data)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise invalid_field(("body",), "json_invalid", "JSON decode error") from None
    if not secret:
        _refuse_nul("body", msgspec.to_builtins(body))
    return body


def _as_sent(data: bytes) -> Any:
    """The whole body; None where it is malformed after the first value that does not fit, or has a number out of range."""
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def read_query(request: web.Request, model: type[T]) -> T:
    """The query as `model`; a list is sent by repeating its key. Raises `RequestError` 422."""
    lists = {name for name, hint in get_type_hints(model, include_extras=True).items() if get_origin(hint) in (list, tuple)}
    values: dict[str, Any] = {}
    for name in request.query:
        given = [value for value in request.query.getall(name) if value]
        if given and name != "token":
            values[name] = given if name in lists else given[-1]
    _refuse_nul("query", values)
    try:
        return msgspec.convert(values, type=model, strict=False)
    except msgspec.ValidationError as error:
        raise _conversion_error("query", str(error), values) from None


def read_query_json(name: str, text: str | None, model: type[T]) -> T | None:
    """The JSON text of one field of the query as `model`. Raises `RequestError` 422."""
    if not text:
        return None
    try:
        return msgspec.json.decode(text, type=model)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise invalid_field(("query", name), "json_invalid", f"Not the JSON expected: {error}") from None


def read_path_uuid(request: web.Request, name: str) -> str:
    """The UUID in the path, in its canonical form. Raises `RequestError` 422."""
    text = request.match_info[name]
    try:
        return str(UUID(text))
    except ValueError:
        raise invalid_field(("path", name), "uuid_parsing", "Input should be a valid UUID", text) from None


def _refuse_nul(where: str, fields: dict[str, Any]) -> None:
    """Raises `RequestError` 422 for a text with a NUL character: the databases of other servers cannot store one."""
    for name, value in fields.items():
        texts = cast("list[object]", value if isinstance(value, list) else [value])
        if any(isinstance(text, str) and "\0" in text for text in texts):
            raise invalid_field((where, name), "nul_character", "The text must not contain a NUL character", value)


def _conversion_error(where: str, message: str, sent: Any) -> RequestError:
    """The 422 for msgspec's message ``reason - at `$.a[0]```, with the path as a list of its own, as the wire has it."""
    reason, _, path = message.partition(" - at `$")
    steps: list[str | int] = []
    for name, index in _PATH_STEP.findall(path):
        steps.append(name or (int(index) if index.isdigit() else index))
    if missing := _MISSING.search(reason):
        return invalid_field((where, *steps, missing[1]), "missing", "Field required", _value_at(sent, steps))
    kind = "uuid_parsing" if "UUID" in reason else "value_error"
    return invalid_field((where, *steps), kind, reason, _value_at(sent, steps))


def _value_at(value: Any, steps: list[str | int]) -> Any:
    for step in steps:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value
