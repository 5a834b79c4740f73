"""XLSX, read with openpyxl: each sheet is a page, its cells a table with values as they are shown."""

from __future__ import annotations

import datetime as dt
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any

import attrs

from ....catalog import text as localized
from ..document import Document, Limits, Page, UnreadableDocumentError, UnreadPart
from ..markdown_table import markdown_table

_MOST_CELLS = 2_000_000


def read_xlsx(path: Path, name: str, limits: Limits) -> Document:
    """The sheets with any value, hidden ones as well. Raises `UnreadableDocumentError`."""
    openpyxl: Any = import_module("openpyxl")
    try:
        with path.open("rb") as file:  # by its path openpyxl wants a name that ends in .xlsx
            book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
            sheets = [_Sheet.read(sheet) for sheet in book.worksheets[: limits.pages]]
            count = len(book.worksheets)
            book.close()
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 (whatever the library finds in a broken file)
        raise UnreadableDocumentError(name, localized("office_broken")) from None
    pages = tuple(Page(number, sheet.text) for number, sheet in enumerate(sheets, start=1) if sheet.text)
    if not pages:
        raise UnreadableDocumentError(name, localized("document_without_text"))
    cut = tuple(number for number, sheet in enumerate(sheets, start=1) if sheet.is_cut)
    beyond = (*cut, *range(len(sheets) + 1, count + 1))
    unread = (UnreadPart(kind="too_many_pages", pages=beyond),) if beyond else ()
    return Document(name=name, pages=pages, page_count=count, unread=unread, has_markup=True)


@attrs.frozen
class _Sheet:
    """The text of a sheet; `is_cut` tells that it has more cells than are read."""

    text: str
    is_cut: bool

    @classmethod
    def read(cls, sheet: Any) -> _Sheet:
        """The tables of the sheet under its name; an empty row ends a table."""
        sheet.reset_dimensions()  # what the file says of its size may be wrong, and rows are filled up to it
        parts: list[str] = []
        table: list[list[str]] = []
        cells = 0
        for row in chain(sheet.iter_rows(), [()]):
            values = [_shown(cell) for cell in row]
            if any(values):
                table.append(values)
                cells += sum(map(bool, values))
            elif table:
                parts.append("\n".join(markdown_table(_without_empty_columns(table))))
                table = []
            if cells > _MOST_CELLS:
                break
        text = "\n\n".join(parts)
        return cls(f"# {sheet.title}\n\n{text}" if text else "", cells > _MOST_CELLS)


def _without_empty_columns(rows: list[list[str]]) -> list[list[str]]:
    used = sorted({number for row in rows for number, value in enumerate(row) if value})
    return [[row[number] if number < len(row) else "" for number in used] for row in rows]


def _shown(cell: Any) -> str:
    """The value of a cell as its number format shows it, as far as it tells places, per cent and dates."""
    value, shape = cell.value, getattr(cell, "number_format", None) or "General"
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, dt.datetime) and not (value.hour or value.minute or value.second):
        return value.strftime("%d.%m.%Y")
    if isinstance(value, dt.datetime):
        return value.strftime("%d.%m.%Y %H:%M")
    if isinstance(value, dt.date):
        return value.strftime("%d.%m.%Y")
    if isinstance(value, float):
        return _number(value, shape)
    return str(value).strip()


def _number(value: float, shape: str) -> str:
    section = shape.split(";", maxsplit=1)[0]
    places = len(section.rpartition(".")[2].rstrip("%").replace('"', "")) if "." in section else 0
    if "%" in section:
        return f"{value * 100:.{min(places, 10)}f}%"
    if "." in section and set(section) <= set("0#,. "):
        return f"{value:.{min(places, 10)}f}"
    return f"{value:.10g}"
