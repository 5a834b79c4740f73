"""Sheets of Russian project documents: text, tables, title blocks, rotated labels, pictures without text."""

from __future__ import annotations

import importlib
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from fpdf import FPDF, FontFace
from fpdf.enums import Align, XPos, YPos
from PIL import Image, ImageDraw

WRITTEN = datetime(2025, 3, 14, 9, 0, tzinfo=UTC)
FACES = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}

Row = Sequence[str]


def fonts() -> Path:
    """The folder of the DejaVu fonts; raises `FileNotFoundError` where they are not installed."""
    found: Path = importlib.import_module("docs.sample.build_note").find_fonts()
    return found


class Sheets(FPDF):
    """A document with a running title and, at the foot of each sheet, its code and number; the same calls give the same bytes."""

    def __init__(
        self,
        code: str,
        running_title: str,
        *,
        paper: Literal["A4", "A3"] = "A4",
        orientation: Literal["portrait", "landscape"] = "portrait",
    ) -> None:
        super().__init__(orientation=orientation, format=paper)
        self._code, self._running_title = code, running_title
        self._scans = set[int]()
        folder = fonts()
        for style, file in FACES.items():
            self.add_font("DejaVu", style, folder / file)
        self.set_margins(22, 18, 12)
        self.set_auto_page_break(auto=True, margin=20)
        self.set_creation_date(WRITTEN)
        self.set_lang("ru-RU")
        self.set_font("DejaVu", size=10)

    def header(self) -> None:
        """The running title; fpdf2 calls this at the head of every sheet."""
        if self.page_no() in self._scans:
            return
        self.set_font("DejaVu", size=8)
        self.set_xy(self.l_margin, 8)
        self.cell(0, 5, self._running_title, align=Align.C, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(5)
        self.set_font("DejaVu", size=10)

    def footer(self) -> None:
        """The code and the number of the sheet; called at the foot of every sheet."""
        if self.page_no() in self._scans:
            return
        self.set_font("DejaVu", size=8)
        self.set_xy(self.l_margin, -14)
        self.cell(80, 5, self._code)
        self.cell(0, 5, f"Лист {self.page_no()}", align=Align.R)

    def chapter(self, title: str) -> None:
        """The heading of a chapter, below what is on the sheet."""
        self.ln(2)
        self.set_font("DejaVu", "B", 13)
        self.multi_cell(0, 7, title, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(1)
        self.set_font("DejaVu", size=10)

    def say(self, *paragraphs: str) -> None:
        """Paragraphs over the whole width."""
        for paragraph in paragraphs:
            self.multi_cell(0, 5.2, paragraph, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            self.ln(1.2)

    def rows(self, head: Row, rows: Sequence[Row], widths: Sequence[int], caption: str = "") -> None:
        """A table with a row of column heads, repeated on each sheet."""
        if caption:
            self.ln(1)
            self.multi_cell(0, 5.2, caption, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_font("DejaVu", size=8)
        bold = FontFace(emphasis="BOLD")
        with self.table(col_widths=tuple(widths), line_height=4.4, headings_style=bold, text_align=Align.L, padding=0.8) as table:
            for row in (head, *rows):
                table.row(row)
        self.set_font("DejaVu", size=10)
        self.ln(2)

    def label(self, x: float, y: float, text: str, *, size: float = 8, turned: bool = False) -> None:
        """A label of a drawing at that place of the sheet, read from below where it is `turned`."""
        self.set_font("DejaVu", size=size)
        if turned:
            with self.rotation(90, x, y):
                self.text(x, y, text)
        else:
            self.text(x, y, text)

    def title_block(self, sheet_name: str, scale: str, names: Sequence[tuple[str, str]]) -> None:
        """The block in the lower right corner of a drawing: who made it, what it shows, its scale."""
        left, top = self.w - 12 - 185, self.h - 20 - 45
        self.rect(left, top, 185, 45)
        for number, (role, name) in enumerate(names):
            self.label(left + 3, top + 6 + 6 * number, role)
            self.label(left + 27, top + 6 + 6 * number, name)
        for x, y, text in (
            (left + 70, top + 8, self._code),
            (left + 70, top + 20, self._running_title),
            (left + 70, top + 32, sheet_name),
            (left + 150, top + 32, "Масштаб"),
            (left + 168, top + 32, scale),
            (left + 150, top + 40, "Стадия Р"),
        ):
            self.label(x, y, text)

    def scan(self, seed: int) -> None:
        """A sheet that is a picture: strokes where a scan has lines of text, and no text."""
        self._scans.add(self.page_no() + 1)
        self.add_page()
        picture = Image.new("L", (420, 594), 250)
        draw = ImageDraw.Draw(picture)
        for line in range(40):
            x = 40
            while x < 380:
                width = 6 + (line * 31 + x * 17 + seed * 13) % 37
                draw.rectangle((x, 40 + line * 13, min(x + width, 385), 46 + line * 13), fill=60)
                x += width + 6
        file = io.BytesIO()
        picture.save(file, "PNG")
        self.image(file, 0, 0, self.w, self.h)

    def bytes(self) -> bytes:
        """The PDF."""
        return bytes(self.output())
