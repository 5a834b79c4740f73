"""HTML, read with lxml's parser, event by event: the time grows with the size only, however deep the elements are nested."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

import attrs

from ...catalog import text as localized
from .document import Document, Page, UnreadableDocumentError
from .encodings import has_byte_order_mark
from .html_feed import feed_all
from .raised_text import raised_text
from .spanned_table import Cell, repeated, spanned_table
from .text_formats import decoded

_NOT_TEXT = frozenset({"script", "style", "noscript", "template", "svg", "head", "iframe", "object"})
_BLOCK_NAMES = """
address article aside blockquote body br caption center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4
h5 h6 header hr html legend li main nav ol option p pre section summary table tr ul
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_HEADINGS = {f"h{level}": "#" * level + " " for level in range(1, 7)}
_APART = frozenset(
    ["p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "pre", "ul", "ol", "dl", "blockquote", "section", "article"]
)
_CELLS = frozenset({"td", "th"})
_WORD = re.compile(r"\w+")
_WHITE_SPACE = re.compile(r"\s+")
_CHARSET = re.compile(rb"<(?:meta[^>]{0,200}charset\s*=|\?xml[^>]{0,100}encoding\s*=)\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
# Of which a declaration is not written in ASCII, and encodings of Python that no page has.
_NOT_DECLARED = ("utf-16", "utf-32", "utf-7", "idna", "punycode", "unicode_escape", "raw-unicode-escape", "unicode-escape")
_DECLARED_WITHIN = 4096  # bytes
_MOST_COLUMNS = 200
_MOST_ROWS_SPANNED = 2000


def read_html(data: bytes, name: str) -> Document:
    """The text of an HTML file as one page; raises `UnreadableDocumentError` where there is none.

    Blocks become lines, headings lines that begin with ``#``, tables those of Markdown, listings stand between three backticks.
    """
    parsed = _parsed(_source(data, name))
    text = parsed.text()
    if not text:
        raise UnreadableDocumentError(name, localized("document_page_without_text"))
    title = _line(parsed.titles[0]) if parsed.titles else ""
    if title and not _is_in(title, text):
        text = f"# {title}\n\n{text}"
    return Document(name=name, pages=(Page(1, text),), page_count=1, has_markup=True)


def _parsed(source: str) -> _Text:
    etree: Any = import_module("lxml.etree")
    text = _Text()
    parser = etree.HTMLParser(target=text, huge_tree=True)
    source = source.replace("\0", "")
    feed_all(parser, source, text.opened)
    if source.strip():
        parser.close()
    return text


def _is_in(title: str, text: str) -> bool:
    """Whether the words of the title stand in the text, one after the other."""
    return f" {_words(title)} " in f" {_words(text)} "


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def _line(text: str) -> str:
    return _WHITE_SPACE.sub(" ", text).strip()


def _source(data: bytes, name: str) -> str:
    declared = _CHARSET.search(data[:_DECLARED_WITHIN])
    if declared and not has_byte_order_mark(data):
        try:
            encoding = codecs.lookup(declared[1].decode()).name
            if not encoding.startswith(_NOT_DECLARED):
                return data.decode(encoding)
        except (LookupError, ValueError):
            pass  # wrongly declared: guess as if nothing were
    return decoded(data, name)


@attrs.define
class _Table:
    """The outermost table that is open; the text of tables inside of it is that of its cells."""

    depth: int = 1
    rows: list[list[Cell]] = attrs.field(factory=list[list[Cell]])
    cell: list[str] | None = None
    is_head: bool = False
    columns: int = 1
    lines: int = 1
    spanning: dict[int, tuple[int, Cell]] = attrs.field(factory=dict[int, tuple[int, Cell]])
    beyond: list[str] = attrs.field(factory=list[str])

    @property
    def is_at_first_cell(self) -> bool:
        """Whether the first cell of the first row is open."""
        return self.depth == 1 and self.cell is not None and self.rows == [[]]

    def begin_row(self) -> None:
        """A new row, which has the cells of those before it that span it."""
        self.end_row()
        self.rows.append([])
        self._fill()

    def end_row(self) -> None:
        """Nothing is lost of a row that is too long."""
        if self.beyond:
            row = self.rows[-1]
            row[-1] = Cell(" ".join([row[-1].text, *self.beyond]))
            self.beyond = []

    def begin_cell(self, tag: str, attributes: Mapping[str, str]) -> None:
        """A new cell of the row."""
        if not self.rows:
            self.begin_row()
        self.cell, self.is_head = [], tag == "th"
        self.columns = _span(attributes.get("colspan", ""), _MOST_COLUMNS)
        self.lines = _span(attributes.get("rowspan", ""), _MOST_ROWS_SPANNED)

    def end_cell(self) -> None:
        """The cell is part of its row, and of the next where it spans them."""
        if self.cell is None:
            return
        cell, self.cell, row = Cell(_line("".join(self.cell)), is_head=self.is_head), None, self.rows[-1]
        if len(row) >= _MOST_COLUMNS:
            self.beyond.append(cell.text)
            return
        for number in range(min(self.columns, _MOST_COLUMNS - len(row))):
            part = cell._replace(left=number > 0)
            if self.lines > 1:
                self.spanning[len(row)] = self.lines - 1, part._replace(text=repeated(part.text), above=True)
            row.append(part)
        self._fill()

    def _fill(self) -> None:
        row = self.rows[-1]
        while (span := self.spanning.get(len(row))) and len(row) < _MOST_COLUMNS:
            lines, cell = span
            if lines > 1:
                self.spanning[len(row)] = lines - 1, cell
            else:
                del self.spanning[len(row)]
            row.append(cell)


class _Text:
    """Receives the events of lxml's parser and makes lines of them."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.titles: list[str] = []
        self._is_in_head = False
        self._is_in_title = False
        self._lines: list[str] = []
        self._line: list[str] = []
        self._hidden = 0
        self._listing = 0
        self._raised = 0
        self._table: _Table | None = None

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        self.opened.append(tag)
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
            self._table = _Table()
        elif tag == "pre":
            self._listing += 1
            if self._listing == 1:
                self._lines.append("```")
        elif tag == "li":
            self._line.append("- ")
        elif tag in _HEADINGS:
            self._line.append(_HEADINGS[tag])

    def _start_title(self, tag: str) -> None:
        """Not that of a picture; one that is not closed ends before the next element."""
        self._is_in_title = tag == "title" and self._hidden == self._is_in_head
        if self._is_in_title:
            self.titles.append("")
        self._is_in_head = self._is_in_head or tag == "head"

    def _leave_layout(self, table: _Table) -> None:
        """The table only lays out the page: with a heading or a table in its first cell it has no heads of columns."""
        self._table = None
        self._line.append(_WHITE_SPACE.sub(" ", "".join(table.cell or ())))
        self._end_line()

    def _start_in_table(self, table: _Table, tag: str, attributes: Mapping[str, str]) -> None:
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
        self.opened.pop()
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

    def _end_in_table(self, table: _Table, tag: str) -> None:
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
            self.titles[-1] += text
        elif self._hidden:
            pass
        elif self._table is not None:
            if self._table.cell is not None:
                self._table.cell.append(text)
            elif text.strip():  # a caption, or text where none belongs
                self._lines.append(_WHITE_SPACE.sub(" ", text).strip())
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
    """The lines without empty ones after an empty one, and without listings of nothing."""
    before: str | None = ""
    for line in lines:
        if line or before:
            yield line
        before = line


def _span(text: str, most: int) -> int:
    digits = text.strip()[:5]
    return min(max(int(digits), 1), most) if digits.isascii() and digits.isdigit() else 1
