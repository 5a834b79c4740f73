"""CSV of spreadsheets: separated by commas, semicolons or tabs, in UTF-8, UTF-16 or Windows-1251."""

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
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)  # sep=; in the first line, an instruction for Excel
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def csv_records(data: bytes) -> Iterator[Record]:
    """The records; a row is numbered as a spreadsheet shows it. Raises `UnusableTableError`."""
    table = decoded(data)
    separator = _SEPARATOR_LINE.match(table)
    skipped, delimiter = (1, separator[1]) if separator else (0, "")
    body = table[separator.end() :] if separator else table
    return records_of(_rows(body, delimiter or _delimiter(body), 1 + skipped))


def decoded(data: bytes) -> str:
    """The text, by its byte order mark, as UTF-8, or as Windows-1251, the default of spreadsheets for Russian text.

    Raises `UnusableTableError` for another encoding, such as that of Excel's CSV for MS-DOS: read as Windows-1251, its questions
    would be nonsense, and cost as much as any.
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
    """The delimiter with the most known heads, and of those with equally many the one with the most heads."""
    best, most = _NO_DELIMITER, (0, 1)
    for delimiter in _DELIMITERS:
        heads = head_names(next(filter(any, _parse(table, delimiter)), ()))
        columns = Columns.of(heads)
        kinds = (columns.file, columns.document_id, columns.question, columns.role, columns.model)
        score = (sum(each is not None for each in kinds), len(heads))
        if len(heads) > 1 and score > most:
            best, most = delimiter, score
    return best


def _parse(table: str, delimiter: str) -> Iterable[list[str]]:
    try:
        yield from csv.reader(io.StringIO(table, newline=""), delimiter=delimiter)
    except csv.Error:
        return


def _rows(table: str, delimiter: str, first: int) -> Iterator[tuple[int, list[str]]]:
    """The rows, parsed strictly: an unclosed quotation mark would make one cell of the rest of the file."""
    number = first - 1
    try:
        for number, row in enumerate(csv.reader(io.StringIO(table, newline=""), delimiter=delimiter, strict=True), first):
            yield number, row
    except csv.Error as error:
        raise UnusableTableError(text("at_row", row=number + 1, problem=text("row_badly_quoted"))) from error
