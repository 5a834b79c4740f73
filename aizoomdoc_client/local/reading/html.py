"""HTML, read from the events of lxml's parser: the time is linear in the size, however deep the elements are nested."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

from ...catalog import text as localized
from .document import Document, Page, UnreadableDocumentError
from .encodings import has_byte_order_mark
from .html_feed import feed_all
from .html_table import HtmlTable
from .raised_text import raised_text
from .spanned_table import spanned_table
from .text_formats import decode_text

_NOT_TEXT = frozenset({"script", "style", "noscript", "template", "svg", "head", "iframe", "object"})
_BLOCK_NAMES = """
address article aside blockquote body br caption center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4
h5 h6 header hr html legend li main nav ol option p pre section summary table tr ul
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_HEADINGS = {f"h{level}": "#" * level + " " for level in range(1, 7)}
# Blocks with an empty line after them.
_APART = frozenset(
    ["p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "pre", "ul", "ol", "dl", "blockquote", "section", "article"]
)
_CELLS = frozenset({"td", "th"})
_WORD = re.compile(r"\w+")
_WHITE_SPACE = re.compile(r"\s+")
# <meta charset="utf-8">, <meta content="text/html; charset=windows-1251">, <?xml version="1.0" encoding="koi8-r"?>
_CHARSET = re.compile(rb"<(?:meta[^>]{0,200}charset\s*=|\?xml[^>]{0,100}encoding\s*=)\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
# A declaration that can be read as ASCII cannot be true of UTF-16 and UTF-32; the others are codecs of Python that no page has.
_NEVER_DECLARED = ("utf-16", "utf-32", "utf-7", "idna", "punycode", "unicode_escape", "raw-unicode-escape", "unicode-escape")
_DECLARED_WITHIN = 4096  # bytes


def read_html(data: bytes, name: str) -> Document:
    """The text of an HTML file as one page; raises `UnreadableDocumentError` where it has no text.

    Blocks become lines, headings lines that begin with ``#``, tables those of Markdown; listings are between lines of three
    backticks. The page's title becomes the first heading, unless the text has it anyway.
    """
    parsed = _parse(_source(data, name))
    text = parsed.text()
    if not text:
        raise UnreadableDocumentError(name, localized("document_page_without_text"))
    title = _line("".join(parsed.titles[0])) if parsed.titles else ""
    if title and not _is_in(title, text):
        text = f"# {title}\n\n{text}"
    return Document(name=name, pages=(Page(1, text),), page_count=1, has_markup=True)


def _parse(source: str) -> _Text:
    etree: Any = import_module("lxml.etree")
    text = _Text()
    parser = etree.HTMLParser(target=text, huge_tree=True)
    source = source.replace("\0", "")
    feed_all(parser, source, text.open_elements)
    if source.strip():
        parser.close()
    return text


def _is_in(title: str, text: str) -> bool:
    """Whether the text contains the words of the title, one after the other."""
    return f" {_words(title)} " in f" {_words(text)} "


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def _line(text: str) -> str:
    return _WHITE_SPACE.sub(" ", text).strip()


def _source(data: bytes, name: str) -> str:
    """The file as text, by the encoding that it declares, else by the likeliest one."""
    declared = _CHARSET.search(data[:_DECLARED_WITHIN])
    if declared and not has_byte_order_mark(data):
        try:
            encoding = codecs.lookup(declared[1].decode()).name
            if not encoding.startswith(_NEVER_DECLARED):
                return data.decode(encoding)
        except (LookupError, ValueError):
            pass  # a wrong declaration is ignored
    return decode_text(data, name)


class _Text:
    """The target of lxml's parser: makes lines of its events. `open_elements` are the names of the elements that are open."""

    def __init__(self) -> None:
        self.open_elements: list[str] = []
        self.titles: list[list[str]] = []
        self._is_in_head = False
        self._is_in_title = False
        self._lines: list[str] = []
        self._line: list[str] = []
        self._hidden = 0
        self._listing = 0
        self._raised = 0
        self._table: HtmlTable | None = None

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        self.open_elements.append(tag)
        self._start_title(tag)
        if self._hidden or tag in _NOT_TEXT:
            self._hidden += tag in _NOT_TEXT
            return
        self._raised += tag == "sup"
        if self._table is not None and self._table.is_at_first_cell and (tag == "table" or tag in _HEADINGS):
            self._leave_layout(self._table)
        if self._table is not None:
            self._start_in_table(self._table, tag, attributes)
            return
        if tag in _BLOCKS or tag in _CELLS:
            self._end_line(apart=tag in _APART)
        if tag == "table":
            self._table = HtmlTable()
        elif tag == "pre":
            self._listing += 1
            if self._listing == 1:
                self._lines.append("```")
        elif tag == "li":
            self._line.append("- ")
        elif tag in _HEADINGS:
            self._line.append(_HEADINGS[tag])

    def _start_title(self, tag: str) -> None:
        """Begins the page's title, and ends an unclosed one; in a hidden element other than the head it is a picture's title."""
        self._is_in_title = tag == "title" and self._hidden == self._is_in_head
        if self._is_in_title:
            self.titles.append([])
        self._is_in_head = self._is_in_head or tag == "head"

    def _leave_layout(self, table: HtmlTable) -> None:
        """Reads the cells of the table as blocks: with a heading or a table in its first cell it only lays out the page."""
        self._table = None
        self._line.append(_WHITE_SPACE.sub(" ", "".join(table.cell or ())))
        self._end_line()

    def _start_in_table(self, table: HtmlTable, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "table":
            table.depth += 1
        elif table.depth == 1 and tag == "tr":
            table.end_cell()
            table.begin_row()
        elif table.depth == 1 and tag in _CELLS:
            table.end_cell()
            table.begin_cell(tag, attributes)
        elif table.cell is not None and (tag in _BLOCKS or tag in _CELLS):
            table.cell.append(" ")

    def end(self, tag: str) -> None:
        """An element ends."""
        self.open_elements.pop()
        self._is_in_title = False
        self._is_in_head = self._is_in_head and tag != "head"
        if self._hidden:
            self._hidden -= tag in _NOT_TEXT
            return
        self._raised -= tag == "sup"
        if self._table is not None:
            self._end_in_table(self._table, tag)
        elif tag == "pre" and self._listing:
            self._end_line()
            self._listing -= 1
            if not self._listing:
                self._lines.append("```")
        elif tag in _BLOCKS:
            self._end_line(apart=tag in _APART)

    def _end_in_table(self, table: HtmlTable, tag: str) -> None:
        if tag == "table":
            table.depth -= 1
            if not table.depth:
                table.end_cell()
                table.end_row()
                self._table = None
                self._end_line(apart=True)
                self._lines += [*spanned_table(table.rows), ""]
        elif table.depth == 1 and tag in _CELLS:
            table.end_cell()
        elif table.cell is not None and tag in _BLOCKS:
            table.cell.append(" ")

    def data(self, text: str) -> None:
        """Text between two tags."""
        text = raised_text(text) if self._raised else text
        if self._is_in_title:
            self.titles[-1].append(text)
        elif self._hidden:
            pass
        elif self._table is not None:
            if self._table.cell is not None:
                self._table.cell.append(text)
            elif text.strip():  # a caption, or misplaced text
                self._lines.append(_line(text))
        elif self._listing:
            first, *others = text.replace("\r\n", "\n").split("\n")
            self._line.append(first)
            for line in others:
                self._end_line()
                self._line.append(line)
        else:
            self._line.append(_WHITE_SPACE.sub(" ", text))

    def close(self) -> None:
        """The source ends."""
        if self._table is not None:
            self._table.depth = 1
            self._end_in_table(self._table, "table")
        self._end_line()
        if self._listing:
            self._lines.append("```")

    def text(self) -> str:
        """The whole text, without the title."""
        return "\n".join(_without_gaps(self._lines)).strip()

    def _end_line(self, *, apart: bool = False) -> None:
        line, self._line = "".join(self._line), []
        line = line.rstrip() if self._listing else re.sub(r" {2,}", " ", line).strip()
        if (line and line != "-") or self._listing:
            self._lines.append(line)
        if apart and not self._listing:
            self._lines.append("")


def _without_gaps(lines: Iterable[str]) -> Iterable[str]:
    """The lines without an empty one after another."""
    before = ""
    for line in lines:
        if line or before:
            yield line
        before = line
