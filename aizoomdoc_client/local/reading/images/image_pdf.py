"""An image as a PDF of one page, which PDFium draws: PDF has the compressions that image files have."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

GREY, RGB, CMYK = b"/DeviceGray", b"/DeviceRGB", b"/DeviceCMYK"


class UndrawableImageError(Exception):
    """PDF has nothing of the image's kind, or it is too large; the message says which."""


@attrs.frozen(kw_only=True)
class Piece:
    """Compressed pixels of a part of an image; `left` and `top` in pixels from its upper left corner.

    `filters` are the entries of a PDF stream that say how it is compressed; without any the pixels are as they are. `alpha` has
    a byte a pixel that says how opaque it is.
    """

    left: int = 0
    top: int = 0
    width: int
    height: int
    data: bytes
    filters: bytes = b""
    alpha: bytes = b""


@attrs.frozen(kw_only=True)
class Raster:
    """An image of compressed pieces; `colors` is a PDF colour space, `bits` of each component, `decode` maps their values."""

    width: int
    height: int
    colors: bytes
    bits: int = 8
    decode: bytes = b""
    pieces: Sequence[Piece]


def palette(colors: bytes) -> bytes:
    """The colour space of numbers into a palette, three bytes a colour."""
    return b"[/Indexed /DeviceRGB %d <%s>]" % (len(colors) // 3 - 1, colors.hex().encode())


def predicted(predictor: int, colors: int, bits: int, columns: int) -> bytes:
    """The parameters of a compression that is of the differences between pixels."""
    parameters = b"/DecodeParms << /Predictor %d /Colors %d /BitsPerComponent %d /Columns %d >>"
    return parameters % (predictor, colors, bits, columns)


def pdf_of(raster: Raster) -> bytes:
    """A PDF with one page, a point a pixel."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>", b"", b""]
    names, drawn = list[bytes](), list[bytes]()
    for piece in raster.pieces:
        if piece.alpha:
            mask = b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8 /ColorSpace /DeviceGray"
            objects.append(_stream(mask % (piece.width, piece.height), piece.alpha))
        entries = b"/SMask %d 0 R " % len(objects) if piece.alpha else b""
        objects.append(_image(raster, piece, entries))
        number = len(objects)
        names.append(b"/I%d %d 0 R" % (number, number))
        place = piece.width, piece.height, piece.left, raster.height - piece.top - piece.height, number
        drawn.append(b"q %d 0 0 %d %d %d cm /I%d Do Q\n" % place)
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R /Resources << /XObject << %s >> >> >>"
    objects[2:4] = page % (raster.width, raster.height, b" ".join(names)), _stream(b"", b"".join(drawn))
    return _file(objects)


def _image(raster: Raster, piece: Piece, entries: bytes) -> bytes:
    entries += b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent %d /ColorSpace %s %s %s"
    return _stream(entries % (piece.width, piece.height, raster.bits, raster.colors, raster.decode, piece.filters), piece.data)


def _stream(entries: bytes, data: bytes) -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(data), data)


def _file(objects: Sequence[bytes]) -> bytes:
    parts, places = [b"%PDF-1.7\n"], list[int]()
    place = len(parts[0])
    for number, content in enumerate(objects, start=1):
        places.append(place)
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, content))
        place += len(parts[-1])
    table = b"".join(b"%010d 00000 n \n" % each for each in places)
    parts.append(b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table))
    parts.append(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, place))
    return b"".join(parts)
