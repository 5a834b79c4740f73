"""Ids as callers have them: text, a UUID, or the object that carries one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, cast
from uuid import UUID

from ..exceptions import ConfigurationError
from .texts import fit


class HasId(Protocol):
    """Whatever has an `id`: a chat, a file, a document of the tree."""

    @property
    def id(self) -> str | None:
        """The id; None where the server gave none."""
        ...


Id = str | UUID | HasId
"""What can be given where an id is wanted."""


def as_id(value: Id, name: str) -> str:
    """The id as the wire has it; raises `ConfigurationError` that names the parameter."""
    found = value if isinstance(value, (str, UUID)) else getattr(value, "id", None)
    if isinstance(found, UUID):
        return str(found)
    if isinstance(found, str) and found.strip():
        return fit(name, found.strip())
    raise ConfigurationError(f"{name} must be an id, or an object that has one, not {type(value).__name__}")


def as_ids(values: Iterable[Id] | None, name: str) -> tuple[str, ...]:
    """The ids of `values` in order; a lone one is refused, since a text would be read letter by letter."""
    if values is None:
        return ()
    given = cast("object", values)
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        raise ConfigurationError(f"{name} must be a list of ids, not a single {type(given).__name__}")
    return tuple(as_id(value, name) for value in values)
