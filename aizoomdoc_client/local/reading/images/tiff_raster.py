"""A page of a TIFF as its strips or tiles, each with its compression."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import BinaryIO

import attrs

from .headers import BrokenImageError, ImageSize
from .image_pdf import CMYK, GREY, RGB, Piece, Raster, UndrawableImageError, palette, predicted
from .tiff import tiff_pages, tiff_values

_BITS, _COMPRESSION, _PHOTOMETRIC, _FILL_ORDER, _STRIPS, _COMPONENTS = 258, 259, 262, 266, 273, 277
_ROWS, _SIZES, _PLANES, _FAX_OPTIONS, _PREDICTOR, _COLORS = 278, 279, 284, 292, 317, 320
_TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_SIZES, _JPEG_TABLES = 322, 323, 324, 325, 347

_WHITE_IS_ZERO, _PALETTE = 0, 3
_SPACES = {_WHITE_IS_ZERO: (GREY, 1), 1: (GREY, 1), 2: (RGB, 3), 5: (CMYK, 4), 6: (RGB, 3)}  # and how many components it has
_NONE, _FAX_3, _FAX_4, _LZW, _JPEG, _PACK_BITS = 1, 3, 4, 5, 7, 32773
_DEFLATE = {8, 32946}
_FAX = {_FAX_3, _FAX_4}
_YCBCR = 6
_MOST_PIECES = 20_000
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def tiff_raster(file: BinaryIO, number: int, checked: Callable[[ImageSize], ImageSize]) -> Raster | None:
    """The page of that number, from 1; None where there is none. `checked` refuses too large ones.

    Raises `BrokenImageError` and `UndrawableImageError`.
    """
    pages = tiff_pages(file)
    if not 1 <= number <= len(pages):
        return None
    page = pages[number - 1]
    assert page.directory is not None
    size, reader = checked(page.size), _Reader(file, tiff_values(file, page.directory))
    space, count, bits, compression = (
        reader.colors(),
        reader.one(_COMPONENTS, 1),
        reader.one(_BITS, 1),
        reader.one(_COMPRESSION, 1),
    )
    wanted = 1 if reader.one(_PHOTOMETRIC, 0) == _PALETTE else _SPACES[reader.one(_PHOTOMETRIC, 0)][1]
    if count != wanted or bits not in (1, 2, 4, 8) or (count > 1 and reader.one(_PLANES, 1) != 1):
        raise UndrawableImageError("Pictures of such colours cannot be drawn")
    inverted = reader.one(_PHOTOMETRIC, 0) == _WHITE_IS_ZERO and compression not in _FAX
    return Raster(
        width=size.width,
        height=size.height,
        colors=space,
        bits=bits,
        decode=b"/Decode [1 0]" if inverted else b"",
        pieces=list(reader.pieces(size, compression, count, bits)),
    )


@attrs.frozen
class _Reader:
    """Reads the parts of one page by its values."""

    file: BinaryIO
    values: Mapping[int, Sequence[int]]

    def one(self, tag: int, default: int) -> int:
        return self.values.get(tag, (default,))[0]

    def colors(self) -> bytes:
        photometric = self.one(_PHOTOMETRIC, 0)
        if photometric == _PALETTE:
            parts = bytes(value >> 8 for value in self.values.get(_COLORS, ()))
            count = len(parts) // 3
            if not 0 < count <= 256:
                raise BrokenImageError
            return palette(bytes(parts[color * count + number] for number in range(count) for color in range(3)))
        if photometric not in _SPACES:
            raise UndrawableImageError("Pictures of such colours cannot be drawn")
        return _SPACES[photometric][0]

    def pieces(self, size: ImageSize, compression: int, count: int, bits: int) -> Iterator[Piece]:
        tiled = _TILES in self.values
        places, sizes = (self.values.get(tag, ()) for tag in ((_TILES, _TILE_SIZES) if tiled else (_STRIPS, _SIZES)))
        width = self.one(_TILE_WIDTH, 0) if tiled else size.width
        height = self.one(_TILE_HEIGHT, 0) if tiled else min(self.one(_ROWS, size.height), size.height)
        if width < 1 or height < 1 or len(places) != len(sizes):
            raise BrokenImageError
        if len(places) > _MOST_PIECES:
            raise UndrawableImageError("Pictures of images of so many parts cannot be drawn")
        across = -(-size.width // width)
        for number, (place, length) in enumerate(zip(places, sizes, strict=True)):
            top, left = (edge * step for edge, step in zip(divmod(number, across), (height, width), strict=True))
            rows = height if tiled else min(height, size.height - top)
            if rows < 1:
                return
            self.file.seek(place)
            data, filters = self._compressed(self.file.read(length), compression, (width, rows), (count, bits))
            yield Piece(left=left, top=top, width=width, height=rows, data=data, filters=filters)

    def _compressed(self, data: bytes, compression: int, size: tuple[int, int], kind: tuple[int, int]) -> tuple[bytes, bytes]:
        """The data and the entries of a PDF stream that say how it is compressed."""
        if self.one(_FILL_ORDER, 1) == 2:
            data = data.translate(_REVERSED)
        if compression == _JPEG:
            tables = bytes(self.values.get(_JPEG_TABLES, ()))
            transform = int(self.one(_PHOTOMETRIC, 0) == _YCBCR)
            return tables[:-2] + data[
                2:
            ] if tables else data, b"/Filter /DCTDecode /DecodeParms << /ColorTransform %d >>" % transform
        if compression in _FAX:
            return data, self._fax(compression, *size)
        difference = b" " + predicted(2, *kind, size[0]) if self.one(_PREDICTOR, 1) == 2 else b""
        if compression == _LZW:
            return data, b"/Filter /LZWDecode" + difference
        if compression in _DEFLATE:
            return data, b"/Filter /FlateDecode" + difference
        if compression == _PACK_BITS:
            return data, b"/Filter /RunLengthDecode"
        if compression == _NONE:
            return data, b""
        raise UndrawableImageError("Pictures of images so compressed cannot be drawn")

    def _fax(self, compression: int, width: int, height: int) -> bytes:
        dimensions = -1 if compression == _FAX_4 else self.one(_FAX_OPTIONS, 0) & 1
        is_black_one = self.one(_PHOTOMETRIC, 0) != _WHITE_IS_ZERO
        parameters = b"/Filter /CCITTFaxDecode /DecodeParms << /K %d /Columns %d /Rows %d /BlackIs1 %s >>"
        return parameters % (dimensions, width, height, b"true" if is_black_one else b"false")
