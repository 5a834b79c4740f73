"""HTML, by beautifulsoup4: blocks become lines, headings ``#`` lines, table rows cells between bars."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup
from bs4.dammit import EncodingDetector
from bs4.element import NavigableString, Tag

from .document import Document, Page, UnreadableDocumentError
from .text import decoded

_NOT_TEXT = ("script", "style", "noscript", "template", "svg", "head")
_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer"}
    | {
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "ul",
    }
)
_ROWS = ("tr", "option")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def read_html(data: bytes, name: str) -> Document:
    """The page's text as one page. Raises `UnreadableDocumentError` where there is none."""
    soup = BeautifulSoup(_decoded(data, name), "html.parser")
    for tag in soup.find_all(_NOT_TEXT):
        tag.decompose()
    # White space of the source means nothing but inside <pre>; line ends come from the blocks.
    for string in soup.find_all(string=True):
        if type(string) is NavigableString and string.find_parent("pre") is None:
            string.replace_with(re.sub(r"\s+", " ", string))
    for tag in soup.find_all(True):
        _mark(tag)
    text = _tidy(soup.get_text())
    if not text:
        raise UnreadableDocumentError(name, reason_ru="на странице нет текста", reason_en="there is no text on the page")
    return Document(name=name, pages=(Page(1, text),), page_count=1)


def _decoded(data: bytes, name: str) -> str:
    declared = EncodingDetector.find_declared_encoding(data, is_html=True)
    if declared:
        try:
            return data.decode(declared)
        except (LookupError, UnicodeDecodeError):
            pass  # a wrong declaration is worth no more than none
    return decoded(data, name)


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


def _tidy(text: str) -> str:
    lines = [re.sub(r"[ \t]+", " ", line).strip().removesuffix("|").rstrip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
