"""Tables without rules, which a file has column by column."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from aizoomdoc_client.local import read_document
from aizoomdoc_client.local.reading.pdf.pdf_file import PdfPage
from tests.local.reading.made_pdf import MadePage, at, grid, made, width

XS = (50, 100, 300, 380)
ROWS = [
    ("Поз.", "Наименование", "Кол.", "Масса, кг"),
    ("1", "Насос Н1", "2", "24,5"),
    ("2", "Клапан К2", "4", "3,1"),
    ("3", "Фильтр Ф1", "1", "0,8"),
]
MORE = [("4", "Насос циркуляционный", "1", "60"), ("5", "Клапан К5", "2", "75"), ("6", "Кран К7", "8", "0,2")]
TABLE = """| Поз. | Наименование | Кол. | Масса, кг |
|---|---|---|---|
| 1 | Насос Н1 | 2 | 24,5 |
| 2 | Клапан К2 | 4 | 3,1 |
| 3 | Фильтр Ф1 | 1 | 0,8 |"""
PROSE = [
    "Наружные стены кирпичные, толщиной",
    "510 мм, с утеплением плитами и",
    "навесным фасадом. Перегородки из",
    "плит толщиной 80 мм. Кровля плоская",
    "с водостоком, уклон создаётся",
    "керамзитом и составляет 2 %. Окна",
]


def laid(
    rows: Sequence[Sequence[str]], xs: Sequence[float] = XS, *, top: float = 700, step: float = 14, size: float = 10
) -> bytes:
    """The rows, written column by column; a text with line feeds takes several lines."""
    return b"".join(
        at(x, top - step * row - (size + 1) * place, piece, size=size)
        for column, x in enumerate(xs)
        for row, cells in enumerate(rows)
        for place, piece in enumerate(cells[column].split("\n"))
        if piece
    )


def read_texts(path: Path, *pages: MadePage | bytes) -> list[str]:
    return [page.text for page in read_document(made(path, *pages)).pages]


def test_a_table_laid_out_column_by_column_is_read_row_by_row(tmp_path: Path) -> None:
    """Between what stands before and after it."""
    content = at(50, 730, "Спецификация оборудования") + laid(ROWS) + at(50, 600, "Примечание: масса без воды.")

    assert [f"Спецификация оборудования\n\n{TABLE}\n\nПримечание: масса без воды."] == read_texts(tmp_path / "a.pdf", content)


def test_a_column_of_numbers_may_be_aligned_at_its_right_edge(tmp_path: Path) -> None:
    """As they do in a column that is set to the right; heads over it are wider."""
    rows = [(*row[:2], "", "") for row in ROWS]
    right = b"".join(
        at(end - width(cell), 700 - 14 * number, cell)
        for end, column in ((330, 2), (440, 3))
        for number, cell in enumerate(row[column] for row in ROWS)
    )

    assert [TABLE] == read_texts(tmp_path / "a.pdf", laid(rows) + right)


def test_a_wrapped_cell_belongs_to_its_row(tmp_path: Path) -> None:
    """Its further lines stand below the row's first one."""
    rows = [ROWS[0], ("1", "Насос циркуляционный\nс мокрым ротором", "2", "24,5"), *ROWS[2:]]
    content = laid(rows, step=30)

    assert "| 1 | Насос циркуляционный с мокрым ротором | 2 | 24,5 |\n| 2 |" in read_texts(tmp_path / "a.pdf", content)[0]


def test_an_empty_cell_stays_empty(tmp_path: Path) -> None:
    """What comes after it in its row stays in its own column."""
    rows = [*ROWS[:2], ("2", "Клапан К2", "", "3,1"), ROWS[3], ("4", "Бак Б1", "1", "60")]

    assert "| 2 | Клапан К2 |  | 3,1 |" in read_texts(tmp_path / "a.pdf", laid(rows))[0]


def test_heads_are_carried_on_to_the_next_page(tmp_path: Path) -> None:
    """Where the columns go on without them."""
    more = [("4", "Бак Б1", "1", "60"), ("5", "Бак Б2", "2", "75"), ("6", "Кран К7", "8", "0,2")]
    text = read_texts(tmp_path / "a.pdf", laid(ROWS), laid(more))[1]

    assert text.startswith("| Поз. | Наименование | Кол. | Масса, кг |\n|---|---|---|---|\n| 4 | Бак Б1 | 1 | 60 |")


@pytest.mark.parametrize("xs", [[x + 40 for x in XS], XS[:2]], ids=["moved", "fewer"])
def test_heads_are_not_carried_on_to_other_columns(tmp_path: Path, xs: Sequence[float]) -> None:
    more = [("4", "Вентилятор В1", "1", "120"), ("5", "Калорифер", "2", "34"), ("6", "Заслонка", "2", "5")]
    _, text = read_texts(tmp_path / "a.pdf", laid(ROWS), laid(more, xs))

    assert "Поз." not in text


def test_heads_are_not_carried_over_a_page_without_a_table(tmp_path: Path) -> None:
    more = [("4", "Вентилятор В1", "1", "120"), ("5", "Калорифер", "2", "34"), ("6", "Заслонка", "2", "5")]
    *_, text = read_texts(tmp_path / "a.pdf", laid(ROWS), at(50, 700, PROSE[0]), laid(more))

    assert "Поз." not in text


def test_a_table_beside_a_turned_label_is_read_row_by_row(tmp_path: Path) -> None:
    """The label is in none of its cells."""
    content = at(30, 640, "6400 м³/ч", turned=90) + laid(ROWS) + at(470, 500, "В2", turned=90)
    [text] = read_texts(tmp_path / "a.pdf", content)

    assert TABLE in text
    assert {"6400 м³/ч", "В2"} <= set(text.split("\n"))


@pytest.mark.parametrize("xs", [(50, 310), (50, 230, 410)], ids=["two columns", "three columns"])
def test_prose_in_columns_stays_prose(tmp_path: Path, xs: tuple[int, ...]) -> None:
    """Its lines stand beside one another, and are not of one row."""
    size = 10 if len(xs) == 2 else 7
    [text] = read_texts(tmp_path / "a.pdf", laid([[line] * len(xs) for line in PROSE], xs, size=size))

    assert "\n".join(PROSE * len(xs)) == text


def test_prose_under_numbers_of_lines_stays_prose(tmp_path: Path) -> None:
    """The numbers are a column with no head."""
    [text] = read_texts(tmp_path / "a.pdf", laid([(str(number), line) for number, line in enumerate(PROSE, 1)], (50, 80)))

    assert "|" not in text


def test_prose_in_columns_beside_figures_stays_prose(tmp_path: Path) -> None:
    """A figure for each line, as numbers of amounts in a margin, makes no rows of two columns of prose."""
    lines = [("Первый абзац текста, его строка одна", "Второй абзац текста, его строка одна", "Сумма")]
    lines += [(line, line, str(100 + number)) for number, line in enumerate(PROSE)]
    [text] = read_texts(tmp_path / "a.pdf", laid(lines, (50, 230, 420), size=7))

    assert "|" not in text


NAMES_BESIDE_CODE = [
    ("\\seq_set:N", "2152 \\cs_new:Npn \\seq_set:NN #1", ""),
    ("\\seq_set:c", "2153", "{"),
    ("\\seq_set:v", "2154", "\\exp_after:wN #1"),
    ("\\seq_set:V", "2155", "\\exp_after:wN #2"),
    ("\\seq_set:o", "2156", "}"),
]


def test_numbered_lines_of_code_beside_names_are_no_table(tmp_path: Path) -> None:
    """The numbers count the lines, and say nothing of the names."""
    [text] = read_texts(tmp_path / "a.pdf", laid(NAMES_BESIDE_CODE, (50, 200, 240)))

    assert "|" not in text


def test_the_characters_of_a_table_with_a_number_as_head_are_not_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their boxes take most of the time of a table, and one without heads is never sure."""
    monkeypatch.setattr(PdfPage, "character_boxes", lambda *_: pytest.fail("the characters of the page are asked for"))
    rows = [(name, number, f"{number}7,5") for name, number in zip("ABCDE", ("12", "7", "31", "5", "18"), strict=True)]

    assert "| A |" not in read_texts(tmp_path / "a.pdf", laid(rows, (50, 200, 240)))[0]


def test_numbered_lines_of_code_beside_prose_are_no_table(tmp_path: Path) -> None:
    """What stands above the numbers goes over the columns."""
    code = ["\\kept@mark", "\\global\\let", "\\page@sofar", "\\fi", "\\endinput"]
    lines = zip(PROSE[1:], code, strict=True)
    rows = [(PROSE[0], "", ""), *((prose, str(number), line) for number, (prose, line) in enumerate(lines, 248))]
    content = laid(rows, (50, 310, 340)) + at(310, 700, "Строки кода, их номера и знаки")
    [text] = read_texts(tmp_path / "a.pdf", content)

    assert "|" not in text


def test_a_column_that_counts_makes_a_table_under_a_head_of_its_own(tmp_path: Path) -> None:
    [text] = read_texts(tmp_path / "a.pdf", laid([row[:2] for row in ROWS], XS[:2]))

    assert "| 2 | Клапан К2 |" in text


@pytest.mark.parametrize(
    "rows",
    [
        [("№", "Тип"), ("1", "Насос"), ("2", "Клапан"), ("3", "Кран")],
        [("Тип", "К"), ("Насос", "2"), ("Кран", "4"), ("Клапан", "1")],
    ],
)
def test_a_column_of_single_characters_may_be_one_of_figures(tmp_path: Path, rows: Sequence[Sequence[str]]) -> None:
    """PDFium joins them to one word."""
    [text] = read_texts(tmp_path / "a.pdf", laid(rows, (50, 200)))

    assert f"| {rows[2][0]} | {rows[2][1]} |" in text


@pytest.mark.parametrize("columns", [2, 4])
def test_a_table_goes_on_below_a_paragraph(tmp_path: Path, columns: int) -> None:
    """With the heads above, also where what counts up is its only column of figures."""
    rows, xs = [row[:columns] for row in ROWS], XS[:columns]
    more = [row[:columns] for row in MORE]
    content = (
        laid(rows, xs) + at(50, 610, "Насосы поставляет заказчик, остальное оборудование подрядчик.") + laid(more, xs, top=570)
    )
    [text] = read_texts(tmp_path / "a.pdf", content)
    head, dashes = TABLE.split("\n")[:2] if columns == 4 else ("| Поз. | Наименование |", "|---|---|")

    assert f"подрядчик.\n\n{head}\n{dashes}\n| {' | '.join(more[0])} |" in text


def test_a_column_that_counts_goes_on_on_the_next_page(tmp_path: Path) -> None:
    more = [("4", "Вентилятор В1"), ("5", "Калорифер"), ("6", "Заслонка")]
    _, text = read_texts(tmp_path / "a.pdf", laid([row[:2] for row in ROWS], XS[:2]), laid(more, XS[:2]))

    assert "| Поз. | Наименование |\n|---|---|\n| 4 | Вентилятор В1 |" in text


@pytest.mark.parametrize("lines", [2, 3])
def test_a_wrapped_cell_whose_row_is_not_sure_makes_no_table(tmp_path: Path, lines: int) -> None:
    """The other cells stand beside its middle, and all its lines are as far apart as those of the next row."""
    names = [f"Насос {number} {'абв'[number % lines]}" for number in range(4 * lines)]
    drop = 7 if lines == 2 else 0  # between two lines
    marks = range(lines // 2, len(names), lines)
    content = b"".join(at(100, 680 - 14 * place, name) for place, name in enumerate(names))
    for x, head in ((50, "Поз."), (100, "Наименование"), (300, "Кол.")):
        content += at(x, 694, head)
    content += b"".join(at(50, 680 - 14 * place + drop, str(row)) for row, place in enumerate(marks, 1))
    content += b"".join(at(300, 680 - 14 * place + drop, str(row * 2)) for row, place in enumerate(marks, 1))

    assert "|" not in read_texts(tmp_path / "a.pdf", content)[0]


def test_an_index_in_columns_becomes_no_table(tmp_path: Path) -> None:
    """Its entries have the numbers of pages in them."""
    words = ["Бак, 12", "Вентиль, 3", "Кран, 45, 47", "Насос, 8", "Фильтр, 9", "Щит, 112"]
    [text] = read_texts(tmp_path / "a.pdf", laid([(word, word, word) for word in words], (50, 200, 350)))

    assert "|" not in text


def test_a_table_of_contents_becomes_no_table(tmp_path: Path) -> None:
    """Titles, dots, and the numbers of pages, written as columns under a head of their own."""
    rows = [("Раздел", "Стр."), *((f"{number} Глава {'.' * 40}", str(7 * number)) for number in range(1, 6))]
    [text] = read_texts(tmp_path / "a.pdf", laid(rows, (50, 450)))

    assert "|" not in text


def test_lines_that_are_not_beside_one_another_are_no_rows(tmp_path: Path) -> None:
    """Lists of different leading, one to the right of the other."""
    left, right = [(row[1],) for row in ROWS], [(row[2],) for row in ROWS]
    [text] = read_texts(tmp_path / "a.pdf", laid(left, (100,)) + laid(right, (300,), step=19, top=694))

    assert "|" not in text


def test_two_rows_are_too_few(tmp_path: Path) -> None:
    """Names and dates under a letter are written so as well, here below a table."""
    [text] = read_texts(tmp_path / "a.pdf", laid(ROWS) + laid(ROWS[:2], top=400))

    assert 1 == text.count("| Поз. |")


def test_a_table_whose_rows_are_lines_of_the_text_is_left_as_it_is(tmp_path: Path) -> None:
    """Each of its rows is quoted whole already."""
    rows = b"".join(laid([row], top=700 - 14 * number) for number, row in enumerate(ROWS))
    [text] = read_texts(tmp_path / "a.pdf", at(50, 730, PROSE[0] * 2) + rows + at(50, 600, PROSE[1] * 2))

    assert [" ".join(row) for row in ROWS] == text.split("\n")[1:-1]


def test_a_table_of_which_rows_are_lines_is_left_beside_one_of_columns(tmp_path: Path) -> None:
    """Each table of a page is looked at by itself."""
    rows = b"".join(laid([row], top=500 - 14 * number) for number, row in enumerate(ROWS))
    content = at(50, 730, PROSE[0] * 2) + laid(ROWS) + at(50, 530, PROSE[1] * 2) + rows + at(50, 400, PROSE[2] * 2)
    [text] = read_texts(tmp_path / "a.pdf", content)

    assert 1 == text.count("| Поз. |")
    assert {" ".join(row) for row in ROWS} <= set(text.split("\n"))


def test_rows_that_pdfium_would_join_are_rows(tmp_path: Path) -> None:
    """PDFium joins lines that it takes for words of one."""
    content = b"".join(laid([row], top=700 - 14 * number) for number, row in enumerate(ROWS))

    assert [TABLE] == read_texts(tmp_path / "a.pdf", content)


def test_a_ruled_table_is_not_read_twice(tmp_path: Path) -> None:
    """Its columns are those of its rules, whatever the order of its words."""
    content = grid((48, 98, 298, 378, 460), (711, 697, 683, 669, 655)) + laid(ROWS)

    assert [TABLE] == read_texts(tmp_path / "a.pdf", content)


def laid_lines(*lines: Sequence[str] | tuple[float, str], drops: Sequence[float] = ()) -> bytes:
    """The rows, column by column, 14 points below one another or `drops`, with single pieces between them, each at its x."""
    columns: dict[int, bytes] = {}
    y = 700.0
    for number, line in enumerate(lines):
        cells = [line] if len(line) == 2 else list(zip(XS, line, strict=True))
        for column, (x, piece) in enumerate(cells, start=len(XS) if len(line) == 2 else 0):
            columns[column] = columns.get(column, b"") + (at(float(x), y, str(piece)) if piece else b"")
        y -= drops[number] if number < len(drops) else 14
    return b"".join(columns[column] for column in sorted(columns))


@pytest.mark.parametrize(
    ("x", "heading", "row"),
    [
        (50, "Оборудование системы П1", "| Оборудование системы П1 |  |  |  |"),
        (50, "Оборудование систем П1 и В1, В2, ДУ1, ДУ2, поставка заказчика", None),
        (220, "Оборудование системы П1", "|  | Оборудование системы П1 |  |  |"),
        (100, "Клапаны", "|  | Клапаны |  |  |"),
        (50, "АОВ", "| АОВ |  |  |  |"),
    ],
    ids=["over columns", "over all", "in the middle", "in a column", "in the first column"],
)
@pytest.mark.parametrize("drop", [14, 20])
def test_a_heading_of_a_group_is_a_row_of_its_own(tmp_path: Path, x: float, heading: str, row: str | None, drop: float) -> None:
    """It is not taken for the end of the cell above it."""
    content = laid_lines(*ROWS[:3], (x, heading), ROWS[3], *MORE, drops=(14, 14, drop))
    [text] = read_texts(tmp_path / "a.pdf", content)

    row = row or f"| {heading} |  |  |  |"
    assert f"| 2 | Клапан К2 | 4 | 3,1 |\n{row}\n| 3 | Фильтр Ф1 | 1 | 0,8 |" in text


def test_each_group_has_its_heading(tmp_path: Path) -> None:
    """The first follows the heads of the columns."""
    content = laid_lines(ROWS[0], (50, "Оборудование системы П1"), *ROWS[1:], (50, "Оборудование системы В1"), *MORE)
    lines = read_texts(tmp_path / "a.pdf", content)[0].split("\n")

    assert [2, 6] == [number for number, line in enumerate(lines) if line.startswith("| Оборудование системы")]
    assert 10 == len(lines)


def test_a_sum_whose_words_go_over_columns_does_not_join_them(tmp_path: Path) -> None:
    """Its figure stands in the column of figures."""
    content = laid_lines(*ROWS[:3], (50, "Итого по разделу"), ("", "", "", "27,6"), ROWS[3], *MORE, drops=(14, 14, 14, 0))
    [text] = read_texts(tmp_path / "a.pdf", content)

    assert "| 2 | Клапан К2 | 4 | 3,1 |\n| Итого по разделу |  |  | 27,6 |\n| 3 | Фильтр Ф1 |" in text


def test_a_wrapped_cell_of_evenly_set_lines_belongs_to_its_row(tmp_path: Path) -> None:
    """It found no room in the line above."""
    content = laid_lines(ROWS[0], ("1", "Насос циркуляционный", "2", "24,5"), (100, "с мокрым ротором"), *ROWS[2:], *MORE)

    assert "| 1 | Насос циркуляционный с мокрым ротором | 2 | 24,5 |" in read_texts(tmp_path / "a.pdf", content)[0]


@pytest.mark.parametrize(
    ("heads", "drops", "row"),
    [
        ([("Поз.", "Наименование", "Кол.,", "Масса,"), ("", "", "шт.", "кг")], (), "Кол., шт. | Масса, кг"),
        ([("", "", "", "Масса,"), ("Поз.", "Наименование", "Кол.", "кг")], (12,), "Кол. | Масса, кг"),
        ([("", "", "", "Масса,"), ("Поз.", "Наименование", "Кол.", ""), ("", "", "", "кг")], (5.5, 5.5), "Кол. | Масса, кг"),
        ([(310, "Масса узла, кг"), ("Поз.", "Наименование", "ед.", "всего")], (), "Масса узла, кг ед. | Масса узла, кг всего"),
    ],
    ids=["begin above", "end below", "in the middle", "one over two"],
)
def test_heads_of_several_lines_are_one_row(tmp_path: Path, heads: list[Sequence[str]], drops: Sequence[float], row: str) -> None:
    """Each is the head of its own column, with all of its lines."""
    [text] = read_texts(tmp_path / "a.pdf", laid_lines(*heads, *ROWS[1:], *MORE, drops=drops))

    assert text.startswith(f"| Поз. | Наименование | {row} |\n|---|---|---|---|\n| 1 | Насос Н1 | 2 | 24,5 |\n| 2 |")


def test_a_head_over_two_columns_may_end_in_a_number_over_one_of_them(tmp_path: Path) -> None:
    """Which is the head of neither."""
    head = "Масса на год "
    content = laid([("Поз.", "Наименование", "", ""), *ROWS[1:]]) + at(XS[3] - width(head), 700, f"{head}2024")

    assert "| Наименование | Масса на год 2024 | Масса на год 2024 |" in read_texts(tmp_path / "a.pdf", content)[0]


def test_a_column_of_figures_between_others_may_have_no_head(tmp_path: Path) -> None:
    """Its first number is none of the heads."""
    [text] = read_texts(tmp_path / "a.pdf", laid([("Поз.", "Наименование", "", "Масса, кг"), *ROWS[1:]]))

    assert "| Поз. | Наименование |  | Масса, кг |" in text


@pytest.mark.parametrize(("x", "caption"), [(60, "Спецификация оборудования"), (100, "Спецификация"), (310, "Таблица 1")])
def test_a_caption_is_no_head(tmp_path: Path, x: float, caption: str) -> None:
    """Even as near to the heads as they are to the rows."""
    [text] = read_texts(tmp_path / "a.pdf", at(x, 714, caption) + laid(ROWS))

    assert f"{caption}\n\n{TABLE}" == text
