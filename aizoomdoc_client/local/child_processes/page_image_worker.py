"""A process that draws one page of a PDF or an image file as a PNG to its standard output.

Its exit status says why where it does not. It ends where its standard input does, which is when the server is gone.
"""

from __future__ import annotations

import math
import os
import struct
import sys
import threading
import zlib
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from ..reading.images.headers import BrokenImageError
from ..reading.images.image_pdf import Raster, UndrawableImageError, pdf_of
from ..reading.images.rasters import kind_of, raster_of
from .limits import end_process, limit_memory, own_output

NO_DOCUMENT = 3
NO_SUCH_PAGE = 4
UNDRAWABLE = 5
_MOST_PIXELS = 16_000_000
_CHANNELS = 3


def main() -> None:
    """Arguments: the limit of memory in bytes, the path, the number of the page from 1, the width in pixels."""
    limit_memory(int(sys.argv[1]))
    threading.Thread(target=_end_with_server, daemon=True).start()
    path, number, width = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    output = own_output()
    pdfium: Any = import_module("pypdfium2")
    try:
        page = _page(pdfium, Path(path), number)
    except (pdfium.PdfiumError, OSError, BrokenImageError):
        sys.exit(NO_DOCUMENT)
    except UndrawableImageError:
        sys.exit(UNDRAWABLE)
    if page is None:
        sys.exit(NO_SUCH_PAGE)
    with output:
        output.write(page_png(page, width))


def _page(pdfium: Any, path: Path, number: int) -> Any:
    """The page of that number; None where there is none."""
    with path.open("rb") as file:
        kind = kind_of(file)
        raster = kind and raster_of(file, kind, number, partial(_unpacked, pdfium))
    if kind is None:
        document = pdfium.PdfDocument(path)
        return document[number - 1] if 1 <= number <= len(document) else None
    return raster and pdfium.PdfDocument(pdf_of(raster))[0]


def _unpacked(pdfium: Any, raster: Raster) -> bytes:
    [image] = pdfium.PdfDocument(pdf_of(raster))[0].get_objects()
    return bytes(image.get_data(decode_simple=True))


def _end_with_server() -> None:
    while os.read(0, 1024):  # not `sys.stdin`, which a thread that waits in it keeps locked when the process ends
        pass
    end_process()


def page_png(page: Any, width: int) -> bytes:
    """The page of that width in pixels; narrower where it would have more than 16 million pixels."""
    wide, high = page.get_size()
    scale = min(width / max(wide, 1.0), math.sqrt(_MOST_PIXELS / max(wide * high, 1.0)))
    bitmap = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=False, maybe_alpha=False)
    pixels, stride = bytes(bitmap.buffer), bitmap.stride
    rows = b"".join(
        b"\0" + pixels[row * stride : row * stride + _CHANNELS * bitmap.width] for row in range(bitmap.height)
    )  # each row after the byte that says that it is not filtered
    header = struct.pack(">IIBBBBB", bitmap.width, bitmap.height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
