"""Formats of text: plain text and Markdown, in UTF-8, UTF-16 with a byte order mark, or Windows-1251."""

from __future__ import annotations

import codecs
from pathlib import PurePath

from ...catalog import text as localized
from .document import Document, Page, UnreadableDocumentError

_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_TEXT_CONTROLS = frozenset("\t\n\r\f\v\x1a\x1b\x85")
_MARKDOWN_NAMES = {".md", ".markdown", ".mdown"}


def read_text(data: bytes, name: str) -> Document:
    """The text; a form feed starts a new page. Raises `UnreadableDocumentError` for binary data and where there is no text."""
    texts = decoded(data, name).split("\f")
    pages = tuple(Page(number, text) for number, text in enumerate(texts, start=1) if text.strip())
    if not pages:
        raise UnreadableDocumentError(name, localized("document_without_text"))
    markup = PurePath(name).suffix.lower() in _MARKDOWN_NAMES
    return Document(name=name, pages=pages, page_count=len(texts), has_markup=markup)


def decoded(data: bytes, name: str) -> str:
    """The bytes as text, every line end a line feed. Raises `UnreadableDocumentError` for binary data."""
    text = _guess(data)
    if text is None or _looks_binary(text):
        raise UnreadableDocumentError(name, localized("document_binary"))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _guess(data: bytes) -> str | None:
    encodings = [encoding for mark, encoding in _BYTE_ORDER_MARKS if data.startswith(mark)] or ["utf-8", "cp1251"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _looks_binary(text: str) -> bool:
    """Nearly every byte is a character of Windows-1251, so binary data is told by its control characters."""
    head = text[:100_000]
    controls = sum(1 for char in head if ord(char) < 0x20 and char not in _TEXT_CONTROLS)
    return "\0" in head or controls > len(head) / 100
