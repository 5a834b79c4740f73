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
_BMP_HEADER = "<IIiiHHIIiiI"
_BMP_USUAL = 40  # bytes of the header of all but the oldest
_BMP_BITS = {1: {0}, 4: {0}, 8: {0}, 24: {0}, 32: {0, 3}}  # with the compressions that are none
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


def _header(chunks: dict[bytes, list[bytes]]) -> tuple[int, ...]:
    return _unpacked(">BBBBB", chunks.get(b"IHDR", [b""])[0], 8)


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


def _bmp(file: BinaryIO, size: ImageSize, unpack: Unpack) -> Raster:
    """Its rows, which begin with the lowest as a rule, each filled up to four bytes, its colours from blue to red."""
    del unpack
    file.seek(0)
    start, header, _, height, _, bits, compression, _, _, _, used = _unpacked(_BMP_HEADER, file.read(HEAD_BYTES + 24), 10)
    if header < _BMP_USUAL or bits not in _BMP_BITS or compression not in _BMP_BITS[bits]:
        raise UndrawableImageError("Pictures of such a BMP file cannot be drawn")
    file.seek(14 + header)
    colors = file.read(4 * min(used or 1 << bits, 256)) if bits <= 8 else b""
    file.seek(start)
    length, stride = -(-size.width * bits // 8), -(-size.width * bits // 32) * 4
    found = file.read(stride * size.height)
    if len(found) < stride * size.height or (bits <= 8 and len(colors) < 4):
        raise BrokenImageError
    rows = [found[place : place + length] for place in range(0, len(found), stride)]
    data = b"".join(reversed(rows) if height > 0 else rows)
    if bits > 8:
        return _raw(size, RGB, 8, _from_red(data, bits // 8))
    return _raw(size, palette(_from_red(colors, 4)), bits, data)


def _from_red(pixels: bytes, count: int) -> bytes:
    """The colours of `count` bytes each from blue on, without a fourth."""
    turned = bytearray(len(pixels) // count * 3)
    for number in range(3):
        turned[number::3] = pixels[2 - number : len(turned) // 3 * count : count]
    return bytes(turned)


def _raw(size: ImageSize, colors: bytes, bits: int, data: bytes) -> Raster:
    piece = Piece(width=size.width, height=size.height, data=data)
    return Raster(width=size.width, height=size.height, colors=colors, bits=bits, pieces=[piece])


def _unpacked(form: str, data: bytes, place: int) -> tuple[int, ...]:
    try:
        return struct.unpack_from(form, data, place)
    except struct.error:
        raise BrokenImageError from None


_MADE: dict[str, Callable[[BinaryIO, ImageSize, Unpack], Raster]] = {"jpeg": _jpeg, "png": _png, "bmp": _bmp}
