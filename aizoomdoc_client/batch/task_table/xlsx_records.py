"""XLSX: the one visible sheet that has documents."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from importlib import import_module
from itertools import islice
from typing import Any

from ...catalog import text
from ..task import CellValue
from .columns import Columns
from .records import Record, Uncalculated, UnusableTableError, head_names, records_of

_MOST_UNPACKED = 1024 * 1024 * 1024  # bytes of a workbook, decompressed
_MOST_CELLS = 20_000_000  # with the empty ones before the last one of each row
_HEAD_WITHIN = 100  # rows
# <f>, <f t="shared"> and <x:f/>.
_FORMULA = re.compile(rb"<(?:\w{1,20}:)?f[\s>/]")
_LONGEST_TAG = 32  # bytes of the beginning of a tag that `_FORMULA` matches
_CHUNK_BYTES = 1024 * 1024
_UNCALCULATED = Uncalculated()


def xlsx_records(data: bytes) -> Iterator[Record]:
    """The records; a row is numbered as the spreadsheet shows it. Raises `UnusableTableError`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # about parts that openpyxl does not read, such as validation of cells
        values = _workbook(data, data_only=True)
        name = _sheet_with_documents(values)
        formulas = _workbook(data, data_only=False)[name] if _has_formulas(data) else None
        records = list(records_of(_rows(values[name], formulas)))
    return iter(records)


def _workbook(data: bytes, *, data_only: bool) -> Any:
    try:
        openpyxl: Any = import_module("openpyxl")
    except ImportError as error:
        needs = text("extra_missing", part=text("an_xlsx_table"), packages=["openpyxl"], extra="batch")
        raise UnusableTableError(needs) from error
    try:
        unpacked = _unpacked_bytes(data)
        if unpacked <= _MOST_UNPACKED:
            return openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=data_only)
    except Exception as error:  # a broken file makes it raise anything
        raise UnusableTableError(text("workbook_unreadable")) from error
    raise UnusableTableError(text("batch_file_too_large", size=_MOST_UNPACKED))


def _unpacked_bytes(data: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return sum(each.file_size for each in archive.infolist())


def _has_formulas(data: bytes) -> bool:
    """Whether a sheet has formulas, so that it has to be read a second time for them."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return any(_is_in_part(archive, name) for name in archive.namelist() if name.startswith("xl/worksheets/"))
    except Exception as error:  # as for a whole file
        raise UnusableTableError(text("workbook_unreadable")) from error


def _is_in_part(archive: zipfile.ZipFile, name: str) -> bool:
    end = b""
    with archive.open(name) as part:
        while chunk := part.read(_CHUNK_BYTES):
            if _FORMULA.search(end + chunk):
                return True
            end = chunk[-_LONGEST_TAG:]
    return False


def _sheet_with_documents(workbook: Any) -> str:
    """The name of the sheet with documents, or of the first one; raises `UnusableTableError` where several have documents."""
    visible = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
    found: list[str] = [sheet.title for sheet in visible if Columns.of(_heads(sheet)).has_documents]
    if len(found) > 1:
        raise UnusableTableError(text("workbook_of_several_tables", sheets=found))
    if not visible:
        raise UnusableTableError(text("workbook_unreadable"))
    return found[0] if found else str(visible[0].title)


def _heads(sheet: Any) -> list[str]:
    rows = (row for _, row in islice(_rows(sheet, None), _HEAD_WITHIN))
    return head_names(next((row for row in rows if any(cell not in (None, "") for cell in row)), ()))


def _rows(values: Any, formulas: Any | None) -> Iterator[tuple[int, list[CellValue | Uncalculated]]]:
    """The rows by their numbers; both sheets are the same one, with results of formulas and, where it has any, with formulas."""
    values.reset_dimensions()  # some programs write wrong dimensions
    if formulas is not None:
        formulas.reset_dimensions()
    cells = 0
    try:
        pairs = ((row, row) for row in values.iter_rows()) if formulas is None else _both(values, formulas)
        for number, (row, with_formulas) in enumerate(pairs, 1):
            cells += len(row)
            if cells > _MOST_CELLS:
                break
            yield number, [_cell(*pair) for pair in zip(row, with_formulas, strict=True)]
    except Exception as error:  # as for a whole file
        raise UnusableTableError(text("workbook_unreadable")) from error
    if cells > _MOST_CELLS:
        raise UnusableTableError(text("table_too_wide", most=_MOST_CELLS))


def _both(values: Any, formulas: Any) -> Iterator[tuple[Any, Any]]:
    return zip(values.iter_rows(), formulas.iter_rows(), strict=True)


def _cell(cell: Any, with_formula: Any) -> CellValue | Uncalculated:
    value: Any = cell.value
    if value is None:
        return _UNCALCULATED if with_formula.value is not None else None
    if isinstance(value, datetime):
        return value.isoformat(sep=" ") if value.time() != time() else value.date().isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    return value if isinstance(value, (str, int, float, bool)) else str(value)
