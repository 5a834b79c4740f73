"""The pages of a TIFF: its directories, each with the size of one image."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from .headers import BrokenImageError, ImagePage, ImageSize

_MOST_DIRECTORIES = 65_535  # as many as libtiff reads
_ENTRY = 12  # bytes
_SHORT = 3
_KIND, _WIDTH, _HEIGHT = 254, 256, 257
_NO_PAGE = 0b101  # a small copy of another image, or the mask of one


def tiff_pages(file: BinaryIO) -> list[ImagePage]:
    """The pages in their order, without small copies of others. Raises `BrokenImageError` where there is none."""
    try:
        pages = [
            ImagePage(ImageSize(values.get(_WIDTH, 0), values.get(_HEIGHT, 0)), number)
            for number, values in enumerate(_directories(file))
            if not values.get(_KIND, 0) & _NO_PAGE
        ]
    except (struct.error, ValueError, OverflowError):
        raise BrokenImageError from None
    if not pages or any(page.size.width < 1 or page.size.height < 1 for page in pages):
        raise BrokenImageError
    return pages


def _directories(file: BinaryIO) -> Iterator[Mapping[int, int]]:
    """The values of the tags that matter; directories that lead back to an earlier one end there."""
    file.seek(0)
    order = "<" if file.read(4).startswith(b"II") else ">"
    place = struct.unpack(f"{order}I", file.read(4))[0]
    seen: set[int] = set()
    while place and place not in seen and len(seen) < _MOST_DIRECTORIES:
        seen.add(place)
        file.seek(place)
        count = struct.unpack(f"{order}H", file.read(2))[0]
        entries = file.read(_ENTRY * count)
        yield dict(_value(order, entries[start : start + _ENTRY]) for start in range(0, _ENTRY * count, _ENTRY))
        place = struct.unpack(f"{order}I", file.read(4))[0]


def _value(order: str, entry: bytes) -> tuple[int, int]:
    tag, kind, _, value = struct.unpack(f"{order}HHII", entry)
    return tag, struct.unpack_from(f"{order}H", entry, 8)[0] if kind == _SHORT else value
