"""Values of classes made of JSON by cattrs, with each scalar read by `scalars` and not by the constructors of Python's own types.

Those would make three of 3.7, true of ``"no"`` and a list of letters of a text. Keys that a class does not have are ignored.
Null is what is not known: where the type does not take it, it is as if the field had been left out.
"""

from __future__ import annotations

import datetime as dt
import decimal
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast, get_args, get_origin

import cattrs
from cattrs import cols
from cattrs.cols import homogenous_tuple_structure_factory, list_structure_factory
from cattrs.gen import make_dict_structure_fn, override

from ..catalog import LocalizedText, text
from ..serializable import shortened
from . import scalars
from .class_fields import fields_of, is_record
from .scalars import UnfitValueError, unfit
from .shape import choices_of, is_list, is_map, is_union, unwrapped

__all__ = ["converter_of_replies", "problems_of"]

MOST_PROBLEMS = 20
"""How many problems of a reply an error tells at most."""
_LONGEST_PATH = 120
_LONGEST_REASON = 200

Hook = Callable[[Any, Any], Any]

_SCALARS: Mapping[Any, Callable[[Any], Any]] = {
    str: scalars.string,
    float: scalars.number,
    decimal.Decimal: scalars.decimal,
    int: scalars.whole,
    bool: scalars.boolean,
    dt.date: scalars.date,
    dt.datetime: scalars.moment,
    dt.time: scalars.time,
}
_FIRST_TRIED: Mapping[type[Any], Sequence[Any]] = {
    bool: (bool,),
    int: (int, float, decimal.Decimal),
    decimal.Decimal: (float, decimal.Decimal),
    str: (dt.date, dt.datetime, dt.time, str),
}
"""For a value of JSON of each type, the types of a union that are tried before the others: nothing is read into it then."""

_PARAMETERS = frozenset(inspect.signature(make_dict_structure_fn).parameters)
"""Fields of these names get no override, which it takes as a keyword argument beside its own parameters."""


def converter_of_replies() -> cattrs.Converter:
    """The converter that reads replies."""
    converter = cattrs.Converter(forbid_extra_keys=False, detailed_validation=True)
    for kind, read in _SCALARS.items():
        converter.register_structure_hook(kind, _scalar(read))
    converter.register_structure_hook_func(lambda kind: kind in {Any, object}, _scalar(scalars.plain_json))
    converter.register_structure_hook_factory(lambda kind: choices_of(kind) is not None, _choice)
    converter.register_structure_hook_factory(is_list, _list)
    converter.register_structure_hook_factory(is_map, _map)
    converter.register_structure_hook_factory(lambda kind: is_union(unwrapped(kind)), _union)
    converter.register_structure_hook_factory(is_record, _record)
    return converter


def problems_of(error: Exception) -> tuple[LocalizedText, ...]:
    """What is wrong with a value, each with the field that it is about, at most `MOST_PROBLEMS`."""
    found = list[LocalizedText]()

    def remember(problem: BaseException, kind: type | None) -> str:
        found.append(_problem(problem, is_key=kind is not None))
        return str(len(found) - 1)

    lines = cattrs.transform_error(error, format_exception=remember)
    return tuple(_at(path, found[int(number)]) for number, _, path in (line.partition(" @ ") for line in lines[:MOST_PROBLEMS]))


def _at(path: str, problem: LocalizedText) -> LocalizedText:
    field = path.removeprefix("$").removeprefix(".")
    return text("field_problem", field=shortened(field, _LONGEST_PATH), problem=problem) if field else problem


def _problem(error: BaseException, *, is_key: bool) -> LocalizedText:
    if isinstance(error, UnfitValueError):
        return error.problem
    if isinstance(error, KeyError) and is_key:
        return text("value_missing")
    said = str(error.args[0]) if error.args else type(error).__name__  # validators of attrs pass more than their message
    return text("value_refused", reason=shortened(" ".join(said.split()), _LONGEST_REASON))


def _scalar(read: Callable[[Any], Any]) -> Hook:
    def structured(value: Any, kind: Any) -> Any:
        choices = choices_of(kind)  # cattrs brings enumerations of texts or numbers here, as classes derived from `str` or `int`
        return read(value) if choices is None else scalars.choice(value, choices)

    return structured


def _choice(kind: Any, _: cattrs.BaseConverter) -> Hook:
    choices = choices_of(kind) or {}
    return lambda value, _: scalars.choice(value, choices)


def _list(kind: Any, converter: cattrs.BaseConverter) -> Hook:
    make = homogenous_tuple_structure_factory if get_origin(kind) is tuple else list_structure_factory
    return _of_json(list, "expected_list", make(kind, converter))


def _map(kind: Any, converter: cattrs.BaseConverter) -> Hook:
    structure: Hook = cols.mapping_structure_factory(kind, converter, structure_to=dict)  # pyright: ignore[reportUnknownMemberType]  # of cattrs
    return _of_json(dict, "expected_object", structure)


def _of_json(json_type: type[Any], code: str, structure: Hook) -> Hook:
    def checked(value: Any, kind: Any) -> Any:
        if not isinstance(value, json_type):
            raise unfit(value, text(code))
        return structure(value, kind)

    return checked


def _union(kind: Any, converter: cattrs.BaseConverter) -> Hook:
    alternatives = get_args(unwrapped(kind))
    kinds = [each for each in alternatives if each is not type(None)]
    hooks = {each: converter.get_structure_hook(each) for each in kinds}
    takes_null = len(kinds) < len(alternatives)

    def structured(value: Any, _: Any) -> Any:
        if value is None and takes_null:
            return None
        first = _FIRST_TRIED.get(cast("type[Any]", type(value)), ())
        error: UnfitValueError | None = None
        for each in sorted(kinds, key=lambda each: unwrapped(each) not in first):
            try:
                return hooks[each](value, each)
            except UnfitValueError as problem:
                error = error or problem
        assert error is not None
        raise error

    return structured


def _record(kind: Any, converter: cattrs.BaseConverter) -> Hook:
    # cattrs takes the types of fields as they were written, where a class within another type may be a name in quotes.
    resolved = {name: annotation for name, annotation, _, _ in fields_of(kind) if name not in _PARAMETERS}
    hooks: dict[str, Any] = {name: override(struct_hook=_hook_of(annotation, converter)) for name, annotation in resolved.items()}
    structure = make_dict_structure_fn(kind, cast("cattrs.Converter", converter), _cattrs_forbid_extra_keys=False, **hooks)
    nullable = {name: is_required for name, annotation, _, is_required in fields_of(kind) if _takes_null(annotation)}
    with_default = {name for name, _, _, is_required in fields_of(kind) if not is_required} - nullable.keys()
    left_out = dict.fromkeys(name for name, is_required in nullable.items() if is_required)

    def structured(value: Mapping[str, Any], found: Any) -> Any:
        given = {name: each for name, each in value.items() if each is not None or name not in with_default}
        return structure({**left_out, **given}, found)

    return _of_json(dict, "expected_object", structured)


def _hook_of(annotation: Any, converter: cattrs.BaseConverter) -> Hook:
    """Looked up only when a value comes, because a class may stand within itself."""
    return lambda value, _: converter.structure(value, annotation)


def _takes_null(annotation: Any) -> bool:
    kind: Any = unwrapped(annotation)
    return kind in {Any, object} or (is_union(kind) and type(None) in get_args(kind))
