"""Pages of a PDF that are pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from aizoomdoc_client.local import read_document
from aizoomdoc_client.local.reading import UnreadPart
from tests.local.reading.made_pdf import A1, A4, MadePage, at, line, made

SCAN = MadePage(image=A4)
STAMP = at(2000, 60, "12-2026-ОВ") + at(2000, 40, "План вентиляции") + at(2000, 20, "Масштаб 1:100")
WRITTEN = b"".join(at(50, 800 - 14 * row, "Строка текста записки, которая довольно длинна") for row in range(40))
LINES = b"".join(line(50, 50 + 10 * row, 500, 50 + 10 * row) for row in range(40))


def unread(path: Path, *pages: MadePage | bytes) -> list[tuple[str, tuple[int, ...]]]:
    return [(part.kind, part.pages) for part in read_document(made(path, *pages)).unread]


def test_scanned_pages_are_named(tmp_path: Path) -> None:
    """One page of text and six scanned."""
    assert [("no_text", (2, 3, 4, 5, 6, 7))] == unread(tmp_path / "a.pdf", WRITTEN, *[SCAN] * 6)


def test_a_blank_page_is_not_one_that_could_not_be_read(tmp_path: Path) -> None:
    """Nothing is on it, or only the rule that parts head and body on every page."""
    assert [] == unread(tmp_path / "a.pdf", WRITTEN, b"", line(50, 800, 500, 800))


def test_a_drawing_whose_captions_are_lines_is_named(tmp_path: Path) -> None:
    """As a program writes it that draws letters instead of showing text."""
    assert [("no_text", (2,))] == unread(tmp_path / "a.pdf", WRITTEN, LINES)


def test_a_large_scan_with_a_title_block_is_named(tmp_path: Path) -> None:
    """Its title block is found, and what is on the sheet is not."""
    document = read_document(made(tmp_path / "a.pdf", MadePage(STAMP, size=A1, image=A1)))

    assert (UnreadPart(kind="little_text", pages=(1,)),) == document.unread
    assert "Масштаб 1:100" in document.pages[0].text


def test_a_scan_with_a_stamp_is_named(tmp_path: Path) -> None:
    """A number is stamped as text on each scanned sheet."""
    scan = MadePage(at(50, 20, "Копия верна. Лист 2"), image=A4, pixels=1600)

    assert [("little_text", (1,))] == unread(tmp_path / "a.pdf", scan)


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(MadePage(STAMP + LINES, size=A1), id="a drawing of lines with captions"),
        pytest.param(MadePage(STAMP, size=A1, image=(400.0, 300.0)), id="a sheet with a small picture"),
        pytest.param(MadePage(at(200, 500, "Пояснительная записка"), image=A4), id="a title page on a coarse picture"),
        pytest.param(MadePage(WRITTEN, image=A4), id="a scan with its text under it"),
    ],
)
def test_a_page_whose_text_is_all_read_is_not_named(tmp_path: Path, page: MadePage) -> None:
    """Little text is no fault where no scan says more."""
    assert [] == unread(tmp_path / "a.pdf", page)
