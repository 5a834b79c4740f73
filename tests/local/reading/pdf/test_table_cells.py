"""Cells of ruled tables that go over several rows or columns, and rows that no rule parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from aizoomdoc_client.local.reading.pdf.characters import Character
from aizoomdoc_client.local.reading.pdf.divided_words import DIVISION, with_whole_words
from aizoomdoc_client.local.reading.pdf.rules import Grid, Rule
from aizoomdoc_client.local.reading.pdf.table_cells import cells_of
from tests.local.reading.made_pdf import at, line, ruled
from tests.local.reading.pdf.test_tables import XS, YS, read_texts


def over_rows(name: str) -> bytes:
    """A ruled table whose first column has one cell beside two rows, twice."""
    edges = (700, 680, 660, 640, 620, 600)
    rules = b"".join(line(XS[0], y, XS[-1], y) for y in (700, 680, 640, 600))
    rules += b"".join(line(XS[1], y, XS[-1], y) for y in (660, 620)) + b"".join(line(x, 700, x, 600) for x in XS)
    rows = [
        ("Этаж", "Помещение", "Площадь", "Высота"),
        ("", "Кабинет 201", "18,4", "3,0"),
        ("", "Кабинет 202", "19,7", "3,0"),
        ("", "Насосная", "31,3", "2,9"),
        ("", "Склад", "9,5", "2,9"),
    ]
    words = [
        at(XS[column] + 2, edges[n] - 9, text, size=8) for n, row in enumerate(rows) for column, text in enumerate(row) if text
    ]
    return rules + b"".join(words) + at(XS[0] + 2, 656, name, size=8) + at(XS[0] + 2, 616, "Подвал", size=8)


def test_a_cell_over_several_rows_stands_in_each(tmp_path: Path) -> None:
    """So that a row that is quoted alone tells of which floor it is, and rows stay apart."""
    [text] = read_texts(tmp_path / "a.pdf", over_rows("2 этаж"))

    assert [
        "| Этаж | Помещение | Площадь | Высота |",
        "|---|---|---|---|",
        "| 2 этаж | Кабинет 201 | 18,4 | 3,0 |",
        "| 2 этаж | Кабинет 202 | 19,7 | 3,0 |",
        "| Подвал | Насосная | 31,3 | 2,9 |",
        "| Подвал | Склад | 9,5 | 2,9 |",
    ] == text.split("\n")


def test_a_long_text_over_several_rows_is_not_repeated(tmp_path: Path) -> None:
    """A note beside a whole table would make it many times as long."""
    note = "\n".join(["Примечание к столбцу"] * 11)
    words = b"".join(at(XS[-1] - 78, 675 - 6 * n, text, size=5) for n, text in enumerate(note.split("\n")))
    rules = b"".join(line(XS[0], y, XS[-1], y) for y in (700, 680, 600))
    rules += line(XS[0], 640, XS[3], 640) + b"".join(line(x, 700, x, 600) for x in XS)
    rows = [("Поз.", 690), ("1", 650), ("2", 610)]
    rest = b"".join(at(XS[0] + 2, y, text, size=8) + at(XS[1] + 2, y, f"Насос {text}", size=8) for text, y in rows)
    [text] = read_texts(tmp_path / "a.pdf", rules + rest + words)

    assert 11 == text.count("Примечание")


def test_heads_of_two_levels_are_joined(tmp_path: Path) -> None:
    """The upper one stands before each that it goes over."""
    rules = line(50, 700, 460, 700) + line(90, 690, 300, 690) + b"".join(line(50, y, 460, y) for y in (680, 660, 640))
    rules += b"".join(line(x, 700, x, 640) for x in (50, 90, 300, 460)) + line(200, 690, 200, 640)
    words = [(52, 688, "П"), (92, 692, "Расход"), (92, 682, "приток"), (202, 682, "вытяжка"), (302, 688, "Вес")]
    words += [(52, 668, "П1"), (92, 668, "11"), (202, 668, "12"), (302, 668, "13")]
    words += [(52, 648, "П2"), (92, 648, "21"), (202, 648, "22"), (302, 648, "23")]

    assert [
        "| П | Расход приток | Расход вытяжка | Вес |\n|---|---|---|---|\n| П1 | 11 | 12 | 13 |\n| П2 | 21 | 22 | 23 |"
    ] == read_texts(tmp_path / "a.pdf", rules + b"".join(at(x, y, text, size=7) for x, y, text in words))


def test_a_unit_with_a_slash_at_the_end_of_a_line_is_whole(tmp_path: Path) -> None:
    """As a narrow head is set: no space comes after the slash, but for one that stands before it, too."""
    heads = ("№", "Энтальпия, кДж/\nкг", "Приток /\nвытяжка", "Вес")
    [text] = read_texts(tmp_path / "a.pdf", ruled(XS, YS, [heads, ("1", "24,5", "430", "12"), ("2", "3,1", "172", "15")]))

    assert "| № | Энтальпия, кДж/кг | Приток / вытяжка | Вес |" == text.split("\n")[0]


def test_a_word_whose_hyphen_has_no_height_has_no_space_before_it() -> None:
    """As Typst draws a soft hyphen, a little apart from the word: the gap is small beside the letters."""
    lines = [("ще", 80.0), ("бень", 65.0)]
    letters = [Character(char, 10.0 + 6 * n, y, 16.0 + 6 * n, y + 10) for text, y in lines for n, char in enumerate(text)]
    letters.insert(2, Character(DIVISION, 22.5, 84, 25.5, 85))
    edges = tuple((Rule(x, 0, 100),) for x in (0, 100, 200))
    cells = cells_of(dict(enumerate(letters)), Grid((0, 100, 200), edges, (100, 50, 0)))

    assert ["щебень"] == [*map(with_whole_words, cells.texts.values())]


def test_a_title_over_all_columns_is_no_head(tmp_path: Path) -> None:
    """The heads are in the row below it."""
    rows = [("№", "Наименование", "Кол.", "Масса"), ("1", "Насос", "2", "24,5"), ("2", "Клапан", "4", "3,1")]
    title = line(XS[0], 720, XS[-1], 720) + line(XS[0], 720, XS[0], 700) + line(XS[-1], 720, XS[-1], 700)
    content = title + at(52, 709, "Спецификация", size=8) + ruled(XS, YS, rows)

    [text] = read_texts(tmp_path / "a.pdf", content)

    assert text.startswith("Спецификация\n\n| № | Наименование | Кол. | Масса |\n|---|---|---|---|\n| 1 | Насос | 2 | 24,5 |\n")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("1\n2\n3", "Насос\nКлапан\nБак", "2\n\n4", ""), "| 1 | Насос | 2 |  |\n| 2 | Клапан |  |  |\n| 3 | Бак | 4 |  |"),
        (("А\nБ", "Насос\nсетевой", "П\nВ", ""), "| А Б | Насос сетевой | П В |  |"),
        (("1\n2", "Насос\nБак", "", "по месту"), "| 1 2 | Насос Бак |  | по месту |"),
        (("1\n2", "Насос\nсетевой\nпервый", "3\n4", ""), "| 1 2 | Насос сетевой первый | 3 4 |  |"),
        (("2", "Шкаф управления\nнапольный", "1400\n1800", ""), "| 2 | Шкаф управления напольный | 1400 1800 |  |"),
        (("Щит-Р\nновый", "Щит", "1400\n1800", ""), "| Щит-Р новый | Щит | 1400 1800 |  |"),
        (("12\n000", "Насос\nсетевой", "", ""), "| 12 000 | Насос сетевой |  |  |"),
        (("А\nБ", "Щит\nБак", "105-\n109", ""), "| А Б | Щит Бак | 105-109 |  |"),
        (("А\nБ", "Щит\nБак", "105\n1 109,5", ""), "| А | Щит | 105 |  |\n| Б | Бак | 1 109,5 |  |"),
        (("Щит-Р\nЩит-С\nЩит-Т", "", "1\n2\n3", ""), "| Щит-Р |  | 1 |  |\n| Щит-С |  | 2 |  |\n| Щит-Т |  | 3 |  |"),
        (("Щит-Р\nЩит-С\nЩит-Т", "Бак", "1\n2\n3", ""), "| Щит-Р Щит-С Щит-Т | Бак | 1 2 3 |  |"),
    ],
    ids=[
        "rows",
        "words",
        "a line between",
        "lines of one cell",
        "beside one number",
        "beside a wrapped code",
        "a wrapped number",
        "a wrapped range",
        "beside short codes",
        "all cells",
        "all cells but one",
    ],
)
def test_lines_that_no_rule_parts_are_rows_where_the_first_cell_surely_has_several(
    tmp_path: Path, cells: tuple[str, ...], expected: str
) -> None:
    """And another one as many, and one is of numbers; else they are lines of cells, which found no room in one."""
    rows = [("№", "Наименование", "Кол.", "Масса"), cells, ("9", "Щит", "1", "8")]
    content = ruled(XS, (700, 680, 640, 620), rows).replace(b"382 671", b"382 666")
    [text] = read_texts(tmp_path / "a.pdf", content)

    assert expected in text


def test_a_code_that_wraps_behind_a_hyphen_is_whole(tmp_path: Path) -> None:
    """As a range is; a word may be one of several with the same end."""
    rows = [("№", "Наименование", "Кол.", "Масса"), ("1", "Шкаф ЩР-2-\n14, вводно-\nи учётный", "К-12-\nБ", "5-\n7")]
    [text] = read_texts(tmp_path / "a.pdf", ruled(XS, (700, 680, 640, 620), [*rows, ("2", "Бак", "1", "8")]))

    assert "| 1 | Шкаф ЩР-2-14, вводно- и учётный | К-12-Б | 5-7 |" in text


def test_a_double_rule_parts_no_table(tmp_path: Path) -> None:
    """Nothing goes on between its two lines where a table is open at its sides."""
    xs, ys = (50, 90, 300), (700, 680, 675, 655, 635)
    rules = b"".join(line(50, y, 460, y) for y in ys)
    rules += b"".join(line(x, 700, x, 680) + line(x, 675, x, 635) for x in xs[1:])
    rows = [("№", "Имя", "Кол."), None, ("а", "Насос", "две"), ("б", "Бак", "три")]
    words = [at(xs[n] + 2, ys[place] - 9, text, size=8) for place, row in enumerate(rows) if row for n, text in enumerate(row)]
    [text] = read_texts(tmp_path / "a.pdf", rules + b"".join(words))

    assert "| № | Имя | Кол. |\n|---|---|---|\n| а | Насос | две |\n| б | Бак | три |" == text


def test_a_line_that_ends_at_the_side_of_a_table_parts_no_row(tmp_path: Path) -> None:
    """Such as that of a label beside it."""
    rows = [("№", "Наименование", "Кол.", "Масса"), ("1", "Насос\nсетевой", "2", "24,5"), ("2", "Клапан", "4", "3,1")]
    [text] = read_texts(tmp_path / "a.pdf", ruled(XS, (700, 680, 650, 630), rows) + line(20, 665, XS[0], 665))

    assert 1 == text.count("| 1 | Насос сетевой | 2 | 24,5 |")
