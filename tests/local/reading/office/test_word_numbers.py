"""The numbers that DOCX paragraphs have by themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import docx.enum.style
import pytest
from docx.oxml import parse_xml

from aizoomdoc_client.local.reading import read_document

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


@pytest.fixture
def note() -> Any:
    """A new DOCX document."""
    return docx.Document()


def add_list(note: Any, levels: str, *, name: int = 70, num: str = "") -> None:
    """A list of the document: its levels, and what its `num` has besides."""
    numbering = note.part.numbering_part.element
    numbering.insert(0, parse_xml(f'<w:abstractNum {W} w:abstractNumId="{name}">{levels}</w:abstractNum>'))
    add_num(note, num, name=name, counted_as=name)


def add_num(note: Any, inner: str = "", *, name: int, counted_as: int) -> None:
    xml = f'<w:num {W} w:numId="{name}"><w:abstractNumId w:val="{counted_as}"/>{inner}</w:num>'
    note.part.numbering_part.element.append(parse_xml(xml))


def level(depth: int, text: str, shape: str = "decimal", *, start: int = 1, more: str = "") -> str:
    inner = f'<w:start w:val="{start}"/><w:numFmt w:val="{shape}"/>{more}<w:lvlText w:val="{text}"/>'
    return f'<w:lvl w:ilvl="{depth}">{inner}</w:lvl>'


def number(paragraph: Any, depth: int = 0, *, name: int = 70) -> None:
    """Puts the paragraph, or the style, on a level of a list."""
    properties = paragraph._element.get_or_add_pPr()
    properties.append(parse_xml(f'<w:numPr {W}><w:ilvl w:val="{depth}"/><w:numId w:val="{name}"/></w:numPr>'))


def lines_of(note: Any, tmp_path: Path) -> list[str]:
    note.save(str(tmp_path / "a.docx"))
    return [line for line in read_document(tmp_path / "a.docx").pages[0].text.split("\n") if line]


def numbered(note: Any, tmp_path: Path, depths: list[int]) -> list[str]:
    """The numbers of paragraphs on these levels."""
    for depth in depths:
        number(note.add_paragraph("т"), depth)
    return [line.removesuffix(" т") for line in lines_of(note, tmp_path)]


OUTLINE = level(0, "%1") + level(1, "%1.%2.") + level(2, "%1.%2.%3")


def test_deeper_levels_begin_again_below_each_of_those_above(note: Any, tmp_path: Path) -> None:
    """And levels that were left out count from their start."""
    add_list(note, OUTLINE)

    assert ["1", "1.1.", "1.2.", "1.2.1", "2", "2.1.", "2.1.1"] == numbered(note, tmp_path, [0, 1, 1, 2, 0, 1, 2])


def test_headings_are_numbered_by_their_styles(note: Any, tmp_path: Path) -> None:
    """The level is that which names the style."""
    add_list(
        note,
        level(0, "%1", more='<w:pStyle w:val="Heading1"/>') + level(1, "%1.%2", more='<w:pStyle w:val="Heading2"/>'),
    )
    for name in ("Heading 1", "Heading 2"):
        number(note.styles[name])
    for text, depth in (("Общее", 1), ("Отопление", 1), ("Трубы", 2)):
        note.add_heading(text, depth)
    number(note.add_paragraph("Уклон"), 1)

    assert ["# 1 Общее", "# 2 Отопление", "## 2.1 Трубы", "2.2 Уклон"] == lines_of(note, tmp_path)


def test_a_style_based_on_a_numbered_one_is_numbered(note: Any, tmp_path: Path) -> None:
    """Unless the paragraph says that it is not."""
    add_list(note, level(0, "%1)"))
    number(note.styles["List Paragraph"])
    style = note.styles.add_style("Пункт", docx.enum.style.WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = note.styles["List Paragraph"]
    note.add_paragraph("а", style="Пункт")
    number(note.add_paragraph("б", style="Пункт"), name=0)

    assert ["1) а", "б"] == lines_of(note, tmp_path)


@pytest.mark.parametrize(
    ("shape", "start", "shown"),
    [
        ("decimalZero", 7, "07"),
        ("upperRoman", 14, "XIV"),
        ("lowerRoman", 1999, "mcmxcix"),
        ("lowerLetter", 2, "b"),
        ("upperLetter", 28, "BB"),
        ("russianLower", 4, "г"),
        ("russianUpper", 10, "К"),
        ("none", 1, ""),
        ("chineseCounting", 3, "3"),
        ("upperRoman", 9_999_999, "9999999"),
        ("lowerLetter", 9_999_999, "9999999"),
        ("lowerLetter", 0, "0"),
    ],
)
def test_numbers_are_written_in_their_shapes(note: Any, tmp_path: Path, shape: str, start: int, shown: str) -> None:
    """Those that have none in it are figures."""
    add_list(note, level(0, "%1)", shape, start=start))

    assert [f"{shown})"] == numbered(note, tmp_path, [0])


def test_a_list_starts_anew_where_it_says_so_and_else_goes_on(note: Any, tmp_path: Path) -> None:
    """However many lists are counted together."""
    add_list(note, level(0, "%1."))
    add_num(note, name=71, counted_as=70)
    add_num(note, '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride>', name=72, counted_as=70)
    for name in (70, 71, 72, 72):
        number(note.add_paragraph("т"), name=name)

    assert ["1. т", "2. т", "5. т", "6. т"] == lines_of(note, tmp_path)


def test_a_level_may_be_changed_by_the_list_that_uses_it(note: Any, tmp_path: Path) -> None:
    """The other levels stay."""
    changed = f'<w:lvlOverride w:ilvl="1">{level(1, "%2)", "russianLower")}</w:lvlOverride>'
    add_list(note, OUTLINE, num=changed)

    assert ["1", "а)", "б)"] == numbered(note, tmp_path, [0, 1, 1])


def test_a_level_may_go_on_below_the_next_of_those_above(note: Any, tmp_path: Path) -> None:
    """And a number may be of figures alone, whatever those above are."""
    add_list(note, level(0, "%1", "upperRoman") + level(1, "%1.%2", more='<w:lvlRestart w:val="0"/><w:isLgl/>'))

    assert ["I", "1.1", "II", "2.2"] == numbered(note, tmp_path, [0, 1, 0, 1])


def test_a_list_may_be_that_of_a_style(note: Any, tmp_path: Path) -> None:
    """It only refers to it."""
    add_list(note, OUTLINE)
    number(note.styles["List Paragraph"])
    add_list(note, '<w:numStyleLink w:val="ListParagraph"/>', name=71)
    number(note.add_paragraph("т"), name=71)

    assert ["1 т"] == lines_of(note, tmp_path)


def test_paragraphs_in_a_table_are_numbered(note: Any, tmp_path: Path) -> None:
    """Even those that have no other text, as in a column of positions."""
    add_list(note, level(0, "%1"))
    table = note.add_table(rows=3, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Поз.", "Прибор"
    for row, text in ((1, "РБС-500"), (2, "КСК-20")):
        number(table.cell(row, 0).paragraphs[0])
        table.cell(row, 1).text = text

    assert ["| 1 | РБС-500 |", "| 2 | КСК-20 |"] == lines_of(note, tmp_path)[2:]


def test_an_empty_paragraph_is_counted_and_a_deleted_one_is_not(note: Any, tmp_path: Path) -> None:
    """As they are shown."""
    add_list(note, level(0, "%1."))
    number(note.add_paragraph(""))
    deleted = note.add_paragraph("")
    number(deleted)
    deleted._p.pPr.append(parse_xml(f"<w:rPr {W}><w:del/></w:rPr>"))

    assert ["2."] == numbered(note, tmp_path, [0])


def test_a_list_that_is_not_described_has_a_sign(note: Any, tmp_path: Path) -> None:
    """It is a list all the same."""
    number(note.add_paragraph("т"), name=99)

    assert ["- т"] == lines_of(note, tmp_path)


def test_a_style_is_based_on_a_numbered_one_by_way_of_another(note: Any, tmp_path: Path) -> None:
    """As templates of companies have them."""
    add_list(note, OUTLINE)
    styles, paragraph = note.styles, docx.enum.style.WD_STYLE_TYPE.PARAGRAPH
    number(styles["Heading 1"])
    for name, base in (("Раздел", "Heading 1"), ("Раздел проекта", "Раздел"), ("Раздел тома", "Раздел проекта")):
        styles.add_style(name, paragraph).base_style = styles[base]
    note.add_paragraph("Отопление", style="Раздел тома")

    assert ["# 1 Отопление"] == lines_of(note, tmp_path)


def test_styles_in_a_circle_end(note: Any, tmp_path: Path) -> None:
    """None of them has a list."""
    one, other = (note.styles.add_style(name, docx.enum.style.WD_STYLE_TYPE.PARAGRAPH) for name in "аб")
    one.base_style, other.base_style = other, one
    note.add_paragraph("т", style="а")

    assert ["т"] == lines_of(note, tmp_path)


def test_a_number_repeated_in_itself_stays_short(note: Any, tmp_path: Path) -> None:
    """Its text may name a level as often as it likes."""
    add_list(note, level(0, "%1" * 50_000, "lowerRoman", start=3888))

    assert 100 == len(numbered(note, tmp_path, [0])[0])
