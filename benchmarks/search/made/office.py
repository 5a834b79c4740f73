"""Documents that are not PDF: the minutes of a meeting, a design brief, a schedule of finishes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from html import escape

DATE = (2025, 3, 14, 9, 0, 0)
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
KIND = "application/vnd.openxmlformats-officedocument"


def minutes() -> bytes:
    """Minutes as HTML, with a list and a table."""
    return (
        "<!doctype html><html lang='ru'><head><meta charset='utf-8'><title>Протокол совещания № 9</title></head><body>"
        "<h1>Протокол технического совещания № 9</h1><p>15 мая 2024 года, строительная площадка.</p><h2>Слушали</h2>"
        "<p>О замене фасадных кассет: поставщик сорвал срок, предложены композитные панели того же цвета RAL 7024.</p>"
        "<h2>Решили</h2><table><tr><th>Поручение</th><th>Ответственный</th><th>Срок</th></tr>"
        "<tr><td>Согласовать панели с главным архитектором</td><td>Авдеев</td><td>24.05.2024</td></tr>"
        "<tr><td>Перенести лоток из-под ригеля оси 6</td><td>Тихонова</td><td>20.05.2024</td></tr>"
        "<tr><td>Выдать исправленный лист узлов парапета</td><td>Кузьмина</td><td>31.05.2024</td></tr></table>"
        "<p>Башенный кран демонтировать до начала монтажа кровли.</p></body></html>"
    ).encode()


def brief() -> bytes:
    """A design brief as DOCX: headings, paragraphs, a table."""
    body = [
        _paragraph("Задание на проектирование", "Heading1"),
        _paragraph("1. Основание: муниципальная программа «Здоровье», контракт № 0130-24/ПИР от 15.01.2024."),
        _paragraph("2. Мощность: 320 посещений в смену, численность персонала 96 человек."),
        _paragraph("Требования к отделке", "Heading1"),
        _paragraph("Стены рентгенкабинета отделать баритовой штукатуркой, свинцовый эквивалент 1,5 мм."),
        _table(
            [
                ("Показатель", "Значение"),
                ("Этажность", "3 этажа и подвал"),
                ("Срок проектирования", "210 календарных дней"),
                ("Стадийность", "проектная и рабочая документация"),
                ("Гарантийный срок", "60 месяцев"),
            ]
        ),
        _paragraph("Очерёдность: пусковой комплекс один; существующая амбулатория работает без остановки."),
    ]
    return _packed(
        {
            "word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body>{"".join(body)}</w:body></w:document>',
            "word/styles.xml": f'<w:styles xmlns:w="{WORD}"><w:style w:type="paragraph" w:styleId="Heading1">'
            '<w:name w:val="heading 1"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style></w:styles>',
            "word/_rels/document.xml.rels": _relations(("styles", "styles.xml")),
        },
        ("word/document.xml", f"{KIND}.wordprocessingml.document.main+xml"),
        ("word/styles.xml", f"{KIND}.wordprocessingml.styles+xml"),
    )


def finishes() -> bytes:
    """A schedule of finishes and one of doors as XLSX, a sheet each."""
    rooms = [
        ("Помещение", "Потолок", "Стены", "Пол"),
        ("102 Вестибюль", "подвесной «Грильято»", "декоративная штукатурка", "керамогранит 600×600"),
        ("106 Кабинет терапевта", "«Армстронг»", "окраска влагостойкая", "линолеум антистатический"),
        ("108 Рентгенкабинет", "окраска", "баритовая штукатурка", "линолеум антистатический"),
        ("112 Буфет", "реечный", "плитка керамическая на 2,1 м", "керамогранит 300×300"),
    ]
    doors = [
        ("Марка", "Обозначение", "Размер, мм", "Количество", "Примечание"),
        ("Д-1", "ДГ 21-10", "970×2070", "38", ""),
        ("Д-2", "ДГ 21-13", "1270×2070", "11", "двупольная"),
        ("ДП-3", "ДПМ-01/60", "1000×2100", "4", "EI 60, с доводчиком"),
        ("ДЗ-1", "рентгенозащитная", "1200×2100", "2", "Pb 1,5"),
    ]
    return _packed(
        {
            "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}"><sheets><sheet name="Отделка" sheetId="1" r:id="rId1"/>'
            '<sheet name="Двери" sheetId="2" r:id="rId2"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": _relations(
                ("worksheet", "worksheets/sheet1.xml"), ("worksheet", "worksheets/sheet2.xml")
            ),
            "xl/worksheets/sheet1.xml": _cells(rooms),
            "xl/worksheets/sheet2.xml": _cells(doors),
        },
        ("xl/workbook.xml", f"{KIND}.spreadsheetml.sheet.main+xml"),
        ("xl/worksheets/sheet1.xml", f"{KIND}.spreadsheetml.worksheet+xml"),
        ("xl/worksheets/sheet2.xml", f"{KIND}.spreadsheetml.worksheet+xml"),
    )


def _paragraph(text: str, style: str = "") -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f'<w:p>{properties}<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'


def _table(rows: Sequence[Sequence[str]]) -> str:
    cells = ["".join(f"<w:tc><w:tcPr/>{_paragraph(cell)}</w:tc>" for cell in row) for row in rows]
    grid = "<w:gridCol/>" * len(rows[0])
    return f"<w:tbl><w:tblPr/><w:tblGrid>{grid}</w:tblGrid>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"


def _cells(rows: Sequence[Sequence[str]]) -> str:
    def cell(column: int, line: int, text: str) -> str:
        return f'<c r="{"ABCDEFGH"[column]}{line}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'

    lines = [
        f'<row r="{line}">{"".join(cell(column, line, text) for column, text in enumerate(row))}</row>'
        for line, row in enumerate(rows, start=1)
    ]
    return f'<worksheet xmlns="{SHEET}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def _relations(*targets: tuple[str, str]) -> str:
    lines = [
        f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    ]
    return f'<Relationships xmlns="{RELATIONS}">{"".join(lines)}</Relationships>'


def _packed(parts: dict[str, str], main: tuple[str, str], *others: tuple[str, str]) -> bytes:
    kinds = "".join(f'<Override PartName="/{part}" ContentType="{kind}"/>' for part, kind in (main, *others))
    relations = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    head = {
        "[Content_Types].xml": f'<Types xmlns="{TYPES}">{relations}<Default Extension="xml" ContentType="application/xml"/>{kinds}</Types>',
        "_rels/.rels": _relations(("officeDocument", main[0])),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in {**head, **parts}.items():
            archive.writestr(zipfile.ZipInfo(name, DATE), DECLARATION + content)
    return file.getvalue()
