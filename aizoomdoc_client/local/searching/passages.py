"""Documents split into passages of whole lines, short enough to quote, each with the headings above it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate

import msgspec
from msgspec.structs import replace

from ..reading import Document, Page
from .contents_lines import are_contents
from .headings import HeadingFinder, OpenHeadings
from .open_table import OpenTable
from .running_lines import running_lines
from .table_rows import is_group_heading, is_markdown_row, looks_like_row

# Of a passage, in characters. A table may grow to the largest size before it is divided.
USUAL_SIZE = 600
LARGEST_SIZE = 1200
_SMALLEST_SIZE = 200

HEADING_SEPARATOR = " › "
"""Stands between the headings of a passage where they are shown."""

_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+")
_CAPTION = re.compile(r"(?:Таблица|Рисунок|Рис\.|Table|Figure)\s+[A-ZА-Я]?\d")
_NO_SPACE = re.compile(r"\S")


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a page, and the headings that it stands under, outermost first.

    `table_head` are the heads of a table that began in an earlier passage, and of the group of rows that goes on. `left_out` are
    the running titles of the page, which are not part of the text, in the first passage of the page. `is_contents` tells a table
    of contents.
    """

    page: int
    headings: tuple[str, ...]
    body: str
    table_head: str = ""
    left_out: str = ""
    is_contents: bool = False

    @property
    def text(self) -> str:
        """What is quoted: rows of a table with its heads."""
        return f"{self.table_head}\n{self.body}" if self.table_head else self.body


def passages(document: Document) -> Iterator[Passage]:
    """The passages of `document` in order; a heading stays in force on the next page.

    Every word of a page is in the body of one of its passages, or is `left_out` in the first.
    """
    splitter, running = _Splitter(has_markup=document.has_markup), running_lines(document.pages)
    for page in document.pages:
        left_out = running.get(page.number, frozenset())
        lines = page.text.split("\n")
        kept = [line for number, line in enumerate(lines) if number not in left_out]
        titles = "\n".join(lines[number] for number in sorted(left_out))
        for number, passage in enumerate(_with_short_ones_merged(splitter.passages(page, kept))):
            yield replace(passage, left_out=titles) if titles and not number else passage


def _with_short_ones_merged(found: Iterator[Passage]) -> list[Passage]:
    """The passages, each that is shorter than the smallest size joined to the one before it under the same headings."""
    whole: list[Passage] = []
    for passage in found:
        last = whole[-1] if whole else None
        is_short = len(passage.body) < _SMALLEST_SIZE and not passage.table_head
        if last and is_short and last.headings == passage.headings and len(last.body) + len(passage.body) <= LARGEST_SIZE:
            whole[-1] = replace(last, body=f"{last.body}\n{passage.body}")
        else:
            whole.append(passage)
    return whole


class _Splitter:
    """Splits the pages of one document."""

    def __init__(self, *, has_markup: bool) -> None:
        self._finder = HeadingFinder(has_markup)
        self._headings = OpenHeadings()
        self._table = OpenTable()

    def passages(self, page: Page, kept: Sequence[str]) -> Iterator[Passage]:
        """The passages of the page, of whose lines those are `kept` that are no running titles."""
        lines = list(_lines_to_fit(self._table.continued(kept)))
        self._finder.longest_line = max(map(len, lines), default=0)
        path, repeated = self._headings.path, ""
        block: list[str] = []
        size, filled, heading_lines = 0, False, 0  # filled: the block has more than headings

        def made(body: list[str]) -> Passage:
            return Passage(
                page=page.number,
                headings=path,
                body="\n".join(body).strip("\n").rstrip(),
                table_head=repeated,
                is_contents=are_contents(body),
            )

        for number, line in enumerate(lines):
            heading = None if heading_lines else self._finder.heading_at(lines, number)
            is_in_heading = heading is not None or heading_lines > 0
            if heading is not None and (filled or size + len(line) > LARGEST_SIZE):
                yield made(block)
                block, size, filled, repeated = [], 0, False, ""
            elif filled and not is_in_heading and size + len(line) > USUAL_SIZE and _is_full(block, size, line):
                cut = _best_cut(block)
                yield made(block[:cut])
                block = block[cut:]
                size = sum(map(len, block))
                repeated = self._table.above(next(filter(str.strip, block), line))
                filled = any(map(str.strip, block))
            if heading is not None:
                self._headings.enter(heading)
                path, heading_lines = self._headings.path, heading.lines
            heading_lines = max(heading_lines - 1, 0)
            self._table.enter(lines, number)
            block.append(line)
            size += len(line)
            filled = filled or (not is_in_heading and bool(line.strip()))
        if any(map(str.strip, block)):
            yield made(block)


def _is_full(block: Sequence[str], size: int, line: str) -> bool:
    """Whether the line, with which this block of `size` characters is over the usual size, goes into the next one."""
    is_in_word = size + len(line) <= LARGEST_SIZE and _ends_in_divided_word(block[-1])
    if is_in_word or not line.strip():
        return False
    is_in_table = looks_like_row(line) and looks_like_row(next((other for other in reversed(block) if other.strip()), ""))
    return not is_in_table or size + len(line) > LARGEST_SIZE


def _ends_in_divided_word(line: str) -> bool:
    line = line.rstrip()
    return line.endswith(("-", "\u00ad")) and line[-2:-1].isalnum()


def _best_cut(block: Sequence[str]) -> int:
    """How many lines of a full block to keep: up to a table's caption or a group of its rows, all of a table, or sentences."""
    sizes = list(accumulate(map(len, block), initial=0))
    for number in range(len(block) - 1, 0, -1):
        if sizes[number] >= _SMALLEST_SIZE and (_CAPTION.match(block[number]) or _begins_group(block, number)):
            return number
    if looks_like_row(block[-1]):
        return len(block)
    for number in range(len(block), 0, -1):
        if sizes[number] >= _SMALLEST_SIZE and (not block[number - 1].strip() or block[number - 1].rstrip()[-1] in ".;!?"):
            return number
    return len(block)


def _begins_group(block: Sequence[str], number: int) -> bool:
    return is_markdown_row(block[number]) and is_group_heading(block[number]) and not is_group_heading(block[number - 1])


def _lines_to_fit(lines: Sequence[str]) -> Iterator[str]:
    """The lines; one of more than the usual size is split at the ends of sentences, or of words, but for rows of a table.

    Of several empty lines one is left.
    """
    was_empty = False
    for line in lines:
        is_empty = not line.strip()
        if is_empty and was_empty:
            continue
        was_empty = is_empty
        if len(line) <= USUAL_SIZE or (is_markdown_row(line) and len(line) <= LARGEST_SIZE):
            yield line
        else:
            yield from _split_line(line)


def _split_line(line: str) -> Iterator[str]:
    """Pieces of at most the usual size, each of as many whole sentences as it has room for."""
    rest = ""
    for sentence in _SENTENCE_END.split(line):
        for piece in _split_at_words(sentence, USUAL_SIZE):
            if rest and len(rest) + len(piece) >= USUAL_SIZE:
                yield rest
                rest = ""
            rest = f"{rest} {piece}" if rest else piece
    if rest:
        yield rest


def _split_at_words(sentence: str, size: int) -> Iterator[str]:
    start = 0  # not the rest as a string of its own: a file may be one line of megabytes
    while len(sentence) - start > size:
        cut = sentence.rfind(" ", start + 1, start + size)
        cut = cut if cut > 0 else start + size
        yield sentence[start:cut]
        following = _NO_SPACE.search(sentence, cut)
        start = following.start() if following else len(sentence)
    yield sentence[start:]
