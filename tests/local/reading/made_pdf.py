"""PDFs written by hand, for what no library writes: odd fonts, forms, notes, attachments, scans."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import attrs

A4 = (595.0, 842.0)
A1 = (2384.0, 1684.0)
WIDTH = 600
"""Of each character of `FONT`, in thousandths of its size."""

_WINDOWS_1251 = "".join(bytes([code]).decode("cp1251", "replace") for code in range(128, 256)).replace("\x98", "\ufffd")
_DRAWN_AS = {"³": "\x01", "²": "\x02", "Ø": "\x03", "|": "|"}


def to_unicode(codes: dict[int, str], digits: int = 2) -> bytes:
    """A CMap that says which text each code of a font stands for."""
    rows = "\n".join(f"<{code:0{digits}x}> <{char.encode('utf-16-be').hex()}>" for code, char in codes.items())
    first, last = "0" * digits, "f" * digits
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        f"1 begincodespacerange <{first}> <{last}> endcodespacerange\n{len(codes)} beginbfchar\n{rows}\nendbfchar\n"
        "endcmap CMapName currentdict /CMap defineresource pop end end"
    ).encode()


CHARACTERS = (
    {code: chr(code) for code in range(32, 127)}
    | {128 + place: char for place, char in enumerate(_WINDOWS_1251) if char != "\ufffd"}
    | {ord(code): char for char, code in _DRAWN_AS.items()}
)
_CODES = {char: code for code, char in CHARACTERS.items()}


def encoded(text: str) -> bytes:
    """The codes of `text` in the font `F`, as a string of a content stream."""
    return b"<" + bytes(_CODES[char] for char in text).hex().encode() + b">"


def at(x: float, y: float, text: str, *, size: float = 10, turned: int = 0, font: str = "F") -> bytes:
    """Shows `text` with its first character at (x, y), in points from the lower left corner, turned left by degrees."""
    a, b = round(math.cos(math.radians(turned)), 4), round(math.sin(math.radians(turned)), 4)
    return b"BT /%s %g Tf %g %g %g %g %g %g Tm %s Tj ET\n" % (font.encode(), size, a, b, -b, a, x, y, encoded(text))


def width(text: str, size: float = 10) -> float:
    """How wide `text` is in points."""
    return len(text) * size * WIDTH / 1000


def line(x0: float, y0: float, x1: float, y1: float) -> bytes:
    """A thin line."""
    return b"0.5 w %g %g m %g %g l S\n" % (x0, y0, x1, y1)


def grid(xs: Sequence[float], ys: Sequence[float]) -> bytes:
    """The rules of a table with those edges."""
    across = [line(xs[0], y, xs[-1], y) for y in ys]
    return b"".join([*across, *(line(x, ys[0], x, ys[-1]) for x in xs)])


def ruled(
    xs: Sequence[float], ys: Sequence[float], rows: Iterable[Sequence[str]], *, size: float = 8, by_columns: bool = False
) -> bytes:
    """A ruled table: `ys` go down from the top; a text with line feeds takes several lines of its cell."""
    cells = [(column, row, cell) for row, texts in enumerate(rows) for column, cell in enumerate(texts)]
    if by_columns:
        cells.sort()
    shown = [
        at(xs[column] + 2, ys[row] - size - 1 - place * (size + 1), piece, size=size)
        for column, row, cell in cells
        for place, piece in enumerate(cell.split("\n"))
        if piece
    ]
    return grid(xs, ys) + b"".join(shown)


@attrs.define
class MadePage:
    """What one page is made of; `image` is (width, height) in points of a picture under the text, of pixels by pixels."""

    content: bytes = b""
    size: tuple[float, float] = A4
    rotate: int = 0
    image: tuple[float, float] | None = None
    pixels: int = 8
    annotations: tuple[bytes, ...] = ()
    fonts: dict[str, bytes] = attrs.Factory(dict[str, bytes])


class MadePdf:
    """Objects of a PDF, numbered as they are added; ``{n}`` of the numbers they return goes into others as ``n 0 R``."""

    def __init__(self) -> None:
        self._objects: list[bytes] = [b"", b""]  # 1 the catalog, 2 the pages
        self._pages: list[int] = []
        self.catalog = b""
        cmap = self.stream(to_unicode(CHARACTERS))
        widths = b" ".join([b"%d" % WIDTH] * 256)
        # PDFium leaves out text without a shape, and its own font has no Cyrillic ones: all look like A.
        shapes = b"1 /A /A /A 128 %s" % b" ".join([b"/A"] * 128)
        self.font = self.add(
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /FirstChar 0 /LastChar 255 /Widths [%s] /ToUnicode %d 0 R "
            b"/Encoding << /Type /Encoding /Differences [%s] >> >>" % (widths, cmap, shapes)
        )

    def add(self, body: bytes) -> int:
        """Adds an object and returns its number."""
        self._objects.append(body)
        return len(self._objects)

    def stream(self, data: bytes, entries: bytes = b"") -> int:
        """Adds a compressed stream and returns its number."""
        packed = zlib.compress(data)
        return self.add(b"<< %s /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (entries, len(packed), packed))

    def file(self, name: str, data: bytes = b"x") -> int:
        """Adds a file to embed and returns the number of its description."""
        stream = self.stream(data, b"/Type /EmbeddedFile")
        return self.add(
            b"<< /Type /Filespec /F %s /UF %s /EF << /F %d 0 R >> >>" % (text_string(name), text_string(name), stream)
        )

    def page(self, page: MadePage) -> int:
        """Adds a page and returns its number as an object."""
        content, xobjects = page.content, b""
        if page.image:
            entries = b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 1"
            picture = self.stream(bytes(page.pixels * page.pixels // 8), entries % (page.pixels, page.pixels))
            content = b"q %g 0 0 %g 0 0 cm /Scan Do Q\n" % page.image + content
            xobjects = b"/XObject << /Scan %d 0 R >>" % picture
        fonts = b" ".join(b"/%s %s" % (name.encode(), body) for name, body in page.fonts.items())
        annotations = b" ".join(page.annotations)
        number = self.add(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %g %g] /Rotate %d /Contents %d 0 R /Annots [%s] "
            b"/Resources << /Font << /F %d 0 R %s >> %s >> >>"
            % (*page.size, page.rotate, self.stream(content), annotations, self.font, fonts, xobjects)
        )
        self._pages.append(number)
        return number

    def bytes(self) -> bytes:
        """The whole file."""
        kids = b" ".join(b"%d 0 R" % number for number in self._pages)
        self._objects[0] = b"<< /Type /Catalog /Pages 2 0 R %s >>" % self.catalog
        self._objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(self._pages))
        data, offsets = b"%PDF-1.7\n", list[int]()
        for number, body in enumerate(self._objects, start=1):
            offsets.append(len(data))
            data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
        start = len(data)
        size = len(offsets) + 1
        data += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
        return data + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)


def text_string(text: str) -> bytes:
    """A string of a dictionary, in any script."""
    return b"<feff" + text.encode("utf-16-be").hex().encode() + b">"


def made(path: Path, *pages: MadePage | bytes) -> Path:
    """Writes a PDF of those pages, each a `MadePage` or a content stream, and returns `path`."""
    pdf = MadePdf()
    for page in pages:
        pdf.page(page if isinstance(page, MadePage) else MadePage(page))
    path.write_bytes(pdf.bytes())
    return path
