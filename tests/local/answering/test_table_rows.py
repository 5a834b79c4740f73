"""What is answered from a table of a PDF is its row, under the heads of its columns."""

from __future__ import annotations

from pathlib import Path

import pytest
from fpdf import FPDF

from tests.local.support import User

FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
HEADS = ("Поз.", "Наименование", "Кол.", "Масса, кг")
ROWS = [
    ("1", "Насос циркуляционный", "2", "24,5"),
    ("2", "Клапан обратный", "4", "3,1"),
    ("3", "Фильтр сетчатый", "1", "0,8"),
    ("4", "Бак мембранный", "1", "60"),
]


def sheet(*, turned: bool, by_columns: bool) -> bytes:
    """A specification without rules, heads and figures in the middle of their columns, under its title."""
    pdf = FPDF()
    pdf.add_font("DejaVu", "", str(FONT))
    pdf.set_font("DejaVu", size=9)
    pdf.add_page()
    pdf.text(20, 20, "Спецификация оборудования теплового пункта")
    if turned:
        with pdf.rotation(90, 12, 80):
            pdf.text(12, 80, "Согласовано")
    cells = [(column, row, text) for row, texts in enumerate((HEADS, *ROWS)) for column, text in enumerate(texts)]
    for column, row, text in sorted(cells) if by_columns else cells:
        x = (20, 40, 110, 135)[column]
        pdf.text(x if column < 2 else x + 10 - pdf.get_string_width(text) / 2, 30 + 6 * row, text)
    return bytes(pdf.output())


@pytest.mark.skipif(not FONT.exists(), reason="DejaVu Sans is not installed, and the standard fonts have no Cyrillic")
@pytest.mark.parametrize(
    ("turned", "by_columns"),
    [(False, True), (True, True), (True, False)],
    ids=["by columns", "by columns, with a turned label", "by rows, with a turned label"],
)
async def test_a_row_without_rules_is_quoted_with_the_heads_of_its_columns(user: User, turned: bool, by_columns: bool) -> None:
    """Its figures are told from those of other rows."""
    file = await user.upload("Спецификация.pdf", sheet(turned=turned, by_columns=by_columns))
    answer = await user.answer("Какая масса у обратного клапана?", attached_file_ids=[file.body["id"]])

    assert "| Поз. | Наименование | Кол. | Масса, кг |" in answer
    assert "| 2 | Клапан обратный | 4 | 3,1 |" in answer
