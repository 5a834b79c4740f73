"""Plain text and Markdown, in UTF-8, UTF-16 with a mark, or Windows-1251."""

from __future__ import annotations

import codecs

from .document import Document, Page, UnreadableDocumentError

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_HARMLESS = frozenset("\t\n\r\f\v\x1a\x1b\x85")


def read_text(data: bytes, name: str) -> Document:
    """The text, a form feed beginning a new page. Raises `UnreadableDocumentError` for what is no text."""
    texts = decoded(data, name).split("\f")
    pages = tuple(Page(number, text) for number, text in enumerate(texts, start=1) if text.strip())
    if not pages:
        raise UnreadableDocumentError(
            name, reason_ru="в файле нет текста, одни пробелы", reason_en="it has no text, only white space"
        )
    return Document(name=name, pages=pages, page_count=len(texts))


def decoded(data: bytes, name: str) -> str:
    """The bytes as text with plain line feeds. Raises `UnreadableDocumentError` where they are none."""
    text = _guess(data)
    if text is None or _looks_binary(text):
        raise UnreadableDocumentError(
            name,
            reason_ru="неизвестный двоичный формат; загрузите PDF, Markdown, HTML или текст",
            reason_en="an unknown binary format; upload a PDF, Markdown, HTML or text file",
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _guess(data: bytes) -> str | None:
    encodings = [encoding for mark, encoding in _MARKS if data.startswith(mark)] or ["utf-8", "cp1251"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _looks_binary(text: str) -> bool:
    """Windows-1251 reads nearly every byte, so it is control characters that give a binary away."""
    head = text[:100_000]
    controls = sum(1 for char in head if ord(char) < 0x20 and char not in _HARMLESS)
    return "\0" in head or controls > len(head) / 100
