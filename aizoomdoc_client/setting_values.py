"""What single settings may be, and how the environment and the profile file write them.

Each reader takes the name of a source, which its error names, and what was found there, and returns the value that is meant.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, cast

import attrs

from .catalog import LocalizedText, text
from .exceptions import ConfigurationError

MOST_SECONDS = 100 * 365 * 24 * 3600.0
"""The longest time-out: beyond a century event loops and sockets overflow instead of waiting."""
NO_LIMIT = "none"
"""How the environment and the profile file, which have no null, say that there is no limit."""
FLAGS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}

SourceName = str | LocalizedText
Reader = Callable[[SourceName, Any], Any]
"""Raises `ConfigurationError` for a value that cannot be used."""


def checked_by(reader: Reader) -> Callable[[object, attrs.Attribute[Any], Any], None]:
    """The validator of a field that takes what `reader` takes."""

    def check(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
        reader(attribute.name, value)

    return check


def or_none(reader: Reader) -> Reader:
    """As `reader`, and None."""
    return lambda source, value: None if value is None else reader(source, value)


def plain_text(source: SourceName, value: Any) -> str:
    """Any text."""
    if not isinstance(value, str):
        raise ConfigurationError(text("not_text", name=source, type=type(value).__name__))
    return value


def utf8_text(source: SourceName, value: Any) -> str:
    """A text that can be saved and sent; Python has bytes that are no UTF-8 as lone surrogates. The error does not show it."""
    if any("\ud800" <= char <= "\udfff" for char in plain_text(source, value)):
        raise ConfigurationError(text("setting_not_utf8", name=source))
    return cast("str", value)


def word(source: SourceName, value: Any) -> str:
    """A text that is not empty."""
    if not plain_text(source, value).strip():
        raise ConfigurationError(text("setting_empty", name=source))
    return cast("str", value)


def path_text(value: Any) -> Any:
    """The text of a path, with the user's folder for ``~``; what is no path stays as it is."""
    if isinstance(value, (str, os.PathLike)):
        return os.path.expanduser(cast("str | os.PathLike[str]", value))  # noqa: PTH111 - of a text, too
    return value


def first_line(source: SourceName, value: str) -> str:
    """The first line that is not blank, without blanks and a byte order mark around it, as a file or a shell may add them."""
    return next((line for each in utf8_text(source, value).splitlines() if (line := each.strip(" \t\ufeff"))), "")


def static_token(source: SourceName, value: Any) -> str:
    """A credential that a request can carry; the error does not show it."""
    if not isinstance(value, str) or not value.strip() or _has_control_characters(value):
        raise ConfigurationError(text("static_token_unusable"))
    return utf8_text(source, value)


def _has_control_characters(token: str) -> bool:
    return any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in token)


def count(least: int) -> Reader:
    """A whole number, `least` or more."""

    def read(source: SourceName, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise ConfigurationError(text("not_a_count", name=source, least=least, value=value))
        return value

    return read


positive_count: Reader = count(1)


def count_in_words(least: int) -> Reader:
    """As `count`, of a text."""

    def read(source: SourceName, words: str) -> int:
        try:
            number: Any = int(words)
        except ValueError:
            number = words
        return cast("int", count(least)(source, number))

    return read


def one_of(choices: Sequence[str]) -> Reader:
    """One of a few words."""

    def read(source: SourceName, value: Any) -> Any:
        if value not in choices:
            raise ConfigurationError(text("not_one_of", name=source, choices=choices, value=value))
        return value

    return read


def seconds(source: SourceName, value: Any) -> float:
    """A positive number of seconds."""
    if not _are_seconds(value):
        raise ConfigurationError(text("not_seconds", name=source, value=value))
    return float(value)


def seconds_or_no_limit(source: SourceName, value: Any) -> float | None:
    """A positive number of seconds, or None where `value` is `NO_LIMIT`."""
    if value == NO_LIMIT:
        return None
    if not _are_seconds(value):
        raise ConfigurationError(text("not_seconds_or_none", name=source, value=value))
    return float(value)


def seconds_or_no_limit_in_words(source: SourceName, words: str) -> float | None:
    """As `seconds_or_no_limit`, of a text."""
    try:
        number = float(words)
    except ValueError:
        return seconds_or_no_limit(source, words.strip().lower())
    return seconds_or_no_limit(source, number)


def _are_seconds(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= MOST_SECONDS


def flag(source: SourceName, value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ConfigurationError(text("not_true_or_false", name=source, type=type(value).__name__))
    return value


def flag_in_words(source: SourceName, words: str) -> bool:
    """True or false, of one of the words in `FLAGS`."""
    try:
        return FLAGS[words.strip().lower()]
    except KeyError:
        raise ConfigurationError(text("not_a_flag", name=source, value=words)) from None
