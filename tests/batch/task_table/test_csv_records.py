"""CSV as spreadsheets save it."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client.batch.task_table.csv_records import csv_records
from aizoomdoc_client.batch.task_table.records import UnusableTableError

HEADS = ["файл", "шифр", "заметка"]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "cp1251"]
cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufeff"), max_size=20)
russian = st.lists(
    st.sampled_from([*"№«»—;,\t\"'\n\r=A1 ", "ёмкость ", "Этаж ", "в осях ", "ПЛАН ", "я "]),
    max_size=8,
).map("".join)
QUESTION = "Какая высота этажа?"


def read(data: bytes) -> list[tuple[int, list[object]]]:
    return [(each.number, list(each.cells.values())) for each in csv_records(data)]


def written(rows: list[list[str]], delimiter: str = ",", *, quoting: int = csv.QUOTE_MINIMAL) -> str:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    return file.getvalue()


def reason(data: bytes) -> str:
    with pytest.raises(UnusableTableError) as caught:
        list(csv_records(data))
    return str(caught.value.reason)


@given(
    rows=st.lists(st.tuples(cells.filter(bool), cells, cells), max_size=5),
    delimiter=st.sampled_from(",;\t"),
    encoding=st.sampled_from(ENCODINGS[:3]),
)
def test_what_is_written_comes_back(rows: list[tuple[str, str, str]], delimiter: str, encoding: str) -> None:
    """Whatever divides the cells and whatever is in them."""
    data = written([HEADS, *map(list, rows)], delimiter).encode(encoding)

    assert [(number, list(row)) for number, row in enumerate(rows, 2)] == read(data)


@given(rows=st.lists(st.tuples(russian.filter(bool), russian), max_size=5), delimiter=st.sampled_from(",;\t"))
def test_windows_own_encoding_is_found_out(rows: list[tuple[str, str]], delimiter: str) -> None:
    """A spreadsheet on a Russian Windows saves in it without asking."""
    data = written([["файл", "вопрос"], *map(list, rows)], delimiter).encode("cp1251")

    assert [(number, list(row)) for number, row in enumerate(rows, 2)] == read(data)


@pytest.mark.parametrize(
    "question",
    [
        "№ 5, «План» – это… 20 °С ± 0,5 µм ®",
        "„Лист“ объекта “Ромашка”, ‘АР’, 10\xa0000 €",
        "Яка висота поверху? Ґанок, їжа, об’єкт",
        "Якая вышыня паверха? Слоўнік",
        "Уровень шума, дБА; расход, кВт·ч; КамАЗ",
        "ШУЭ",
        "ЩО-1, ГРЩ, ЭОМ, КЖ, АПС",
        "ПЕРЕЧЕНЬ ЧЕРТЕЖЕЙ",
        "20 °C ± 5 % § 3 ©",
    ],
)
def test_text_in_windows_encoding_is_taken_with_its_signs_and_abbreviations(question: str) -> None:
    """Russian, Ukrainian and Belarusian are all written in it."""
    assert [(2, ["a.pdf", question])] == read(f"file\tquestion\na.pdf\t{question}\n".encode("cp1251"))


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("cp866", "CP866 (MS-DOS)"), ("koi8-r", "KOI8-R"), ("mac_cyrillic", "Mac Cyrillic"), ("iso8859_5", "ISO 8859-5")],
)
@pytest.mark.parametrize("question", [QUESTION, QUESTION.lower(), "Какая толщина у стен первого этажа?"])
def test_a_table_in_another_russian_encoding_is_refused(encoding: str, name: str, question: str) -> None:
    """Read as Windows-1251, its questions would be nonsense that is paid for."""
    expected = f"line 2: the text seems to be in {name}: save the file in UTF-8"

    assert expected == reason(f"file;question\na.pdf;{question}\n".encode(encoding))


@pytest.mark.parametrize("question", ["Où est l'école ?", "Größe und Höhe?"])
def test_a_table_in_a_western_encoding_is_refused(question: str) -> None:
    """Its letters with accents would be Russian ones amid Latin ones."""
    assert "line 2: the text seems to be in Windows-1252: save the file in UTF-8" == reason(
        f"file;question\na.pdf;{question}\n".encode("cp1252")
    )


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("файл\nПлан 1, этаж; 2.pdf\n", [(2, ["План 1, этаж; 2.pdf"])]),
        ("файл;вопрос\na.pdf;Где ВРУ, ГРЩ, ЩО?\n", [(2, ["a.pdf", "Где ВРУ, ГРЩ, ЩО?"])]),
        ("Том, лист;файл\n1;a.pdf\n", [(2, ["1", "a.pdf"])]),
        ("sep=;\r\nфайл;x\r\na,b.pdf;1\r\n", [(3, ["a,b.pdf", "1"])]),
        ("файл,x\r\n\r\n,\r\na.pdf,1\r\n", [(4, ["a.pdf", "1"])]),
        ("\n\nфайл,x\na.pdf,1\n", [(4, ["a.pdf", "1"])]),
        ("файл,x,,\na.pdf,1,,\nb.pdf,2,,,,\n", [(2, ["a.pdf", "1"]), (3, ["b.pdf", "2"])]),
        ("файл,x,y\na.pdf\n", [(2, ["a.pdf", None, None])]),
        ('файл,x\n"a\nb.pdf",1\nc.pdf,2\n', [(2, ["a\nb.pdf", "1"]), (3, ["c.pdf", "2"])]),
    ],
)
def test_tables_are_read_as_spreadsheets_show_them(table: str, expected: list[tuple[int, list[object]]]) -> None:
    """Rows are numbered so, too: a row of several lines is one, and blank ones count."""
    assert expected == read(table.encode())


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ('файл,x\na.pdf,1\n"b.pdf,2\nc.pdf,3\n', "row 3: a quotation mark is not closed"),
        ('файл,x\n"План" А.pdf,1\n', "row 2: a quotation mark is not closed, or stands within a cell"),
        ("файл,x,x\na.pdf,1,2\n", "there are two columns 'x'"),
        ("файл,Файл\na.pdf,1\n", "there are two columns 'файл'"),
        ("name;вопрос\na.pdf;b\n", "no column is headed 'file' or 'document'; the first row has: name, вопрос"),
    ],
)
def test_a_table_that_would_lose_rows_is_refused(table: str, expected: str) -> None:
    """A mark that is not closed makes one cell of all that follows; of two columns one would hide the other."""
    assert expected in reason(table.encode())


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("файл,x\na.pdf,1,2\n", "there are 3 cells, and only 2 heads"),
        ("файл,,x\na.pdf,y,1\n", "cell 2 stands in a column without a head"),
    ],
)
def test_a_row_that_does_not_fit_says_so(table: str, expected: str) -> None:
    """The rows around it are read, so that all of these are told at once."""
    first, last = csv_records(f"{table}b.pdf\n".encode())

    assert (expected, None) == (str(first.problem), last.problem)


def test_a_broken_byte_does_not_change_the_encoding_of_the_rest() -> None:
    """Text in UTF-8, read as Windows-1251, would be paid for as questions of gibberish."""
    data = "файл,вопрос\nПлан.pdf,Какая высота?\n".encode() + b"a.pdf,\xff\n"

    assert "line 3: the text is not UTF-8: save the file in this encoding" == reason(data)
    assert "line 2: the text is not UTF-8: save the file in this encoding" == reason(b"file\n\x98\xff\n")


def test_there_is_an_end_to_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that somebody took for a table is not read for hours."""
    monkeypatch.setattr("aizoomdoc_client.batch.task_table.records.MOST_ROWS", 2)

    assert "there are more than 2 rows: divide the table" == reason(b"file\n\na\n\nb\nc\n")
