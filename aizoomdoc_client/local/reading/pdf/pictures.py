"""Pages that are pictures: scans and drawings, of which at most a caption is text."""

from __future__ import annotations

import ctypes
from itertools import islice

from .page_objects import PageObject, page_objects
from .pdf_file import PdfPage, unchecked

# A page without text and with fewer lines has a frame or a rule under its head, and is blank otherwise.
_FEWEST_STROKES = 10

_LARGE_SHEET = 1000.0 * 700.0  # square points: A3 has 1,002,000
_COVERED = 0.6  # of a page
_FEW_CHARACTERS = 200
_FEW_ON_LARGE_SHEET = 800
_SCAN_RESOLUTION = 140.0  # dots per inch; pictures behind the text of slides have fewer
_GREY_BITS = 8
_MOST_PARTS = 2_000
_NO_LETTERS = bytes(code for code in range(128) if not chr(code).isalnum())


def has_content_without_text(page: PdfPage) -> bool:
    """Whether a page without text shows anything, rather than being blank."""
    raw = page.file.raw
    if page.is_empty():
        return False
    parts = enumerate(islice(page_objects(page), _MOST_PARTS), start=1)
    return any(
        part.kind in (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_SHADING) or number >= _FEWEST_STROKES for number, part in parts
    )


def is_scan_with_a_caption(page: PdfPage, text: str) -> bool:
    """Whether a scanned picture covers most of the page and only a title block or a stamp is text.

    On sheets of A3 and larger any picture counts. A smaller one may be a slide or a cover: there a scan is told by its
    resolution, and on the first page by the lack of colours. A drawing of lines is never a scan: its captions are text.
    """
    if _has_more_letters(text, _FEW_ON_LARGE_SHEET):
        return False
    left, bottom, right, top = page.box()
    area = (right - left) * (top - bottom)
    is_large = area >= _LARGE_SHEET
    if area <= 0 or (not is_large and _has_more_letters(text, _FEW_CHARACTERS)):
        return False
    images = [part for part in islice(page_objects(page), _MOST_PARTS) if part.kind == page.file.raw.FPDF_PAGEOBJ_IMAGE]
    covered = sum(_area(image, page) for image in images)
    return covered >= _COVERED * area and (is_large or any(_looks_scanned(page, image) for image in images))


def _has_more_letters(text: str, number: int) -> bool:
    """Whether a text has more letters and digits than that; the rest of a long one is not looked at.

    Those of ASCII are counted first, which takes a tenth of the time.
    """
    if len(text[: 2 * number].encode("ascii", "ignore").translate(None, _NO_LETTERS)) > number:
        return True
    return next(islice(filter(str.isalnum, text), number, None), None) is not None


def _area(image: PageObject, page: PdfPage) -> float:
    left, bottom, right, top = (
        edge(side, limit) for edge, side, limit in zip((max, max, min, min), image.box, page.box(), strict=True)
    )
    return max(0.0, right - left) * max(0.0, top - bottom)


def _looks_scanned(page: PdfPage, image: PageObject) -> bool:
    """Whether a picture has the resolution of a scan; on the first page, which may be a cover, only without colours."""
    data = page.file.raw.FPDF_IMAGEOBJ_METADATA()
    get = unchecked("FPDFImageObj_GetImageMetadata", ctypes.c_void_p)
    if not get(image.handle, page.handle, ctypes.byref(data)):
        return False
    left, bottom, right, top = image.box
    resolution = 72 * min(data.width, data.height) / max(1.0, min(right - left, top - bottom))
    return resolution >= _SCAN_RESOLUTION and (page.index > 0 or data.bits_per_pixel <= _GREY_BITS)
