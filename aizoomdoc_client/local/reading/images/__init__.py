"""Image files as documents: scans and photos, whose text is recognized by Tesseract.

Contract: a path in, a `Document` out, or `UnreadableDocumentError`. Only headers are read here, which bound the number of
pixels; the pixels are decoded by Tesseract's process, and by the process that draws pages.
"""

from .headers import HEAD_BYTES, MOST_PIXELS, BrokenImageError, ImagePage, image_kind
from .reader import image_pages, read_image

__all__ = ["HEAD_BYTES", "MOST_PIXELS", "BrokenImageError", "ImagePage", "image_kind", "image_pages", "read_image"]
