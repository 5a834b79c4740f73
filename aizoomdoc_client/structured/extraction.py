"""The JSON in a reply: one fenced block, or an object or a list that stands bare, with text around it or not.

The reply is not mended: what is cut off or broken is refused, and an object within a broken one is not taken for the answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn, cast

from ..catalog import text
from .scalars import UnfitValueError

__all__ = ["MOST_CHARACTERS", "json_values"]

MOST_CHARACTERS = 1_000_000
"""The longest reply that is looked into."""
DEEPEST = 40
"""How many objects and lists may stand within one another."""
MOST_STARTS = 200
"""How many brackets of a text are tried as the beginning of JSON, which bounds the time that a reply takes."""
_LONGEST_NUMBER = 400  # characters; converting one takes a time that grows with the square of its length

_FENCE = re.compile(r"\s*(`{3,}|~{3,})\s*(\w*)\s*")
_START = re.compile(r"[{\[]")
_LIKE_JSON = re.compile(r"""\{\s*(?:["'“«{\[]|\w+\s*:)|\[\s*["'“«{\[]""")
_SURROGATE = re.compile("[\ud800-\udfff]")


def json_values(reply: str) -> list[Any]:
    """All objects and lists of the reply that could be the answer: those of its fenced blocks or, if it has none, bare ones.

    Numbers with a point or an exponent are `Decimal`. Raises `UnfitValueError` where there is no object or list, where one is
    broken, and after `MOST_STARTS` brackets.
    """
    if len(reply) > MOST_CHARACTERS:
        raise UnfitValueError(text("reply_too_long", most=MOST_CHARACTERS))
    try:
        found = [value for block in _fenced(reply) for value in _values(block)] or list(_values(reply))
    except RecursionError:
        raise UnfitValueError(text("reply_too_deep", most=DEEPEST)) from None
    if not found:
        raise UnfitValueError(text("reply_without_json"))
    for value in found:
        _check(value, 1)
    return found


def _fenced(reply: str) -> Iterator[str]:
    """What stands in complete fenced blocks that are JSON, or do not say what they are."""
    fence, language, body = "", "", list[str]()
    for line in reply.split("\n"):  # U+2028 and its like end no line: a text of JSON may hold them
        mark = _FENCE.fullmatch(line)
        if mark is None or (fence and (mark[2] or not mark[1].startswith(fence))):
            body.append(line)
        elif fence:
            if language in {"", "json"}:
                yield "\n".join(body)
            fence = ""
        else:
            fence, language, body = mark[1], mark[2].casefold(), []


def _values(written: str) -> Iterator[Any]:
    """The objects and lists at the top of a text."""
    position = 0
    for _ in range(MOST_STARTS):
        start = _START.search(written, position)
        if start is None:
            return
        try:
            value, position = _DECODER.raw_decode(written, start.start())
        except json.JSONDecodeError as error:
            if _LIKE_JSON.match(written, start.start()):  # what stands within it is not the answer
                problem = text("json_syntax", problem=error.msg, position=error.pos + 1)
                raise UnfitValueError(text("reply_not_json", problem=problem)) from None
            position = start.end()
        else:
            yield value
    raise UnfitValueError(text("reply_of_several"))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict[str, Any]()
    for name, value in pairs:
        if name in made and made[name] != value:
            raise UnfitValueError(text("reply_repeats_name", name=name[:60]))
        made[name] = value
    return made


def _whole(written: str) -> int:
    return int(written) if len(written) <= _LONGEST_NUMBER else _refuse(written)


def _with_point(written: str) -> Decimal:
    try:
        return Decimal(written) if len(written) <= _LONGEST_NUMBER else _refuse(written)
    except InvalidOperation:  # the exponent is beyond what a Decimal can hold
        return _refuse(written)


def _refuse(written: str) -> NoReturn:
    raise UnfitValueError(text("unfit_value", value=written[:60], expected=text("expected_number")))


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_whole, parse_float=_with_point, parse_constant=_refuse)


def _check(value: Any, depth: int) -> None:
    """Raises `UnfitValueError` for what is nested too deeply, or holds unpaired surrogates."""
    if isinstance(value, str):
        if not value.isascii() and _SURROGATE.search(value):
            raise UnfitValueError(text("reply_half_character"))
        return
    if not isinstance(value, (dict, list)):
        return
    if depth > DEEPEST:
        raise UnfitValueError(text("reply_too_deep", most=DEEPEST))
    inner = cast("dict[str, Any] | list[Any]", value)
    if isinstance(inner, dict):
        for name in inner:
            _check(name, depth)
    for each in inner.values() if isinstance(inner, dict) else inner:
        _check(each, depth + 1)
