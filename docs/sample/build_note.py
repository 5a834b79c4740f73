"""Builds the sample document ``note.pdf``: the explanatory note of an invented building, seven pages of Russian prose and tables.

Run ``python docs/sample/build_note.py`` after changing `note_text.py` and commit both. It needs fpdf2 (part of the extra `dev`)
and the DejaVu Sans fonts, which Debian has as ``fonts-dejavu-core`` and Fedora as ``dejavu-sans-fonts``; where they live
elsewhere, name their folder with ``--font-dir``. ``--out`` writes to another place. The same text, fonts and fpdf2 give the same
bytes: dates are fixed.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import singledispatchmethod
from pathlib import Path

from fpdf import FPDF, FontFace
from fpdf.enums import Align, VAlign, XPos, YPos

sys.path.insert(0, str(Path(__file__).parent))  # for a caller that loads this file by its path

from note_text import CODE, OBJECT, SECTIONS, TITLE, Bullets, Heading, Paragraph, Section, Table

__all__ = ["Note", "build", "find_fonts", "main"]

HERE = Path(__file__).parent
WRITTEN = datetime(2025, 3, 14, 9, 0, tzinfo=UTC)
FACES = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}
GREY = 232

# All in millimetres: an A4 sheet with the frame of Russian project documents, wide on the bound side.
FRAME = (20, 5, 185, 287)
STRIP = 12
TEXT_LEFT, TEXT_RIGHT, TEXT_TOP = 27, 12, 13


def font_folders() -> Iterator[Path]:
    """Where systems keep DejaVu: Debian, Fedora, Arch, macOS, Windows, and a user's own fonts."""
    home = Path.home()
    yield from map(
        Path,
        (
            "/usr/share/fonts/truetype/dejavu",
            "/usr/share/fonts/dejavu-sans-fonts",
            "/usr/share/fonts/dejavu",
            "/usr/share/fonts/TTF",
            "/Library/Fonts",
            "/opt/homebrew/share/fonts",
        ),
    )
    yield from (home / "Library/Fonts", home / ".local/share/fonts", home / ".fonts")
    yield Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts"
    if local := os.environ.get("LOCALAPPDATA"):
        yield Path(local) / "Microsoft/Windows/Fonts"


def find_fonts(folder: Path | None = None) -> Path:
    """The folder that has every face, `folder` or the first of the usual ones; raises `FileNotFoundError` where none has."""
    for candidate in [folder] if folder else font_folders():
        if all((candidate / file).is_file() for file in FACES.values()):
            return candidate
    where = f"in {folder}" if folder else "in the usual places"
    raise FileNotFoundError(f"no {' and '.join(FACES.values())} {where}: install DejaVu Sans or name its folder with --font-dir")


class Note(FPDF):
    """A note on framed A4 sheets: a title page, then one section a page."""

    def __init__(self, fonts: Path) -> None:
        super().__init__()
        for style, file in FACES.items():
            self.add_font("DejaVu", style, fonts / file)
        self.set_margins(TEXT_LEFT, TEXT_TOP, TEXT_RIGHT)
        self.set_auto_page_break(auto=True, margin=STRIP + 7)
        self.set_creation_date(WRITTEN)
        self.set_title(f"{OBJECT}. Пояснительная записка")
        self.set_subject(CODE)
        self.set_lang("ru-RU")

    def header(self) -> None:
        """The frame; fpdf2 calls this at the head of every sheet."""
        self.set_line_width(0.6)
        self.rect(*FRAME)

    def footer(self) -> None:
        """The strip with code, building and sheet number, but not on the title page; called at the foot of every sheet."""
        if self.page_no() == 1:
            return
        left, _, width, height = FRAME
        top = FRAME[1] + height - STRIP
        self.line(left, top, left + width, top)
        for x in (left + 38, left + width - 22):
            self.line(x, top, x, top + STRIP)
        self._font(8.5)
        page = f"Лист {self.page_no()}"
        for x, cell_width, text in ((left, 38, CODE), (left + 38, width - 60, OBJECT), (left + width - 22, 22, page)):
            self.set_xy(x, top)
            self.cell(cell_width, STRIP, text, align=Align.C)

    def title_page(self) -> None:
        """The first sheet."""
        kind, name, address, document, parts, volume, year = TITLE
        self.add_page()
        for y, size, style, text in (
            (42, 12, "", kind),
            (66, 17, "B", name),
            (80, 11, "", address),
            (118, 22, "B", document.upper()),
            (136, 11, "", parts),
            (164, 13, "B", CODE),
            (174, 12, "", volume),
            (272, 11, "", year),
        ):
            self.set_y(y)
            self._font(size, style)
            self.multi_cell(0, size * 0.5, text, align=Align.C)
        self._contents(at=196)

    def _contents(self, at: float) -> None:
        self.set_y(at)
        self._font(10, "B")
        self.cell(0, 7, "Содержание", align=Align.C, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self._font(9.5)
        for page, section in enumerate(SECTIONS, start=2):
            self.set_x(48)
            self.cell(100, 6.2, section.title)
            self.cell(22, 6.2, f"лист {page}", align=Align.R, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def section(self, section: Section) -> None:
        """One sheet; raises `ValueError` where its text is longer than that."""
        self.add_page()
        page = self.page_no()
        self._font(14, "B")
        self.multi_cell(0, 7, section.title, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        for block in section.blocks:
            self.block(block)
        if self.page_no() != page:
            raise ValueError(f"section {section.title!r} does not fit on one page")

    @singledispatchmethod
    def block(self, block: object) -> None:
        """Lays one block out below the last one."""
        raise TypeError(block)

    @block.register
    def _(self, block: Heading) -> None:
        self.ln(2.6)
        self._font(10.5, "B")
        self.multi_cell(0, 5.6, block.text, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    @block.register
    def _(self, block: Paragraph) -> None:
        self.ln(1)
        self._font(9.8)
        self.multi_cell(0, 5, block.text, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    @block.register
    def _(self, block: Bullets) -> None:
        self.ln(1)
        self._font(9.8)
        for item in block.items:
            self.set_x(self.l_margin + 4)
            self.multi_cell(0, 5, f"– {item}", align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    @block.register
    def _(self, block: Table) -> None:
        self.ln(3)
        self._font(8.6)
        self.cell(0, 5.4, block.caption, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self._font(7.2 if len(block.widths) > 6 else 8.6)
        self.set_line_width(0.2)
        head = FontFace(emphasis="BOLD", fill_color=GREY)
        aligns = tuple(Align.L if column == block.left else Align.C for column, _ in enumerate(block.widths))
        with self.table(
            col_widths=block.widths,
            width=int(self.epw),
            align=Align.L,
            line_height=4,
            text_align=aligns,
            v_align=VAlign.M,
            headings_style=head,
            padding=1,
        ) as table:
            for row in block.rows:
                table.row(row)
        self.ln(1.5)

    def _font(self, size: float, style: str = "") -> None:
        self.set_font("DejaVu", style, size)


def build(fonts: Path, sections: Sequence[Section] = SECTIONS) -> bytes:
    """The whole note as the bytes of a PDF, set in the faces that `fonts` has."""
    note = Note(fonts)
    note.title_page()
    for section in sections:
        note.section(section)
    return bytes(note.output())


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line: 0 when the PDF is written, 1 with one line on stderr when it cannot be."""
    parser = argparse.ArgumentParser(description="Build docs/sample/note.pdf")
    parser.add_argument("--font-dir", type=Path, help="folder with DejaVuSans.ttf and DejaVuSans-Bold.ttf")
    parser.add_argument("--out", type=Path, default=HERE / "note.pdf")
    options = parser.parse_args(arguments)
    try:
        options.out.write_bytes(build(find_fonts(options.font_dir)))
    except OSError as error:
        sys.stderr.write(f"build_note: {error}\n")
        return 1
    sys.stdout.write(f"{options.out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
