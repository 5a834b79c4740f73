"""The ZIP archive of an office document: which kind it is, and whether it is small enough to be unpacked."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Literal

from ....catalog import text
from ..document import UnreadableDocumentError

OfficeKind = Literal["docx", "xlsx"]

_MOST_BYTES = 512 * 1024 * 1024  # unpacked
_MOST_PARTS = 20_000
_PARTS: dict[str, OfficeKind] = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx"}


def office_kind(path: Path, name: str) -> OfficeKind | None:
    """Which office document the archive at `path` is, None for any other archive.

    Raises `UnreadableDocumentError` for an archive that is broken or would unpack to more than 512 MB.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    # ValueError: a name that is not UTF-8, or a wrong offset in older Pythons. NotImplementedError: a version that Python lacks.
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise UnreadableDocumentError(name, text("archive_broken")) from None
    names = {part.filename for part in parts}
    kinds: list[OfficeKind] = [kind for part, kind in _PARTS.items() if part in names]
    kind = kinds[0] if kinds else None
    if kind and (len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_BYTES):
        raise UnreadableDocumentError(name, text("archive_too_large", size=_MOST_BYTES))
    return kind
