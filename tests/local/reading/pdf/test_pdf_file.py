"""A PDF opened by PDFium."""

from __future__ import annotations

from pathlib import Path

from aizoomdoc_client.local.reading.pdf.pdf_file import open_pdf
from tests.local.reading.made_pdf import at, made

LINES = [f"Строка {row} текста, который длиннее, чем ожидается" for row in range(40)]


def test_a_text_longer_than_expected_is_whole(tmp_path: Path) -> None:
    """PDFium tells only that the buffer is full."""
    path = made(tmp_path / "a.pdf", b"".join(at(50, 800 - 14 * row, line) for row, line in enumerate(LINES)))
    with open_pdf(path) as file, file.page(0) as page:
        assert page is not None
        page.character_count = 1
        assert page.text().split("\n") == LINES


def test_what_a_page_does_not_have_lies_nowhere(tmp_path: Path) -> None:
    """Rather than where the part before it lies."""
    path = made(tmp_path / "a.pdf", at(50, 800, "Строка"))
    with open_pdf(path) as file, file.page(0) as page:
        assert page is not None
        (left, *_), nowhere = page.character_boxes([0, 999])
    assert left > 0
    assert (0, 0, 0, 0) == nowhere
