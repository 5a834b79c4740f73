"""The parts of a page, text apart."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from aizoomdoc_client.local.reading.pdf import page_objects as module
from aizoomdoc_client.local.reading.pdf.page_objects import PageObject, moved, page_objects
from aizoomdoc_client.local.reading.pdf.pdf_file import open_pdf
from tests.local.reading.made_pdf import MadePdf, line

FORM = b"/Type /XObject /Subtype /Form /BBox [-900 -900 900 900]"
THIN = 0.5


def in_forms(path: Path, contents: Iterable[bytes], innermost: bytes) -> Path:
    """A page whose content draws a form ``/X``, whose content draws the next, and so on, the last of which is `innermost`."""
    pdf, (outermost, *others) = MadePdf(), contents
    number = pdf.stream(innermost, FORM)
    for content in reversed(others):
        number = pdf.stream(content, FORM + b" /Resources << /XObject << /X %d 0 R >> >>" % number)
    resources = b"/Resources << /XObject << /X %d 0 R >> >>" % number
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R %s >>"
    pdf._pages.append(pdf.add(page % (pdf.stream(outermost), resources)))
    path.write_bytes(pdf.bytes())
    return path


def parts(path: Path) -> list[tuple[PageObject, tuple[float, ...]]]:
    """The parts of the first page with their matrices."""
    with open_pdf(path) as file, file.page(0) as page:
        assert page is not None
        return [(part, part.matrix()) for part in page_objects(page)]


def test_a_part_of_forms_lies_where_the_page_shows_it(tmp_path: Path) -> None:
    """Each of the forms may be moved and stretched."""
    contents = [b"2 0 0 1 100 0 cm /X Do", b"1 0 0 3 0 10 cm /X Do"]
    ((rule, matrix),) = parts(in_forms(tmp_path / "a.pdf", contents, line(10, 20, 50, 20)))

    assert pytest.approx((120, 70), abs=THIN) == moved(matrix, 10, 20)
    left, bottom, right, top = rule.box
    assert pytest.approx((120, 200), abs=2 * THIN) == (left, right)
    assert bottom < 70 < top


def test_parts_are_looked_at_up_to_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forms that draw forms twice have a line millions of times in a small file."""
    path = in_forms(tmp_path / "a.pdf", [b"/X Do /X Do"] * 3, line(10, 20, 50, 20))
    assert 8 == len(parts(path))
    monkeypatch.setattr(module, "_MOST_OBJECTS", 9)

    assert 0 < len(parts(path)) < 8


def test_a_form_deeper_than_real_ones_is_one_part(tmp_path: Path) -> None:
    """It is not looked into."""
    ((deep, _),) = parts(in_forms(tmp_path / "a.pdf", [b"/X Do"] * 6, line(10, 20, 50, 20)))
    ((real, _),) = parts(in_forms(tmp_path / "b.pdf", [b"/X Do"] * 4, line(10, 20, 50, 20)))

    assert real.kind != deep.kind
