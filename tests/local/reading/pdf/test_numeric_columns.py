"""What makes a table without rules certain."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from aizoomdoc_client.local.reading.pdf.numeric_columns import has_numeric_column, may_have_numeric_column
from aizoomdoc_client.local.reading.pdf.pdf_file import open_pdf
from aizoomdoc_client.local.reading.pdf.rules import Grid
from tests.local.reading.made_pdf import at, made

NAMES = ("Насос", "Клапан", "Фильтр", "Воздуховод", "Решётка")


def column(head: str, *cells: str, beside: str = "Наименование") -> list[tuple[str, str]]:
    return [(head, beside), *zip(cells, NAMES, strict=False)]


@pytest.mark.parametrize(
    "rows",
    [
        column("Масса, кг", "24,5", "3,1", "0,8"),
        column("Расход", "17 300", "6 400", "250"),
        column("Расход", "17 300", "", "250"),
        column("Ø100", "4", "2", "12"),
        column("Поз.", "1", "2", "3"),
        column("Поз.", "4", "5", "6"),
        column("Цена", "7"),
        column("Ø100", "7"),
        [*column("Кол.", "4"), ("Вентиляция", ""), ("Отопление", ""), ("12", "Радиатор")],
    ],
)
def test_numbers_under_a_head_make_a_table(rows: Sequence[Sequence[str]]) -> None:
    assert has_numeric_column(rows)


@pytest.mark.parametrize(
    "rows",
    [
        column("2152 \\def", "2153", "2154", "2155"),
        column("\\Large 144", "145", "146", "148"),
        column("case. 488", "489", "490", "491 492"),
        column("Стены кирпичные", "249", "250", "251", beside="Стены кирпичные"),
        column("", "24,5", "3,1", "0,8"),
        column("Тип", "Н1", "К2", "12"),
        column("Кол.", "", "", ""),
    ],
)
def test_numbers_of_lines_and_columns_without_a_head_make_no_table(rows: Sequence[Sequence[str]]) -> None:
    assert not has_numeric_column(rows)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("Поз.", "1", "2", "3"), True),
        (("Кол.", "4", "2", "12"), True),
        (("2152", "2153", "2154", "2155"), False),
        (("№", "8", "9", "10", "11"), True),
        (("К", "2", "4", "1"), True),
        (("Тип", "Н1", "К2", "Ф3"), False),
        ((), False),
    ],
)
def test_the_words_of_a_column_tell_whether_it_may_be_of_numbers(tmp_path: Path, words: Sequence[str], *, expected: bool) -> None:
    content = b"".join(at(50, 700 - 14 * row, word) + at(100, 700 - 14 * row, "Насос") for row, word in enumerate(words))
    with open_pdf(made(tmp_path / "a.pdf", content)) as file, file.page(0) as page:
        assert page
        assert may_have_numeric_column(page, Grid((48, 98, 140), ((), (), ()), (712, 650))) is expected
