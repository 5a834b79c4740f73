"""PDF, read with pypdfium2."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from ...catalog import text as localized
from .document import Document, Limits, Page, Progress, UnreadableDocumentError, UnreadPart

# PDFium is not thread-safe: one document at a time in the whole process.
_PDFIUM_LOCK = threading.Lock()

# What PDFium puts in place of a hyphen that divides a word at the end of a line.
_DIVIDED_WORD = re.compile(r"[\ufffe\x02\u00ad]\s*\n?")
_ENCRYPTED = 4  # FPDF_ERR_PASSWORD
_MIN_CHARACTERS = 3


def read_pdf(path: Path, name: str, limits: Limits, progress: Progress) -> Document:
    """The pages that have text. Raises `UnreadableDocumentError` for a broken or encrypted PDF, and for one without any text."""
    with _PDFIUM_LOCK:
        texts, page_count = _texts(path, name, limits, progress)
    pages = tuple(Page(number, text) for number, text in enumerate(texts, start=1) if _has_text(text))
    if not pages:
        raise UnreadableDocumentError(name, localized("pdf_without_text"))
    return Document(name=name, pages=pages, page_count=page_count, unread=tuple(_unread(texts, page_count)))


def _unread(texts: list[str], page_count: int) -> Iterator[UnreadPart]:
    if blank := tuple(number for number, text in enumerate(texts, start=1) if not _has_text(text)):
        yield UnreadPart(kind="no_text", pages=blank)
    if len(texts) < page_count:
        yield UnreadPart(kind="too_many_pages", pages=tuple(range(len(texts) + 1, page_count + 1)))


def _texts(path: Path, name: str, limits: Limits, progress: Progress) -> tuple[list[str], int]:
    """The text of each page up to the limit, and the number of all pages."""
    pdfium: Any = import_module("pypdfium2")
    try:
        document = pdfium.PdfDocument(path)
        try:
            page_count, texts = len(document), list[str]()
            wanted = min(page_count, limits.pages)
            for index in range(wanted):
                progress(index, wanted)
                texts.append(_page_text(document[index]))
            return texts, page_count
        finally:
            document.close()
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) == _ENCRYPTED:
            raise UnreadableDocumentError(name, localized("pdf_protected")) from None
        raise UnreadableDocumentError(name, localized("pdf_broken")) from None


def _page_text(page: Any) -> str:
    text_page = page.get_textpage()
    try:
        text: str = text_page.get_text_bounded()
    finally:
        text_page.close()
        page.close()
    return _DIVIDED_WORD.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _has_text(text: str) -> bool:
    return sum(char.isalnum() for char in text) >= _MIN_CHARACTERS
