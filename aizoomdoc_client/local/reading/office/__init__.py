"""Documents of office programs: DOCX by python-docx and XLSX by openpyxl, both of which are archives of XML.

Contract: a path in, a `Document` out, or `UnreadableDocumentError`. An archive that would unpack to too much is not opened.
"""

from __future__ import annotations

from pathlib import Path

from ..document import Document, Limits
from .archive import OfficeKind, office_kind

__all__ = ["OfficeKind", "office_kind", "read_office"]


def read_office(path: Path, name: str, kind: OfficeKind, limits: Limits) -> Document:
    """The document at `path`. Raises `UnreadableDocumentError` where it is broken, too large, or has no text."""
    if kind == "docx":
        from .docx import read_docx

        return read_docx(path, name)
    from .xlsx import read_xlsx

    return read_xlsx(path, name, limits)
