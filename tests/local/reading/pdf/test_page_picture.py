"""Pages of a PDF as pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from aizoomdoc_client.local.reading.ocr import GreyPicture
from aizoomdoc_client.local.reading.pdf import page_picture as drawing
from aizoomdoc_client.local.reading.pdf.pdf_file import open_pdf
from tests.local.reading.made_pdf import A4, MadePage, MadePdf, line, made

LINES = b"".join(line(50, 50 + row % 700, 500, 50 + row % 700) for row in range(1000))


def picture(path: Path) -> GreyPicture | None:
    with open_pdf(path) as file, file.page(0) as page:
        assert page is not None
        return drawing.page_picture(page)


def test_a_page_is_drawn_in_grey_as_it_is_shown(tmp_path: Path) -> None:
    """Black in the lower left quarter of the page as stored, and that is turned right by a quarter."""
    half = MadePage(b"0 g 0 0 50 50 re f\n", size=(100, 100), rotate=90)
    found = picture(made(tmp_path / "a.pdf", half))

    assert found is not None
    assert (277, 277, 200, 277 * 277) == (found.width, found.height, found.resolution, len(found.pixels))
    assert [0, 255, 255, 255] == [found.pixels[y * 277 + x] for x, y in ((60, 60), (200, 60), (60, 200), (200, 200))]


def nested(path: Path, depth: int) -> Path:
    """A line in a form in a form, and so on."""
    pdf = MadePdf()
    form = b"/Type /XObject /Subtype /Form /BBox [0 0 600 900]"
    number = pdf.stream(line(0, 0, 500, 500), form)
    for _ in range(depth - 1):
        number = pdf.stream(b"/X Do ", form + b" /Resources << /XObject << /X %d 0 R >> >>" % number)
    resources = b"/Resources << /XObject << /X %d 0 R >> >>" % number
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R %s >>"
    pdf._pages.append(pdf.add(page % (pdf.stream(b"/X Do "), resources)))
    path.write_bytes(pdf.bytes())
    return path


def test_a_page_that_takes_too_long_is_not_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PDFium stops between the parts of the page."""
    path = made(tmp_path / "a.pdf", LINES)
    assert picture(path)
    monkeypatch.setattr(drawing, "_DRAWING_SECONDS", -1.0)

    assert picture(path) is None


def test_a_page_of_more_parts_than_scans_have_is_not_begun(tmp_path: Path) -> None:
    """Nor is one of forms in forms, which PDFium does not stop to draw."""
    assert picture(made(tmp_path / "a.pdf", MadePage(LINES * 6, size=A4))) is None
    assert picture(nested(tmp_path / "b.pdf", 4))
    assert picture(nested(tmp_path / "c.pdf", 6)) is None
