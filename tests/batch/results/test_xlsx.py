"""A workbook that Excel opens as it is meant, read back by openpyxl."""

from __future__ import annotations

import io
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings, strategies as st
from openpyxl.utils.escape import unescape

from aizoomdoc_client.batch.results import xlsx
from aizoomdoc_client.batch.results.export import result_format, write_results
from aizoomdoc_client.batch.results.row import ResultRow
from aizoomdoc_client.batch.results.table import Cell, ResultTable
from aizoomdoc_client.catalog import Language
from aizoomdoc_client.exceptions import ConfigurationError

from .sample import ROWS, SUMMARY, answer, failed, row

HERE = Path(tempfile.gettempdir())


def book(*rows: ResultRow, language: Language = "en") -> Any:
    file = io.BytesIO()
    xlsx.write_xlsx(rows, file, summary=SUMMARY, language=language, folder=HERE)
    return openpyxl.load_workbook(file)


def sheet(*rows: ResultRow, language: Language = "en") -> Any:
    return book(*rows, language=language).worksheets[0]


def column(found: Any, heading: str) -> list[Any]:
    (cells,) = [cells for cells in found.iter_cols() if cells[0].value == heading]
    return list(cells[1:])


def same(cell: Cell, found: Any) -> bool:
    """Whether Excel shows what was meant: numbers to its 15 digits."""
    if cell is None or cell == "":
        return found is None
    if isinstance(cell, bool) or isinstance(found, bool):
        return cell is found
    if isinstance(cell, (int, float)) and not isinstance(found, str):
        return found == pytest.approx(cell, rel=1e-15, abs=0)
    if isinstance(cell, datetime):
        return found == cell
    return isinstance(found, str) and xlsx._clean(str(cell)) == unescape(found)  # as Excel does, and openpyxl does not


@settings(max_examples=25, deadline=None)
@given(ROWS)
def test_what_is_written_is_read_back_the_same(rows: list[ResultRow]) -> None:
    """Each character of each text, numbers as numbers, moments as moments."""
    with ResultTable(rows, language="en", folder=HERE) as table:
        expected = [[each.heading for each in table.columns], *(cells for _, cells in table)]
    found = [[cell.value for cell in line] for line in sheet(*rows).iter_rows()]

    assert len(expected) == len(found)
    assert [] == [
        (cell, other)
        for line, read in zip(expected, found, strict=True)
        for cell, other in zip(line, read, strict=True)
        if not same(cell, other)
    ]


@settings(max_examples=25, deadline=None)
@given(ROWS)
def test_nothing_is_a_formula(rows: list[ResultRow]) -> None:
    """Texts are texts, however they begin, and no text becomes a link by itself."""
    cells = [cell for line in sheet(*rows).iter_rows() for cell in line]

    assert set() == {cell.data_type for cell in cells} - {"s", "n", "b", "d", "inlineStr"}
    assert [] == [cell.hyperlink for cell in cells if cell.hyperlink]


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=50))
def test_whatever_a_model_writes_can_be_opened(words: str) -> None:
    """Control characters, halves of pairs, what XML does not have."""
    (found,) = column(sheet(row(answer=answer(words))), "Answer")

    assert (xlsx._clean(words) or None) == found.value
    assert found.value is None or found.value.replace("\n", "").replace("\t", "").isprintable() or not words.isprintable()


def test_the_kinds_of_cells() -> None:
    """Numbers that Excel would round are texts; a date of a parsed field is a date, and of a text in the user's column none."""
    values = {
        "n": 2.8,
        "big": 10**15,
        "yes": True,
        "none": None,
        "date": "2026-03-01",
        "no_date": "2026-02-30",
        "old": "1899-01-01",
    }
    found = sheet(row(columns={"own": "2026-03-01"}, parsed=values, seconds=1.5))
    read = {name: column(found, name)[0].value for name in ("own", *values, "Seconds")}

    assert {
        "own": "2026-03-01",
        **values,
        "big": "1000000000000000",
        "date": datetime(2026, 3, 1),  # noqa: DTZ001 - Excel has no time zones
        "Seconds": 1.5,
    } == read


def test_a_text_that_is_too_long_is_cut_where_it_says_so() -> None:
    """Excel calls a file with a longer one damaged; a pair of UTF-16 is not cut in the middle."""
    found = [cell.value for cell in column(sheet(*(row(answer=answer(char * 40_000)) for char in "xж🏗")), "Answer")]

    assert [True] * 3 == [words.endswith("the whole text is in JSON lines]") for words in found]
    assert [32_767, 32_767] == [len(words) for words in found[:2]]
    assert len(found[2].encode("utf-16-le")) // 2 in {32_766, 32_767}


def test_a_text_that_just_fits_is_whole() -> None:
    """Of 32,767 characters each is there."""
    assert 32_767 == len(column(sheet(row(answer=answer("x" * 32_767))), "Answer")[0].value)


@pytest.mark.skipif(sys.platform == "win32", reason="paths of POSIX")
def test_a_document_is_a_link_to_its_file() -> None:
    """With what has a meaning in links escaped, and letters as they are."""
    path = Path("/проекты/План #1 (50%) [new].pdf")
    (cell,) = column(sheet(row(path=path, name="План #1")), "Document")

    assert ("План #1", "FILE:///проекты/План%20%231%20(50%25)%20%5Bnew%5D.pdf") == (cell.value, cell.hyperlink.target)


@pytest.mark.parametrize("path", [None, Path("/" + "x" * 3000), Path("/a\nb.pdf")])
def test_a_document_without_a_usable_link_has_its_name(path: Path | None) -> None:
    """One of the project tree, or one whose path Excel's links cannot hold."""
    (cell,) = column(sheet(row(path=path, name="АР")), "Document")

    assert ("АР", None) == (cell.value, cell.hyperlink)


def test_there_are_no_more_links_than_a_sheet_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents after that have their names."""
    monkeypatch.setattr(xlsx, "MOST_LINKS", 2)
    cells = column(sheet(*(row(path=Path("/a.pdf")) for _ in range(4))), "Document")

    assert ["АР.pdf"] * 4 == [cell.value for cell in cells]
    assert [True, True, False, False] == [cell.hyperlink is not None for cell in cells]


def test_more_rows_than_a_sheet_may_have_go_on_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """None is left out."""
    monkeypatch.setattr(xlsx, "MOST_ROWS", 3)
    found = book(*(row(name=str(number)) for number in range(5)))

    assert ["Answers", "Answers 2", "Answers 3", "Summary"] == found.sheetnames
    assert [["0", "1"], ["2", "3"], ["4"]] == [[cell.value for cell in column(each, "Document")] for each in found.worksheets[:3]]


def test_the_header_stays_in_view_and_filters() -> None:
    """The first line and the document, whatever is looked at; texts are wrapped."""
    found = sheet(row(), failed())

    assert ("B2", "A1:J3") == (found.freeze_panes, found.auto_filter.ref)
    assert (True, "top") == (found["C2"].alignment.wrap_text, found["C2"].alignment.vertical)
    assert found.column_dimensions["C"].width > found.column_dimensions["D"].width


def test_the_second_sheet_sums_up() -> None:
    """In the language of the first."""
    found = book(row(), language="ru")
    started = SUMMARY.started_at
    assert started is not None

    assert ["Ответы", "Сводка"] == found.sheetnames
    assert [
        ("Результаты", "Корпус 3"),
        ("Сервер", "https://docs.example.org"),
        ("Начато", started.astimezone().replace(tzinfo=None)),
        ("Всего вопросов", 3),
        ("ошибка", 1),
        ("готово", 2),
        ("Вопрос", "Какая высота этажа?"),
    ] == list(found.worksheets[1].values)


def test_a_moment_is_one() -> None:
    """In local time, as spreadsheets have no other."""
    moment = datetime(2026, 3, 1, 20, 15, tzinfo=UTC)
    (cell,) = column(sheet(row(finished_at=moment)), "Finished")

    assert (moment.astimezone().replace(tzinfo=None), True) == (cell.value, cell.is_date)


def test_without_the_extra_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As soon as the name of the file is known, before anything is asked."""
    monkeypatch.setattr(xlsx, "find_spec", lambda _: None)
    for refused in (
        lambda: result_format(Path("answers.xlsx")),
        lambda: write_results([], tmp_path / "answers.xlsx", summary=SUMMARY),
    ):
        with pytest.raises(ConfigurationError, match=r"xlsxwriter: run `pip install 'aizoomdoc-client\[batch\]'`"):
            refused()
