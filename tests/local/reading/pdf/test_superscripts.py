"""Raised figures are told from those before them."""

from __future__ import annotations

from pathlib import Path

import pytest

from aizoomdoc_client.local import read_document
from tests.local.reading.made_pdf import MadePage, MadePdf, at, ruled, to_unicode, width
from tests.local.reading.pdf.test_tables import ROWS, TABLE, XS, YS, read_texts


def raised(x: float, y: float, text: str, mark: str, rest: str = "", *, rise: float = 4, size: float = 6) -> bytes:
    """`text` with `mark` above its end, and what follows on its line."""
    end = x + width(text)
    return at(x, y, text) + at(end, y + rise, mark, size=size) + at(end + width(mark, size), y, rest)


@pytest.mark.parametrize(
    ("mark", "expected"),
    [("1", "2400¹"), ("12", "2400¹²"), ("-3", "2400⁻³"), ("–3", "2400⁻³"), ("a", "2400a")],
    ids=["note", "two", "power", "dash", "letter"],
)
def test_a_mark_or_power_is_no_digit_of_the_figure(tmp_path: Path, mark: str, expected: str) -> None:
    """PDFium has 24001 for 2400 with a footnote, and ends the line after it."""
    lines = raised(50, 700, "Расход 2400", mark, " м") + at(50, 680, "Ниже ещё одна строка")
    [text] = read_texts(tmp_path / "a.pdf", lines)

    assert expected in text


@pytest.mark.parametrize("sign", ["-", "–"])
def test_a_sign_and_a_figure_that_are_drawn_apart_are_both_raised(tmp_path: Path, sign: str) -> None:
    """As TeX draws the sign of a power, from another font."""
    end = 50 + width("до 10")
    content = at(50, 700, "до 10") + at(end, 704, sign, size=6) + at(end + width(sign, 6), 704, "24", size=6, font="G")
    page = MadePage(content, fonts={"G": b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>"})
    [text] = read_texts(tmp_path / "a.pdf", page)

    assert "до 10⁻²⁴" == text


def test_an_index_just_below_a_raised_figure_is_not_joined_to_it(tmp_path: Path) -> None:
    """It stands on a lower line than what the figure is raised above."""
    end = 50 + width("Критерий 24")
    content = at(50, 700, "Критерий 24") + at(end, 703.5, "2", size=8) + at(end + width("2", 8), 698, "0.005", size=8)
    [text] = read_texts(tmp_path / "a.pdf", content)

    assert "24² 0.005" in " ".join(text.split())


def test_the_index_of_a_raised_letter_stays_a_figure(tmp_path: Path) -> None:
    """As in x with r₁ for its power: the index stands higher than x, and lower than the letter that it belongs to."""
    end = 50 + width("Рост x")
    content = at(50, 700, "Рост x") + at(end, 704, "r", size=7) + at(end + width("r", 7), 702, "1", size=5)
    [text] = read_texts(tmp_path / "a.pdf", content)

    assert "xr1" == "".join(text.split())[-3:]


def test_an_index_below_a_raised_figure_stays_a_figure(tmp_path: Path) -> None:
    """As χ² with 0.005 below the power is set: figures of two lines stand over one another."""
    end = 50 + width("Критерий 24")
    content = at(50, 700, "Критерий 24") + at(end, 704, "2", size=6) + at(end, 696, "0.005", size=6) + at(50, 650, "Ниже")
    [text] = read_texts(tmp_path / "a.pdf", content)

    assert "Критерий 24² 0.005 Ниже" == " ".join(text.split())


def test_a_hyphen_is_no_sign_of_a_power(tmp_path: Path) -> None:
    """It is small and stands high, too, where it is drawn apart."""
    end = 50 + width("x")
    content = at(50, 700, "x") + at(end, 704, "-", size=6) + at(end + width("-", 6), 700, "window 2")

    assert "-window 2" in read_texts(tmp_path / "a.pdf", content)[0]


def test_the_line_goes_on_after_a_raised_figure(tmp_path: Path) -> None:
    """As on the page."""
    rest = at(53 + width("Расход 2400") + width("1", 6), 700, "куб")
    [text] = read_texts(tmp_path / "a.pdf", raised(50, 700, "Расход 2400", "1", rise=6) + rest + at(50, 680, "Ниже"))

    assert ["Расход 2400¹ куб", "Ниже"] == text.split("\n")


@pytest.mark.parametrize("rest", [", куб", "/ч"])
def test_what_follows_a_raised_figure_without_a_gap_stays_at_it(tmp_path: Path, rest: str) -> None:
    """Though PDFium ends the line between the two, on a page with a table as well."""
    lines = raised(50, 750, "Расход м", "3", rest, rise=6) + at(50, 730, "Ниже")
    [plain, beside] = read_texts(tmp_path / "a.pdf", lines, ruled(XS, YS, ROWS) + lines)

    assert [f"Расход м³{rest}", "Ниже"] == plain.split("\n")
    assert f"Расход м³{rest}" in beside.split("\n")


@pytest.mark.parametrize("rest", [" куб", ", куб"])
def test_the_line_goes_on_after_a_mark_with_a_bracket(tmp_path: Path, rest: str) -> None:
    """On a page with a table, and with a turned label, as well; PDFium ends the line behind the bracket, which is no figure."""
    lines = raised(50, 750, "Расход 2400", "3)", rest, rise=6) + at(50, 730, "Ниже")
    pages = lines, ruled(XS, YS, ROWS) + lines, lines + at(300, 300, "Инв", turned=90)
    [plain, beside, turned] = read_texts(tmp_path / "a.pdf", *pages)

    assert [f"Расход 2400³){rest}", "Ниже"] == plain.split("\n")
    assert f"Расход 2400³){rest}" in beside.split("\n")
    assert f"Расход 2400³){rest}" in turned.split("\n")


@pytest.mark.parametrize("text", ["Расход 2400", "Расход м", "120"])
@pytest.mark.parametrize(("mark", "expected"), [("3", "³"), ("12", "¹²"), ("3)", "³)")])
def test_a_figure_five_sixths_as_large_is_raised(tmp_path: Path, text: str, mark: str, expected: str) -> None:
    """As browsers print it; beside figures or letters without ascenders it is as high as they are."""
    [read] = read_texts(tmp_path / "a.pdf", raised(50, 700, text, mark, rise=3.5, size=8.33))

    assert f"{text}{expected}" == read


def test_a_mark_is_raised_whose_bracket_reaches_down_to_the_figure(tmp_path: Path) -> None:
    """As browsers print it a little smaller: the foot of the run is that of its bracket, but its top is higher, too."""
    [read] = read_texts(tmp_path / "a.pdf", raised(50, 700, "120", "3)", rise=2.9, size=9))

    assert "120³)" == read


def test_raised_figures_that_are_drawn_one_by_one_are_raised(tmp_path: Path) -> None:
    """As Chromium draws some fonts: the second raised figure follows the first, the sign of a power the line's end."""
    end, step = 50 + width("3600"), width("1", 8.33)
    marks = b"".join(
        at(end + step * place, 704, char, size=8.33, font=font) for place, char, font in [(0, "1", "G"), (1, "2", "F")]
    )
    page = MadePage(at(50, 700, "3600") + marks, fonts={"G": b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>"})

    assert ["3600¹²"] == read_texts(tmp_path / "a.pdf", page)


def test_a_figure_is_raised_on_a_page_with_a_divided_word(tmp_path: Path) -> None:
    """PDFium has two characters for its hyphen, one in each of its texts."""
    lines = raised(50, 700, "Расход 2400", "1") + at(50, 680, "венти-") + at(50, 668, "ляция") + at(50, 650, "Ниже")
    [text] = read_texts(tmp_path / "a.pdf", lines)

    assert ["Расход 2400¹", "вентиляция", "Ниже"] == text.split("\n")


def test_a_figure_is_raised_in_a_cell_of_a_table(tmp_path: Path) -> None:
    """Where a wrong figure is the likeliest to be used."""
    cell = raised(XS[2] + 2, YS[1] - 10, "2", "1")
    [text] = read_texts(tmp_path / "a.pdf", ruled(XS, YS, [ROWS[0], ("1", "Насос Н1", "", "24,5"), ROWS[2]]) + cell)

    assert "| 1 | Насос Н1 | 2¹ | 24,5 |" in text


@pytest.mark.parametrize("rise", [4, 6], ids=["low", "as high as a line"])
def test_a_figure_of_a_unit_stays_at_it_in_the_heads(tmp_path: Path, rise: float) -> None:
    """However high it stands, and where PDFium has the figures of several heads after the line of them all."""
    heads = [("№", 0), ("Объём, м", 1), ("Расход, м", 2), ("Вес", 3)]
    words = b"".join(at(XS[column] + 2, YS[0] - 12, text, size=8) for text, column in heads)
    words += at(XS[2] + 2 + width("Расход, м", 8) + width("3", 5), YS[0] - 12, "/ч", size=8)
    marks = (at(XS[column] + 2 + width(text, 8), YS[0] - 12 + rise, "3", size=5) for text, column in heads[1:3])
    rows = [("", "", "", ""), ("1", "24,5", "430", "12"), ("2", "3,1", "172", "15")]

    [text] = read_texts(tmp_path / "a.pdf", ruled(XS, YS, rows) + words + b"".join(marks))

    assert "| № | Объём, м³ | Расход, м³/ч | Вес |" == text.split("\n")[0]


def test_small_words_of_a_cell_stay_lines_of_their_own(tmp_path: Path) -> None:
    """Only what stands beside the end of something larger is raised above it."""
    cell = at(XS[1] + 2, YS[1] - 9, "Насос Н1", size=8) + at(XS[1] + 2, YS[1] - 16, "2 шт. 10", size=5)
    [text] = read_texts(tmp_path / "a.pdf", ruled(XS, YS, [ROWS[0], ("1", "", "2", "24,5"), ROWS[2]]) + cell)

    assert "| 1 | Насос Н1 2 шт. 10 | 2 | 24,5 |" in text


@pytest.mark.parametrize(("gap", "expected"), [(0, "¹Для города"), (1, "¹ Для города")])
def test_the_mark_with_which_a_footnote_begins_is_no_part_of_its_first_word(tmp_path: Path, gap: float, expected: str) -> None:
    """Nor is it raised above the end of the line before; on a page with a table, and with a turned label, as well."""
    note = at(50, 726, "1", size=6) + at(50 + width("1", 6) + gap, 722, "Для города")
    lines = at(50, 740, "Расход воды") + note + at(50, 708, "Ниже")
    pages = lines, lines + ruled(XS, YS, ROWS), lines + at(300, 300, "Инв", turned=90)

    for text in read_texts(tmp_path / "a.pdf", *pages):
        assert ["Расход воды", expected, "Ниже"] == text.split("\n")[:3]


@pytest.mark.parametrize("beside", [b"", ruled(XS, YS, ROWS), at(300, 300, "Инв", turned=90)], ids=["plain", "table", "label"])
def test_a_page_with_letters_of_formulas_has_its_powers_and_tables(tmp_path: Path, beside: bytes) -> None:
    """As 𝑅, which is two characters to PDFium: a power would be a digit of its figure, and cells would have no rows."""
    pdf = MadePdf()
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /ToUnicode %d 0 R >>" % pdf.stream(to_unicode({ord("R"): "𝑅"}))
    lines = at(50, 750, "R", font="G") + at(56, 750, " = 5") + raised(50, 730, "на 10", "-3", rise=4) + at(50, 715, "Ниже")
    pdf.page(MadePage(lines + beside, fonts={"G": font}))
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf.bytes())

    text = read_document(path).pages[0].text
    assert ["𝑅 = 5", "на 10⁻³", "Ниже"] == text.split("\n")[:3]
    assert (TABLE in text) == ("Насос" in text)


@pytest.mark.parametrize(("rise", "size"), [(0, 6), (-2, 6), (4, 10)], ids=["on the line", "below", "as large"])
def test_what_is_not_small_and_high_is_no_superscript(tmp_path: Path, rise: float, size: float) -> None:
    """Indices of formulas and figures that are only set apart."""
    [text] = read_texts(tmp_path / "a.pdf", raised(50, 700, "Расход 2400", "1", rise=rise, size=size))

    assert "¹" not in text


def test_a_small_figure_apart_from_the_text_is_not_raised(tmp_path: Path) -> None:
    """As the number of a view on a drawing is."""
    [text] = read_texts(tmp_path / "a.pdf", at(50, 700, "Расход 2400") + at(50 + width("Расход 2400") + 3.5, 704, "1", size=6))

    assert "¹" not in text


@pytest.mark.parametrize("beyond", [(700, 500), (-200, 500), (50, 900), (50, -50)], ids=["right", "left", "above", "below"])
def test_a_figure_is_raised_on_a_page_with_text_beyond_its_edges(tmp_path: Path, beyond: tuple[float, float]) -> None:
    """What is beyond is in no text, so the characters are not one for one those of the whole page."""
    lines = at(*beyond, "за краем") + raised(50, 700, "Расход 2400", "1") + at(50, 680, "Ниже")
    [text] = read_texts(tmp_path / "a.pdf", lines)

    assert ["Расход 2400¹", "Ниже"] == text.split("\n")


def test_a_small_figure_between_letters_of_one_word_is_no_mark_of_a_footnote(tmp_path: Path) -> None:
    """It stands no higher than the letter before it; the one after it stands lower."""
    word = at(50, 704, "Б") + at(50 + width("Б"), 704, "2", size=6) + at(50 + width("Б") + width("2", 6), 700, "Для")
    [text] = read_texts(tmp_path / "a.pdf", word)

    assert "²" not in text


@pytest.mark.parametrize(("mark", "size"), [("3", 5), ("-", 4)], ids=["a figure as large", "a hyphen"])
def test_what_stands_a_little_higher_in_a_cell_is_not_raised(tmp_path: Path, mark: str, size: float) -> None:
    """A figure as large as the letter before it, and a hyphen without a figure."""
    cell = at(XS[1] + 2, YS[1] - 9, "Насос", size=8) + at(XS[1] + 2, YS[1] - 17, "2 шт", size=5)
    cell += at(XS[1] + 2 + width("2 шт", 5), YS[1] - 15.5, mark, size=size)
    [text] = read_texts(tmp_path / "a.pdf", ruled(XS, YS, [ROWS[0], ("1", "", "2", "24,5"), ROWS[2]]) + cell)

    assert "³" not in text
    assert "⁻" not in text
