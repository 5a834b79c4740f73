"""JSON to models: fast where it has the documented types, leniently where not.

msgspec reads a body directly into the models. What it refuses (a null where a default exists, a number where text was meant, a
lone surrogate) is read again by the standard library and cattrs, which convert what loses no meaning and name the fields that do
not fit. An optional field that cannot be read is None, and fields that the request itself knows may be missing.
"""

from __future__ import annotations

import functools
import json
import math
import re
import types
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar, Union, Unpack, cast, get_args, get_origin, get_type_hints

import attrs
import cattrs
import msgspec
from cattrs.cols import homogenous_tuple_structure_factory
from cattrs.gen import make_dict_structure_fn, override

from ..answer_source import AnswerSource, Grounding, Notes
from ..catalog import LocalizedText, text
from ..exceptions import ProtocolError
from ..models import Message
from ..serializable import replace_surrogates
from .redaction import excerpt, one_line
from .requests import Request, RequestContext

T = TypeVar("T")

_HALF_CHARACTER = re.compile("[\ud800-\udbff]\\Z")
"""The first surrogate of a pair at a text's end, as in what ``"a\\ud83d"`` decodes to."""
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
"""A JSON string with its quotes, as ``"a [b] \\" c"``."""

MOST_IN_BODY = 1_000_000
"""The most lists and objects in a body: each takes thirty times more memory than its two bytes."""


def decode(body: bytes, into: type[T], request: Request[Any] | None = None, status_code: int | None = None) -> T:
    """The model `into` that `body` holds, the response to `request`; None for `object` and an empty body.

    Fields that are `Request.known` need not be in the body. Raises `ProtocolError` when the body does not hold the model.
    """
    if into is object and not body:
        return cast("T", None)
    known: Mapping[str, Any] = {} if request is None else request.known
    try:
        model: T = _decoder(cast("Any", into)).decode(body)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        pass  # an error raised here would have this one as its context, and with it the body, which may hold tokens
    else:
        return _fill_in(model, known) if known else model
    context: RequestContext = {} if request is None else {**request.context, "status_code": status_code}
    value = parse(body or b"{}", **context) if known else parse(body, **context)
    return structure(_with_known(value, known), into, **context)


def encode(value: Any) -> bytes:
    """`value` as compact JSON, text in UTF-8; a lone surrogate, which UTF-8 cannot carry, becomes U+FFFD."""
    try:
        return msgspec.json.encode(value, enc_hook=_plain_text)
    except UnicodeEncodeError:
        return msgspec.json.encode(_scrub(value), enc_hook=_plain_text)


def _plain_text(value: object) -> str:
    """What stands for an instance of a user's subclass of `str`."""
    if isinstance(value, str):
        return str.__str__(value)
    raise TypeError(type(value).__name__)


def parse(body: bytes, *, most: int = MOST_IN_BODY, **request: Unpack[RequestContext]) -> Any:
    """The JSON value of `body`, lone surrogates replaced by U+FFFD.

    Raises `ProtocolError` for invalid UTF-8, invalid JSON, NaN and infinities, nesting beyond any use, and more than `most` lists
    and objects.
    """
    if len(body) > most and _brackets(body) > most and _brackets_outside_strings(body) > most:
        raise ProtocolError(text("too_many_values", most=most, excerpt=excerpt(body)), **request)
    try:
        return decode_plain(body)
    except NOT_PLAIN:
        pass
    return _parse_carefully(body, **request)


def _parse_carefully(body: bytes, **request: Unpack[RequestContext]) -> Any:
    try:
        return _scrub(_parse(body.decode("utf-8")))
    except (ValueError, RecursionError) as error:
        reason = _reason(error)
    # Not within the handler: the library's error has the whole body, which may have a token, and would travel with this one where
    # a program pickles errors together with their contexts.
    raise ProtocolError(text("not_json", reason=reason, excerpt=excerpt(body)), **request)


def structure(value: Any, into: type[T], **request: Unpack[RequestContext]) -> T:
    """The model `into` that a JSON value holds, read leniently; raises `ProtocolError` that names the fields that do not fit."""
    try:
        return _converter().structure(value, into)
    except Exception as error:  # noqa: BLE001 - cattrs' hooks raise whatever the value made them raise
        problems = one_line("; ".join(cattrs.transform_error(error))) or type(error).__name__
        model = getattr(into, "__name__", str(into))
        raise ProtocolError(text("response_does_not_fit", model=model, problems=problems), **request) from None


def _with_known(value: Any, known: Mapping[str, Any]) -> Any:
    """`value` with what is `known` in place of fields that are missing or null."""
    if not known or not isinstance(value, dict):
        return value
    return {**known, **{name: field for name, field in cast("dict[str, Any]", value).items() if field is not None}}


def _fill_in(model: T, known: Mapping[str, Any]) -> T:
    """`model` with what is `known` in place of fields that are empty because the server left them out."""
    left_out = {name: value for name, value in known.items() if not getattr(model, name)}
    return attrs.evolve(cast("Any", model), **left_out) if left_out else model


@functools.cache
def _decoder(into: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(into)


@functools.cache
def _converter() -> cattrs.Converter:
    """A converter that reads null as absent, numbers as text and text as numbers, and refuses what would lose meaning."""
    converter = cattrs.Converter(forbid_extra_keys=False)
    converter.register_structure_hook_factory(attrs.has, functools.partial(_model_hook, converter))
    converter.register_structure_hook(str, _text)
    converter.register_structure_hook(int, _integer)
    converter.register_structure_hook(float, _real)
    converter.register_structure_hook(bool, _truth)
    converter.register_structure_hook(datetime, _moment)
    converter.register_structure_hook_func(_is_scalar_union, lambda value, _: value if isinstance(value, (int, str)) else None)
    converter.register_structure_hook_factory(_is_tuple, functools.partial(_list_hook, converter))
    # Unreadable sources must not lose an answer: other servers may have other data under these names.
    converter.register_structure_hook_func(lambda kind: kind == tuple[AnswerSource, ...], functools.partial(_sources, converter))
    converter.register_structure_hook_func(lambda kind: kind == Grounding | None, _grounding)
    converter.register_structure_hook_func(lambda kind: kind == Notes, _notes)
    converter.register_structure_hook_func(lambda kind: kind == datetime | None, _moment_or_none)
    converter.register_structure_hook_func(lambda kind: kind == tuple[Message, ...], functools.partial(_rows, converter))
    return converter


def _rows(converter: cattrs.Converter, value: Any, _: Any) -> tuple[Message, ...]:
    """The rows of a history, of each the fields that can be read: a malformed row must not hide the others."""
    if not isinstance(value, list):
        raise TypeError(f"expected a list, not {type(value).__name__}")
    return tuple(_row(converter, row) for row in cast("list[Any]", value))


def _row(converter: cattrs.Converter, value: Any) -> Message:
    given: Mapping[str, Any] = cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
    fits: dict[str, Any] = {"id": ""}
    fits |= {name: one for name, kind in _message_fields() if (one := _if_readable(converter, given.get(name), kind)) is not None}
    return Message(**fits)


@functools.cache
def _message_fields() -> tuple[tuple[str, Any], ...]:
    """The fields of a message, with their types."""
    return tuple((field.name, field.type) for field in attrs.fields(attrs.resolve_types(Message)))


def _if_readable(converter: cattrs.Converter, value: Any, kind: Any) -> Any:
    """`value` as `kind`; None where it cannot be read so."""
    try:
        return None if value is None else converter.structure(value, kind)
    except Exception:  # noqa: BLE001 - cattrs' hooks raise whatever the value made them raise
        return None


def _list_hook(converter: cattrs.Converter, kind: Any) -> Callable[[Any, Any], Any]:
    structure_items = homogenous_tuple_structure_factory(kind, converter)

    def hook(value: Any, kind: Any) -> Any:
        if not isinstance(value, list):  # a text would be read letter by letter, an empty object as an empty list
            raise TypeError(f"expected a list, not {type(value).__name__}")
        return structure_items(value, kind)

    return hook


def _sources(converter: cattrs.Converter, value: Any, _: Any) -> tuple[AnswerSource, ...]:
    """The sources that can be read."""
    found = list[AnswerSource]()
    for item in cast("list[Any]", value) if isinstance(value, list) else ():
        try:
            found.append(converter.structure(item, AnswerSource))
        except Exception:  # noqa: BLE001, S112 - as in `structure`
            continue
    return tuple(found)


def _grounding(value: Any, _: Any) -> Grounding | None:
    return cast("Grounding", value) if isinstance(value, str) and value in get_args(Grounding) else None


def _notes(value: Any, _: Any) -> tuple[str, ...]:
    """The notes that are texts."""
    given = cast("list[Any]", value) if isinstance(value, list) else []
    return tuple(note for note in given if isinstance(note, str) and note)


def _is_tuple(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _model_hook(converter: cattrs.Converter, model: type[Any]) -> Callable[[Any, Any], Any]:
    """Reads a model whose fields may be optional, missing or named otherwise: see `models` on their metadata."""
    public = [field for field in attrs.fields(model) if not field.name.startswith("_")]
    hidden: dict[str, Any] = {field.name: override(omit=True) for field in attrs.fields(model) if field not in public}
    structure_fields = cast("Callable[[Any, Any], Any]", make_dict_structure_fn(model, converter, **hidden))
    also: Mapping[str, str] = {field.name: field.metadata["also"] for field in public if "also" in field.metadata}
    missing: Mapping[str, Any] = {field.name: field.metadata["missing"] for field in public if "missing" in field.metadata}
    hints = get_type_hints(model)
    optional = {field.name: hints[field.name] for field in public if field.metadata.get("optional", field.default is None)}

    def readable(present: Mapping[str, Any]) -> dict[str, Any]:
        return {name: field for name, field in present.items() if name not in optional or _fits(converter, field, optional[name])}

    def hook(value: Any, kind: Any) -> Any:
        if not isinstance(value, Mapping):
            raise TypeError(f"expected an object, not {type(value).__name__}")
        present = {name: field for name, field in cast("Mapping[str, Any]", value).items() if field is not None}
        named_otherwise = {name: present[other] for name, other in also.items() if name not in present and other in present}
        present = {**missing, **present, **named_otherwise}
        try:
            return structure_fields(present, kind)
        except Exception:
            without_unreadable = readable(present)
            if len(without_unreadable) == len(present):
                raise
            return structure_fields(without_unreadable, kind)

    return hook


def _fits(converter: cattrs.Converter, value: Any, kind: Any) -> bool:
    try:
        converter.structure(value, kind)
    except Exception:  # noqa: BLE001 - as in `structure`
        return False
    return True


def _is_scalar_union(kind: Any) -> bool:
    """Whether `kind` is ``int | str`` (with None or without), which cattrs cannot tell apart by itself."""
    return get_origin(kind) in {Union, types.UnionType} and {int, str} <= set(get_args(kind))


def _text(value: Any, _: Any) -> str:
    if isinstance(value, float) and value.is_integer():  # an id that is 7 elsewhere
        return str(int(value))
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"expected text, not {type(value).__name__}")


def _integer(value: Any, _: Any) -> int:
    if isinstance(value, float) and not value.is_integer():
        raise TypeError("expected a whole number")
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        return int(value)
    raise TypeError(f"expected a number, not {type(value).__name__}")


def _real(value: Any, _: Any) -> float:
    if isinstance(value, (int, float, str)) and not isinstance(value, bool) and math.isfinite(number := float(value)):
        return number
    raise TypeError(f"expected a number, not {type(value).__name__}")


def _truth(value: Any, _: Any) -> bool:
    if isinstance(value, bool) or value in (0, 1):
        return bool(value)
    raise TypeError(f"expected true or false, not {type(value).__name__}")


def _moment_or_none(value: Any, kind: Any) -> datetime | None:
    """The date; None where it is no date, because the rest of a model is of use without it."""
    try:
        return _moment(value, kind)
    except (TypeError, ValueError):
        return None


def _moment(value: Any, _: Any) -> datetime:
    if not isinstance(value, str):
        raise TypeError(f"expected a date, not {type(value).__name__}")
    return datetime.fromisoformat(value)


def _brackets(body: bytes) -> int:
    return body.count(b"[") + body.count(b"{")


def _brackets_outside_strings(body: bytes) -> int:
    # One string at a time: all that is between them, held at once, would take more memory than what is counted.
    return _brackets(body) - sum(_brackets(string[0]) for string in _STRING.finditer(body))


def _refuse_constant(name: str) -> None:
    raise ValueError(text("json_no_number", name=name))


decode_plain: Callable[[bytes], Any] = msgspec.json.Decoder().decode
"""What `parse` gives for most JSON, several times faster; raises one of `NOT_PLAIN` for the rest."""
NOT_PLAIN = (msgspec.MsgspecError, RecursionError, ValueError)
_JSON = json.JSONDecoder(parse_constant=_refuse_constant)


def _parse(body: str) -> Any:
    """As ``json.loads`` with `parse_constant`, which would make a new decoder for each text."""
    if body.startswith("\ufeff"):
        raise ValueError(text("json_byte_order_mark"))
    return _JSON.decode(body)


def _scrub(value: Any) -> Any:
    """`value` with lone surrogates in its texts replaced by U+FFFD; raises ValueError for what was too large for a number."""
    if isinstance(value, str):
        return replace_surrogates(value)
    if isinstance(value, dict):
        return {_scrub(key): _scrub(_without_half_character(key, item)) for key, item in cast("dict[Any, Any]", value).items()}
    if isinstance(value, (list, tuple)):
        return [_scrub(item) for item in cast("list[Any]", value)]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(text("json_number_out_of_range"))
    return value


def _without_half_character(key: Any, item: Any) -> Any:
    """`item`; that of `accumulated` without half a character at its end, which the next event completes."""
    return _HALF_CHARACTER.sub("", item) if key == "accumulated" and isinstance(item, str) else item


def _reason(error: Exception) -> LocalizedText | str:
    if isinstance(error, UnicodeDecodeError):
        return text("not_utf8", position=error.start)
    if isinstance(error, json.JSONDecodeError):
        return text("json_syntax", problem=error.msg, position=error.pos)
    if isinstance(error, RecursionError):
        return text("nested_too_deeply")
    own = error.args[0] if error.args else None
    return own if isinstance(own, LocalizedText) else str(error)[:80]
