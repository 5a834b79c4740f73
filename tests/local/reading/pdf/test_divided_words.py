"""Words and codes that go on in the next line are told from one another."""

from __future__ import annotations

from pathlib import Path

import pytest

from aizoomdoc_client.local.reading.pdf.divided_words import with_whole_words
from tests.local.reading.made_pdf import at, ruled, width
from tests.local.reading.pdf.test_tables import ROWS, XS, read_texts

YS_OF_TWO = (700, 680, 640, 620)
"""With room for two lines in the second row."""
CODE_BESIDE = b"".join([at(50, 720, "Выше"), at(50, 700, "шкаф ВРУ-"), at(50, 688, "1"), at(200, 700, "7"), at(50, 660, "Ниже")])
"""A code in two lines with a figure beside its first."""


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        ("щит ЩР-", "12", "щит ЩР-12"),
        ("К-", "2,5", "К-2,5"),
        ("Санкт-", "Петербургская", "Санкт-Петербургская"),
        ("AHU-", "шкаф", "AHU-шкаф"),
        ("поз-", "3", "поз-3"),
        ("Т-", "образный", "Т-образный"),
        ("ВВГнг2х-", "нагрев", "ВВГнг2х-нагрев"),
        ("венти-", "ляция", "вентиляция"),
        ("14 венти-", "ляция", "14 вентиляция"),
    ],
    ids=[
        "figure",
        "figure after a letter",
        "name",
        "capitals",
        "figure after a word",
        "letter",
        "code",
        "word",
        "word after a figure",
    ],
)
def test_a_hyphen_of_a_code_or_name_stays_at_the_end_of_a_line(tmp_path: Path, first: str, second: str, whole: str) -> None:
    """PDFium has the same sign for all of them; without its hyphen ЩР-12 would be another switchboard."""
    [text] = read_texts(tmp_path / "a.pdf", at(50, 700, first) + at(50, 688, second) + at(50, 660, "Ниже"))

    assert [whole, "Ниже"] == text.split("\n")


def test_a_hyphen_in_the_middle_of_a_line_stays(tmp_path: Path) -> None:
    """PDFium takes what stands half a line higher for the next line."""
    [text] = read_texts(tmp_path / "a.pdf", at(50, 700, "юго-") + at(50 + width("юго-"), 706, "запад") + at(50, 660, "Ниже"))

    assert "юго-запад\nНиже" == text


def test_a_hyphen_in_the_middle_of_a_line_stays_beside_text_in_another_direction(tmp_path: Path) -> None:
    """On such a page the runs are read one by one."""
    content = at(50, 700, "юго-") + at(50 + width("юго-"), 706, "запад") + at(300, 300, "Лист", turned=90)

    assert ["юго-", "запад", "Лист"] == read_texts(tmp_path / "a.pdf", content)[0].split("\n")


def test_the_cell_beside_a_divided_code_is_no_part_of_it(tmp_path: Path) -> None:
    """As in a table without rules of LibreOffice: PDFium has no end of the line before the count, and ВРУ-1 would be ВРУ-17."""
    [text] = read_texts(tmp_path / "a.pdf", CODE_BESIDE)

    assert ["Выше", "шкаф ВРУ-1", "7", "Ниже"] == text.split("\n")


def test_the_cell_beside_a_divided_code_is_no_part_of_it_on_a_page_with_text_beyond_its_edges(tmp_path: Path) -> None:
    """What is beyond is in one of PDFium's texts only, with a divided word of its own."""
    beyond = at(700, 500, "за крае-") + at(700, 488, "мами")
    [text] = read_texts(tmp_path / "a.pdf", beyond + CODE_BESIDE)

    assert ["Выше", "шкаф ВРУ-1", "7", "Ниже"] == text.split("\n")


def test_the_cell_beside_a_word_that_is_divided_twice_is_no_part_of_it(tmp_path: Path) -> None:
    """The line that PDFium began last is that of its first part."""
    word = at(50, 700, "водно-") + at(50, 688, "дисперси-") + at(50, 676, "онная")
    [text] = read_texts(tmp_path / "a.pdf", at(50, 720, "Выше") + word + at(200, 700, "4") + at(50, 640, "Ниже"))

    assert ["Выше", "воднодисперсионная", "4", "Ниже"] == text.split("\n")


@pytest.mark.parametrize("by_columns", [False, True], ids=["by rows", "by columns"])
@pytest.mark.parametrize(
    ("cell", "expected"),
    [("Щит ЩР-\n12", "Щит ЩР-12"), ("АП-2-\n07", "АП-2-07"), ("105-\n109", "105-109"), ("Насос -\nрезерв", "Насос - резерв")],
    ids=["code", "code with figures", "range", "dash"],
)
def test_a_code_in_a_cell_goes_on_without_a_space(tmp_path: Path, by_columns: bool, cell: str, expected: str) -> None:
    """PDFium has no sign for a hyphen after a figure, nor for one after which the file has another cell."""
    content = ruled(XS, YS_OF_TWO, [ROWS[0], ("1", cell, "2", "24,5"), ROWS[2]], by_columns=by_columns)

    assert f"| 1 | {expected} | 2 | 24,5 |" in read_texts(tmp_path / "a.pdf", content)[0]


def test_ranges_that_go_on_below_are_no_rows(tmp_path: Path) -> None:
    """As in narrow columns of Chromium: rows without a rule between them are told by their numbers."""
    [text] = read_texts(tmp_path / "a.pdf", ruled(XS, YS_OF_TWO, [ROWS[0], ("105-\n109", "АП-1-\n04", "2", "24,5"), ROWS[2]]))

    assert "| 105-109 | АП-1-04 | 2 | 24,5 |" in text


@pytest.mark.parametrize("sign", ["\x02", "\ufffe", "\u00ad"])
def test_each_sign_of_a_division_is_left_out(sign: str) -> None:
    """PDFium's own, the one in place of it, and the soft hyphen that a document may have itself."""
    assert "водоснабжение ВРУ-1" == with_whole_words(f"водо{sign}\nснабжение ВРУ{sign} \n1")
