"""The pages of a TIFF: its directories, each with the size of one image."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import BinaryIO

from .headers import BrokenImageError, ImagePage, ImageSize

_MOST_DIRECTORIES = 65_535  # as many as libtiff reads
_ENTRY = 12  # bytes
_SHORT = 3
_WHOLE: Mapping[int, str] = {1: "B", _SHORT: "H", 4: "I", 7: "B"}
_MOST_VALUES = 1_000_000
_KIND, _WIDTH, _HEIGHT = 254, 256, 257
_NO_PAGE = 0b101  # a small copy of another image, or the mask of one


def tiff_pages(file: BinaryIO) -> list[ImagePage]:
    """The pages in their order, without small copies of others. Raises `BrokenImageError` where there is none."""
    try:
        pages = [
            ImagePage(ImageSize(values.get(_WIDTH, 0), values.get(_HEIGHT, 0)), number)
            for number, values in enumerate(
                dict(_value(order, entry) for entry in entries) for order, entries in _directories(file)
            )
            if not values.get(_KIND, 0) & _NO_PAGE
        ]
    except (struct.error, ValueError, OverflowError):
        raise BrokenImageError from None
    if not pages or any(page.size.width < 1 or page.size.height < 1 for page in pages):
        raise BrokenImageError
    return pages


def tiff_values(file: BinaryIO, directory: int) -> Mapping[int, Sequence[int]]:
    """All whole numbers of the directory of that number by their tags. Raises `BrokenImageError`."""
    try:
        order, entries = next(islice(_directories(file), directory, None))
        return {tag: values for tag, values in (_values(file, order, entry) for entry in entries) if values}
    except (struct.error, ValueError, OverflowError, StopIteration):
        raise BrokenImageError from None


def _directories(file: BinaryIO) -> Iterator[tuple[str, list[bytes]]]:
    """The order of bytes, and the entries of each directory; directories that lead back to an earlier one end there."""
    file.seek(0)
    order = "<" if file.read(4).startswith(b"II") else ">"
    place = struct.unpack(f"{order}I", file.read(4))[0]
    seen: set[int] = set()
    while place and place not in seen and len(seen) < _MOST_DIRECTORIES:
        seen.add(place)
        file.seek(place)
        count = struct.unpack(f"{order}H", file.read(2))[0]
        entries = file.read(_ENTRY * count)
        yield order, [entries[start : start + _ENTRY] for start in range(0, _ENTRY * count, _ENTRY)]
        place = struct.unpack(f"{order}I", file.read(4))[0]


def _value(order: str, entry: bytes) -> tuple[int, int]:
    tag, kind, _, value = struct.unpack(f"{order}HHII", entry)
    return tag, struct.unpack_from(f"{order}H", entry, 8)[0] if kind == _SHORT else value


def _values(file: BinaryIO, order: str, entry: bytes) -> tuple[int, Sequence[int]]:
    """A tag and its numbers, which stand elsewhere where there are many of them; none where they are no whole numbers."""
    tag, kind, count, place = struct.unpack(f"{order}HHII", entry)
    if kind not in _WHOLE:
        return tag, ()
    if count > _MOST_VALUES:
        raise ValueError(count)
    size = struct.calcsize(_WHOLE[kind]) * count
    data = entry[8 : 8 + size]
    if size > 4:
        before = file.tell()
        file.seek(place)
        data = file.read(size)
        file.seek(before)
    return tag, struct.unpack(f"{order}{count}{_WHOLE[kind]}", data)
