"""What the header of an image file says: its format, and how many pixels it has."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import BinaryIO, Literal

import attrs

ImageKind = Literal["png", "jpeg", "tiff", "bmp", "webp"]

_STARTS: Mapping[bytes, ImageKind] = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpeg",
    b"II*\0": "tiff",
    b"MM\0*": "tiff",
}
_BMP_HEADERS = {12, 40, 52, 56, 64, 108, 124}  # their sizes in bytes
_BMP_OLDEST_HEADER = 12
HEAD_BYTES = 30  # enough for the size in every format but JPEG and TIFF
MOST_PIXELS = 150_000_000  # a sheet A0 at 300 dots per inch has 139 million
_MOST_JPEG_SEGMENTS = 10_000
_JPEG_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD9)}  # markers TEM, RST0 to RST7 and SOI, without a segment
_JPEG_NO_FRAME = {0xC4, 0xC8, 0xCC}  # DHT, JPG and DAC; the other markers C0 to CF begin a frame, which has the size


class BrokenImageError(Exception):
    """The header of an image is broken or has an unknown format."""


@attrs.frozen
class ImageSize:
    """Pixels across and down."""

    width: int
    height: int

    @property
    def pixels(self) -> int:
        """Their number."""
        return self.width * self.height


@attrs.frozen
class ImagePage:
    """A page of an image file; `directory` is its number in a TIFF, from 0."""

    size: ImageSize
    directory: int | None = None


def image_kind(head: bytes) -> ImageKind | None:
    """The format of an image by the first bytes of its file; None for a format that is not read."""
    for start, kind in _STARTS.items():
        if head.startswith(start):
            return kind
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    is_bmp = head.startswith(b"BM") and len(head) >= 18 and head[6:10] == bytes(4)
    return "bmp" if is_bmp and int.from_bytes(head[14:18], "little") in _BMP_HEADERS else None


def image_size(file: BinaryIO, kind: ImageKind) -> ImageSize:
    """The size of an image of one page, not of a TIFF. Raises `BrokenImageError`."""
    file.seek(0)
    try:
        width, height = _SIZES[kind](file)
    except (struct.error, IndexError):
        raise BrokenImageError from None
    if width < 1 or height < 1:
        raise BrokenImageError
    return ImageSize(width, height)


def _png(file: BinaryIO) -> tuple[int, int]:
    width, height = struct.unpack_from(">II", file.read(HEAD_BYTES), 16)
    return width, height


def _bmp(file: BinaryIO) -> tuple[int, int]:
    head = file.read(HEAD_BYTES)
    is_oldest = head[14] == _BMP_OLDEST_HEADER
    width, height = struct.unpack_from("<HH" if is_oldest else "<ii", head, 18)
    return width, abs(height)  # negative where the first row is the topmost


def _webp(file: BinaryIO) -> tuple[int, int]:
    head = file.read(HEAD_BYTES)
    if len(head) < HEAD_BYTES:
        raise BrokenImageError
    chunk = head[12:16]
    if chunk == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if chunk == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if chunk == b"VP8 ":
        width, height = struct.unpack_from("<HH", head, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise BrokenImageError


def _jpeg(file: BinaryIO) -> tuple[int, int]:
    file.seek(2)
    for _ in range(_MOST_JPEG_SEGMENTS):
        marker = file.read(1)
        if marker != b"\xff":
            break
        while marker == b"\xff":  # any number of these bytes may precede a marker
            marker = file.read(1)
        code = marker[0]
        if code in _JPEG_WITHOUT_LENGTH:
            continue
        length = struct.unpack(">H", file.read(2))[0]
        if 0xC0 <= code <= 0xCF and code not in _JPEG_NO_FRAME:
            height, width = struct.unpack_from(">HH", file.read(5), 1)
            return width, height
        if length < 2 or code == 0xD9:
            break
        file.seek(length - 2, 1)
    raise BrokenImageError


_SIZES: Mapping[ImageKind, Callable[[BinaryIO], tuple[int, int]]] = {"png": _png, "bmp": _bmp, "webp": _webp, "jpeg": _jpeg}
