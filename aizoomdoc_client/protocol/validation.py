"""Checks what goes into ids, queries, headers and tokens: no control characters, no lone surrogates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, cast
from uuid import UUID

from ..catalog import text
from ..exceptions import ConfigurationError
from ..models.ids import id_key
from ..setting_values import plain_text

__all__ = ["IdLike"]

_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""A control character, or a lone surrogate."""
LONGEST_ID = 500
"""The most characters of an id; those of servers have 36."""


def is_fit(value: str) -> bool:
    """Whether `value` can be sent: it has neither control characters nor lone surrogates."""
    return not _UNFIT.search(value)


def fit(name: str, value: str) -> str:
    """`value`, if it is a text that can be sent; else raises a `ConfigurationError` with the parameter's name and its value."""
    if not is_fit(plain_text(name, value)):
        raise ConfigurationError(text("control_characters", name=name, value=ascii(value[:60])[1:-1]))
    return value


class HasId(Protocol):
    """Whatever has an `id`: a chat, a file, a document of the tree."""

    @property
    def id(self) -> str | None:
        """The id; None where the server gave none."""
        ...


IdLike = str | UUID | HasId
"""What can be given where an id is wanted."""


def as_id(value: IdLike, name: str) -> str:
    """The id as it is sent; raises `ConfigurationError` that names the parameter.

    All spellings of a UUID become one (`id_key`), because what is known of a chat is kept by its id.
    """
    found = value if isinstance(value, (str, UUID)) else getattr(value, "id", None)
    if isinstance(found, UUID):
        return str(found)
    if isinstance(found, str):
        if not found.strip():
            raise ConfigurationError(text("empty", name=name))
        if len(found) > LONGEST_ID:
            raise ConfigurationError(text("impossible_id", value=found))
        return id_key(fit(name, found.strip()))
    raise ConfigurationError(text("not_an_id", name=name, type=type(value).__name__))


def as_ids(values: IdLike | Iterable[IdLike] | None, name: str) -> tuple[str, ...]:
    """The ids of `values`, one or several, in order."""
    return tuple(as_id(value, name) for value in one_or_many(values, name, _is_id_like))


def one_or_many(values: object, name: str, is_one: Callable[[object], bool]) -> tuple[Any, ...]:
    """The values of a parameter that takes one or several; `is_one` tells a single value. None gives none.

    Raises `ConfigurationError` for what is neither: a text that is no value would be read letter by letter, a dictionary by its
    keys.
    """
    if values is None:
        return ()
    if is_one(values):
        return (values,)
    if (
        isinstance(values, (str, bytes, bytearray, memoryview, Mapping, type))
        or hasattr(values, "read")
        or not isinstance(values, Iterable)
    ):
        raise ConfigurationError(text("not_one_or_several", name=name, type=type(cast("object", values)).__name__))
    return tuple(cast("Iterable[Any]", values))


def _is_id_like(value: object) -> bool:
    return isinstance(value, (str, UUID)) or isinstance(getattr(value, "id", None), (str, UUID))
