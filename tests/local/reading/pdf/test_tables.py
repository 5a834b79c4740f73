"""Ruled tables of a PDF."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from aizoomdoc_client.local import read_document
from tests.local.reading.made_pdf import MadePage, at, grid, line, made, ruled, width

XS = (50, 90, 300, 380, 460)
YS = (700, 680, 660, 640)
ROWS = [("№", "Наименование", "Кол.", "Масса, кг"), ("1", "Насос Н1", "2", "24,5"), ("2", "Клапан | К2", "4", "3,1")]
TABLE = """| № | Наименование | Кол. | Масса, кг |
|---|---|---|---|
| 1 | Насос Н1 | 2 | 24,5 |
| 2 | Клапан \\| К2 | 4 | 3,1 |"""
WORDS = [
    ("Комната", "Отделка стен", "Пол", "Потолок"),
    ("Кухня", "Плитка", "Плитка", "Краска"),
    ("Зал", "Обои", "Паркет", "Краска"),
]
"""Without a column of numbers: without rules these are no table for sure."""
WORDS_TABLE = """| Комната | Отделка стен | Пол | Потолок |
|---|---|---|---|
| Кухня | Плитка | Плитка | Краска |
| Зал | Обои | Паркет | Краска |"""
BEFORE, AFTER = at(50, 720, "Спецификация оборудования"), at(50, 600, "Примечание: масса без воды.")


def read_texts(path: Path, *pages: MadePage | bytes) -> list[str]:
    return [page.text for page in read_document(made(path, *pages)).pages]


@pytest.mark.parametrize("by_columns", [False, True], ids=["by rows", "by columns"])
def test_a_ruled_table_is_read_row_by_row_with_its_heads(tmp_path: Path, by_columns: bool) -> None:
    """In the place of its words, whatever the order in which the file has them."""
    content = BEFORE + ruled(XS, YS, ROWS, by_columns=by_columns) + AFTER

    assert [f"Спецификация оборудования\n\n{TABLE}\n\nПримечание: масса без воды."] == read_texts(tmp_path / "a.pdf", content)


def cells(*, thick: float) -> bytes:
    """Paths around the cells of the table, closed without drawing their last sides."""
    boxes = [(left, right, top, bottom) for left, right in pairwise(XS) for top, bottom in pairwise(YS)]
    paths = [b"%g %g m %g %g l %g %g l %g %g l h S\n" % (r, b, r, t, le, t, le, b) for le, r, t, b in boxes]
    return b"%g w " % thick + b"".join(paths)


@pytest.mark.parametrize(
    "rules",
    [grid(XS, YS).replace(b"0.5 w", b"3 w"), cells(thick=0.5), cells(thick=3)],
    ids=["thick lines", "cells", "thick cells"],
)
def test_rules_may_be_thick_and_go_around_each_cell(tmp_path: Path, rules: bytes) -> None:
    """PDFium's boxes of lines are as wide as these are drawn."""
    words = ruled(XS, YS, WORDS).removeprefix(grid(XS, YS))

    assert [WORDS_TABLE] == read_texts(tmp_path / "a.pdf", rules + words)


def test_a_cell_of_several_lines_is_one_cell(tmp_path: Path) -> None:
    """Its lines are joined, and the next row begins where its rule is."""
    rows = [ROWS[0], ("1", "Насос циркуляционный\nс мокрым ротором", "2", "24,5"), ROWS[2]]
    [text] = read_texts(tmp_path / "a.pdf", ruled(XS, (700, 680, 650, 630), rows))

    assert "| 1 | Насос циркуляционный с мокрым ротором | 2 | 24,5 |\n| 2 |" in text


def test_words_with_a_narrow_space_between_them_stay_two(tmp_path: Path) -> None:
    """As in lines that are set to a full width."""
    words = at(92, 667, "Насос ") + at(92 + width("Насос") + 0.5, 667, "сетевой")
    [text] = read_texts(tmp_path / "a.pdf", ruled(XS, YS, [ROWS[0], ("1", "", "2", "24,5"), ROWS[2]]) + words)

    assert "| 1 | Насос сетевой | 2 | 24,5 |" in text


def test_heads_are_carried_on_to_the_next_page(tmp_path: Path) -> None:
    """Where the table goes on without them, or with numbers in their place."""
    rows = [("3", "Фильтр Ф1", "1", "0,8"), ("4", "Бак Б1", "1", "60")]
    numbered = [("1", "2", "3", "4"), *rows]
    texts = read_texts(tmp_path / "a.pdf", ruled(XS, YS, ROWS), ruled(XS, YS[:3], rows), ruled(XS, YS, numbered))
    heads = "| № | Наименование | Кол. | Масса, кг |\n|---|---|---|---|\n"
    table = heads + "| 3 | Фильтр Ф1 | 1 | 0,8 |\n| 4 | Бак Б1 | 1 | 60 |"

    assert [table, table] == texts[1:]


def test_prose_in_two_framed_columns_is_no_table(tmp_path: Path) -> None:
    """Two boxes of one row each have no rows under heads."""
    prose = "Первая строка текста\nи вторая его строка"
    [text] = read_texts(tmp_path / "a.pdf", ruled((50, 300, 550), (700, 600), [(prose, prose)]))

    assert "|" not in text


def test_a_table_without_heads_stays_text(tmp_path: Path) -> None:
    """Numbers in the first row are no names of columns."""
    [text] = read_texts(tmp_path / "a.pdf", ruled(XS, YS[:3], ROWS[1:]))

    assert "---" not in text
    assert "Насос Н1" in text


@pytest.mark.parametrize("xs", [XS, (50, 460)])
def test_an_empty_grid_adds_nothing(tmp_path: Path, xs: tuple[float, ...]) -> None:
    """Graph paper, a frame, a form to be filled in by hand."""
    [text] = read_texts(tmp_path / "a.pdf", BEFORE + grid(xs, YS) + AFTER)

    assert "Спецификация оборудования\nПримечание: масса без воды." == text


def test_a_table_that_is_open_at_its_sides_is_one(tmp_path: Path) -> None:
    """Rules between the columns are enough, with those between the rows."""
    closed = ruled(XS, YS, ROWS)
    content = closed.replace(line(XS[0], YS[0], XS[0], YS[-1]), b"").replace(line(XS[-1], YS[0], XS[-1], YS[-1]), b"")

    assert content != closed
    assert [TABLE] == read_texts(tmp_path / "a.pdf", content)


def test_a_word_that_is_too_wide_for_its_cell_stays_whole(tmp_path: Path) -> None:
    """It stands in the cell where it begins."""
    rows = [ROWS[0], ("ВРУ-12345", "Щит", "2", "24,5"), *ROWS[2:]]

    assert "| ВРУ-12345 | Щит |" in read_texts(tmp_path / "a.pdf", ruled(XS, YS, rows).replace(b"92 671", b"150 671"))[0]


def test_lines_of_a_picture_make_no_table(tmp_path: Path) -> None:
    """They go through the words."""
    words = b"".join(at(55 + 200 * column, y - 12, "Расход воздуха") for column in range(2) for y in YS[:3])
    [text] = read_texts(tmp_path / "a.pdf", words + grid(range(50, 470, 20), YS))

    assert "|" not in text


def test_a_ruled_table_beside_a_turned_label_is_read_row_by_row(tmp_path: Path) -> None:
    """The label, though it stands within the rules, is in none of its cells."""
    label = at(88, YS[3] + 2, "6400 м³/ч", size=8, turned=90)
    [text] = read_texts(tmp_path / "a.pdf", BEFORE + ruled(XS, YS, ROWS) + label + AFTER)

    assert f"Спецификация оборудования\n\n{TABLE}\n\n" in text
    assert {"6400 м³/ч", "Примечание: масса без воды."} <= set(text.split("\n"))


def test_heads_that_are_written_upwards_are_heads(tmp_path: Path) -> None:
    """As those of narrow columns on drawings are, of several lines, too."""
    ys = (700, 630, 610, 590)
    rows = [("", "Наименование", "", "Масса, кг"), *ROWS[1:]]
    heads = at(65, 640, "Номер", size=8, turned=90) + at(78, 640, "позиции", size=8, turned=90)
    heads += at(340, 640, "Кол., шт.", size=8, turned=90)
    [text] = read_texts(tmp_path / "a.pdf", ruled(XS, ys, rows) + heads)

    assert "| Номер позиции | Наименование | Кол., шт. | Масса, кг |\n|---|---|---|---|\n| 1 | Насос Н1 | 2 | 24,5 |" in text


def test_heads_that_are_written_upwards_below_another_are_heads(tmp_path: Path) -> None:
    """One over several columns says what these have in common, also under a title of the table."""
    rules = b"".join(line(50, y, 460, y) for y in (720, 700, 610, 590, 570)) + line(300, 680, 460, 680)
    rules += b"".join(line(x, 720, x, 570) for x in (50, 460)) + line(300, 700, 300, 570) + line(380, 680, 380, 570)
    rules += line(90, 700, 90, 570)
    words = [(52, 708, "Нагрузки"), (52, 690, "№"), (92, 690, "Щит"), (302, 690, "Мощность")]
    words += [(52, 598, "1"), (92, 598, "Щит 1"), (302, 598, "7,5"), (382, 598, "15,0")]
    words += [(52, 578, "2"), (92, 578, "Щит 2"), (302, 578, "3,0"), (382, 578, "12,0")]
    labels = at(340, 615, "одного", size=8, turned=90) + at(420, 615, "общая", size=8, turned=90)
    content = rules + b"".join(at(x, y, text, size=8) for x, y, text in words) + labels

    [text] = read_texts(tmp_path / "a.pdf", content)

    assert "| № | Щит | Мощность одного | Мощность общая |\n|---|---|---|---|\n| 1 | Щит 1 | 7,5 | 15,0 |" in text


@pytest.mark.parametrize(("head", "y"), [("№", 640), ("", 615)], ids=["beside a head", "into the row below"])
def test_a_label_that_is_not_alone_in_a_cell_is_no_head(tmp_path: Path, head: str, y: float) -> None:
    """It stays a line of its own, whole."""
    rows = [(head, "Наименование", "Кол.", "Масса, кг"), *ROWS[1:]]
    [text] = read_texts(tmp_path / "a.pdf", ruled(XS, (700, 630, 610, 590), rows) + at(88, y, "Отметка", size=8, turned=90))

    assert "Отметка" in text.split("\n")
    assert f"| {head} | Наименование | Кол. | Масса, кг |" in text


@pytest.mark.parametrize("rotate", [90, 180, 270])
def test_a_table_on_a_page_that_is_shown_turned_is_read_as_it_is_shown(tmp_path: Path, rotate: int) -> None:
    """Upright is what is upright to the reader."""
    a, b, c, d, e, f = {90: (0, 1, -1, 0, 842, 0), 180: (-1, 0, 0, -1, 595, 842), 270: (0, -1, 1, 0, 0, 595)}[rotate]
    content = b"q %d %d %d %d %d %d cm " % (a, b, c, d, e, f) + ruled(XS, YS, ROWS) + b"Q"
    size = (842.0, 842.0) if rotate != 180 else (595.0, 842.0)

    assert [TABLE] == read_texts(tmp_path / "a.pdf", MadePage(content, size=size, rotate=rotate))


@pytest.mark.parametrize("rotate", [90, 180, 270])
def test_a_table_that_is_shown_lying_is_read_as_one_that_stands(tmp_path: Path, rotate: int) -> None:
    """As of a sheet that was scanned or printed in the wrong way: its text is upright on the page before that is turned."""
    assert [TABLE] == read_texts(tmp_path / "a.pdf", MadePage(ruled(XS, YS, ROWS), rotate=rotate))


def test_a_table_without_narrow_words_is_read_on_a_page_that_is_shown_upside_down(tmp_path: Path) -> None:
    """None of its runs is taller than wide, so their boxes do not say that they are turned."""
    rows = [["Обозначение", "Наименование"], ["Насосная", "Вентилятор"], ["Котельная", "Воздуховод"]]
    content = b"q -1 0 0 -1 595 842 cm " + ruled((50, 200, 400), YS, rows) + b"Q"
    [text] = read_texts(tmp_path / "a.pdf", MadePage(content, size=(595.0, 842.0), rotate=180))

    assert ["| Обозначение | Наименование |", "| Насосная | Вентилятор |"] == text.split("\n")[::2][:2]


def test_labels_between_which_the_file_has_a_cell_are_not_joined(tmp_path: Path) -> None:
    """A turned one that begins where the other ends is one of its own."""
    cell = at(XS[3] + 2, YS[2] - 9, "3,1", size=8)
    labels = at(50, 200, "П1", turned=90) + cell + at(50, 212, "В2", turned=90)
    [text] = read_texts(tmp_path / "a.pdf", ruled(XS, YS, [*ROWS[:2], ("2", "Клапан | К2", "4", "")]) + labels)

    assert f"{TABLE}\n\nП1\nВ2" == text
