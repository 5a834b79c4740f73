"""Formats whose text is not read, detected by the first bytes of a file."""

from __future__ import annotations

import re
from pathlib import PurePath

_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_NEW_OFFICE_NAMES = {".docx", ".docm", ".dotx", ".xlsx", ".xlsm", ".xltx"}
_OPEN_DOCUMENT = b"mimetypeapplication/vnd.oasis.opendocument"
_NEW_IMAGES = {b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypavif"}  # those of phones
# A DXF begins with comments (code 999), then code 0 and the word SECTION, each on a line.
_DXF = re.compile(rb"\s*(?:999[^\n]*\n[^\n]*\n\s*)*0\s*\n\s*SECTION\s|AutoCAD Binary DXF")
_STARTS = (
    (b"PK\x03\x04", "kind_archive"),
    (b"PK\x05\x06", "kind_archive"),
    (b"Rar!\x1a\x07", "kind_archive"),
    (b"7z\xbc\xaf\x27\x1c", "kind_archive"),
    (b"\x1f\x8b\x08", "kind_archive"),
    (_OLD_OFFICE, "kind_old_office"),
    (b"{\\rtf", "kind_other_office"),
    (b"\x89PNG", "kind_image"),
    (b"II+\0", "kind_image"),  # a TIFF of more than 4 GB
    (b"MM\0+", "kind_image"),
    (b"\0\0\0\x0cjP  ", "kind_image"),
    (b"GIF87a", "kind_image"),
    (b"GIF89a", "kind_image"),
    (b"AT&TFORM", "kind_print"),
    (b"%!PS", "kind_print"),
    (b"AC10", "kind_drawing"),
)


def unread_kind(head: bytes, name: str) -> str | None:
    """The catalogue's code for the format's name, None where the file may be a text or a protected office document."""
    if is_protected_office(head, name):
        return None
    if _OPEN_DOCUMENT in head[:128]:
        return "kind_other_office"
    if head[4:12] in _NEW_IMAGES:
        return "kind_image"
    if _DXF.match(head):
        return "kind_drawing"
    return next((kind for start, kind in _STARTS if head.startswith(start)), None)


def is_protected_office(head: bytes, name: str) -> bool:
    """Whether this is an encrypted DOCX or XLSX: its container begins as the files of Office before 2007, so the name decides."""
    return head.startswith(_OLD_OFFICE) and PurePath(name).suffix.lower() in _NEW_OFFICE_NAMES
