"""Image files as documents: scans and photos, whose text is recognized by Tesseract.

Contract: a path in, a `Document` out, or `UnreadableDocumentError`. Only headers are looked at here; Tesseract's process decodes
the pixels, whose number is bounded before. `rasters` and `image_pdf` make a PDF of one page of an image, with its pixels as they
are compressed, for the process that draws pages.
"""

from .headers import image_kind
from .reader import read_image

__all__ = ["image_kind", "read_image"]
