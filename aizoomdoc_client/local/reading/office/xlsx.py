"""XLSX, read with openpyxl: each sheet is a page, its cells a table with values as they are shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

import attrs

from ....catalog import text as localized
from ..document import Document, Limits, Page, UnreadableDocumentError, UnreadPart
from .sheet_cells import SheetCells, read_cells
from .sheet_notes import headers_and_footers, notes
from .sheet_tables import tables

_UNUSED_PARTS = ("read_chartsheet", "read_custom", "read_properties", "read_theme")
_STRINGS = "xl/sharedStrings.xml"


def read_xlsx(path: Path, name: str, limits: Limits) -> Document:
    """The sheets with any value, hidden ones as well. Raises `UnreadableDocumentError`."""
    try:
        # Given a path, openpyxl refuses a name that does not end in .xlsx.
        with path.open("rb") as file, closing(_open(file)) as book:
            sheets = [_Sheet.read(sheet) for sheet in book.worksheets[: limits.pages]]
            count = len(book.worksheets)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 (whatever the library finds in a broken file)
        raise UnreadableDocumentError(name, localized("office_broken")) from None
    pages = tuple(Page(number, sheet.text) for number, sheet in enumerate(sheets, start=1) if sheet.text)
    unread = tuple(_unread(sheets, count))
    if not pages:
        is_uncalculated = any(sheet.uncalculated for sheet in sheets)
        raise UnreadableDocumentError(name, localized("workbook_not_calculated" if is_uncalculated else "document_without_text"))
    return Document(name=name, pages=pages, page_count=count, unread=unread, has_markup=True)


def _unread(sheets: Sequence[_Sheet], count: int) -> Iterator[UnreadPart]:
    numbered = list(enumerate(sheets, start=1))
    beyond = (*(number for number, sheet in numbered if sheet.is_cut), *range(len(sheets) + 1, count + 1))
    if beyond:
        yield UnreadPart(kind="too_many_pages", pages=beyond)
    if formulas := tuple(number for number, sheet in numbered if sheet.uncalculated):
        yield UnreadPart(kind="uncalculated", pages=formulas)
    if hidden := tuple(sheet.title for sheet in sheets if sheet.is_hidden and sheet.text):
        yield UnreadPart(kind="hidden_sheets", names=hidden)


def _open(file: BinaryIO) -> Any:
    """The workbook as `openpyxl.load_workbook` opens it, without the parts that have no cells and may have faults."""
    reader: Any = import_module("openpyxl.reader.excel").ExcelReader(
        file, read_only=True, data_only=True, keep_links=False, rich_text=True
    )
    for part in _UNUSED_PARTS:
        setattr(reader, part, _do_nothing)
    _alias_strings(reader.archive)
    reader.read()
    return reader.wb


def _do_nothing(*_given: Any) -> None:
    pass


def _alias_strings(archive: Any) -> None:
    """1C names the part with the strings in other capitals than openpyxl expects; Excel accepts that."""
    parts: dict[str, Any] = archive.NameToInfo
    for name in [] if _STRINGS in parts else list(parts):
        if name.lower() == _STRINGS.lower():
            parts[_STRINGS] = parts[name]


@attrs.frozen
class _Sheet:
    """The text of a sheet; `is_cut` tells that it has more cells than are read."""

    title: str
    text: str
    is_hidden: bool
    is_cut: bool
    uncalculated: bool

    @classmethod
    def read(cls, sheet: Any) -> _Sheet:
        """The tables of the sheet under its name, then its comments and labels."""
        cells = read_cells(sheet)
        text = "\n\n".join("\n".join(part) for part in _parts(sheet, cells) if part)
        return cls(
            title=sheet.title,
            text=f"# {sheet.title}\n\n{text}" if text else "",
            is_hidden=sheet.sheet_state != "visible",
            is_cut=cells.is_cut,
            uncalculated=cells.uncalculated,
        )


def _parts(sheet: Any, cells: SheetCells) -> Iterator[list[str]]:
    for table in tables(cells.rows, cells.merged):
        yield list(table)
    yield headers_and_footers(cells.header_footer)
    yield notes(sheet.parent._archive, sheet._worksheet_path)  # noqa: SLF001 (no other way)
