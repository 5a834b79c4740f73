"""What a class wants to know, as a tree: read from attrs classes and dataclasses, with what describes their fields."""

from __future__ import annotations

import collections.abc
import datetime as dt
import decimal
import enum
import inspect
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, TypeAlias, Union, cast, get_args, get_origin

import attrs

from ..catalog import LocalizedText, text
from ..exceptions import ConfigurationError
from ..serializable import shortened
from .class_fields import class_of, fields_of, is_record, type_name

__all__ = [
    "AnyOf",
    "Choice",
    "Field",
    "ListOf",
    "MapOf",
    "Nullable",
    "Record",
    "Scalar",
    "ScalarKind",
    "Shape",
    "choices_of",
    "is_list",
    "is_map",
    "is_union",
    "shape_of",
    "unwrapped",
]

MOST_FIELDS = 300
"""The most fields of a schema, nested ones included: all of them are described in the question."""
DEEPEST = 12
"""How many records, lists and alternatives of a schema may stand within one another."""

ScalarKind = Literal["text", "number", "whole", "yes_no", "date", "moment", "time", "anything"]

_SCALARS: Mapping[object, ScalarKind] = {
    str: "text",
    float: "number",
    decimal.Decimal: "number",
    int: "whole",
    bool: "yes_no",
    dt.date: "date",
    dt.datetime: "moment",
    dt.time: "time",
    Any: "anything",
    object: "anything",
}
_LISTS = (list, tuple, collections.abc.Sequence)
_MAPS = (dict, collections.abc.Mapping)


@attrs.frozen
class Scalar:
    """A single value."""

    kind: ScalarKind


@attrs.frozen
class Choice:
    """One of some values, as JSON has them."""

    values: tuple[str | int | float | bool, ...]


@attrs.frozen
class ListOf:
    """Any number of values."""

    item: Shape


@attrs.frozen
class MapOf:
    """Any number of values by names that the reply chooses."""

    item: Shape


@attrs.frozen
class Nullable:
    """A value, or null."""

    item: Shape


@attrs.frozen
class AnyOf:
    """A single value of one of some kinds."""

    items: tuple[Shape, ...]


@attrs.frozen
class Field:
    """A field of a record; without `is_required` it may be left out."""

    name: str
    shape: Shape
    description: str
    is_required: bool


@attrs.frozen
class Record:
    """An object with named fields; `fields` are empty where the record stands within itself, having been described already."""

    kind: object
    description: str
    fields: tuple[Field, ...]

    @property
    def name(self) -> str:
        """The name of its class, as ``Table[Row]``."""
        return type_name(self.kind)


Shape: TypeAlias = Scalar | Choice | ListOf | MapOf | Nullable | AnyOf | Record


def shape_of(schema: object) -> Shape:
    """The shape of `schema`: an attrs class or a dataclass, with arguments where it is generic, or ``list[…]`` of one.

    Raises `ConfigurationError` that names the field whose type cannot be asked for.
    """
    top = get_args(schema)[0] if get_origin(schema) is list and get_args(schema) else schema
    if not is_record(top):
        raise ConfigurationError(text("schema_no_class", found=type_name(schema)))
    return _Reader().read(schema, type_name(top))


def is_list(kind: object) -> bool:
    """Whether `kind` is a list, a sequence, or a tuple of any length, and says of what."""
    origin, arguments = get_origin(kind), get_args(kind)
    return origin in _LISTS and bool(arguments) and (origin is not tuple or arguments[1:] == (...,))


def is_map(kind: object) -> bool:
    """Whether `kind` is a mapping from texts."""
    return get_origin(kind) in _MAPS and get_args(kind)[:1] == (str,)


def is_union(kind: object) -> bool:
    """Whether `kind` names alternatives."""
    return get_origin(kind) in {Union, types.UnionType}


class _Reader:
    def __init__(self) -> None:
        self._being_read = list[object]()
        self._depth = 0
        self._fields = 0

    def read(self, kind: object, where: str) -> Shape:
        self._depth += 1
        if self._depth > DEEPEST:
            raise ConfigurationError(text("schema_too_deep", field=where, most=DEEPEST))
        try:
            return self._read(unwrapped(kind), where)
        finally:
            self._depth -= 1

    def _read(self, kind: object, where: str) -> Shape:
        if isinstance(kind, collections.abc.Hashable) and (scalar := _SCALARS.get(kind)) is not None:
            return Scalar(scalar)
        if is_record(kind):
            return self._record(kind, where)
        if (choices := _json_choices(kind, where)) is not None:
            return Choice(choices)
        if is_list(kind):
            return ListOf(self.read(get_args(kind)[0], where))
        if is_map(kind):
            return MapOf(self.read(get_args(kind)[1], where))
        if is_union(kind):
            return self._union(get_args(kind), where)
        raise ConfigurationError(text("schema_type", field=where, type=type_name(kind)))

    def _union(self, arguments: tuple[object, ...], where: str) -> Shape:
        kinds = [each for each in arguments if each is not type(None)]
        shapes = tuple(self.read(each, where) for each in kinds)
        if len(shapes) > 1 and not all(isinstance(shape, Scalar) for shape in shapes):
            names = " | ".join(map(type_name, kinds))
            raise ConfigurationError(text("schema_type", field=where, type=names))
        inner = shapes[0] if len(shapes) == 1 else AnyOf(shapes)
        return inner if len(kinds) == len(arguments) else Nullable(inner)

    def _record(self, kind: object, where: str) -> Record:
        if kind in self._being_read:
            return Record(kind, "", ())
        self._being_read.append(kind)
        fields = tuple(self._fields_of(kind, where))
        self._being_read.pop()
        if not fields:
            raise ConfigurationError(text("schema_without_fields", name=type_name(kind)))
        _ensure_it_can_be_made(class_of(kind))
        return Record(kind, _docstring(class_of(kind)), fields)

    def _fields_of(self, kind: object, where: str) -> Iterator[Field]:
        for name, annotation, metadata, is_required in fields_of(kind):
            self._fields += 1
            if self._fields > MOST_FIELDS:
                raise ConfigurationError(text("schema_too_many_fields", most=MOST_FIELDS))
            said = metadata.get("description")
            notes = [note for note in getattr(annotation, "__metadata__", ()) if isinstance(note, str)]
            description = said if isinstance(said, str) else next(iter(notes), "")
            shape = self.read(annotation, f"{where}.{name}")
            yield Field(name, shape, " ".join(description.split()), is_required)


def _ensure_it_can_be_made(kind: type[Any]) -> None:
    """Raises `ConfigurationError` for a class that takes other arguments than its fields: no reply could fit."""
    aliases = {field.name: field.alias for field in attrs.fields(kind)} if attrs.has(kind) else dict[str, str | None]()
    arguments = {aliases.get(name) or name: None for name, _, _, _ in fields_of(kind)}
    reason: LocalizedText | str = text("class_is_abstract") if inspect.isabstract(kind) else ""
    try:
        inspect.signature(kind).bind(**arguments)
    except TypeError as error:
        reason = shortened(str(error))
    except ValueError:  # it does not tell what it takes
        pass
    if reason:
        raise ConfigurationError(text("schema_not_made", name=kind.__name__, reason=reason))


def choices_of(kind: object) -> Mapping[Any, Any] | None:
    """What a reply may say for a ``Literal`` or an enumeration, with what it means; None for any other type."""
    if get_origin(kind) is Literal:
        return {value.value if isinstance(value, enum.Enum) else value: value for value in get_args(kind)}
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return {member.value: member for member in kind}
    return None


def _json_choices(kind: object, where: str) -> tuple[str | int | float | bool, ...] | None:
    """The choices of `choices_of`; raises `ConfigurationError` where JSON has no such values, or there is nothing to choose."""
    choices: Mapping[Any, Any] | None
    try:
        choices = choices_of(kind)
    except TypeError:  # an enumeration with values that cannot be keys, such as lists
        choices = {}
    if choices is None:
        return None
    if not choices:
        raise ConfigurationError(text("schema_type", field=where, type=type_name(kind)))
    return tuple(_json_choice(value, where) for value in choices)


def _json_choice(value: object, where: str) -> str | int | float | bool:
    if isinstance(value, (str, int, float)):
        return value
    raise ConfigurationError(text("schema_type", field=where, type=type_name(type(value))))


def unwrapped(kind: object) -> object:
    """The type within ``Annotated[…]``, a ``NewType`` or an alias; a ``Literal`` with None becomes one without it, or None."""
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        elif hasattr(kind, "__supertype__"):  # NewType
            kind = cast("Any", kind).__supertype__
        elif type(kind).__name__ == "TypeAliasType":  # Python 3.12's ``type Name = …``
            kind = cast("Any", kind).__value__
        elif get_origin(kind) is Literal and None in get_args(kind) and len(get_args(kind)) > 1:
            choices = tuple(each for each in get_args(kind) if each is not None)
            kind = cast("Any", Literal)[choices] | None
        else:
            return kind


def _docstring(kind: type[Any]) -> str:
    """The first paragraph of the class's own docstring; not the signature that a dataclass makes one of."""
    found = inspect.cleandoc(vars(kind).get("__doc__") or "")
    return "" if found.startswith(f"{kind.__name__}(") else " ".join(found.partition("\n\n")[0].split())
