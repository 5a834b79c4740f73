"""Documents as text, page by page: PDF, DOCX, XLSX, Markdown, HTML, plain text, and images by recognition.

Contract: a path in, a `Document` out, or one `UnreadableDocumentError` that says why not; synchronous, no database, no network.
`read_document` chooses the format: the file's first bytes decide, then its name.
"""

from __future__ import annotations

import os
from pathlib import Path

from ...catalog import LocalizedText, system_reason, text
from .document import Document, Limits, Page, Progress, Reason, UnreadableDocumentError, UnreadPart
from .html import read_html
from .images import image_kind, read_image
from .ocr import Recognizer
from .office import office_kind, read_office
from .pdf import read_pdf
from .text_formats import read_text
from .unread_formats import is_protected_office, unread_kind

__all__ = ["Document", "Limits", "Page", "Progress", "Reason", "UnreadPart", "UnreadableDocumentError", "read_document"]

_PDF = b"%PDF-"
_ARCHIVE = b"PK\x03\x04"
_HTML_NAMES = {".html", ".htm", ".xhtml"}
_HTML_STARTS = (b"<!doctype html", b"<html")
_USUAL_LIMITS = Limits()
_MOST_TEXT_BYTES = 64 * 1024 * 1024  # of plain text, Markdown and HTML


def _ignore_progress(_done: int, _of: int) -> None:
    pass


def read_document(
    path: str | os.PathLike[str],
    name: str | None = None,
    *,
    limits: Limits = _USUAL_LIMITS,
    progress: Progress = _ignore_progress,
    recognizer: Recognizer | None = None,
) -> Document:
    """The document at `path`, page by page; `name` is its file name, where `path` has another one.

    `progress` is called before each page of a PDF or image. Pages beyond the limits are left out; `Document.unread` names them.
    With a `recognizer`, images and pages of a PDF that are pictures are read by it, which takes seconds for each.

    Raises `UnreadableDocumentError` for a missing, empty, broken, encrypted, scanned or unsupported file; its one line says which
    file it is, why it cannot be read and what to do.
    """
    recognizer = recognizer if limits.recognize else None
    path = Path(path)
    name = name or path.name
    try:
        with path.open("rb") as file:
            head = file.read(1024)
            if _PDF in head:
                return read_pdf(path, name, limits, progress, recognizer)
            if image_kind(head):
                return read_image(path, name, limits, progress, recognizer)
            if head.startswith(_ARCHIVE) and (kind := office_kind(path, name)):
                return read_office(path, name, kind, limits)
            _reject_unsupported(head, name)
            data = head + file.read(_MOST_TEXT_BYTES)
            if len(data) > _MOST_TEXT_BYTES:
                raise UnreadableDocumentError(name, text("text_too_large", size=_MOST_TEXT_BYTES))
    except OSError as error:
        raise UnreadableDocumentError(name, text("document_cannot_be_opened", reason=system_reason(error))) from error
    html = Path(name).suffix.lower() in _HTML_NAMES or head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_HTML_STARTS)
    return read_html(data, name) if html else read_text(data, name, limits)


def _reject_unsupported(head: bytes, name: str) -> None:
    if not head:
        raise UnreadableDocumentError(name, text("document_empty"))
    if Path(name).suffix.lower() == ".pdf":
        raise UnreadableDocumentError(name, text("pdf_broken"))
    if kind := unread_kind(head, name):
        raise UnreadableDocumentError(name, text("document_unsupported", kind=LocalizedText(kind)))
    if is_protected_office(head, name):
        raise UnreadableDocumentError(name, text("office_broken"))
