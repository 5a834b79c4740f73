"""Request bodies and queries as typed values; what does not fit is a 422 that says where and why."""

from __future__ import annotations

import re
from typing import Any, TypeVar, get_origin, get_type_hints
from uuid import UUID

import msgspec
from aiohttp import web

from ..failures import Failure, invalid

T = TypeVar("T")

_MISSING = re.compile(r"missing required field `([^`]+)`")
_STEPS = re.compile(r"\.([^.\[\]`]+)|\[(\d+|\.\.\.)\]")


async def body(request: web.Request, shape: type[T], *, secret: bool = False) -> T:
    """The JSON body as `shape`; an empty body counts as ``{}``. With `secret` an error never shows what was sent.

    Raises `Failure` 422, or 413 for a body of more than 4 MB.
    """
    data = await request.read() or b"{}"
    try:
        return msgspec.json.decode(data, type=shape)
    except msgspec.ValidationError as error:
        raise _invalid("body", str(error), None if secret else msgspec.json.decode(data)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise invalid(("body",), "json_invalid", "JSON decode error") from None


def query(request: web.Request, shape: type[T]) -> T:
    """The query as `shape`; keys may be repeated for lists. Raises `Failure` 422."""
    lists = {name for name, hint in get_type_hints(shape, include_extras=True).items() if get_origin(hint) in (list, tuple)}
    values: dict[str, Any] = {}
    for name in request.query:
        given = [value for value in request.query.getall(name) if value]
        if given and name != "token":
            values[name] = given if name in lists else given[-1]
    try:
        return msgspec.convert(values, type=shape, strict=False)
    except msgspec.ValidationError as error:
        raise _invalid("query", str(error), values) from None


def json_query(name: str, text: str | None, shape: type[T]) -> T | None:
    """The JSON that stands in one field of the query. Raises `Failure` 422."""
    if not text:
        return None
    try:
        return msgspec.json.decode(text, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise invalid(("query", name), "json_invalid", f"Not the JSON expected: {error}") from None


def path_uuid(request: web.Request, name: str) -> str:
    """The UUID in the path, in its canonical form. Raises `Failure` 422."""
    text = request.match_info[name]
    try:
        return str(UUID(text))
    except ValueError:
        raise invalid(("path", name), "uuid_parsing", "Input should be a valid UUID", text) from None


def _invalid(where: str, message: str, sent: Any) -> Failure:
    """Msgspec says ``reason - at `$.a[0]``` ; the wire wants the steps apart from the reason."""
    reason, _, path = message.partition(" - at `$")
    steps: list[str | int] = []
    for name, index in _STEPS.findall(path):
        steps.append(name or (int(index) if index.isdigit() else index))
    if missing := _MISSING.search(reason):
        return invalid((where, *steps, missing[1]), "missing", "Field required", _at(sent, steps))
    kind = "uuid_parsing" if "UUID" in reason else "value_error"
    return invalid((where, *steps), kind, reason, _at(sent, steps))


def _at(value: Any, steps: list[str | int]) -> Any:
    for step in steps:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value
