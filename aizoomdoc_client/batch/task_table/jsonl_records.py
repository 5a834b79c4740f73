"""JSON lines: an object a line."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn, cast

from ...catalog import text
from ..task import CellValue
from .columns import Columns
from .records import MOST_ROWS, Record, UnusableTableError

_NO_COLUMNS = Columns()


def jsonl_records(data: bytes) -> Iterator[Record]:
    """The records, numbered by their lines; the problem of a line is in its record. Raises `UnusableTableError`."""
    count = 0
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if not line.strip():
            continue
        count += 1
        if count > MOST_ROWS:
            raise UnusableTableError(text("table_too_long", most=MOST_ROWS))
        yield _record(number, line)


def _record(number: int, line: bytes) -> Record:
    try:
        fields = json.loads(line.decode(), object_pairs_hook=_distinct, parse_constant=_refuse)
    except UnicodeDecodeError:
        return Record(number, _NO_COLUMNS, problem=text("file_not_utf8"))
    except _RepeatedKeyError as error:
        return Record(number, _NO_COLUMNS, problem=text("column_repeated", column=error.key))
    except (ValueError, RecursionError):
        return Record(number, _NO_COLUMNS, problem=text("line_no_json"))
    if not isinstance(fields, dict):
        return Record(number, _NO_COLUMNS, problem=text("line_no_object"))
    cells = cast("dict[str, Any]", fields)
    columns = _columns(tuple(cells))
    if columns.repeated is not None:
        return Record(number, columns, problem=columns.repeated)
    odd = next((name for name, value in cells.items() if not _fits(value) or not _fits(name)), None)
    if odd is not None:
        return Record(number, columns, problem=text("field_no_cell", column=odd.encode(errors="replace").decode()))
    return Record(number, columns, cast("dict[str, CellValue]", cells))


@functools.lru_cache(maxsize=100)
def _columns(names: tuple[str, ...]) -> Columns:
    return Columns.of(names)


def _fits(value: Any) -> bool:
    """Whether a cell can have the value: a text that can be encoded, a finite number, true, false, or null."""
    if isinstance(value, str):
        return value.isascii() or value.encode(errors="replace").decode() == value
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, (bool, int))


class _RepeatedKeyError(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _distinct(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for key, value in pairs:
        if key in fields:
            raise _RepeatedKeyError(key)
        fields[key] = value
    return fields


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)  # NaN and infinities are no JSON
