"""CSV as spreadsheets save it: divided by commas, semicolons or tabs, in UTF-8, UTF-16 or Windows-1251."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator

from ...catalog import text
from .columns import Columns
from .encodings import other_encoding
from .records import Record, UnusableTableError, head_names, records_of

_DELIMITERS = (",", ";", "\t")
_NO_DELIMITER = "\x1f"
_TOLD = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)  # a line that Excel takes for itself
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def csv_records(data: bytes) -> Iterator[Record]:
    """The records; a row is numbered as a spreadsheet shows it. Raises `UnusableTableError`."""
    table = decoded(data)
    told = _TOLD.match(table)
    skipped, delimiter = (1, told[1]) if told else (0, "")
    body = table[told.end() :] if told else table
    return records_of(_rows(body, delimiter or _delimiter(body), 1 + skipped))


def decoded(data: bytes) -> str:
    """The text, by its byte order mark, as UTF-8, or as Windows-1251, in which spreadsheets save Russian text without asking.

    Raises `UnusableTableError` for what is none of them, as MS-DOS's CSV of Excel: read as Windows-1251, its questions would be
    nonsense that is paid for.
    """
    try:
        return data.decode("utf-16" if data.startswith(_UTF16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    lenient = data.decode("utf-8", "replace")
    broken = lenient.count("\ufffd")
    try:
        if broken < sum(not char.isascii() for char in lenient) - broken:
            raise UnusableTableError(text("at_line", line=line, problem=text("file_not_utf8")))
        table = data.decode("cp1251")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnusableTableError(text("at_line", line=line, problem=text("file_not_utf8"))) from error
    if (other := other_encoding(data)) is not None:
        raise UnusableTableError(text("at_line", line=line, problem=text("batch_file_in_other_encoding", encoding=other)))
    return table


def _delimiter(table: str) -> str:
    """What divides the heads so that the most of them are known, and then the most there are."""
    best, most = _NO_DELIMITER, (0, 1)
    for delimiter in _DELIMITERS:
        heads = head_names(next(filter(any, _parsed(table, delimiter)), ()))
        columns = Columns.of(heads)
        kinds = (columns.file, columns.document_id, columns.question, columns.role, columns.model)
        score = (sum(each is not None for each in kinds), len(heads))
        if len(heads) > 1 and score > most:
            best, most = delimiter, score
    return best


def _parsed(table: str, delimiter: str) -> Iterable[list[str]]:
    try:
        yield from csv.reader(io.StringIO(table, newline=""), delimiter=delimiter)
    except csv.Error:
        return


def _rows(table: str, delimiter: str, first: int) -> Iterator[tuple[int, list[str]]]:
    """The rows, strictly: a quotation mark that is not closed would make one cell of all that follows."""
    number = first - 1
    try:
        for number, row in enumerate(csv.reader(io.StringIO(table, newline=""), delimiter=delimiter, strict=True), first):
            yield number, row
    except csv.Error as error:
        raise UnusableTableError(text("at_row", row=number + 1, problem=text("row_badly_quoted"))) from error
