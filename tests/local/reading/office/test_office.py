"""DOCX and XLSX as text."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from docx.oxml import OxmlElement, parse_xml

from aizoomdoc_client.local.reading import Limits, UnreadableDocumentError, UnreadPart, read_document

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
    assert ["## Щиты", "Щит ВРУ-1 стоит там.", "Первое", "| Щит | Ток |", "|---|---|", "| ВРУ-1 | 400 А |", "Конец."] == lines


def test_merged_cells_keep_their_columns(note: Any) -> None:
    """Across they are followed by empty cells, down they are repeated."""
    table = note.add_table(rows=3, cols=3)
    for number, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = str(number)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "Шапка"
    table.cell(1, 0).merge(table.cell(2, 0)).text = "Этаж"

    rows = [line for line in text_of(note).split("\n") if line.startswith("|")]
    assert ["| Шапка |  | 2 |", "|---|---|---|", "| Этаж | 4 | 5 |", "| Этаж | 7 | 8 |"] == rows


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


def test_a_document_of_deep_tables_is_read(note: Any) -> None:
    """Whatever is nested in it."""
    inner = "<w:p><w:r><w:t>слово</w:t></w:r></w:p>"
    for _ in range(60):
        inner = f"<w:tbl><w:tr><w:tc>{inner}</w:tc></w:tr></w:tbl>"
    note.element.body.insert(0, parse_xml(inner.replace("<w:tbl>", f"<w:tbl {W}>", 1)))

    assert "слово" in text_of(note)


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
    """An empty row parts two of them, empty columns are left out, hidden sheets are read."""
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
        "# Двери\n\n| Марка | Кол. |\n|---|---|\n| Д-1 | 12 |\n\n| Всего | 12 |\n|---|---|\n| Брак | 0 |",
        "# Скрытый\n\n| А | Б |\n|---|---|\n| В | Г |",
    ] == sheets_of(book)


@pytest.mark.parametrize(
    ("value", "shape", "shown"),
    [
        (3.14159, "0.00", "3.14"),
        (0.125, "0.0%", "12.5%"),
        (0.1 + 0.2, "General", "0.3"),
        (1234567.5, "#,##0.0", "1234567.5"),
        (1e20, "General", "1e+20"),
        (dt.date(2026, 11, 28), "dd.mm.yyyy", "28.11.2026"),
        (dt.datetime(2026, 11, 28, 9, 5), "dd.mm.yyyy hh:mm", "28.11.2026 09:05"),  # noqa: DTZ001 (a cell has no time zone)
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


def test_a_cell_at_the_far_corner_costs_nothing(book: Any) -> None:
    """Nor is it lost."""
    book.active["A1"], book.active["B1"] = "Марка", "Кол."
    book.active["XFD1048576"] = "угол"

    assert "угол" in sheets_of(book)[0]


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
