"""Tables that go on, on the same page or the next, and those that do not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.local.reading.made_pdf import at, line, ruled
from tests.local.reading.pdf.test_tables import ROWS, XS, YS, read_texts

HEADS = "| № | Наименование | Кол. | Масса, кг |\n|---|---|---|---|\n"


@pytest.mark.parametrize(
    "row",
    [("К31", "Кабель ВВГ", "ЩО-2", "103 м"), ("", "с приводом", "исп. 2", ""), ("а", "Насос", "две", "мало")],
    ids=["codes", "rest of a row", "words"],
)
def test_a_ruled_table_goes_on_at_the_top_of_the_next_page(tmp_path: Path, row: Sequence[str]) -> None:
    """Whatever stands in its first row there: rules at the same places are no chance."""
    second = ruled(XS, YS[:3], [row, ("4", "Бак Б1", "1", "60")])
    [_, text] = read_texts(tmp_path / "a.pdf", ruled(XS, YS, ROWS), at(50, 720, "Продолжение") + second)

    assert f"Продолжение\n\n{HEADS}| {' | '.join(row)} |\n| 4 | Бак Б1 | 1 | 60 |" == text


def test_one_row_may_go_on_a_table(tmp_path: Path) -> None:
    """The last one of a list often stands alone on a page."""
    last = ruled(XS, YS[:2], [("3", "Фильтр Ф1", "1", "0,8")]) + at(50, 300, "Всего          1 шт.") + at(300, 300, "подпись")
    [_, text] = read_texts(tmp_path / "a.pdf", ruled(XS, YS, ROWS), last + at(50, 280, "Дата") + at(300, 280, "место"))

    assert f"{HEADS}| 3 | Фильтр Ф1 | 1 | 0,8 |" in text


def test_what_one_cell_says_over_a_table_that_goes_on_is_the_heading_of_a_group(tmp_path: Path) -> None:
    """In the body, not in the place of the heads."""
    group = line(XS[0], 720, XS[-1], 720) + line(XS[0], 720, XS[0], 700) + line(XS[-1], 720, XS[-1], 700)
    second = group + at(52, 709, "Система П3", size=8) + ruled(XS, YS[:3], [("3", "Бак", "1", "60"), ("4", "Щит", "2", "8")])
    [_, text] = read_texts(tmp_path / "a.pdf", ruled(XS, YS, ROWS), second)

    assert f"{HEADS}| Система П3 |  |  |  |\n| 3 | Бак | 1 | 60 |\n| 4 | Щит | 2 | 8 |" == text


def test_another_table_between_does_not_end_it(tmp_path: Path) -> None:
    """Such as that of the changes of a drawing, which is on every sheet."""
    stamp = ruled((300, 340, 380, 460), (100, 85, 70), [("Изм.", "Лист", "Дата"), ("а", "б", "в")])
    second = ruled(XS, YS[:3], [("К31", "Кабель", "1 шт", "3 м"), ("К32", "Кабель", "2 шт", "5 м")])
    [_, text] = read_texts(tmp_path / "a.pdf", ruled(XS, YS, ROWS) + stamp, second + stamp)

    assert f"{HEADS}| К31 | Кабель | 1 шт | 3 м |" in text


def test_heads_of_which_one_is_there_again_are_those_of_a_table_of_its_own(tmp_path: Path) -> None:
    """Forms of drawings have the same columns for several lists."""
    second = ruled(XS, YS[:3], [("Код", "Наименование", "Лист 1", "Лист 2"), ("К31", "Схема", "5", "103")])
    [_, text] = read_texts(tmp_path / "a.pdf", ruled(XS, YS, ROWS), second)

    assert "| Код | Наименование | Лист 1 | Лист 2 |\n|---|---|---|---|\n| К31 | Схема | 5 | 103 |" == text


@pytest.mark.parametrize("lines", [["Таблица 2 — Кабели"], ["Первый", "Второй", "Третий", "Четвёртый"]], ids=["caption", "text"])
def test_what_has_a_caption_or_text_above_it_is_a_table_of_its_own(tmp_path: Path, lines: list[str]) -> None:
    """Though its columns are where those of the last one were."""
    above = b"".join(at(50, 705 + 12 * place, text) for place, text in enumerate(reversed(lines)))
    second = ruled(XS, YS[:3], [("Код", "Кабель 1", "Жил 3", "Длина"), ("К31", "ВВГ", "5", "103")])
    [_, text] = read_texts(tmp_path / "a.pdf", ruled(XS, YS, ROWS), above + second)

    assert "| Код | Кабель 1 | Жил 3 | Длина |\n|---|" in text


@pytest.mark.parametrize(
    "heads",
    [("Код", "Мощность", "Ток", "Вес"), ("Пол, м2", "Объём, м3", "Расход, м³/ч", "t"), ("Ось", "", "Длина", "Шаг")],
    ids=["words", "units", "without a head above words"],
)
def test_words_above_figures_at_the_top_of_the_next_page_are_heads(tmp_path: Path, heads: Sequence[str]) -> None:
    """Of another table with columns at the same places, as one program makes all of its tables: none of its rows looks so."""
    second = ruled(XS, YS[:3], [heads, ("11", "12", "13", "14")])
    [_, text] = read_texts(tmp_path / "a.pdf", ruled(XS, YS, ROWS), second)

    assert f"| {' | '.join(heads)} |\n|---|---|---|---|\n| 11 | 12 | 13 | 14 |" == text


@pytest.mark.parametrize(
    "row",
    [
        ("—", "Щит", "Нет", "То же"),
        ("3", "Щит", "То же", "Нет"),
        ("Этаж", "", "", ""),
        ("Итого", "", "", "31"),
        ("К", "Щит", "Нет", "Нет"),
        ("к", "щит", "по месту", "в комплекте"),
    ],
    ids=["a dash", "a number", "a group", "a sum", "the same word twice", "small letters"],
)
def test_words_in_place_of_some_figures_are_no_heads(tmp_path: Path, row: Sequence[str]) -> None:
    """The table goes on with such a row."""
    second = ruled(XS, YS, [row, ("4", "Бак Б1", "1", "60"), ("5", "Бак Б2", "1", "70")])
    [_, text] = read_texts(tmp_path / "a.pdf", ruled(XS, YS, ROWS), second)

    assert f"{HEADS}| {' | '.join(row)} |\n| 4 | Бак Б1 | 1 | 60 |\n| 5 | Бак Б2 | 1 | 70 |" == text


def test_words_that_a_column_of_figures_has_are_no_heads_on_a_later_page(tmp_path: Path) -> None:
    """What stood in the columns is remembered over all pages of a table."""
    first = ruled(XS, YS, [("Код", "Имя", "Ток", "Вес"), ("К1", "Насос", "По месту", "11"), ("К2", "Бак", "5", "12")])
    second = ruled(XS, YS, [("К3", "Щит", "6", "13"), ("К4", "Щит", "7", "14"), ("К5", "Щит", "8", "15")])
    third = ruled(XS, YS[:3], [("К6", "Щит", "По месту", "Нет"), ("К7", "Щит", "9", "16")])
    [*_, text] = read_texts(tmp_path / "a.pdf", first, second, third)

    assert "| Код | Имя | Ток | Вес |\n|---|---|---|---|\n| К6 | Щит | По месту | Нет |" in text


def test_words_above_one_column_of_figures_are_heads_if_all_of_the_row_are_words(tmp_path: Path) -> None:
    """A code is none, and a cell without a head is hardly one."""
    xs, ys = (50, 220, 460), (700, 680, 660, 640)
    first = ruled(xs, ys, [("Марка", "Вес"), ("Балка Б1", "11"), ("Ферма", "12")])
    [_, words] = read_texts(tmp_path / "a.pdf", first, ruled(xs, ys, [("Зал", "Площадь"), ("Склад", "12"), ("Цех", "13")]))
    [_, code] = read_texts(tmp_path / "b.pdf", first, ruled(xs, ys, [("Балка Б2", "Нет"), ("Балка", "12"), ("Щит", "13")]))

    assert "| Зал | Площадь |\n|---|---|\n| Склад | 12 |" in words
    assert "| Марка | Вес |\n|---|---|\n| Балка Б2 | Нет |" in code


def test_tables_of_the_same_width_below_one_another_are_two(tmp_path: Path) -> None:
    """With their own heads, and what stands between them."""
    second = [("Код", "Мощность", "Ток", "Вес"), ("Н1", "1,2", "11", "41"), ("Н2", "2,2", "12", "42")]
    content = ruled(XS, YS, ROWS) + at(50, 615, "Насосы") + ruled(XS, (600, 580, 560, 540), second)
    [text] = read_texts(tmp_path / "a.pdf", content)

    assert "Насосы\n\n| Код | Мощность | Ток | Вес |\n|---|---|---|---|\n| Н1 | 1,2 | 11 | 41 |" in text


def test_tables_of_the_same_width_with_other_columns_are_both_read(tmp_path: Path) -> None:
    """Neither keeps the other from being read."""
    second = [("Код", "Ток"), ("Н1", "11"), ("Н2", "12")]
    content = ruled(XS, YS, ROWS) + ruled((50, 220, 460), (600, 580, 560, 540), second)
    [text] = read_texts(tmp_path / "a.pdf", content)

    assert HEADS in text
    assert "| Код | Ток |\n|---|---|\n| Н1 | 11 |\n| Н2 | 12 |" in text


def test_rows_without_heads_are_lines_with_their_cells_apart(tmp_path: Path) -> None:
    """PDFium joins a cell of one digit to the one before it, which makes another figure of it."""
    [text] = read_texts(tmp_path / "a.pdf", ruled(XS, YS[:3], [("7", "М-9", "9", ""), ("8", "М-8", "", "4")]))

    assert "7 | М-9 | 9 | \n8 | М-8 |  | 4" == text
