"""CSV is opened as it is meant, and runs nothing."""

from __future__ import annotations

import csv
import io
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings

from aizoomdoc_client.batch.results.csv_file import defused, write_csv
from aizoomdoc_client.batch.results.row import ResultRow
from aizoomdoc_client.batch.results.table import Cell, ResultTable
from aizoomdoc_client.catalog import Language

from .sample import ROWS, answer, failed, row

HERE = Path(tempfile.gettempdir())


def written(*rows: ResultRow, language: Language = "en") -> bytes:
    file = io.BytesIO()
    write_csv(rows, file, language=language, folder=HERE)
    return file.getvalue()


def read(content: bytes, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def as_text(cell: Cell) -> str:
    return "" if cell is None else defused(cell.replace("\x00", "\ufffd")) if isinstance(cell, str) else str(cell)


@settings(max_examples=50, deadline=None)
@given(ROWS)
def test_what_is_written_is_read_back_the_same(rows: list[ResultRow]) -> None:
    """Each character of each cell, but for what keeps a text from being a formula."""
    with ResultTable(rows, language="en", folder=HERE) as table:
        header = [defused(column.heading) for column in table.columns]
        expected = [header, *([as_text(cell) for cell in cells] for _, cells in table)]

    assert expected == read(written(*rows))


@settings(max_examples=50, deadline=None)
@given(ROWS)
def test_no_cell_is_a_formula(rows: list[ResultRow]) -> None:
    """A spreadsheet program takes a cell for one by its first character; a number that is negative is still a number."""
    for cell in (cell for line in read(written(*rows)) for cell in line):
        number = cell.lstrip("+-").replace(",", "", 1).replace(".", "", 1).replace("e-", "").replace("e+", "").isdigit()
        assert number or not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+7 495 000", "'+7 495 000"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        (" =1", "' =1"),
        ("＝1", "'＝1"),
        ("-2,8", "-2,8"),
        ("+3", "+3"),
        ("2.8", "2.8"),
        ("высота = 2", "высота = 2"),
        ("", ""),
    ],
)
def test_what_could_be_a_formula_is_defused(text: str, expected: str) -> None:
    """An apostrophe in front makes a text of it, and of numbers none is made."""
    assert expected == defused(text)


def test_the_columns_stand_in_their_order() -> None:
    """Document, the user's own columns, question, answer, parsed fields in the order of their first row, how it went."""
    rows = [
        row(columns={"Объект": "Корпус 3"}, parsed={"height": 2.8}, seconds=1.234),
        row(columns={"Шифр": 12}, parsed={"height": 3, "floor": -1}),
    ]

    assert [
        ["Document", "Объект", "Шифр", "Question", "Answer", "height", "floor", "Sources", "Notes", "State", "Error"],
        ["АР.pdf", "Корпус 3", "", "Какая высота этажа?", "Высота этажа — 2,8 м.", "2.8", "", "", "", "done", ""],
        ["АР.pdf", "", "12", "Какая высота этажа?", "Высота этажа — 2,8 м.", "3", "-1", "", "", "done", ""],
    ] == [line[:11] for line in read(written(*rows))]
    assert [["Seconds", "Attempts", "Finished"], ["1.23", "1", ""], ["", "1", ""]] == [line[11:] for line in read(written(*rows))]


def test_no_two_columns_have_the_same_heading() -> None:
    """A column of the user's own that is called as one of ours has a number, or a program that reads the file would lose one."""
    header = read(written(row(columns={"answer": "x"}, parsed={"Answer": "y", "answer": "z"})))[0]

    assert ["Document", "answer", "Question", "Answer (2)", "Answer (3)", "answer (4)"] == header[:6]


def test_russian_spreadsheets_are_served() -> None:
    """Excel there splits at semicolons only, takes 2.8 for a date, and UTF-8 for another encoding where no mark says so."""
    content = written(row(parsed={"h": 2.8}, answer=answer("=x")), failed(), language="ru")

    assert content.startswith(b'\xef\xbb\xbf"\xd0\x94')
    assert [
        ["Документ", "Вопрос", "Ответ", "h", "Источники", "Примечания", "Состояние", "Ошибка"],
        ["АР.pdf", "Какая высота этажа?", "'=x", "2,8", "", "", "готово", ""],
        ["АР.pdf", "Какая высота этажа?", "", "", "", "", "ошибка", "не удаётся записать результаты в x.csv: на диске нет места"],
    ] == [line[:8] for line in read(content, ";")]


def test_a_moment_is_shown_as_clocks_here_show_it() -> None:
    """Spreadsheet programs have no time zones."""
    moment = datetime(2026, 3, 1, 20, 15, 7, 5, tzinfo=UTC)

    assert f"{moment.astimezone():%Y-%m-%d %H:%M:%S}" == read(written(row(finished_at=moment)))[1][-1]


def test_raw_text_stands_where_there_is_no_answer() -> None:
    """What the model answered is not lost where it did not fit the fields."""
    assert "не JSON" == read(written(failed(raw_text="не JSON")))[1][2]
