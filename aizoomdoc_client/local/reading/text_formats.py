"""Formats of text: plain text and Markdown."""

from __future__ import annotations

from pathlib import PurePath

from ...catalog import text as localized
from .document import Document, Limits, Page, UnreadableDocumentError, UnreadPart
from .encodings import text_of

_TEXT_CONTROLS = frozenset("\t\n\r\f\v\x1a\x1b\x85")
_MARKDOWN_NAMES = {".md", ".markdown", ".mdown"}


def read_text(data: bytes, name: str, limits: Limits) -> Document:
    """The text; a form feed starts a new page. Raises `UnreadableDocumentError` for binary data and where there is no text."""
    texts = decode_text(data, name).split("\f", maxsplit=limits.pages)
    beyond = texts.pop() if len(texts) > limits.pages else None
    pages = tuple(Page(number, text) for number, text in enumerate(texts, start=1) if text.strip())
    if not pages:
        raise UnreadableDocumentError(name, localized("document_without_text"))
    count = len(texts) if beyond is None else len(texts) + beyond.count("\f") + 1
    unread = () if beyond is None else (UnreadPart(kind="too_many_pages", pages=tuple(range(len(texts) + 1, count + 1))),)
    markup = PurePath(name).suffix.lower() in _MARKDOWN_NAMES
    return Document(name=name, pages=pages, page_count=count, unread=unread, has_markup=markup)


def decode_text(data: bytes, name: str) -> str:
    """The bytes as text, every line end a line feed. Raises `UnreadableDocumentError` for binary data."""
    text = text_of(data)
    if _looks_binary(text):
        raise UnreadableDocumentError(name, localized("document_binary"))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _looks_binary(text: str) -> bool:
    """Whether there are many control characters; decoding does not tell, as nearly every byte is a character of some encoding."""
    head = text[:100_000]
    controls = sum(1 for char in head if ord(char) < 0x20 and char not in _TEXT_CONTROLS)
    return "\0" in head or controls > len(head) / 100
