"""Single values of a reply: JSON's own, and what people write for them where it can mean one thing only.

Each function takes a value as JSON was read, numbers with a point as `Decimal`, and raises `UnfitValueError` for what it is not.
Nothing is guessed: ``"17,300"`` may be seventeen and a bit or seventeen thousand, so it is refused.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ..catalog import LocalizedText, text
from ..serializable import shortened

__all__ = [
    "UnfitValueError",
    "boolean",
    "choice",
    "date",
    "decimal",
    "moment",
    "number",
    "plain_json",
    "string",
    "time",
    "unfit",
    "whole",
]

_SPACES = "[ \u00a0\u2009\u202f]"
_NUMBER = re.compile(rf"[+\-\u2212]?(?:\d{{1,3}}(?:{_SPACES}\d{{3}})+|\d+)(?:[.,]\d+)?", re.ASCII)
_PERHAPS_THOUSANDS = re.compile(r"[+\-\u2212]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
_LONGEST_NUMBER = 100  # characters; also keeps the conversion of text to an integer cheap
_WORDS = {"да": True, "yes": True, "true": True, "нет": False, "no": False, "false": False}
_RUSSIAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_ISO_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}.*)", re.ASCII)


class UnfitValueError(ValueError):
    """A value is not what is wanted; `problem` says why."""

    def __init__(self, problem: LocalizedText) -> None:
        super().__init__(problem)
        self.problem = problem


def string(value: Any) -> str:
    """A text, or a number as one: without an exponent, unless that takes more than some hundred digits."""
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal) and abs(value.adjusted()) <= _LONGEST_NUMBER:
        return f"{value:f}"
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return str(value)
    raise _is_no(value, "expected_text")


def decimal(value: Any) -> Decimal:
    """A number: 3.3, ``"3,3"``, ``"17 300"``."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    written = value.strip() if isinstance(value, str) else ""
    if len(written) > _LONGEST_NUMBER or not _NUMBER.fullmatch(written):
        raise _is_no(value, "expected_number")
    if _PERHAPS_THOUSANDS.fullmatch(written):
        raise UnfitValueError(text("ambiguous_number", value=written))
    return Decimal(re.sub(_SPACES, "", written).replace(",", ".").replace("\u2212", "-"))


def number(value: Any) -> float:
    """A number within the range of floats."""
    found = float(decimal(value))
    if not math.isfinite(found):
        raise _is_no(value, "expected_number")
    return found


def whole(value: Any) -> int:
    """A whole number; 3.0 is one, 3.5 is not rounded."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    try:
        found = decimal(value)
    except UnfitValueError as error:
        raise error if error.problem.code == "ambiguous_number" else _is_no(value, "expected_whole") from None
    # The exponent is looked at first: of 1e999999 an integer would take a megabyte.
    if found.adjusted() > _LONGEST_NUMBER or found != found.to_integral_value():
        raise _is_no(value, "expected_whole")
    return int(found)


def boolean(value: Any) -> bool:
    """True or false, also as a word: да, нет, yes, no."""
    if isinstance(value, bool):
        return value
    found = _WORDS.get(value.strip().casefold()) if isinstance(value, str) else None
    if found is None:
        raise _is_no(value, "expected_yes_no")
    return found


def date(value: Any) -> dt.date:
    """A day: 2026-11-28 or 28.11.2026."""
    written = value.strip() if isinstance(value, str) else ""
    try:
        if _ISO_DATE.fullmatch(written):
            return dt.date.fromisoformat(written)
        if found := _RUSSIAN_DATE.fullmatch(written):
            return dt.date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        pass
    raise _is_no(value, "expected_date")


def moment(value: Any) -> dt.datetime:
    """A day and a time of day in ISO 8601; a day alone is no moment."""
    found = _ISO_MOMENT.fullmatch(value.strip()) if isinstance(value, str) else None
    try:
        if found:
            return dt.datetime.fromisoformat(f"{found[1]}T{found[2]}")
    except ValueError:
        pass
    raise _is_no(value, "expected_moment")


def time(value: Any) -> dt.time:
    """A time of day in ISO 8601."""
    try:
        if isinstance(value, str) and ":" in value:
            return dt.time.fromisoformat(value.strip())
    except ValueError:
        pass
    raise _is_no(value, "expected_time")


def choice(value: Any, choices: Mapping[Any, Any]) -> Any:
    """What `value` means: one of the choices, or a text that differs from a single one of them in its case only."""
    given = plain_json(value)
    for said, meant in choices.items():
        if said == given and isinstance(said, bool) == isinstance(given, bool):
            return meant
    if isinstance(given, str):
        folded = given.strip().casefold()
        alike = [meant for said, meant in choices.items() if isinstance(said, str) and said.strip().casefold() == folded]
        if len(alike) == 1:
            return alike[0]
    expected = text("expected_choice", values=tuple(map(str, choices)))
    raise UnfitValueError(text("unfit_value", value=_shown(value), expected=expected))


def plain_json(value: Any) -> Any:
    """The value as the standard library reads JSON: with floats."""
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, list):
        return [plain_json(each) for each in value]  # pyright: ignore[reportUnknownVariableType]  # of JSON
    if isinstance(value, dict):
        return {name: plain_json(each) for name, each in value.items()}  # pyright: ignore[reportUnknownVariableType]  # of JSON
    return value


def unfit(value: Any, expected: LocalizedText) -> UnfitValueError:
    """The error of a value that is not what is expected; null is a value that is missing."""
    if value is None:
        return UnfitValueError(text("value_missing"))
    return UnfitValueError(text("unfit_value", value=_shown(value), expected=expected))


def _is_no(value: Any, code: str) -> UnfitValueError:
    return unfit(value, text(code))


def _shown(value: Any) -> str | LocalizedText:
    """A value of a reply as a sentence quotes it."""
    if isinstance(value, list):
        return text("expected_list")
    if isinstance(value, dict):
        return text("expected_object")
    if isinstance(value, bool):
        return "true" if value else "false"
    return shortened(" ".join(str(value).split()))
