"""Documents as text, page by page: PDF, Markdown, HTML and plain text.

RULE: a path in, a `Document` out, or one `UnreadableDocumentError` that says why not; synchronous, no database, no network.
`read_document` chooses the format: the file's first bytes decide, then its name.
"""

from __future__ import annotations

import os
from pathlib import Path

from .document import Document, Page, UnreadableDocumentError
from .pdf import read_pdf
from .text_formats import read_html, read_text

__all__ = ["Document", "Page", "UnreadableDocumentError", "read_document"]

_PDF = b"%PDF-"
_HTML_NAMES = {".html", ".htm", ".xhtml"}
_HTML_STARTS = (b"<!doctype html", b"<html")
_UNSUPPORTED = (
    (b"PK\x03\x04", "архив или документ Office", "an archive or an Office document"),
    (b"\xd0\xcf\x11\xe0", "документ старого Office", "a document of an old Office"),
    (b"\x89PNG", "изображение PNG", "a PNG image"),
    (b"\xff\xd8\xff", "изображение JPEG", "a JPEG image"),
    (b"II*\0", "изображение TIFF", "a TIFF image"),
    (b"MM\0*", "изображение TIFF", "a TIFF image"),
    (b"AC10", "чертёж DWG", "a DWG drawing"),
)
_MOST_TEXT_BYTES = 64 * 1024 * 1024


def read_document(path: str | os.PathLike[str], name: str | None = None) -> Document:
    """The document at `path`, page by page; `name` is its file name, where `path` has another one.

    Raises `UnreadableDocumentError` for a missing, empty, broken, encrypted, scanned or unsupported file; its one line says which
    file it is, why it cannot be read and what to do, in Russian and English.
    """
    path = Path(path)
    name = name or path.name
    try:
        with path.open("rb") as file:
            head = file.read(1024)
            if _PDF in head:
                return read_pdf(path, name)
            _reject_unsupported(head, name)
            data = head + file.read(_MOST_TEXT_BYTES)
    except OSError as error:
        why = error.strerror or str(error)
        raise UnreadableDocumentError(
            name, reason_ru=f"файл не открывается ({why})", reason_en=f"the file cannot be opened ({why})"
        ) from error
    html = Path(name).suffix.lower() in _HTML_NAMES or head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_HTML_STARTS)
    return read_html(data, name) if html else read_text(data, name)


def _reject_unsupported(head: bytes, name: str) -> None:
    if not head:
        raise UnreadableDocumentError(
            name, reason_ru="файл пуст; загрузите его снова", reason_en="the file is empty; upload it again"
        )
    if Path(name).suffix.lower() == ".pdf":
        raise UnreadableDocumentError(
            name,
            reason_ru="файл PDF повреждён; сохраните или скачайте его заново",
            reason_en="the PDF is broken; save or download it again",
        )
    for start, kind_ru, kind_en in _UNSUPPORTED:
        if head.startswith(start):
            raise UnreadableDocumentError(
                name,
                reason_ru=f"{kind_ru} этот сервер не читает; сохраните как PDF с текстом",
                reason_en=f"this server does not read {kind_en}; save it as a PDF with text",
            )
