"""Results as an XLSX workbook: a sheet of answers, and a summary."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from ...catalog import Language, text
from ...exceptions import ConfigurationError
from .row import ResultRow
from .summary import ResultSummary
from .table import Cell, Column, ColumnKind, ResultTable
from .wording import STATES, Word, local_time, state_word, word

__all__ = ["check_xlsx_writer", "write_xlsx"]

MOST_CHARACTERS = 32_767  # of a cell, in UTF-16
MOST_LINKS = 65_530  # of a sheet
MOST_ROWS = 1_048_576  # of a sheet, the header included
MOST_LINK_CHARACTERS = 2_000
MOST_DIGITS = 15  # that Excel keeps of a number

_WIDTHS: Mapping[ColumnKind, int] = {
    "document": 32,
    "own": 18,
    "question": 32,
    "answer": 80,
    "parsed": 18,
    "list": 36,
    "state": 13,
    "number": 10,
    "moment": 18,
}
# Excel shows none of these, XML cannot hold some, and a carriage return would be written as _x000D_.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FIRST_DATE = date(1900, 3, 1)  # before it Excel has a day that did not exist, 29 February 1900
_NOT_IN_LINKS = re.compile(r'[\x00-\x20"#%<>?\[\\\]^`{|}\x7f]')


def check_xlsx_writer() -> None:
    """Raises `ConfigurationError`, which names the extra, where the package that writes XLSX is not installed."""
    if find_spec("xlsxwriter") is None:
        needs = text("extra_missing", part=text("the_xlsx_results"), packages=["xlsxwriter"], extra="batch")
        raise ConfigurationError(needs, details={"missing": ["xlsxwriter"]})


def write_xlsx(rows: Iterable[ResultRow], file: BinaryIO, *, summary: ResultSummary, language: Language, folder: Path) -> int:
    """Writes a sheet with a line for each row, and one with the summary; returns how many rows there were.

    `folder` is for temporary files. Nothing in it is a formula, and a text longer than Excel's cells is cut where it says so.
    """
    check_xlsx_writer()
    module: Any = import_module("xlsxwriter")  # has no types
    with ResultTable(rows, language=language, folder=folder) as table:
        output = _Output(file)
        book = module.Workbook(output, {"constant_memory": True, "tmpdir": str(folder)})
        book.use_zip64()  # only large files use it
        book.set_properties({"title": _clean(summary.title)[:255]})
        _write_answers(_Sheets(book, language), table, language)
        _write_summary(_Sheets(book, language), summary, language)
        try:
            book.close()
        except module.exceptions.FileCreateError as error:
            raise error.__context__ or error from None
        finally:
            output.ignore()
        return len(table)


class _Output:
    """A file for XlsxWriter, which leaves its archive open after a failure; writes of the archive's finalizer are ignored."""

    def __init__(self, file: BinaryIO) -> None:
        self._file: BinaryIO | None = file

    def write(self, data: bytes) -> int:
        return len(data) if self._file is None else self._file.write(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return 0 if self._file is None else self._file.seek(offset, whence)

    def tell(self) -> int:
        return 0 if self._file is None else self._file.tell()

    def flush(self) -> None:
        if self._file is not None:
            self._file.flush()

    def ignore(self) -> None:
        self._file = None


class _Sheets:
    """The formats of a workbook's cells, and what adds sheets to it."""

    def __init__(self, book: Any, language: Language) -> None:
        self._book = book
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        self.link = book.add_format({"text_wrap": True, "valign": "top", "font_color": "#0563C1", "underline": 1})
        self.header = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#D9E2EC", "border": 1})
        self.number = book.add_format({"valign": "top"})
        self.date = book.add_format({"valign": "top", "align": "left", "num_format": "yyyy-mm-dd"})
        self.moment = book.add_format({"valign": "top", "align": "left", "num_format": "yyyy-mm-dd hh:mm:ss"})
        self._mark = word("cut", language)

    def add(self, name: str) -> Any:
        sheet = self._book.add_worksheet(name)
        sheet.set_default_row(hide_unused_rows=False)
        return sheet

    def write(self, sheet: Any, line: int, number: int, cell: Cell, style: Any = None) -> None:
        """Writes a cell by its type; a text is always written as text, even if it looks like a formula."""
        if cell is None or cell == "":
            return
        if isinstance(cell, bool):
            sheet.write_boolean(line, number, cell, style or self.number)
        elif isinstance(cell, datetime):
            sheet.write_datetime(line, number, cell, style or self.moment)
        elif isinstance(cell, (int, float)) and _fits(cell):
            sheet.write_number(line, number, cell, style or self.number)
        else:
            sheet.write_string(line, number, self.fitting(str(cell)), style or self.text)

    def fitting(self, words: str) -> str:
        """`words` as a cell can show them: without control characters, and cut where there are too many."""
        clean = _clean(words)
        if _utf16_length(clean) <= MOST_CHARACTERS:
            return clean
        kept = clean.encode("utf-16-le")[: 2 * (MOST_CHARACTERS - _utf16_length(self._mark))]
        return kept.decode("utf-16-le", errors="ignore") + self._mark


def _write_answers(sheets: _Sheets, table: ResultTable, language: Language) -> None:
    columns, lines = table.columns, iter(table)
    name = word("answers", language)
    for number in range(1, max(1, math.ceil(len(table) / (MOST_ROWS - 1))) + 1):
        sheet = sheets.add(name if number == 1 else f"{name} {number}")
        _write_sheet(sheets, sheet, columns, islice(lines, MOST_ROWS - 1))


def _write_sheet(
    sheets: _Sheets, sheet: Any, columns: tuple[Column, ...], lines: Iterator[tuple[Path | None, list[Cell]]]
) -> None:
    last = len(columns) - 1
    sheet.freeze_panes(1, 1)
    for number, column in enumerate(columns):
        sheet.set_column(number, number, _WIDTHS[column.kind])
        sheet.write_string(0, number, sheets.fitting(column.heading), sheets.header)
    line, links = 0, 0
    for line, (path, cells) in enumerate(lines, start=1):  # the last one is used below
        link = _link(path) if links < MOST_LINKS else None
        links += link is not None
        for number, (column, cell) in enumerate(zip(columns, cells, strict=True)):
            moment = _as_date(cell) if column.kind == "parsed" else None
            if number == 0 and link is not None:
                sheet.write_url(line, 0, link, sheets.link, sheets.fitting(str(cell)) or link)
            elif moment is not None:
                sheet.write_datetime(line, number, moment, sheets.date)
            else:
                sheets.write(sheet, line, number, cell)
    sheet.autofilter(0, 0, line, last)


def _write_summary(sheets: _Sheets, summary: ResultSummary, language: Language) -> None:
    started = None if summary.started_at is None else local_time(summary.started_at)
    head: list[tuple[Word, Cell]] = [
        ("results", summary.title),
        ("server", summary.server_url),
        ("started", started),
        ("tasks", summary.total),
    ]
    lines: list[tuple[str, Cell]] = [(word(name, language), cell) for name, cell in head if cell not in {None, ""}]
    lines += [(state_word(state, language), summary.counts[state]) for state in STATES if state in summary.counts]
    lines += [(word("question", language), question) for question in summary.questions]
    sheet = sheets.add(word("summary", language))
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 100)
    for number, (heading, cell) in enumerate(lines):
        sheet.write_string(number, 0, heading, sheets.header)
        sheets.write(sheet, number, 1, cell, None if isinstance(cell, datetime) else sheets.text)


def _clean(words: str) -> str:
    return _CONTROL.sub(_visible, words.replace("\r\n", "\n").replace("\r", "\n"))


def _visible(found: re.Match[str]) -> str:
    code = ord(found[0])
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"


def _utf16_length(words: str) -> int:
    return len(words) if words.isascii() else len(words.encode("utf-16-le", errors="replace")) // 2


def _fits(number: float) -> bool:
    """Whether Excel can store the number: an integer with all digits, and neither infinity nor NaN."""
    return abs(number) < 10**MOST_DIGITS if isinstance(number, int) else math.isfinite(number)


def _as_date(cell: Cell) -> datetime | None:
    """The date that a parsed field holds, which JSON has as text."""
    if not isinstance(cell, str) or not _ISO_DATE.fullmatch(cell):
        return None
    try:
        found = datetime.fromisoformat(cell)
    except ValueError:  # a day that no month has
        return None
    return found if found.date() >= _FIRST_DATE else None


def _link(path: Path | None) -> str | None:
    """The link to a file; None where there is no file, or its path is longer than links may be.

    Only characters with a meaning in links are escaped: Excel decodes others by the legacy encoding of the system.
    """
    if path is None:
        return None
    plain = path.absolute().as_posix() if os.name != "nt" else str(path.absolute())
    if not plain.isprintable():
        return None
    escaped = _NOT_IN_LINKS.sub(lambda found: f"%{ord(found[0]):02X}", plain.replace("\\", "/") if os.name == "nt" else plain)
    # In lower case XlsxWriter takes the path for one of Windows, with backslashes.
    link = f"external:{escaped}" if os.name == "nt" else f"FILE://{escaped}"
    return link if _utf16_length(link) <= MOST_LINK_CHARACTERS else None
