"""The cells of a sheet that have a value, in one pass whose time does not depend on the empty cells between them."""

from __future__ import annotations

import datetime as dt
import re
import warnings
from importlib import import_module
from typing import Any

import attrs

from ..raised_text import raised_text
from .number_formats import shown_number

_MOST_CELLS = 2_000_000
_MOST_ROWS = 1_048_576  # as Excel allows
_FIRST_OWN_FORMAT = 164  # ids of number formats below are built into Excel

_WORKBOOK = "xl/workbook.xml"
_CALCULATES = re.compile(rb"<(?:\w+:)?calcPr\b[^>]*\bfullCalcOnLoad=[\"'](?:1|true)")

Rows = dict[int, dict[int, str]]
"""What is shown in each cell that has a value, by row and column from 1."""


@attrs.frozen
class MergedCells:
    """A range of cells shown as one; rows and columns start at 1, the last ones are included."""

    first_row: int
    last_row: int
    first_column: int
    last_column: int


@attrs.frozen
class SheetCells:
    """The cells of a sheet; `is_cut` tells that it has more than are read.

    `header_footer` is openpyxl's, where the sheet has one. `uncalculated` tells that the file has no result of some formula.
    """

    rows: Rows
    merged: tuple[MergedCells, ...]
    header_footer: Any
    is_cut: bool
    uncalculated: bool


def read_cells(sheet: Any) -> SheetCells:
    """The cells of openpyxl's read-only `sheet`.

    Its own iteration over rows would create each empty cell up to the last column that has a value.
    """
    book: Any = sheet.parent
    reader: Any = import_module("openpyxl.worksheet._reader")
    formats = _NumberFormats(book)
    rows: Rows = {}
    count, is_cut = 0, False
    with sheet._get_source() as source, warnings.catch_warnings():  # noqa: SLF001 (no other way to the cells alone)
        warnings.simplefilter("ignore")  # about invalid dates and unsupported extensions
        parser = reader.WorkSheetParser(
            source,
            sheet._shared_strings,  # noqa: SLF001 (as above)
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,  # noqa: SLF001 (as above)
            timedelta_formats=book._timedelta_formats,  # noqa: SLF001 (as above)
            rich_text=True,
        )
        archive = book._archive  # noqa: SLF001 (its `calculation` has True, too, where the file says nothing)
        results = _FormulaResults(parser, reader.FORMULA_TAG, are_due=_asks_to_calculate(archive))
        for number, cells in parser.parse():
            values = {cell["column"]: shown for cell in cells if (shown := formats.text(cell["value"], cell["style_id"]))}
            if not values:
                continue
            if count > _MOST_CELLS or number > _MOST_ROWS:
                is_cut = True
                break
            rows.setdefault(number, {}).update(values)
            count += len(values)
    results.without_zeros(rows)
    if is_cut:
        return SheetCells(rows, (), None, is_cut=True, uncalculated=results.are_missing)
    ranges = parser.merged_cells.mergeCell if parser.merged_cells else ()
    merged = tuple(MergedCells(span.min_row, span.max_row, span.min_col, span.max_col) for span in ranges)
    return SheetCells(rows, merged, getattr(parser, "HeaderFooter", None), is_cut=False, uncalculated=results.are_missing)


def _asks_to_calculate(archive: Any) -> bool:
    """Whether the workbook asks for all results anew when it is opened."""
    return _WORKBOOK in archive.NameToInfo and _CALCULATES.search(archive.read(_WORKBOOK)) is not None


class _FormulaResults:
    """What a parser finds of the results of formulas while it reads a sheet.

    Libraries that cannot calculate store no result or, as XlsxWriter, 0 for each formula, and ask Excel to calculate on opening
    the file: where `are_due` tells that, zeros alone are no results.
    """

    def __init__(self, parser: Any, formula: str, *, are_due: bool) -> None:
        self.are_missing = False
        self._has_results = False
        self._zeros: list[tuple[int, int]] = []
        self._formula, self._are_due, self._parse_cell = formula, are_due, parser.parse_cell
        parser.parse_cell = self._parse

    def _parse(self, element: Any) -> Any:
        cell = self._parse_cell(element)
        value = cell["value"]
        if (value is None and not self.are_missing) or (self._are_due and value is not None):
            if element.find(self._formula) is None:
                return cell
            if value is None:
                self.are_missing |= element.get("t") != "str"  # an empty text is a result
            elif not isinstance(value, bool) and value == 0:
                self._zeros.append((cell["row"], cell["column"]))
            else:
                self._has_results = True
        return cell

    def without_zeros(self, rows: Rows) -> None:
        """Leaves the cells out whose zeros are no results."""
        if self._has_results or not self._zeros:
            return
        self.are_missing = True
        for row, column in self._zeros:
            if row in rows and len(rows[row]) > 1:
                rows[row].pop(column, None)
            elif column in rows.get(row, ()):
                del rows[row]


class _NumberFormats:
    """The number formats of a workbook."""

    def __init__(self, book: Any) -> None:
        self._styles = book._cell_styles  # noqa: SLF001 (a cell that is read alone has the number of its style only)
        self._formats = book._number_formats  # noqa: SLF001 (as above)
        self._built_in: dict[int, str] = import_module("openpyxl.styles.numbers").BUILTIN_FORMATS

    def text(self, value: Any, style: int) -> str:
        """The value of a cell as its format shows it; dates always as ``31.12.2024``."""
        if value is None or isinstance(value, str):
            return (value or "").strip()
        if isinstance(value, list):
            return _rich_text(value)
        if isinstance(value, bool):
            return str(value)
        if isinstance(value, dt.datetime | dt.date | dt.time | dt.timedelta):
            return _date_or_time(value)
        return shown_number(value, self._format_code(style))

    def _format_code(self, style: int) -> str:
        try:
            number = self._styles[style].numFmtId
            format_code = self._built_in.get(number) if number < _FIRST_OWN_FORMAT else self._formats[number - _FIRST_OWN_FORMAT]
        except IndexError:
            return "General"
        return format_code or "General"


def _rich_text(pieces: Any) -> str:
    """The text of a cell whose pieces have fonts of their own."""
    texts = (piece if isinstance(piece, str) else _in_font(piece.text, piece.font) for piece in pieces)
    return "".join(texts).strip()


def _in_font(text: str, font: Any) -> str:
    return raised_text(text) if font.vertAlign == "superscript" else text


def _date_or_time(value: dt.date | dt.time | dt.timedelta) -> str:
    if isinstance(value, dt.datetime):
        has_time = value.hour or value.minute or value.second
        return value.strftime("%d.%m.%Y %H:%M" if has_time else "%d.%m.%Y")
    if isinstance(value, dt.date):
        return value.strftime("%d.%m.%Y")
    if isinstance(value, dt.time):
        return value.strftime("%H:%M:%S" if value.second else "%H:%M")
    minutes, seconds = divmod(round(value.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if seconds else f"{hours}:{minutes:02}"
