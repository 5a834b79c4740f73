"""A page of a PDF as a picture, for the recognition of its text."""

from __future__ import annotations

import ctypes
import math
import time
from itertools import islice
from typing import Any

from ..ocr import GreyPicture
from .page_objects import page_objects
from .pdf_file import PdfPage

_RESOLUTION = 200  # dots per inch: what Tesseract needs for the usual sizes of letters
_MOST_PIXELS = 12_000_000  # large sheets are drawn more coarsely
_POINTS = 72.0  # per inch
_WHITE = 0xFFFFFFFF

# PDFium stops when it is asked to only between the outer parts of a page: one of too many inner ones is not begun.
_DRAWING_SECONDS = 5.0
_MOST_PARTS = 5_000


def page_picture(page: PdfPage) -> GreyPicture | None:
    """The page as it is shown, with its notes; None where it has no area, or drawing it takes too much time."""
    raw, handle = page.file.raw, page.handle
    page_width, page_height = float(raw.FPDF_GetPageWidthF(handle)), float(raw.FPDF_GetPageHeightF(handle))
    if not page_width > 0 < page_height or not _has_few_parts(page):
        return None
    scale = min(_RESOLUTION / _POINTS, math.sqrt(_MOST_PIXELS / (page_width * page_height)))
    width, height = max(1, int(page_width * scale)), max(1, int(page_height * scale))
    if width * height > 2 * _MOST_PIXELS:  # a strip, of which one side is less than a pixel
        return None
    bitmap = raw.FPDFBitmap_Create(width, height, 0)
    if not bitmap:
        return None
    try:
        raw.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, _WHITE)
        if not _draw(raw, bitmap, handle, width, height):
            return None
        stride = int(raw.FPDFBitmap_GetStride(bitmap))
        drawn = ctypes.string_at(raw.FPDFBitmap_GetBuffer(bitmap), stride * height)
    finally:
        raw.FPDFBitmap_Destroy(bitmap)
    # Four equal bytes a pixel where all is grey; one is taken. Rows of such pixels have no bytes between them.
    return GreyPicture(width, height, max(1, round(scale * _POINTS)), drawn[: 4 * width * height : 4])


def _has_few_parts(page: PdfPage) -> bool:
    """Whether the page has no more parts than a scan or a simple drawing, and no form nested deeper than real ones."""
    kinds = [part.kind for part in islice(page_objects(page), _MOST_PARTS + 1)]
    return len(kinds) <= _MOST_PARTS and page.file.raw.FPDF_PAGEOBJ_FORM not in kinds


def _draw(raw: Any, bitmap: Any, page: Any, width: int, height: int) -> bool:
    """Draws the page onto the bitmap; False where that takes too long."""
    end = time.monotonic() + _DRAWING_SECONDS

    def is_late(_: Any) -> bool:
        return time.monotonic() > end

    # PDFium asks between the parts of a page whether to stop.
    pause = raw.IFSDK_PAUSE(version=1)
    pause.NeedToPauseNow = type(pause.NeedToPauseNow)(is_late)
    flags = raw.FPDF_ANNOT | raw.FPDF_GRAYSCALE
    try:
        status = raw.FPDF_RenderPageBitmap_Start(bitmap, page, 0, 0, width, height, 0, flags, pause)
    finally:
        raw.FPDF_RenderPage_Close(page)
    return bool(status == raw.FPDF_RENDER_DONE)
