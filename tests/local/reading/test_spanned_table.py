"""Where the titles, the heads and the rows of a table begin."""

from __future__ import annotations

import pytest

from aizoomdoc_client.local.reading.spanned_table import Cell, Layout, joined_heads, layout, spanned_table


def cells(line: str) -> list[Cell]:
    """The cells of a line: ``>`` goes on from the left, ``^`` from above, ``!`` begins a cell said to be a head."""
    row: list[Cell] = []
    for text in line.split("|"):
        if text == ">":
            row.append(row[-1]._replace(left=True))
        else:
            row.append(Cell(text.lstrip("!^"), above=text.startswith("^"), is_head=text.startswith("!")))
    return row


def layout_of(*lines: str) -> Layout:
    return layout([cells(line) for line in lines], len(lines))


@pytest.mark.parametrize(
    ("lines", "titles", "heads"),
    [
        (["Щит|Ток", "ЩО-1|16"], 0, 1),
        (["Ведомость|>|>", "Щит|Ток|Кабель", "ЩО-1|16|ВВГ"], 1, 1),
        (["Ведомость|>|>", "Щит|Ток|Кабель"], 1, 1),
        (["|Отопление|", "Щит|Ток|Кабель", "ЩО-1|16|ВВГ"], 1, 1),
        (["Объект:|Дом 2|", "Шифр:|12-ОВ|", "Щит|Ток|Кабель", "ЩО-1|16|ВВГ"], 2, 1),
        (["Объект:|Дом 2", "Шифр:|12-ОВ"], 2, 1),
        (["Таблица 3||||Лист 1", "Щит|Ток|Кабель|Руст|Рр", "ЩО-1|16|ВВГ|5|4"], 1, 1),
        (["Таблица 3||||Лист 1", "Щит 1|Щит 2|Щит 3|Щит 4|Щит 5", "16|25|5|4|3"], 1, 1),
        (["Таблица 3||Лист 1", "Щит|Ток|Кабель", "ЩО-1|16|ВВГ"], 1, 1),
        (["Таблица 3|>|>|>|Лист 1", "Щит|Ток|Кабель|Руст|Рр", "ЩО-1|16|ВВГ|5|4"], 1, 1),
        (["|Ток", "ЩО-1|16"], 0, 1),
        (["Щит|Ток|", "ЩО-1|16|на стене", "ЩО-2|25|в нише"], 0, 1),
    ],
)
def test_titles_above_the_heads_are_told_from_them(lines: list[str], titles: int, heads: int) -> None:
    """Cells over the whole width, what an entry ends in a colon, and rows with few of the cells that others have."""
    assert Layout(titles, heads) == layout_of(*lines)


@pytest.mark.parametrize(
    ("lines", "heads"),
    [
        (["Щит|Ток|>", "^Щит|расч.|ном.", "ЩО-1|16|25"], 2),
        (["Щит|Ток|>", "|расч.|ном.", "ЩО-1|16|25"], 2),
        (["Ток|>|Длина|>", "расч.|ном.|1 ветви|2 ветви", "16|25|3|4"], 1),
        (["Ток|>|Длина|>", "расч.|ном.|ветви|всего", "16|25|3|4"], 2),
        (["Щит|Ток|>", "|16|25", "ЩО-1|16|25"], 1),
        (["Марка|Стены|>", "Д-1|кирпич|ГКЛ", "Д-2|бетон|ГКЛ"], 1),
        (["Щит|Руст|Iр", "|кВт|А", "ЩО-1|16|25"], 2),
        (["Щит|Руст|Iр", "|в нише|в стене", "|16|25"], 1),
        (["Щит|Руст|Iр", "|Отопление|", "ЩО-1|16|25"], 1),
        (["!Щит|!Ток", "!обозн.|!А", "ЩО-1|16"], 2),
        (["!Щит|!Ток", "!Отопление|>", "ЩО-1|16"], 1),
        (["!Щит|!Ток", "!ЩО-1|!16"], 1),
        (["Щит|Ток", "^Щит|16", "^Щит|25"], 1),
    ],
)
def test_heads_of_several_rows_are_told_from_the_rows_below(lines: list[str], heads: int) -> None:
    """By what spans them, by units, and by what the document says; never is nothing left below them."""
    assert Layout(0, heads) == layout_of(*lines)


def test_heads_that_span_columns_without_being_merged_stand_over_each() -> None:
    """Where there are heads below them."""
    assert ["Щит", "Ток расч.", "Ток ном."] == joined_heads([cells("Щит|Ток|"), cells("|расч.|ном.")])


def test_a_cell_in_the_rows_stands_in_its_first_column_and_in_each_row() -> None:
    """The heads say what the column is of."""
    rows = [cells(line) for line in ("Этаж|Щит|Ток", "2 этаж|ЩО-1|16", "^2 этаж|Резерв|>")]
    assert ["| Этаж | Щит | Ток |", "|---|---|---|", "| 2 этаж | ЩО-1 | 16 |", "| 2 этаж | Резерв |  |"] == [*spanned_table(rows)]
