"""A page of an image file as compressed pixels, as they stand in it."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import BinaryIO

import attrs

from .headers import HEAD_BYTES, MOST_PIXELS, BrokenImageError, ImageKind, ImageSize, image_kind, image_size, jpeg_components
from .image_pdf import CMYK, GREY, RGB, Piece, Raster, UndrawableImageError, palette, predicted
from .tiff_raster import tiff_raster

Unpack = Callable[[Raster], bytes]
"""Gives the pixels of a raster's only piece without its compression."""

_SIGNATURE = 8  # bytes of a PNG before its first chunk
_INDEXED, _GREY_ALPHA, _RGB_ALPHA = 3, 4, 6
_COMPONENTS = {0: 1, 2: 3, _INDEXED: 1, _GREY_ALPHA: 2, _RGB_ALPHA: 4}
_PNG_PREDICTOR = 15
_JPEG_COLORS = {1: GREY, 3: RGB, 4: CMYK}
_INVERTED_CMYK = b"/Decode [1 0 1 0 1 0 1 0]"


def raster_of(file: BinaryIO, kind: ImageKind, number: int, unpack: Unpack) -> Raster | None:
    """The page of that number, from 1; None where there is none.

    Raises `BrokenImageError`, and `UndrawableImageError` where PDF has nothing of its kind, or it has too many pixels.
    """
    if kind == "tiff":
        raster = tiff_raster(file, number, _checked)
    elif number != 1:
        return None
    elif kind in _MADE:
        raster = _MADE[kind](file, _checked(image_size(file, kind)), unpack)
    else:
        raise UndrawableImageError(f"Pictures of {kind.upper()} files cannot be drawn")
    return raster


def kind_of(file: BinaryIO) -> ImageKind | None:
    """The format of an image file; None where it is none."""
    file.seek(0)
    return image_kind(file.read(HEAD_BYTES))


def _checked(size: ImageSize) -> ImageSize:
    if size.pixels > MOST_PIXELS:
        raise UndrawableImageError("The image has too many pixels")
    return size


def _jpeg(file: BinaryIO, size: ImageSize, unpack: Unpack) -> Raster:
    del unpack
    components = jpeg_components(file)
    if components not in _JPEG_COLORS:
        raise UndrawableImageError("Pictures of such colours cannot be drawn")
    file.seek(0)
    piece = Piece(width=size.width, height=size.height, data=file.read(), filters=b"/Filter /DCTDecode")
    decode = _INVERTED_CMYK if components == 4 else b""  # as all programs write such files
    return Raster(width=size.width, height=size.height, colors=_JPEG_COLORS[components], decode=decode, pieces=[piece])


def _png(file: BinaryIO, size: ImageSize, unpack: Unpack) -> Raster:
    chunks = dict[bytes, list[bytes]]()
    for kind, data in _chunks(file):
        chunks.setdefault(kind, []).append(data)
    bits, colors, _, _, is_interlaced = _header(chunks)
    if is_interlaced or colors not in _COMPONENTS:
        raise UndrawableImageError("Pictures of interlaced images cannot be drawn")
    count = _COMPONENTS[colors]
    filters = b"/Filter /FlateDecode " + predicted(_PNG_PREDICTOR, count, bits, size.width)
    piece = Piece(width=size.width, height=size.height, data=b"".join(chunks.get(b"IDAT", [])), filters=filters)
    space = palette(b"".join(chunks.get(b"PLTE", []))) if colors == _INDEXED else GREY if count < 3 else RGB
    raster = Raster(width=size.width, height=size.height, colors=space, bits=bits, pieces=[piece])
    return _with_alpha(raster, unpack(raster), count) if colors in (_GREY_ALPHA, _RGB_ALPHA) else raster


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    file.seek(_SIGNATURE)
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        yield kind, file.read(length)
        file.seek(4, 1)
        if kind == b"IEND":
            return


def _header(chunks: dict[bytes, list[bytes]]) -> tuple[int, int, int, int, int]:
    try:
        return struct.unpack_from(">BBBBB", chunks[b"IHDR"][0], 8)
    except (struct.error, LookupError):
        raise BrokenImageError from None


def _with_alpha(raster: Raster, pixels: bytes, count: int) -> Raster:
    """The raster of those pixels, whose last component is how opaque they are, a byte a component."""
    if raster.bits == 16:
        pixels = pixels[::2]
    area, colors = raster.width * raster.height, count - 1
    if len(pixels) < area * count:
        raise BrokenImageError
    data = bytearray(area * colors)
    for number in range(colors):
        data[number::colors] = pixels[number : area * count : count]
    alpha = pixels[colors : area * count : count]
    piece = attrs.evolve(raster.pieces[0], data=bytes(data), alpha=alpha, filters=b"")
    return attrs.evolve(raster, bits=8, pieces=[piece])


_MADE: dict[str, Callable[[BinaryIO, ImageSize, Unpack], Raster]] = {"jpeg": _jpeg, "png": _png}
