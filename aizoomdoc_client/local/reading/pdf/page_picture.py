"""A page of a PDF as a picture, for the recognition of its text."""

from __future__ import annotations

import ctypes
import math

from ..ocr import GreyPicture
from .pdf_file import PdfPage

_RESOLUTION = 200  # dots per inch: what Tesseract needs for the usual sizes of letters
_MOST_PIXELS = 12_000_000  # large sheets are drawn more coarsely
_POINTS = 72.0  # per inch
_WHITE = 0xFFFFFFFF


def page_picture(page: PdfPage) -> GreyPicture | None:
    """The page as it is shown, with its notes; None where there is no memory for it, or it has no area."""
    raw, handle = page.file.raw, page.handle
    wide, high = float(raw.FPDF_GetPageWidthF(handle)), float(raw.FPDF_GetPageHeightF(handle))
    if not wide > 0 < high:
        return None
    scale = min(_RESOLUTION / _POINTS, math.sqrt(_MOST_PIXELS / (wide * high)))
    width, height = max(1, int(wide * scale)), max(1, int(high * scale))
    if width * height > 2 * _MOST_PIXELS:  # a strip, of which one side is less than a pixel
        return None
    bitmap = raw.FPDFBitmap_Create(width, height, 0)
    if not bitmap:
        return None
    try:
        raw.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, _WHITE)
        raw.FPDF_RenderPageBitmap(bitmap, handle, 0, 0, width, height, 0, raw.FPDF_ANNOT | raw.FPDF_GRAYSCALE)
        stride = int(raw.FPDFBitmap_GetStride(bitmap))
        drawn = ctypes.string_at(raw.FPDFBitmap_GetBuffer(bitmap), stride * height)
    finally:
        raw.FPDFBitmap_Destroy(bitmap)
    # Four equal bytes a pixel where all is grey; one is taken. Rows of such pixels have no bytes between them.
    return GreyPicture(width, height, max(1, round(scale * _POINTS)), drawn[: 4 * width * height : 4])
