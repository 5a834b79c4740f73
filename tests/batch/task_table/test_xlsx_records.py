"""XLSX tables."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

import pytest
from hypothesis import given, strategies as st
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from aizoomdoc_client.batch.task_table.records import UnusableTableError
from aizoomdoc_client.batch.task_table.xlsx_records import xlsx_records

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff_"), min_size=1, max_size=20)
values = (
    st.none()
    | st.booleans()
    | st.integers(-(10**14), 10**14)
    | st.floats(-1e300, 1e300).map(lambda x: float(f"{x:.15g}"))
    | texts
)


def saved(workbook: Any) -> bytes:
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def written(rows: Sequence[Sequence[Any]]) -> bytes:
    workbook: Any = Workbook(write_only=True)
    sheet = workbook.create_sheet("Задания")
    for row in rows:
        cells = [WriteOnlyCell(sheet, value=each) for each in row]
        for cell, value in zip(cells, row, strict=True):
            if isinstance(value, str):
                cell.data_type = "s"  # also what begins as a formula does
        sheet.append(cells)
    return saved(workbook)


def read(data: bytes) -> list[tuple[int, list[object]]]:
    return [(each.number, list(each.cells.values())) for each in xlsx_records(data)]


def reason(data: bytes) -> str:
    with pytest.raises(UnusableTableError) as caught:
        list(xlsx_records(data))
    return str(caught.value.reason)


@given(rows=st.lists(st.tuples(texts, values, values), max_size=4))
def test_what_is_written_comes_back(rows: list[tuple[object, ...]]) -> None:
    """Texts as texts, numbers as numbers."""
    found = read(written([["файл", "a", "b"], *rows]))

    assert [(number, list(row)) for number, row in enumerate(rows, 2)] == found
    assert [[type(cell) for cell in row] for row in rows if all(not isinstance(cell, float) for cell in row)] == [
        [type(cell) for cell in row]
        for (_, row), given in zip(found, rows, strict=True)
        if not any(isinstance(c, float) for c in given)
    ]


def test_dates_are_texts_as_everybody_reads_them() -> None:
    """A day without a time of day is one."""
    moments = [datetime(2026, 3, 1), datetime(2026, 3, 1, 14, 30), time(14, 30)]  # noqa: DTZ001 - Excel has no time zones
    rows = [["file", "a", "b", "c"], ["x", *moments]]

    assert [(2, ["x", "2026-03-01", "2026-03-01 14:30:00", "14:30:00"])] == read(written(rows))


def test_rows_are_numbered_as_the_spreadsheet_shows_them() -> None:
    """Also below blank ones, with a head that is not the first row."""
    workbook: Any = Workbook()
    sheet = workbook.active
    sheet["B3"], sheet["B7"], sheet["C7"] = "файл", "a.pdf", None

    assert [(7, ["a.pdf"])] == read(saved(workbook))


def test_a_formula_counts_by_its_result_and_not_at_all_without() -> None:
    """Programs write formulas without results; a column that comes out empty would be lost without a word."""
    workbook: Any = Workbook()
    workbook.active.append(["file", "sum"])
    workbook.active.append(["a.pdf", "=1+1"])
    workbook.active.append(["b.pdf", 3])
    data = saved(workbook)
    odd, fine = xlsx_records(data)

    assert "the formula in column 'sum' has no result yet: open the table in a spreadsheet and save it" == str(odd.problem)
    assert {"file": "b.pdf", "sum": 3} == fine.cells
    assert [(2, ["a.pdf", 2]), (3, ["b.pdf", 3])] == read(patched(data, rb"<f>1\+1</f><v(></v>| ?/>)", b"<f>1+1</f><v>2</v>"))


def test_a_wrong_size_of_the_sheet_loses_no_rows() -> None:
    """Some programs write that it has one cell."""
    data = patched(written([["file", "x"], ["a.pdf", 1]]), rb"<sheetData>", b'<dimension ref="A1"/><sheetData>')

    assert [(2, ["a.pdf", 1])] == read(data)


def test_the_visible_sheet_with_documents_is_taken() -> None:
    """Others are notes; of two such sheets nobody can tell which one is meant."""
    workbook: Any = Workbook()
    workbook.active.append(["как заполнять"])
    for name, state in (("скрытый", "hidden"), ("задания", "visible")):
        sheet = workbook.create_sheet(name)
        sheet.append(["файл"])
        sheet.append([f"{name}.pdf"])
        sheet.sheet_state = state

    assert [(2, ["задания.pdf"])] == read(saved(workbook))
    workbook["скрытый"].sheet_state = "visible"
    assert "several sheets have a column of documents (скрытый, задания); hide all but one" == reason(saved(workbook))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"file,question\n", written([["file"], ["a.pdf"]])[:-100]])
def test_what_is_no_workbook_says_so(data: bytes) -> None:
    """Whatever the library raises."""
    assert "this is no readable XLSX workbook; save it anew" == reason(data)


def test_a_broken_sheet_says_so() -> None:
    """The archive is whole, and its parts are not."""
    assert "this is no readable XLSX workbook" in reason(patched(written([["file"], ["a.pdf"]]), rb"</row></sheetData>", b""))


def test_a_formula_is_seen_wherever_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the part of the file that is searched at once ends within it."""
    monkeypatch.setattr("aizoomdoc_client.batch.task_table.xlsx_records._CHUNK_BYTES", 33)
    workbook: Any = Workbook()
    workbook.active.append(["file", "sum"])
    for number in range(40):
        workbook.active.append([f"{number}" * (number % 7) + "a.pdf", "=1+1" if number % 20 == 19 else 1])

    assert [21, 41] == [each.number for each in xlsx_records(saved(workbook)) if each.problem]


def test_a_damaged_part_says_so() -> None:
    """The archive's contents are whole, and what it says of a part is not true."""
    data = bytearray(written([["file"], ["a.pdf"]]))
    start = data.index(b"xl/worksheets/sheet1.xml") + 30
    data[start : start + 20] = bytes(20)

    assert "this is no readable XLSX workbook; save it anew" == reason(bytes(data))


def test_a_small_file_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Zeros pack to a thousandth of their size, and one cell at the end of a row stands for all before it."""
    monkeypatch.setattr("aizoomdoc_client.batch.task_table.xlsx_records._MOST_UNPACKED", 1000)
    assert "the file is larger than 1000 bytes" == reason(written([["file"], ["a.pdf"]]))
    monkeypatch.undo()
    monkeypatch.setattr("aizoomdoc_client.batch.task_table.xlsx_records._MOST_CELLS", 20_000)
    workbook: Any = Workbook()
    workbook.active["A1"] = "file"
    workbook.active["XFD2"] = workbook.active["XFD3"] = "x"
    assert "there are more than 20000 cells: divide the table" == reason(saved(workbook))


def test_without_the_library_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes with an extra."""
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)

    assert "An XLSX table needs openpyxl: run `pip install 'aizoomdoc-client[batch]'`" == reason(b"")


def test_what_the_library_does_not_read_is_no_warning() -> None:
    """Lists to choose from, for example, which do not matter here."""
    extension = b'<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"/></extLst></worksheet>'
    data = patched(written([["file"], ["a.pdf"]]), rb"</worksheet>", extension)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [(2, ["a.pdf"])] == read(data)


def patched(data: bytes, pattern: bytes, replacement: bytes) -> bytes:
    """The workbook with another text in its sheet."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w") as new:
        for each in old.namelist():
            content = old.read(each)
            if each.startswith("xl/worksheets/"):
                content, count = re.subn(pattern, replacement, content)
                assert count
            new.writestr(each, content)
    return file.getvalue()
