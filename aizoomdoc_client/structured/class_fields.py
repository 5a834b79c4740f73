"""The fields of attrs classes and dataclasses, and of generic ones with arguments, as ``Table[Row]``."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator, Mapping
from typing import Any, Generic, Protocol, TypeVar, cast, get_args, get_origin, get_type_hints

import attrs

from ..catalog import text
from ..exceptions import ConfigurationError
from ..serializable import shortened

__all__ = ["class_of", "fields_of", "is_record", "type_name"]

_Arguments = Mapping[Any, Any]
"""What the type variables of a class stand for."""


def is_record(kind: object) -> bool:
    """Whether `kind` is an attrs class or a dataclass, with arguments or without."""
    found = get_origin(kind) or kind
    return isinstance(found, type) and (attrs.has(found) or dataclasses.is_dataclass(found))


def class_of(kind: Any) -> type[Any]:
    """The class without its arguments."""
    return cast("type[Any]", get_origin(kind) or kind)


def type_name(kind: object) -> str:
    """A type as people write it: classes without their modules."""
    if is_record(kind) and get_args(kind):
        return shortened(f"{class_of(kind).__name__}[{', '.join(map(type_name, get_args(kind)))}]")
    name = kind.__name__ if isinstance(kind, type) and get_origin(kind) is None else str(kind).replace("typing.", "")
    return shortened(name)


def fields_of(kind: Any) -> Iterator[tuple[str, Any, Mapping[Any, Any], bool]]:
    """The fields that `kind` is made with: name, annotation, metadata, and whether there is no default.

    An annotation has what type variables stand for. Raises `ConfigurationError` where it names what cannot be found.
    """
    found = class_of(kind)
    try:
        hints = _hints_of(kind)
    except (NameError, TypeError, AttributeError, SyntaxError) as error:
        raise ConfigurationError(text("schema_unresolved", name=type_name(kind), reason=shortened(str(error)))) from error
    if attrs.has(found):
        for field in attrs.fields(found):
            if field.init:
                yield field.name, hints.get(field.name, field.type or Any), field.metadata, field.default is attrs.NOTHING
        return
    for each in dataclasses.fields(found):
        if each.init:
            has_default = each.default is not dataclasses.MISSING or each.default_factory is not dataclasses.MISSING
            yield each.name, hints[each.name], each.metadata, not has_default


def _hints_of(kind: Any) -> dict[str, Any]:
    """The annotations by name; a type variable means what it does in the class that has the annotation, not in a derived one."""
    hints = get_type_hints(class_of(kind), include_extras=True)
    arguments = dict[type[Any], _Arguments]()
    _collect_arguments(kind, arguments)
    found = dict[str, Any]()
    for base in class_of(kind).__mro__:
        for name in inspect.get_annotations(base).keys() & hints.keys() - found.keys():
            found[name] = _substituted(hints[name], arguments.get(base, {}))
    return {**hints, **found}


def _collect_arguments(kind: Any, arguments: dict[type[Any], _Arguments]) -> None:
    """Adds the arguments of `kind` and of each class that it is derived from."""
    found = class_of(kind)
    own = dict(zip(getattr(found, "__parameters__", ()), get_args(kind), strict=False))
    arguments.setdefault(found, own)
    for base in vars(found).get("__orig_bases__", found.__bases__):
        if class_of(base) not in {Generic, Protocol, object}:
            _collect_arguments(_substituted(base, own), arguments)


def _substituted(annotation: Any, arguments: _Arguments) -> Any:
    """The annotation with the arguments in the place of type variables; one without an argument stays."""
    if isinstance(annotation, TypeVar):
        return arguments.get(annotation, annotation)
    parameters = getattr(annotation, "__parameters__", ())
    if not arguments or not parameters or get_origin(annotation) is None:  # a class alone has parameters, too
        return annotation
    return annotation[tuple(arguments.get(each, each) for each in parameters)]
