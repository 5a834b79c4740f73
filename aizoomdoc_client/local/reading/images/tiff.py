"""The pages of a TIFF: its directories, each with the size of one image."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from .headers import BrokenImageError, ImagePage, ImageSize

_MOST_DIRECTORIES = 65_535  # as many as libtiff reads
_ENTRY_BYTES = 12
_SHORT = 3  # the type of a value of 16 bits
_SUBFILE_TYPE, _WIDTH, _HEIGHT = 254, 256, 257  # tags
_THUMBNAIL_OR_MASK = 0b101  # bits of the subfile type


def tiff_pages(file: BinaryIO) -> list[ImagePage]:
    """The pages in their order, without thumbnails and masks. Raises `BrokenImageError` where there is no page."""
    try:
        pages = [
            ImagePage(ImageSize(values.get(_WIDTH, 0), values.get(_HEIGHT, 0)), number)
            for number, values in enumerate(_directories(file))
            if not values.get(_SUBFILE_TYPE, 0) & _THUMBNAIL_OR_MASK
        ]
    except (struct.error, ValueError, OverflowError):
        raise BrokenImageError from None
    if not pages or any(page.size.width < 1 or page.size.height < 1 for page in pages):
        raise BrokenImageError
    return pages


def _directories(file: BinaryIO) -> Iterator[Mapping[int, int]]:
    """The values of each directory by tag; ends at a directory that was read before, as a broken file may link in a circle."""
    file.seek(0)
    order = "<" if file.read(4).startswith(b"II") else ">"
    offset = struct.unpack(f"{order}I", file.read(4))[0]
    seen: set[int] = set()
    while offset and offset not in seen and len(seen) < _MOST_DIRECTORIES:
        seen.add(offset)
        file.seek(offset)
        count = struct.unpack(f"{order}H", file.read(2))[0]
        entries = file.read(_ENTRY_BYTES * count)
        yield dict(_value(order, entries[start : start + _ENTRY_BYTES]) for start in range(0, _ENTRY_BYTES * count, _ENTRY_BYTES))
        offset = struct.unpack(f"{order}I", file.read(4))[0]


def _value(order: str, entry: bytes) -> tuple[int, int]:
    tag, kind, _, value = struct.unpack(f"{order}HHII", entry)
    return tag, struct.unpack_from(f"{order}H", entry, 8)[0] if kind == _SHORT else value
