"""Formats of text: plain text, Markdown and HTML, in UTF-8, UTF-16 with a byte order mark, or Windows-1251."""

from __future__ import annotations

import codecs
import re
from pathlib import PurePath

from bs4 import BeautifulSoup
from bs4.dammit import EncodingDetector
from bs4.element import NavigableString, Tag

from ...catalog import text as localized
from .document import Document, Page, UnreadableDocumentError

_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_TEXT_CONTROLS = frozenset("\t\n\r\f\v\x1a\x1b\x85")
_MARKDOWN_NAMES = {".md", ".markdown", ".mdown"}
_NOT_TEXT = ("script", "style", "noscript", "template", "svg", "head")
_BLOCK_NAMES = """
address article aside blockquote br dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav
ol p pre section table ul
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_ROWS = ("tr", "option")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def read_text(data: bytes, name: str) -> Document:
    """The text; a form feed starts a new page. Raises `UnreadableDocumentError` for binary data and where there is no text."""
    texts = _decoded(data, name).split("\f")
    pages = tuple(Page(number, text) for number, text in enumerate(texts, start=1) if text.strip())
    if not pages:
        raise UnreadableDocumentError(name, localized("document_without_text"))
    markup = PurePath(name).suffix.lower() in _MARKDOWN_NAMES
    return Document(name=name, pages=pages, page_count=len(texts), has_markup=markup)


def read_html(data: bytes, name: str) -> Document:
    """The text of an HTML file as one page; raises `UnreadableDocumentError` where there is none.

    Blocks become lines, headings lines that begin with ``#``, cells of a table row are parted by bars.
    """
    soup = BeautifulSoup(_html_text(data, name), "html.parser")
    for tag in soup.find_all(_NOT_TEXT):
        tag.decompose()
    # Outside of <pre> white space in the source is layout of the source only; line ends come from the blocks.
    for string in soup.find_all(string=True):
        if type(string) is NavigableString and string.find_parent("pre") is None:
            string.replace_with(re.sub(r"\s+", " ", string))
    for tag in soup.find_all(True):
        _mark(tag)
    text = _collapsed(soup.get_text())
    if not text:
        raise UnreadableDocumentError(name, localized("document_page_without_text"))
    return Document(name=name, pages=(Page(1, text),), page_count=1, has_markup=True)


def _html_text(data: bytes, name: str) -> str:
    declared = EncodingDetector.find_declared_encoding(data, is_html=True)
    if declared:
        try:
            return data.decode(declared)
        except (LookupError, UnicodeDecodeError):
            pass  # wrongly declared: guess as if nothing were
    return _decoded(data, name)


def _mark(tag: Tag) -> None:
    if tag.name in ("td", "th"):
        tag.append(" | ")
    elif tag.name in _BLOCKS:
        tag.insert(0, "\n")
        tag.append("\n")
    elif tag.name in _ROWS:
        tag.append("\n")
    if tag.name in _HEADINGS:
        tag.insert(1, "#" * int(tag.name[1]) + " ")


def _collapsed(text: str) -> str:
    lines = [re.sub(r"[ \t]+", " ", line).strip().removesuffix("|").rstrip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _decoded(data: bytes, name: str) -> str:
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
