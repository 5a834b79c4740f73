"""What the production server demands of the fields of bodies and queries, and how it words a refusal.

The server is built on FastAPI, so a refusal is a 422 with one entry for each field that does not fit, in the words of pydantic.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from .reactions import invalid_field

Problem = dict[str, Any]
"""One entry in the `detail` of a 422."""
Location = tuple[str | int, ...]
FieldRule = Callable[[Any, Location], Iterator[Problem]]
"""Gives the problems of a value that stands at that place."""

TRUE_WORDS = frozenset({"1", "true", "t", "yes", "y", "on"})
FALSE_WORDS = frozenset({"0", "false", "f", "no", "n", "off"})
_UUID = re.compile(r"(?i)(\{H{8}(-H{4}){3}-H{12}\}|(urn:uuid:)?H{8}(-H{4}){3}-H{12}|(urn:uuid:)?H{32})".replace("H", "[0-9a-f]"))
_GROUPS = (8, 4, 4, 4, 12)


def required(fields: Mapping[str, FieldRule], given: Mapping[str, Any], place: Location, *, echo: Any) -> Iterator[Problem]:
    """The problems of fields that must be there."""
    for name, rule in fields.items():
        if name in given:
            yield from rule(given[name], (*place, name))
        else:
            yield invalid_field((*place, name), echo=echo, reason="Field required", kind="missing")


def optional(fields: Mapping[str, FieldRule], given: Mapping[str, Any], place: Location) -> Iterator[Problem]:
    """The problems of fields that may be missing or None."""
    for name, rule in fields.items():
        if given.get(name) is not None:
            yield from rule(given[name], (*place, name))


def string(value: Any, place: Location) -> Iterator[Problem]:
    """A text."""
    if not isinstance(value, str):
        yield invalid_field(place, echo=value, reason="Input should be a valid string", kind="string_type")


def boolean(value: Any, place: Location) -> Iterator[Problem]:
    """True or false, or a word or number for one of them."""
    if isinstance(value, str | int | float):
        if str(value).lower() not in TRUE_WORDS | FALSE_WORDS and value not in (0, 1):
            reason = "Input should be a valid boolean, unable to interpret input"
            yield invalid_field(place, echo=value, reason=reason, kind="bool_parsing")
    else:
        yield invalid_field(place, echo=value, reason="Input should be a valid boolean", kind="bool_type")


def choice(*choices: str) -> FieldRule:
    """One of these texts."""
    quoted = [f"'{each}'" for each in choices]
    expected = f"{', '.join(quoted[:-1])} or {quoted[-1]}"

    def rule(value: Any, place: Location) -> Iterator[Problem]:
        if value not in choices:
            yield invalid_field(
                place, echo=value, reason=f"Input should be {expected}", kind="literal_error", context={"expected": expected}
            )

    return rule


def number(least: float | None = None, most: float | None = None) -> FieldRule:
    """A number within these limits, or a text that is one."""
    return _number(float, ("float", "number", "a number"), least, most)


def whole_number(least: int | None = None, most: int | None = None) -> FieldRule:
    """A whole number within these limits, or a text that is one."""
    return _number(int, ("int", "integer", "an integer"), least, most)


def _number(kind: type[int | float], names: tuple[str, str, str], least: float | None, most: float | None) -> FieldRule:
    code, noun, a_noun = names

    def rule(value: Any, place: Location) -> Iterator[Problem]:
        if not isinstance(value, str | int | float):
            yield invalid_field(place, echo=value, reason=f"Input should be a valid {noun}", kind=f"{code}_type")
            return
        if kind is int and isinstance(value, float) and not value.is_integer():
            reason = "Input should be a valid integer, got a number with a fractional part"
            yield invalid_field(place, echo=value, reason=reason, kind="int_from_float")
            return
        try:
            found = kind(value)
        except (ValueError, OverflowError):
            reason = f"Input should be a valid {noun}, unable to parse string as {a_noun}"
            yield invalid_field(place, echo=value, reason=reason, kind=f"{code}_parsing")
            return
        if least is not None and not found >= least:
            yield _beyond(place, value, ("greater", "ge"), kind(least))
        elif most is not None and not found <= most:
            yield _beyond(place, value, ("less", "le"), kind(most))

    return rule


def _beyond(place: Location, value: Any, words: tuple[str, str], limit: float) -> Problem:
    word, key = words
    reason = f"Input should be {word} than or equal to {limit:g}"
    return invalid_field(place, echo=value, reason=reason, kind=f"{word}_than_equal", context={key: limit})


def uuid(value: Any, place: Location) -> Iterator[Problem]:
    """A UUID: with hyphens, without, in braces, or as a URN."""
    if not isinstance(value, str):
        yield invalid_field(place, echo=value, reason="UUID input should be a string, bytes or UUID object", kind="uuid_type")
    elif not _UUID.fullmatch(value):
        error = _uuid_error(value)
        reason = f"Input should be a valid UUID, {error}"
        yield invalid_field(place, echo=value, reason=reason, kind="uuid_parsing", context={"error": error})


def list_of(rule: FieldRule) -> FieldRule:
    """A list whose items fit `rule`."""

    def each(value: Any, place: Location) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield invalid_field(place, echo=value, reason="Input should be a valid list", kind="list_type")
            return
        for index, item in enumerate(cast("Sequence[Any]", value)):
            yield from rule(item, (*place, index))

    return each


def _uuid_error(value: str) -> str:
    """What is wrong with a UUID, in the words of the library that reads it there (uuid 1 of Rust)."""
    digits, offset = value, 0
    if value.startswith("{") and value.endswith("}"):
        digits, offset = value[1:-1], 1
    elif value.startswith("urn:uuid:"):
        digits, offset = value[9:], 9
    strange = re.search(r"[^0-9a-fA-F-]", digits)
    if strange is not None:
        at = len(digits[: strange.start()].encode()) + offset + 1
        expected = "an optional prefix of `urn:uuid:` followed by [0-9a-fA-F-]"
        return f"invalid character: expected {expected}, found `{strange[0]}` at {at}"
    groups = digits.split("-")
    if len(groups) == 1 and not offset:
        return f"invalid length: expected length 32 for simple format, found {len(digits)}"
    if len(groups) != len(_GROUPS):
        return f"invalid group count: expected 5, found {len(groups)}"
    at = next((at for at, group in enumerate(groups) if len(group) != _GROUPS[at]), len(_GROUPS) - 1)
    return f"invalid group length in group {at}: expected {_GROUPS[at]}, found {len(groups[at])}"
