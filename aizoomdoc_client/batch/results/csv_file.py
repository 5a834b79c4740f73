"""Results as CSV that spreadsheet programs read correctly, and without formulas."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from ...catalog import Language
from .row import ResultRow
from .table import Cell, ResultTable, is_number

__all__ = ["defused", "usual_delimiter", "write_csv"]

_FORMULA = re.compile(r"\s*[=+\-@\t\r\n＝＋－＠]")  # beginnings that spreadsheet programs take for a formula
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?", re.ASCII)


def usual_delimiter(language: Language) -> str:
    """The separator of cells that Excel expects in the locale of `language`."""
    return ";" if language == "ru" else ","


def write_csv(rows: Iterable[ResultRow], file: BinaryIO, *, language: Language, folder: Path) -> int:
    """Writes a header and a line for each row, and returns how many rows there were.

    In UTF-8 with a byte order mark, without which Excel assumes another encoding. With ``;`` between cells numbers have a decimal
    comma, because Excel would read ``2.8`` as the second of August. `folder` is for a temporary file.
    """
    delimiter = usual_delimiter(language)
    comma = delimiter == ";"
    with ResultTable(rows, language=language, folder=folder) as table:
        text = io.TextIOWrapper(file, "utf-8-sig", errors="replace", newline="", write_through=False)
        writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
        writer.writerow([defused(column.heading) for column in table.columns])
        writer.writerows([_shown(cell, comma=comma) for cell in cells] for _, cells in table)
        text.detach()  # flushes, and leaves the file open
        return len(table)


def defused(text: str) -> str:
    """`text`, after an apostrophe where a spreadsheet program would take it for a formula, and it is no number."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def _shown(cell: Cell, *, comma: bool) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return defused(cell.replace("\x00", "\ufffd"))  # some readers take it for the end of the file
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    number = str(cell)
    return number.replace(".", ",") if comma and is_number(cell) else number
