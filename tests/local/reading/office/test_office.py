"""DOCX and XLSX as text."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx.enum.style
import docx.opc.packuri
import docx.opc.part
import openpyxl
import pytest
from docx.oxml import OxmlElement, parse_xml
from openpyxl.chart import BarChart
from openpyxl.comments import Comment

from aizoomdoc_client.local.reading import Limits, UnreadableDocumentError, UnreadPart, read_document

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


@pytest.fixture
def note(tmp_path: Path) -> Any:
    """A new DOCX document with the path where `text_of` saves it."""
    document = docx.Document()
    document.path = tmp_path / "Записка.docx"
    return document


def text_of(document: Any) -> str:
    document.save(str(document.path))
    return read_document(document.path).pages[0].text


def test_headings_paragraphs_lists_and_tables_are_read_in_order(note: Any) -> None:
    """Tables as those of Markdown."""
    note.add_heading("Щиты", level=2)
    note.add_paragraph("Щит ВРУ-1 стоит там.")
    note.add_paragraph("Первое", style="List Bullet")
    table = note.add_table(rows=2, cols=2)
    for cell, text in zip((cell for row in table.rows for cell in row.cells), ("Щит", "Ток", "ВРУ-1", "400 А"), strict=True):
        cell.text = text
    note.add_paragraph("Конец.")

    lines = [line for line in text_of(note).split("\n") if line]
    assert ["## Щиты", "Щит ВРУ-1 стоит там.", "- Первое", "| Щит | Ток |", "|---|---|", "| ВРУ-1 | 400 А |", "Конец."] == lines


def test_merged_cells_keep_their_columns(note: Any) -> None:
    """Across they are followed by empty cells, down they are repeated."""
    table = note.add_table(rows=3, cols=3)
    for number, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = str(number)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "Шапка"
    table.cell(1, 0).merge(table.cell(2, 0)).text = "Этаж"

    rows = [line for line in text_of(note).split("\n") if line.startswith("|")]
    assert ["| Шапка |  | 2 |", "|---|---|---|", "| Этаж | 4 | 5 |", "| Этаж | 7 | 8 |"] == rows


def table_of(note: Any, rows: list[list[str]]) -> Any:
    """A new table of the document with these texts."""
    table = note.add_table(rows=len(rows), cols=len(rows[0]))
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    return table


def rows_of(note: Any) -> list[str]:
    """The rows of the document's tables, without the dashes below their heads."""
    return [line for line in text_of(note).split("\n") if line.startswith("|") and not line.startswith("|-")]


def enclosed(element: Any, name: str = "sdt") -> None:
    """Puts the element into a content control where it stands, or into another one that encloses."""
    inner = "<w:sdtContent/>" if name == "sdt" else ""
    control = parse_xml(f"<w:{name} {W}>{inner}</w:{name}>")
    element.addprevious(control)
    (control[0] if inner else control).append(element)


def test_rows_cells_and_paragraphs_in_content_controls_stay_in_their_places(note: Any) -> None:
    """Whichever of a table is enclosed, and twice as well."""
    table = table_of(note, [["Прибор", "Кол."], ["РБС-500", "31"], ["РБС-300", "18"]])
    enclosed(table.rows[1].cells[1]._tc)
    enclosed(table.rows[2].cells[0].paragraphs[0]._p)
    enclosed(table._tbl.tr_lst[2])
    enclosed(table._tbl.tr_lst[1], "customXml")
    enclosed(table._tbl)
    enclosed(note.add_paragraph("Щит ВРУ-1")._p)
    enclosed(note.element.body[-2])

    assert ["| Прибор | Кол. |", "| РБС-500 | 31 |", "| РБС-300 | 18 |"] == rows_of(note)
    assert "Щит ВРУ-1" in text_of(note)


def test_a_table_in_a_cell_of_a_content_control_gives_no_cells_to_the_one_outside(note: Any) -> None:
    """Its text is that of the cell."""
    table = table_of(note, [["Щит", "Группы"], ["ЩО-1", ""]])
    inner = table.cell(1, 1).add_table(rows=1, cols=2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "16А", "25А"
    enclosed(table.cell(1, 1)._tc)

    assert ["| Щит | Группы |", "| ЩО-1 | 16А 25А |"] == rows_of(note)


def test_a_row_that_begins_further_right_keeps_its_columns(note: Any) -> None:
    """Cells that are left out before it are empty ones."""
    table = table_of(note, [["Корпус", "Прибор", "Кол."], ["А", "РБС-500", "31"], ["", "КСК-20", "12"]])
    row = table.rows[2]._tr
    row.remove(row.tc_lst[0])
    row.insert(0, parse_xml(f'<w:trPr {W}><w:gridBefore w:val="1"/></w:trPr>'))

    assert "|  | КСК-20 | 12 |" == rows_of(note)[-1]


def test_deleted_rows_are_left_out_and_inserted_ones_read(note: Any) -> None:
    """As the document is after its changes."""
    table = table_of(note, [["Щит", "Ток"], ["ЩО-1", "16 А"], ["ЩО-2", "25 А"]])
    for row, change in zip(table._tbl.tr_lst[1:], ("del", "ins"), strict=True):
        row.insert(0, parse_xml(f"<w:trPr {W}><w:{change}/></w:trPr>"))

    assert ["| Щит | Ток |", "| ЩО-2 | 25 А |"] == rows_of(note)


@pytest.mark.parametrize(
    ("name", "is_read"),
    [("ins", True), ("moveTo", True), ("hyperlink", True), ("smartTag", True), ("del", False), ("moveFrom", False)],
)
def test_changes_links_and_tags_within_a_paragraph(note: Any, name: str, is_read: bool) -> None:
    """What was deleted or moved away is not read, everything else is."""
    note.add_paragraph("Толщина ")._p.append(parse_xml(f"<w:{name} {W}><w:r><w:t>40 мм</w:t></w:r></w:{name}>"))

    assert ("Толщина 40 мм" if is_read else "Толщина") == text_of(note)


@pytest.mark.parametrize(("length", "repeated"), [(200, "э" * 200), (201, "")])
def test_a_cell_merged_down_is_repeated_to_a_length(note: Any, length: int, repeated: str) -> None:
    """A long one that spans thousands of rows would fill the memory, and a part of its text can say another thing."""
    table = table_of(note, [["Этаж", "Кол."], ["э" * length, "1"], ["", "2"]])
    table.cell(1, 0).merge(table.cell(2, 0))

    assert f"| {repeated} | 2 |" == rows_of(note)[-1]


def test_columns_without_end_are_one(note: Any) -> None:
    """Beyond the first 200, and whatever a cell says that it spans."""
    table = table_of(note, [["Щит", "Ток"], ["ЩО-1", "16 А"]])
    row = table.rows[1]._tr
    row.extend(parse_xml(f"<w:tc {W}><w:p><w:r><w:t>конец</w:t></w:r></w:p></w:tc>") for _ in range(300))
    table.cell(1, 0)._tc.get_or_add_tcPr().append(parse_xml(f'<w:gridSpan {W} w:val="9999999"/>'))
    table.rows[1]._tr.get_or_add_trPr().append(parse_xml(f'<w:gridBefore {W} w:val="150"/>'))

    heads, last = rows_of(note)
    assert (201, 300) == (heads.count("|"), last.count("конец"))


def test_heads_of_two_levels_are_joined_column_by_column(note: Any) -> None:
    """As those of sheets and PDFs are."""
    heads = [["Система", "Расход", "", "Мощность"], ["", "приток", "вытяжка", ""]]
    table = table_of(note, [*heads, ["П1", "1100", "990", "1,5"]])
    table.cell(0, 1).merge(table.cell(0, 2))
    for column in (0, 3):
        table.cell(0, column).merge(table.cell(1, column))

    assert ["| Система | Расход приток | Расход вытяжка | Мощность |", "| П1 | 1100 | 990 | 1,5 |"] == rows_of(note)


def test_a_title_over_the_whole_width_is_a_line_above_the_table(note: Any) -> None:
    """And not its heads."""
    table = table_of(note, [["Ведомость", "", ""], ["Марка", "Тип", "Кол."], ["СВ-1", "ДВО", "6"]])
    table.cell(0, 0).merge(table.cell(0, 2))

    lines = [line for line in text_of(note).split("\n") if line]
    assert ["Ведомость", "| Марка | Тип | Кол. |", "|---|---|---|", "| СВ-1 | ДВО | 6 |"] == lines


def test_rows_repeated_on_each_page_are_heads(note: Any) -> None:
    """The document says so itself; a row of figures is none of them."""
    table = table_of(note, [["Система", "Расход"], ["обозн.", "м³/ч"], ["1", "2"], ["П1", "1100"]])
    for row in table._tbl.tr_lst[:3]:
        row.get_or_add_trPr().append(parse_xml(f"<w:tblHeader {W}/>"))

    assert ["| Система обозн. | Расход м³/ч |", "| 1 | 2 |", "| П1 | 1100 |"] == rows_of(note)


def test_raised_figures_are_superscripts(note: Any) -> None:
    """By the run, by its style and in formulas; other text stays as it is, and no figure becomes another one."""
    style = note.styles.add_style("Сноска", docx.enum.style.WD_STYLE_TYPE.CHARACTER)
    style.font.superscript = True
    paragraph = note.add_paragraph("Расход 2400")
    paragraph.add_run("1)").font.superscript = True
    paragraph.add_run(" м")
    paragraph.add_run("3", style="Сноска")
    paragraph.add_run("/ч, 10")
    paragraph.add_run("n").font.superscript = True
    math = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    power = "<m:e><m:r><m:t>10</m:t></m:r></m:e><m:sup><m:r><m:t>−3</m:t></m:r></m:sup>"
    half = "<m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den>"
    paragraph._p.append(parse_xml(f'<m:oMath xmlns:m="{math}"><m:sSup>{power}</m:sSup><m:f>{half}</m:f></m:oMath>'))

    assert "Расход 2400¹) м³/ч, 10n10⁻³1/2" == text_of(note)


def test_paragraphs_of_a_cell_stay_apart(note: Any) -> None:
    """Even after a text that is empty."""
    table = table_of(note, [["Щит", "Ток"], ["ЩО-1", "16 А"]])
    table.cell(1, 1).paragraphs[0]._p.append(parse_xml(f"<w:r {W}><w:t/></w:r>"))
    table.cell(1, 1).add_paragraph("25 А")

    assert "| ЩО-1 | 16 А 25 А |" == rows_of(note)[-1]


def test_headers_and_footers_are_read_once(note: Any) -> None:
    """With the text of text boxes and without what was deleted."""
    note.sections[0].header.paragraphs[0].text = "Шифр 12-ОВ"
    note.add_section()
    paragraph = note.add_paragraph("Есть ")._p
    paragraph.append(parse_xml(f"<w:del {W}><w:r><w:delText>нет</w:delText><w:t>нет</w:t></w:r></w:del>"))
    box = OxmlElement("w:r")
    box.append(parse_xml(f"<w:txbxContent {W}><w:p><w:r><w:t>В рамке</w:t></w:r></w:p></w:txbxContent>"))
    paragraph.append(box)

    text = text_of(note)
    assert (1, True, False) == (text.count("Шифр 12-ОВ"), "В рамке" in text, "нет" in text)


def test_headers_and_footers_stand_above_the_first_heading(note: Any) -> None:
    """They belong to no chapter."""
    note.add_heading("Электроснабжение", 1)
    note.sections[0].header.paragraphs[0].text = "Шифр 12-ОВ"
    note.sections[0].footer.paragraphs[0].text = "Проектстрой"

    assert ["Шифр 12-ОВ", "Проектстрой", "", "", "# Электроснабжение"] == text_of(note).split("\n")


def with_notes(note: Any, kind: str, texts: list[str]) -> None:
    """Adds a part of notes of that kind to the document, with the ids 0, 1 and so on."""
    paragraphs = (f"<w:p><w:r><w:{kind}Ref/></w:r><w:r><w:t> {text}</w:t></w:r></w:p>" for text in texts)
    inner = "".join(f'<w:{kind} w:id="{number}">{paragraph}</w:{kind}>' for number, paragraph in enumerate(paragraphs))
    uri = docx.opc.packuri.PackURI(f"/word/{kind}s.xml")
    part = docx.opc.part.Part(uri, "application/xml", f"<w:{kind}s {W}>{inner}</w:{kind}s>".encode(), note.part.package)
    note.part.relate_to(part, f"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}s")


def refer(paragraph: Any, kind: str, number: int, more: str = "") -> None:
    """Refers to a note at the end of the paragraph."""
    paragraph._p.append(parse_xml(f'<w:r {W}><w:{kind}Reference w:id="{number}" {more}/></w:r>'))


@pytest.mark.parametrize("kind", ["footnote", "endnote"])
def test_a_note_stands_below_the_paragraph_that_refers_to_it(note: Any, kind: str) -> None:
    """With its number, which stands in the paragraph, too; a note that nothing refers to is not shown, and not read."""
    with_notes(note, kind, ["Без подсоса", "Удалена", "С подсосом"])
    for text, number in (("Расход 2400", 2), ("Расход 1700", 0)):
        refer(note.add_paragraph(text), kind, number)

    assert ["Расход 2400¹", "¹ С подсосом", "Расход 1700²", "² Без подсоса"] == text_of(note).split("\n")


def test_a_note_that_is_referred_to_again_has_one_number_and_one_line(note: Any) -> None:
    """Below the first of the paragraphs."""
    with_notes(note, "footnote", ["С подсосом", "Без подсоса"])
    for text, number in (("Расход 2400", 0), ("Расход 1700", 0), ("Расход 900", 1)):
        refer(note.add_paragraph(text), "footnote", number)

    assert ["Расход 2400¹", "¹ С подсосом", "Расход 1700¹", "Расход 900²", "² Без подсоса"] == text_of(note).split("\n")


def test_a_note_of_a_cell_stands_below_the_table(note: Any) -> None:
    """And within a deleted text there is none."""
    with_notes(note, "footnote", ["С подсосом", "Удалена"])
    table = table_of(note, [["Система", "Расход"], ["П1", "2400"]])
    refer(table.cell(1, 1).paragraphs[0], "footnote", 0)
    deleted = parse_xml(f'<w:del {W}><w:r><w:footnoteReference w:id="1"/></w:r></w:del>')
    table.cell(0, 0).paragraphs[0]._p.append(deleted)

    assert ["| П1 | 2400¹ |", "", "¹ С подсосом"] == text_of(note).split("\n")[2:]


def test_a_note_with_a_sign_of_its_own_has_no_number(note: Any) -> None:
    """The text shows that sign."""
    with_notes(note, "footnote", ["* С подсосом", "Без подсоса"])
    paragraph = note.add_paragraph("Расход 2400")
    refer(paragraph, "footnote", 0, 'w:customMarkFollows="1"')
    paragraph.add_run("*")
    refer(paragraph, "footnote", 1)

    assert ["Расход 2400*¹", "* С подсосом", "¹ Без подсоса"] == text_of(note).split("\n")


def test_a_comment_stands_below_the_paragraph_that_it_is_about(note: Any) -> None:
    """The text shows nothing of it."""
    with_notes(note, "comment", ["Уточнить"])
    refer(note.add_paragraph("Расход 2400"), "comment", 0)
    note.add_paragraph("Конец")

    assert ["Расход 2400", "Уточнить", "Конец"] == text_of(note).split("\n")


def test_headers_are_not_counted_with_the_paragraphs(note: Any) -> None:
    """Even if their paragraphs are of the same list."""
    note.sections[0].header.paragraphs[0].text = "Шифр"
    note.sections[0].header.paragraphs[0].style = note.styles["List Number"]
    note.add_paragraph("Первое", style="List Number")

    assert ["Шифр", "", "1. Первое"] == text_of(note).split("\n")


def test_a_document_of_deep_tables_is_read(note: Any) -> None:
    """Whatever is nested in it."""
    inner = "<w:p><w:r><w:t>слово</w:t></w:r></w:p>"
    for _ in range(60):
        inner = f"<w:tbl><w:tr><w:tc>{inner}</w:tc></w:tr></w:tbl>"
    note.element.body.insert(0, parse_xml(inner.replace("<w:tbl>", f"<w:tbl {W}>", 1)))

    assert "слово" in text_of(note)


@pytest.mark.parametrize(
    "kind",
    [
        "ms-word.document.macroEnabled.main",
        "openxmlformats-officedocument.wordprocessingml.template.main",
        "ms-word.template.macroEnabledTemplate.main",
    ],
)
def test_documents_with_macros_and_templates_are_read(note: Any, kind: str) -> None:
    """They are documents as others are; the macros are not looked at."""
    note.add_paragraph("Щит ВРУ-1")
    note.save(str(note.path))
    usual = b"openxmlformats-officedocument.wordprocessingml.document.main"
    changed(note.path, lambda name, data: (name, data.replace(usual, kind.encode()) if "Types" in name else data))

    assert "Щит ВРУ-1" == read_document(note.path.rename(note.path.with_suffix(".docm"))).pages[0].text


def test_formulas_and_signs_of_symbol_fonts_are_read(note: Any) -> None:
    """They stand among the words."""
    math = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    paragraph = note.add_paragraph("Расход ")._p
    paragraph.append(parse_xml(f'<m:oMath xmlns:m="{math}"><m:r><m:t>Q=12</m:t></m:r></m:oMath>'))
    paragraph.append(parse_xml(f'<w:r {W}><w:t xml:space="preserve"> при 95</w:t><w:sym w:font="Symbol" w:char="F0B0"/></w:r>'))

    assert "Расход Q=12 при 95°" == text_of(note)


def test_headers_of_even_pages_are_read(note: Any) -> None:
    """Where they differ from those of the others."""
    note.add_paragraph("Текст")
    note.sections[0].even_page_header.paragraphs[0].text = "Шифр 12-ОВ"

    assert "Шифр 12-ОВ" in text_of(note)


def test_entities_of_a_document_are_not_expanded(note: Any, tmp_path: Path) -> None:
    """Neither those that grow nor files of the server."""
    note.add_paragraph("Текст МЕСТО")
    note.save(str(note.path))
    (tmp_path / "secret").write_text("secret")
    doctype = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{tmp_path}/secret"><!ENTITY f "grown">]><w:document'.encode()

    def edit(name: str, data: bytes) -> tuple[str, bytes]:
        is_body = name == "word/document.xml"
        return name, data.replace("МЕСТО".encode(), b"&e;&f;").replace(b"<w:document", doctype, 1) if is_body else data

    assert "Текст" == read_document(changed(note.path, edit)).pages[0].text


@pytest.fixture
def book(tmp_path: Path) -> Any:
    """A new XLSX workbook with the path where `sheets_of` saves it."""
    book = openpyxl.Workbook()
    book.file = tmp_path / "Ведомость.xlsx"
    return book


def sheets_of(book: Any, **options: Any) -> list[str]:
    book.save(book.file)
    return [page.text for page in read_document(book.file, **options).pages]


def test_a_sheet_is_a_page_of_tables(book: Any) -> None:
    """An empty row is none of its rows, empty columns are left out, hidden sheets are read."""
    sheet = book.active
    sheet.title = "Двери"
    for row in (["Марка", None, "Кол."], ["Д-1", None, 12], [], ["Всего", None, 12], ["Брак", None, 0]):
        sheet.append(row)
    book.create_sheet("Пусто")
    hidden = book.create_sheet("Скрытый")
    hidden.sheet_state = "hidden"
    hidden.append(["А", "Б"])
    hidden.append(["В", "Г"])

    assert [
        "# Двери\n\n| Марка | Кол. |\n|---|---|\n| Д-1 | 12 |\n| Всего | 12 |\n| Брак | 0 |",
        "# Скрытый\n\n| А | Б |\n|---|---|\n| В | Г |",
    ] == sheets_of(book)


SPECIFICATION = [["Поз.", "Наименование", "Марка", "Кол."], [1, "Вентилятор", "ВР 80", 2], [2, "Калорифер", "КСк 3", 4]]


def lines_of(book: Any, rows: list[list[Any]]) -> list[str]:
    """The lines of the sheet with these rows, without empty ones and those of dashes."""
    for row in rows:
        book.active.append(row)
    return [line for line in sheets_of(book)[0].split("\n")[1:] if line and not line.startswith("|-")]


def test_rows_after_an_empty_one_go_on_with_their_table(book: Any) -> None:
    """Under the heads that they have there, with the names of their groups."""
    further = [[], [3, "Клапан", "КЛОП-1", 12], [], [None, "Отопление"], [4, "Радиатор", "РБС-500", 31]]

    assert [
        "| Поз. | Наименование | Марка | Кол. |",
        "| 1 | Вентилятор | ВР 80 | 2 |",
        "| 2 | Калорифер | КСк 3 | 4 |",
        "| 3 | Клапан | КЛОП-1 | 12 |",
        "|  | Отопление |  |  |",
        "| 4 | Радиатор | РБС-500 | 31 |",
    ] == lines_of(book, [*SPECIFICATION, *further])


@pytest.mark.parametrize(
    ("further", "line"),
    [
        ([["Щит", "Кабель", "Длина, м"], ["ЩО-1", "ВВГнг", 20]], "| Щит | Кабель | Длина, м |"),
        ([["Таблица 2 — Щиты"], ["ЩО-1", "ВВГ", 5, 20], ["ЩО-2", "ВВГ", 6, 30]], "Таблица 2 — Щиты"),
        ([["Таблица 2"], [5, "Щит", "ЩО-1", 20], [6, "Щит", "ЩО-2", 30]], "Таблица 2"),
        ([[None, None, None, None, "Длина"], [3, "Клапан", "КЛОП-1", 12, 5]], "Длина"),
        ([["Примечание: масса без рамы"]], "Примечание: масса без рамы"),
    ],
)
def test_a_table_of_its_own_after_an_empty_row_has_its_own_heads(book: Any, further: list[list[Any]], line: str) -> None:
    """Told by words for heads, a caption, or columns that the one before does not have."""
    assert line in lines_of(book, [*SPECIFICATION, [], *further])


def test_titles_and_entries_above_the_heads_are_lines(book: Any) -> None:
    """And a row of units belongs to the heads."""
    titles = [["Объект:", "Дом 2"], ["Шифр:", "12-ОВ"], ["Таблица 3", None, None, "Лист 1"]]
    heads = [["Щит", "Руст", "Рр", "Кабель"], [None, "кВт", "кВт"]]

    assert [
        "Объект: Дом 2",
        "Шифр: 12-ОВ",
        "Таблица 3 Лист 1",
        "| Щит | Руст кВт | Рр кВт | Кабель |",
        "| ЩО-1 | 11 | 8 | ВВГ |",
    ] == lines_of(book, [*titles, *heads, ["ЩО-1", 11, 8, "ВВГ"]])


@pytest.mark.parametrize(
    ("value", "shape", "shown"),
    [
        (3.14159, "0.00", "3.14"),
        (0.125, "0.0%", "12.5%"),
        (0.1 + 0.2, "General", "0.3"),
        (1234567.5, "#,##0.0", "1234567.5"),
        (1e20, "General", "1e+20"),
        (770123456789, "General", "770123456789"),
        (770123456789.0, "General", "770123456789"),
        (dt.date(2026, 11, 28), "dd.mm.yyyy", "28.11.2026"),
        (dt.datetime(2026, 11, 28, 9, 5), "dd.mm.yyyy hh:mm", "28.11.2026 09:05"),  # noqa: DTZ001 (a cell has no time zone)
        (dt.time(9, 5), "hh:mm", "09:05"),
        (dt.timedelta(hours=30), "[h]:mm", "30:00"),
        (7, "000", "007"),
        (1500.5, '#,##0.00" руб. 2.000"', "1500.50 руб. 2.000"),
        (0.00012, "0.00E+00", "0.00012"),
        (17300, "#,##0", "17300"),
        (0.25, "General", "0.25"),
        (True, "General", "True"),
        ("  текст ", "@", "текст"),
    ],
)
def test_values_are_shown_as_their_format_says(book: Any, value: Any, shape: str, shown: str) -> None:
    """Places, per cent and dates."""
    book.active.append(["Значение", "Ед."])
    book.active.append([value, "x"])
    book.active.cell(2, 1).number_format = shape

    assert f"| {shown} | x |" in sheets_of(book)[0]


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([("24 м", 0), ("2", 8), (" и H", 0), ("2", -2), ("O", 0)], "24 м² и H2O"),
        ([("3600", 0), ("1", 8), ("2", 8), (" куб", 0)], "3600¹² куб"),
        ([("24", 6), ("00", 6)], "2400"),
        ([("Лист ", 0), ("2", 6)], "Лист 2"),
        ([("Лист", 0), ("2", 2)], "Лист2"),
    ],
    ids=["above and below", "two runs", "all of a line", "after a space", "hardly"],
)
def test_figures_that_are_lifted_above_the_text_before_are_superscripts(
    note: Any, runs: list[tuple[str, int]], expected: str
) -> None:
    """As LibreOffice writes those of HTML: by how many halves of a point, without the word superscript."""
    paragraph = note.add_paragraph()
    for text, lifted in runs:
        run = paragraph.add_run(text)
        if lifted:
            run._r.get_or_add_rPr().append(parse_xml(f'<w:position {W} w:val="{lifted}"/>'))

    assert expected == text_of(note)


def test_raised_figures_in_a_cell_are_superscripts(book: Any) -> None:
    """Whether its text stands in the sheet or among the strings of the workbook."""
    raised = "<r><t>30·10</t></r><r><rPr><vertAlign val='superscript'/></rPr><t>3</t></r>"
    path = with_rows(book, f'<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is>{raised}</is></c></row>')
    with_strings(path, "xl/sharedStrings.xml", f"<si>{raised}</si>")

    assert "30·10³ | 30·10³" in read_document(path).pages[0].text


def test_a_cell_at_the_far_corner_costs_nothing(book: Any) -> None:
    """Nor is it lost."""
    book.active["A1"], book.active["B1"] = "Марка", "Кол."
    book.active["XFD1048576"] = "угол"

    assert "угол" in sheets_of(book)[0]


def changed(path: Path, edit: Callable[[str, bytes], tuple[str, bytes]]) -> Path:
    """The archive with each of its parts as `edit` gives it."""
    with zipfile.ZipFile(path) as archive:
        parts = [edit(name, archive.read(name)) for name in archive.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts:
            archive.writestr(name, data)
    return path


def with_rows(book: Any, xml: str) -> Path:
    """The workbook with its first sheet's rows written as given."""
    book.save(book.file)
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{xml}</sheetData></worksheet>'.encode()
    return changed(book.file, lambda name, data: (name, sheet if name == "xl/worksheets/sheet1.xml" else data))


def with_strings(path: Path, name: str, xml: str) -> None:
    """Adds a part of that name with the strings of the workbook, and says that it is xl/sharedStrings.xml."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    said = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'.encode()
    changed(path, lambda part, data: (part, data.replace(b"</Types>", said)))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, f'<sst xmlns="{MAIN}">{xml}</sst>')


def test_rows_that_end_at_the_last_column_cost_what_their_cells_do(book: Any) -> None:
    """By the count of what is made of them: filled up, they would have been 160 million cells, and the reader out of time."""
    rows = "".join(f'<row r="{row}"><c r="A{row}"><v>1</v></c><c r="XFD{row}"><v>2</v></c></row>' for row in range(1, 10_001))

    assert 10_002 == read_document(with_rows(book, rows)).pages[0].text.count("\n")


def test_a_row_beyond_the_last_is_named_and_waited_for_by_nobody(book: Any) -> None:
    """A number that Excel does not know was counted up to, row by row."""
    last = '<row r="999999999999"><c r="A999999999999"><v>5</v></c></row>'
    document = read_document(with_rows(book, '<row r="1"><c r="A1"><v>1</v></c></row>' + last))

    assert ("# Sheet\n\n1", (UnreadPart(kind="too_many_pages", pages=(1,)),)) == (document.pages[0].text, document.unread)


def test_entities_are_not_expanded(book: Any) -> None:
    """Neither those that grow nor files of the server."""
    inner = '<row r="1"><c r="A1" t="inlineStr"><is><t>&e;</t></is></c></row>'
    path = with_rows(book, inner)
    doctype = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    changed(path, lambda name, data: (name, doctype + data if name == "xl/worksheets/sheet1.xml" else data))

    assert "damaged" in reason_for(path)


def test_merged_cells_of_a_sheet_keep_their_rows_and_columns(book: Any) -> None:
    """A title is a line above the table, heads of two rows become one, a cell that spans rows stands in each."""
    for row in (
        ["Ведомость дверей"],
        ["Этаж", "Размер", None, "Кол."],
        [None, "Ш", "В", None],
        ["1 этаж", 900, 2100, 4],
        [None, 800, 2100, 2],
        ["Итого", None, None, 6],
    ):
        book.active.append(row)
    for cells in ("A1:D1", "A2:A3", "B2:C2", "D2:D3", "A4:A5"):
        book.active.merge_cells(cells)

    assert [
        "# Sheet",
        "",
        "Ведомость дверей",
        "| Этаж | Размер Ш | Размер В | Кол. |",
        "|---|---|---|---|",
        "| 1 этаж | 900 | 2100 | 4 |",
        "| 1 этаж | 800 | 2100 | 2 |",
        "| Итого |  |  | 6 |",
    ] == sheets_of(book)[0].split("\n")


def test_merged_cells_without_end_cost_their_rows_only(book: Any) -> None:
    """A range may go to the last row."""
    book.active.append(["Этаж", "Кол."])
    book.active.append([1, 2])
    book.save(book.file)
    spans = b'</sheetData><mergeCells><mergeCell ref="A2:A1048576"/><mergeCell ref="A1:XFD1"/></mergeCells>'
    changed(book.file, lambda name, data: (name, data.replace(b"</sheetData>", spans)))

    assert "| Этаж | Кол. |\n|---|---|\n| 1 | 2 |" in read_document(book.file).pages[0].text


def test_comments_labels_headers_and_footers_of_a_sheet_are_read(book: Any) -> None:
    """They stand beside its cells."""
    book.active.append(["Марка", "Кол."])
    book.active.append(["Д-1", 12])
    book.active["B2"].comment = Comment("Уточнить у заказчика", "ГИП")
    book.active.oddHeader.center.text = "Шифр 12-АР"
    book.active.oddFooter.right.text = "&P"
    chart = BarChart()
    chart.title = "Расход по этажам"
    book.active.add_chart(chart, "D4")

    assert ["Шифр 12-АР", "", "B2: Уточнить у заказчика", "Расход по этажам"] == sheets_of(book)[0].split("\n")[-4:]


def test_a_chart_sheet_does_not_hide_the_others(book: Any) -> None:
    """Even an empty one."""
    book.active.append(["Марка", "Кол."])
    book.create_chartsheet("Диаграмма")

    assert ["# Sheet\n\nМарка | Кол."] == sheets_of(book)


def test_a_workbook_of_1c_is_read(book: Any) -> None:
    """The name of the part with its strings differs in a capital from what is said of it."""
    path = with_rows(book, '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>')
    with_strings(path, "xl/SharedStrings.xml", "<si><t>Марка</t></si><si><t>Кол.</t></si>")

    assert "Марка | Кол." in read_document(path).pages[0].text


def test_a_macro_workbook_is_read(book: Any) -> None:
    """As one without macros."""
    book.active.append(["Марка", "Кол."])
    book.save(book.file)
    kinds = b"spreadsheetml.sheet.main", b"ms-excel.sheet.macroEnabled.main"
    other = (b"application/vnd.openxmlformats-officedocument." + kinds[0], b"application/vnd." + kinds[1])
    changed(book.file, lambda name, data: (name, data.replace(*other)))

    assert "Марка | Кол." in read_document(book.file.rename(book.file.with_suffix(".xlsm"))).pages[0].text


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_hidden_sheets_are_read_and_named(book: Any, state: str) -> None:
    """Whoever opens the workbook does not see them; those without any value say nothing."""
    book.active.append(["Щит", "ВРУ-1"])
    for title, row in (("Черновик", ["Щит", "ВРУ-2"]), ("Пусто", [])):
        sheet = book.create_sheet(title)
        sheet.sheet_state = state
        sheet.append(row)
    book.save(book.file)
    document = read_document(book.file)

    assert "ВРУ-2" in document.pages[1].text
    assert (UnreadPart(kind="hidden_sheets", names=("Черновик",)),) == document.unread


def test_formulas_without_a_stored_result_are_named(book: Any) -> None:
    """By their sheets, as openpyxl and others write them; a result that is an empty text is one."""
    book.active.append(["Марка", "Кол."])
    book.active.append(["Д-1", "=SUM(B4:B9)"])
    sheet = book.create_sheet("Итог")
    sheet.append(["Всего", "=1+1", '=""'])
    book.save(book.file)

    def edit(name: str, data: bytes) -> tuple[str, bytes]:
        data = data.replace(b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>")
        return name, data.replace(b'<c r="C1"><f>""', b'<c r="C1" t="str"><f>""')

    document = read_document(changed(book.file, edit))
    assert (UnreadPart(kind="uncalculated", pages=(1,)),) == document.unread
    assert "| Д-1 |  |" in document.pages[0].text


@pytest.mark.parametrize(
    ("asks", "results", "expected"),
    [
        (b'fullCalcOnLoad="1"', ("0", "0"), ("", "")),
        (b'fullCalcOnLoad="1"', ("0", "7"), ("0", "7")),
        (b"", ("0", "0"), ("0", "0")),
    ],
    ids=["not calculated", "calculated", "asks for nothing"],
)
def test_zeros_of_a_program_that_cannot_calculate_are_no_results(
    book: Any, asks: bytes, results: tuple[str, str], expected: tuple[str, str]
) -> None:
    """XlsxWriter stores 0 for each formula and asks for a calculation: a quote would show a total of 0."""
    for row in [("Прибор", "Кол.", "Всего"), ("Радиатор", 8, "=B2*2"), ("Конвектор", 0, "=B3*2")]:
        book.active.append(row)
    book.save(book.file)

    def edit(name: str, data: bytes) -> tuple[str, bytes]:
        data = data.replace(b'fullCalcOnLoad="1"', asks)
        for formula, result in zip((b"B2*2", b"B3*2"), results, strict=True):
            data = data.replace(b"<f>%s</f><v></v>" % formula, b"<f>%s</f><v>%s</v>" % (formula, result.encode()))
            data = data.replace(b"<f>%s</f><v />" % formula, b"<f>%s</f><v>%s</v>" % (formula, result.encode()))
        return name, data

    document = read_document(changed(book.file, edit))
    assert f"| Радиатор | 8 | {expected[0]} |\n| Конвектор | 0 | {expected[1]} |" in document.pages[0].text
    assert ("" in expected) == bool(document.unread)


def test_a_workbook_of_formulas_alone_says_what_to_do(book: Any) -> None:
    """Programs that write a workbook do not calculate it."""
    book.active.append(["=1+1"])
    book.save(book.file)

    assert "formulas" in reason_for(book.file)


def test_sheets_beyond_the_limit_are_named(book: Any) -> None:
    """As the pages of other documents."""
    for sheet in (book.active, book.create_sheet("2"), book.create_sheet("3")):
        sheet.append(["А", "Б"])
        sheet.append(["В", "Г"])
    book.save(book.file)
    document = read_document(book.file, limits=Limits(pages=1))

    assert (1, 3, (UnreadPart(kind="too_many_pages", pages=(2, 3)),)) == (
        len(document.pages),
        document.page_count,
        document.unread,
    )


def test_an_upload_without_a_name_of_its_own_is_read(book: Any, note: Any, tmp_path: Path) -> None:
    """The local server keeps uploads under their ids."""
    book.active.append(["Марка", "Кол."])
    book.active.append(["Д-1", 12])
    sheets_of(book)
    note.add_paragraph("Щит ВРУ-1")
    text_of(note)

    assert "Д-1" in read_document(book.file.rename(tmp_path / "id-1"), "a.xlsx").pages[0].text
    assert "Щит ВРУ-1" == read_document(note.path.rename(tmp_path / "id-2"), "a.docx").pages[0].text


def reason_for(path: Path) -> str:
    with pytest.raises(UnreadableDocumentError) as caught:
        read_document(path)
    return str(caught.value.reason)


def test_what_is_broken_empty_or_no_office_document_is_told(tmp_path: Path, book: Any) -> None:
    """In words."""
    (tmp_path / "a.docx").write_bytes(b"PK\x03\x04nonsense")
    with zipfile.ZipFile(tmp_path / "b.docx", "w") as archive:
        archive.writestr("word/document.xml", "<nonsense")
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("a.txt", "text")
    book.save(book.file)

    assert "damaged" in reason_for(tmp_path / "a.docx")
    assert "damaged" in reason_for(tmp_path / "b.docx")
    assert "archive" in reason_for(tmp_path / "c.zip")
    assert "no text" in reason_for(book.file)


def test_an_archive_that_unpacks_to_gigabytes_is_not_opened(tmp_path: Path) -> None:
    """What its parts say of their size is added up first."""
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/sharedStrings.xml", "w") as part:
            block = b" " * 1024 * 1024
            for _ in range(600):
                part.write(block)

    assert "512 MB" in reason_for(path)
