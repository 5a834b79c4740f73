"""A PDF opened by PDFium."""

from __future__ import annotations

from pathlib import Path

from aizoomdoc_client.local.reading.pdf.pdf_file import open_pdf
from tests.local.reading.made_pdf import CHARACTERS, MadePage, MadePdf, at, made, to_unicode

LINES = [f"Строка {row} текста, который длиннее, чем ожидается" for row in range(40)]


def test_a_text_longer_than_expected_is_whole(tmp_path: Path) -> None:
    """PDFium tells only that the buffer is full."""
    path = made(tmp_path / "a.pdf", b"".join(at(50, 800 - 14 * row, line) for row, line in enumerate(LINES)))
    with open_pdf(path) as file, file.page(0) as page:
        assert page is not None
        page.character_count = 1
        assert page.text().split("\n") == LINES


def test_the_box_of_a_character_that_a_page_does_not_have_is_empty(tmp_path: Path) -> None:
    """Rather than where the part before it lies."""
    path = made(tmp_path / "a.pdf", at(50, 800, "Строка"))
    with open_pdf(path) as file, file.page(0) as page:
        assert page is not None
        (left, *_), nowhere = page.character_boxes([0, 999])
    assert left > 0
    assert (0, 0, 0, 0) == nowhere


def test_a_text_that_lacks_a_character_ends_where_it_ends(tmp_path: Path) -> None:
    """PDFium leaves out control characters, and behind its text is that of the page before, as long as the missing ones."""
    pdf = MadePdf()
    cmap = pdf.stream(to_unicode(CHARACTERS | {ord("N"): "\x03"}))
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /ToUnicode %d 0 R >>" % cmap
    pdf.page(MadePage(at(50, 800, "Before")))
    pdf.page(MadePage(at(50, 800, "aNbN", font="G"), fonts={"G": font}))
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf.bytes())
    with open_pdf(path) as file:
        texts = list[str | None]()
        for index in range(2):
            with file.page(index) as page:
                texts.append(page.whole_text() if page else None)
    assert ["Before", None] == texts
