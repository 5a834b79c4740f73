"""Fields named in a TOML file, as a class to ask for.

For example::

    [fields.height]
    type = "number"
    description = "Высота этажа, м"
    required = true

TOML wants names of other than Latin letters in quotes: ``[fields."высота"]``.
"""

from __future__ import annotations

import datetime as dt
import functools
import keyword
import tomllib
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, cast

import attrs

from ..catalog import LocalizedText, system_reason, text
from ..exceptions import ConfigurationError
from ..toml_faults import toml_fault

__all__ = ["read_fields"]

FIELD_TYPES: Mapping[str, Any] = {
    "text": str,
    "number": float,
    "whole": int,
    "yes/no": bool,
    "date": dt.date,
    "list of text": list[str],
}
"""What a file may name as a field's type."""
LARGEST_FILE = 1_000_000
"""Bytes of a file of fields."""
_KEYS = ("type", "description", "required")


class _UnusableError(Exception):
    def __init__(self, reason: LocalizedText | str) -> None:
        super().__init__(str(reason))
        self.reason = reason


def read_fields(path: Path) -> type[Any]:
    """The class of the fields that a file names, to be passed as `schema`; those that are not required may be None.

    Raises `ConfigurationError` for a file that cannot be read or used.
    """
    try:
        return _fields_of(_content(path))
    except _UnusableError as error:
        raise ConfigurationError(text("fields_file_unreadable", path=path, reason=error.reason)) from None


def _content(path: Path) -> str:
    try:
        with path.open("rb") as file:
            found = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise _UnusableError(system_reason(error)) from None
    if len(found) > LARGEST_FILE:
        raise _UnusableError(text("fields_file_too_large", most=LARGEST_FILE))
    try:
        return found.decode("utf-8-sig")  # editors on Windows begin a file with a byte order mark
    except UnicodeDecodeError as error:
        raise _UnusableError(text("not_utf8", position=error.start)) from None


def _fields_of(written: str) -> type[Any]:
    try:
        content = tomllib.loads(written)
    except ValueError as error:  # numbers of thousands of digits have no error of TOML's
        fault = toml_fault(error, written)
        problem = text("fields_repeated") if fault.is_repetition else text("fields_malformed", said=fault.said)
        raise _UnusableError(text("at_line", line=fault.line, problem=problem)) from None
    except RecursionError:
        raise _UnusableError(text("nested_too_deeply")) from None
    for key in content.keys() - {"fields"}:
        raise _UnusableError(text("fields_key", where="TOML", key=key, known=("fields",)))
    tables = _table(content.get("fields", {}), "fields.NAME")
    if not tables:
        raise _UnusableError(text("fields_file_empty"))
    definitions: dict[str, _Definition] = {}
    for name, table in tables.items():
        where = f"fields.{name}"
        definition = _definition(name, _table(table, where))
        if definition.name in definitions:  # to TOML the two spellings are different names
            raise _UnusableError(text("field_problem", field=where, problem=text("fields_repeated")))
        definitions[definition.name] = definition
    return _class_of(tuple(definitions.values()))


@attrs.frozen
class _Definition:
    """A field as the file defines it; `kind` is one of `FIELD_TYPES`."""

    name: str
    kind: str
    description: str
    is_required: bool

    def as_field(self) -> Any:
        metadata = {"description": self.description}
        if self.is_required:
            return attrs.field(type=FIELD_TYPES[self.kind], metadata=metadata)
        return attrs.field(type=FIELD_TYPES[self.kind] | None, default=None, metadata=metadata)


class _Values:
    """Base of the classes that are made here; its objects are pickled with the definitions, for no module has their class."""

    _definitions: ClassVar[tuple[_Definition, ...]]

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self._definitions, attrs.asdict(cast("Any", self), recurse=False))


@functools.lru_cache(maxsize=128)  # equal definitions give the same class, so that a value equals its pickled copy
def _class_of(definitions: tuple[_Definition, ...]) -> type[Any]:
    fields = {each.name: each.as_field() for each in definitions}
    body = {"_definitions": definitions}
    return attrs.make_class("Fields", fields, bases=(_Values,), class_body=body, frozen=True, kw_only=True)


def _restored(definitions: tuple[_Definition, ...], values: Mapping[str, Any]) -> Any:
    return _class_of(definitions)(**values)


def _table(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _UnusableError(text("fields_entry", where=where))
    return cast("dict[str, Any]", value)


def _name(name: str) -> str:
    """The name in the normal form of Python's own names, NFKC: some editors write a letter such as й as two code points."""
    composed = unicodedata.normalize("NFKC", name)
    if keyword.iskeyword(composed) or composed == "self":  # attrs calls a parameter of the class's `__init__` so
        raise _UnusableError(text("fields_keyword", name=name))
    if not composed.isidentifier() or composed.startswith("_"):
        raise _UnusableError(text("fields_name", name=name))
    return composed


def _definition(name: str, table: Mapping[str, Any]) -> _Definition:
    where = f"fields.{name}"
    for key in table.keys() - set(_KEYS):
        raise _UnusableError(text("fields_key", where=where, key=key, known=_KEYS))
    kind, description, required = table.get("type", "text"), table.get("description", ""), table.get("required", False)
    if not isinstance(kind, str) or kind not in FIELD_TYPES:
        raise _UnusableError(text("fields_type", where=where, known=tuple(FIELD_TYPES), found=kind))
    if not isinstance(description, str):
        raise _UnusableError(text("fields_value", where=where, key="description", expected=text("expected_text")))
    if not isinstance(required, bool):
        raise _UnusableError(text("fields_value", where=where, key="required", expected=text("expected_yes_no")))
    return _Definition(_name(name), kind, description, required)
