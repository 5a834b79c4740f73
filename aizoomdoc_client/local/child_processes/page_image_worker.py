"""A process that draws one page of a PDF or an image file as a PNG to its standard output.

Its exit status gives the reason of a failure. It ends when its standard input is closed, that is when the server is gone.
"""

from __future__ import annotations

import math
import os
import sys
import threading
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..reading.images import HEAD_BYTES, MOST_PIXELS, BrokenImageError, ImagePage, image_kind, image_pages
from .limits import end_process, limit_memory, own_output

if TYPE_CHECKING:
    from PIL import Image

NO_DOCUMENT = 3
NO_SUCH_PAGE = 4
TOO_LARGE = 5
_MOST_PIXELS = 16_000_000  # of the picture; the image that it is made of may have `MOST_PIXELS`
_FORMATS = ("BMP", "JPEG", "PNG", "TIFF", "WEBP")
_GREY = {"1", "L"}
_GREY_16 = "I;16"


class _TooLargeError(Exception):
    """The image has more pixels than are decoded."""


def main() -> None:
    """Arguments: the limit of memory in bytes, the path, the number of the page from 1, the width in pixels."""
    limit_memory(int(sys.argv[1]))
    threading.Thread(target=_end_with_server, daemon=True).start()
    path, number, width = Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    output = own_output()
    pdfium: Any = import_module("pypdfium2")
    try:
        picture = _image_page(path, number, width) if _is_image(path) else _pdf_page(pdfium, path, number, width)
    except (pdfium.PdfiumError, OSError, BrokenImageError):
        sys.exit(NO_DOCUMENT)
    except _TooLargeError:
        sys.exit(TOO_LARGE)
    if picture is None:
        sys.exit(NO_SUCH_PAGE)
    with output:
        picture.save(output, "PNG")


def _end_with_server() -> None:
    while os.read(0, 1024):  # not `sys.stdin`: a thread that waits in it holds its lock when the interpreter shuts down
        pass
    end_process()


def _is_image(path: Path) -> bool:
    with path.open("rb") as file:
        return image_kind(file.read(HEAD_BYTES)) is not None


def _scale(size: tuple[float, float], width: int) -> float:
    """The factor that makes `size` as wide as requested; a smaller one where there would be more than 16 million pixels."""
    wide, high = size
    return min(width / max(wide, 1.0), math.sqrt(_MOST_PIXELS / max(wide * high, 1.0)))


def _pdf_page(pdfium: Any, path: Path, number: int, width: int) -> Image.Image | None:
    """The page with that number; None where there is none."""
    document = pdfium.PdfDocument(path)
    if not 1 <= number <= len(document):
        return None
    page = document[number - 1]
    picture: Image.Image = page.render(scale=_scale(page.get_size(), width), maybe_alpha=False).to_pil()
    return picture


def _image_page(path: Path, number: int, width: int) -> Image.Image | None:
    """As `_pdf_page`, for an image file; transparent pixels become white."""
    pages = image_pages(path)
    return _draw_image(path, pages[number - 1], width) if 1 <= number <= len(pages) else None


def _draw_image(path: Path, page: ImagePage, width: int) -> Image.Image:
    from PIL import Image  # here, because the server imports this module for the statuses above

    Image.MAX_IMAGE_PIXELS = None  # Pillow checks its own bound for the first page of a file only
    with Image.open(path, formats=_FORMATS) as image:
        image.seek(page.directory or 0)
        if image.width * image.height > MOST_PIXELS:
            raise _TooLargeError
        scale = _scale(image.size, width)
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image.draft(None, size)  # a JPEG is decoded at a smaller size, in less time
        if image.has_transparency_data:
            drawn = image.convert("RGBA").resize(size, reducing_gap=2.0)
            return Image.alpha_composite(Image.new("RGBA", size, "white"), drawn).convert("RGB")
        if image.mode == _GREY_16:
            return image.resize(size).point(lambda value: value / 256).convert("L")
        mode = "L" if image.mode in _GREY else "RGB"
        whole = image if image.mode == mode else image.convert(mode)  # a copy of a large image would exceed the memory limit
        return whole.resize(size, reducing_gap=2.0)
