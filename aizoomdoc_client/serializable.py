"""What models, events, answers and errors have in common: dictionaries fit for JSON, and a ``repr`` of one line.

Contract: imports nothing of this package.
"""

from __future__ import annotations

import json.encoder
import math
import re
import reprlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

__all__ = [
    "LONGEST_REPR",
    "OneLineRepr",
    "Serializable",
    "as_json",
    "fields_as_plain",
    "one_line_repr",
    "plain",
    "replace_surrogates",
    "text_as_json",
    "utc_text",
]

LONGEST_REPR = 120
"""The most characters of a ``repr``."""
_LONGEST_INNER = 80
"""The most characters of the ``repr`` of a value within another one."""
_LONGEST_VALUE = 60
"""The most characters of a text within a ``repr``."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_REPLACED_IN_JSON = re.compile("[\ud800-\udfff\x85\u2028\u2029]")
"""A character that is not written as it is: a lone surrogate, or one that some readers take for a line break."""

_brief = reprlib.Repr()
_brief.maxstring = _brief.maxother = _LONGEST_VALUE


class OneLineRepr:
    """Gives attrs classes a ``repr`` of one line, at most `LONGEST_REPR` characters, without what has its default value."""

    __slots__ = ()

    @classmethod
    def __attrs_init_subclass__(cls) -> None:
        cls.__repr__ = OneLineRepr.__repr__  # type: ignore[method-assign]  # in place of the one that attrs made

    def __repr__(self) -> str:
        return one_line_repr(
            self, (f"{name}={_shown(value)}" for name, value in _public_fields(self) if not _has_default(self, name))
        )


class Serializable(OneLineRepr):
    """Gives attrs classes `to_dict` and `to_json`."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """All fields by their names as plain values: dictionaries, lists, texts, numbers, true, false and None.

        Dates are texts in ISO 8601, in UTC with ``Z``. Credentials are left out.
        """
        return {name: plain(value) for name, value in _public_fields(self)}

    def to_json(self) -> str:
        """What `to_dict` gives as JSON, in one line."""
        return as_json(self.to_dict())

    def _plain(self) -> dict[str, Any]:
        """This value as `plain` gives it within another one."""
        return self.to_dict()


def plain(value: Any) -> Any:
    """`value` as JSON can hold it: numbers that are not finite are None, and values of other types their ``str``."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        return value if value.isascii() else replace_surrogates(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, Serializable):
        return value._plain()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # its own
    if isinstance(value, Mapping):
        return {plain(str(name)): plain(each) for name, each in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(each) for each in cast("Iterable[Any]", value)]
    return plain(str(value))


def replace_surrogates(text: str) -> str:
    """`text` with U+FFFD in place of each lone surrogate, which UTF-8 cannot encode."""
    return _SURROGATE.sub("\ufffd", text)


def fields_as_plain(value: Any) -> Any:
    """A value of a user's class as JSON can hold it: its fields by their names, of an enumeration the value."""
    import dataclasses
    import enum

    import attrs

    if isinstance(value, enum.Enum):
        return plain(value.value)
    if isinstance(value, datetime) and value.tzinfo is None:  # of a server it would be in UTC, of a document nobody knows
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): fields_as_plain(each) for name, each in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, (list, tuple)):
        return [fields_as_plain(each) for each in cast("Iterable[Any]", value)]
    kind = cast("type[Any]", type(value))
    if attrs.has(kind):
        return {field.name: fields_as_plain(getattr(value, field.name)) for field in attrs.fields(kind)}
    if dataclasses.is_dataclass(kind):
        return {field.name: fields_as_plain(getattr(value, field.name)) for field in dataclasses.fields(kind)}
    return plain(value)


def as_json(value: Any) -> str:
    """`value`, as `plain` gives it, in one line for every reader: U+0085, U+2028 and U+2029 are escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if text.isascii():
        return text
    return text.replace("\x85", "\\u0085").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def text_as_json(text: str) -> str:
    """The same as ``as_json(plain(text))``, in a fraction of the time."""
    if not text.isascii() and _REPLACED_IN_JSON.search(text):
        return as_json(plain(text))
    return json.encoder.encode_basestring(text)


def utc_text(moment: datetime) -> str:
    """`moment` in ISO 8601, in UTC with ``Z``; one without a time zone is taken as UTC."""
    try:
        in_utc = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:  # an offset can lead out of the calendar
        return moment.isoformat()
    return in_utc.isoformat().removesuffix("+00:00") + "Z"


def one_line_repr(value: object, parts: Iterable[str]) -> str:
    """``Class(parts)`` in one line, cut at `LONGEST_REPR` characters."""
    line = f"{type(value).__name__}({', '.join(parts)})"
    if not line.isprintable():
        line = "".join(c if c.isprintable() else " " for c in line)
    return _cut(line, LONGEST_REPR)


def _cut(line: str, most: int) -> str:
    return line if len(line) <= most else f"{line[: most - 2]}…)"


def shortened(text: str, most: int = _LONGEST_VALUE) -> str:
    """The first `most` characters of `text`."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return repr(shortened(value))
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, OneLineRepr):
        return _cut(repr(value), _LONGEST_INNER)
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, (list, tuple)) and value:
        return f"<{len(cast('tuple[Any, ...]', value))}>"
    return _brief.repr(value)


def _public_fields(value: Any) -> Iterable[tuple[str, Any]]:
    """The fields by name, without private ones (``_name``) and credentials, which the ``repr`` leaves out."""
    import attrs

    fields = attrs.fields(cast("type[Any]", type(value)))
    return ((field.name, getattr(value, field.name)) for field in fields if field.repr and field.name[0] != "_")


def _has_default(value: Any, name: str) -> bool:
    """Whether the field has its default value; of one that a factory makes, whether it is empty."""
    import attrs

    default, found = getattr(attrs.fields(cast("type[Any]", type(value))), name).default, getattr(value, name)
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type]  # a class, whatever its stub says
        return found == default.factory() if not default.takes_self else not found
    return default is not attrs.NOTHING and type(found) is type(default) and bool(found == default)
