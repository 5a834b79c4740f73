"""Documents split into passages of whole lines, short enough to quote, each with the headings above it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

import attrs

from ..reading import Document

# In characters. A table may grow to the largest size before it is divided.
USUAL_SIZE = 600
LARGEST_SIZE = 1200
_SMALLEST_SIZE = 200
HEADING_SEPARATOR = " › "

_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+")
_CAPTION = re.compile(r"(?:Таблица|Рисунок|Рис\.|Table|Figure)\s+[A-ZА-Я]?\d")
_MARKDOWN_HEADING = re.compile(r"(#{1,6})\s+\S")
_NUMBERED_HEADING = re.compile(r"(\d{1,2}(?:\.\d{1,2})+)\.?\s+[A-ZА-ЯЁ]")
_CHAPTER_HEADING = re.compile(r"(?:Раздел|Глава|Section|Chapter)\s+\d+\b")
_TOP_LEVEL_HEADING = re.compile(r"\d{1,2}\.?\s+[A-ZА-ЯЁ][^\d]*")
_GAP = re.compile(r"\S {2,}(?=\S)")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)?")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_LONGEST_HEADING = 100


@attrs.frozen
class Passage:
    """A piece of a page, and the headings that it stands under, outermost first."""

    page: int
    headings: tuple[str, ...]
    text: str


def passages(document: Document) -> Iterator[Passage]:
    """The passages of `document` in order; a heading stays in force on the next page, running titles are left out."""
    headings, running = _OpenHeadings(), _running_titles(document)
    for page in document.pages:
        lines = [line for line in page.text.split("\n") if _without_numbers(line) not in running]
        for path, text in _with_short_ones_merged(_blocks(lines, headings)):
            yield Passage(page.number, path, text)


def _with_short_ones_merged(blocks: Iterable[tuple[tuple[str, ...], str]]) -> list[tuple[tuple[str, ...], str]]:
    """The blocks, each that is shorter than the smallest size joined to the one before it under the same headings."""
    whole: list[tuple[tuple[str, ...], str]] = []
    for path, text in blocks:
        if whole and whole[-1][0] == path and len(text) < _SMALLEST_SIZE:
            whole[-1] = (path, f"{whole[-1][1]}\n{text}")
        else:
            whole.append((path, text))
    return whole


def _blocks(lines: list[str], headings: _OpenHeadings) -> Iterator[tuple[tuple[str, ...], str]]:
    block: list[str] = []
    filled, previous, path = False, "", headings.path  # filled: the block has more than headings
    for line in _lines_to_fit(lines):
        depth = _heading_level(line, previous)
        if depth and filled:
            yield path, _joined(block)
            block, filled = [], False
        elif filled and _is_full(block, line):
            cut = _best_cut(block)
            yield path, _joined(block[:cut])
            block = block[cut:]
        if depth:
            headings.enter(depth, line)
            path = headings.path
        block.append(line)
        filled = filled or (not depth and bool(line.strip()))
        previous = line
    if any(line.strip() for line in block):
        yield path, _joined(block)


def _joined(lines: list[str]) -> str:
    return "\n".join(lines).strip()


def _is_full(block: list[str], line: str) -> bool:
    size = sum(map(len, block))
    is_in_table = is_table_row(line) and is_table_row(next((other for other in reversed(block) if other.strip()), ""))
    return bool(line.strip()) and size + len(line) > (LARGEST_SIZE if is_in_table else USUAL_SIZE)


def _best_cut(block: list[str]) -> int:
    """How many lines of a full block to keep: up to a table's caption, all of a table, or up to the end of a sentence."""
    sizes = [sum(map(len, block[:number])) for number in range(len(block) + 1)]
    for number in range(len(block) - 1, 0, -1):
        if sizes[number] >= _SMALLEST_SIZE and _CAPTION.match(block[number]):
            return number
    if is_table_row(block[-1]):
        return len(block)
    for number in range(len(block), 0, -1):
        if sizes[number] >= _SMALLEST_SIZE and (not block[number - 1].strip() or block[number - 1].rstrip()[-1] in ".;!?"):
            return number
    return len(block)


def _running_titles(document: Document) -> frozenset[str]:
    """The lines that are the first or last of more than half of the pages, whatever numbers are in them."""
    if len(document.pages) < 4:
        return frozenset()
    edges: Counter[str] = Counter()
    for page in document.pages:
        filled = [line for line in page.text.split("\n") if line.strip()]
        edges.update({_without_numbers(line) for line in (filled[0], filled[-1])})
    return frozenset(line for line, count in edges.items() if count > len(document.pages) / 2)


def _without_numbers(line: str) -> str:
    return re.sub(r"\d+", "0", line.strip())


def _lines_to_fit(lines: list[str]) -> Iterator[str]:
    """The lines; one of more than the usual size is split at the ends of sentences, or of words."""
    for line in lines:
        if len(line) <= USUAL_SIZE:
            yield line
        else:
            yield from _split_line(line)


def _split_line(line: str) -> Iterator[str]:
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
    while len(sentence) > size:
        cut = sentence.rfind(" ", 1, size)
        cut = cut if cut > 0 else size
        yield sentence[:cut]
        sentence = sentence[cut:].lstrip()
    yield sentence


def is_table_row(line: str) -> bool:
    """Whether the line looks like a row of a table: cells between bars, tabs or wide gaps, or mostly numbers."""
    if "|" in line or "\t" in line or len(_GAP.findall(line)) > 1:
        return True
    figures, words = len(_FIGURE.findall(line)), len(_LETTERS.findall(line))
    return figures > 2 and words <= 2 * figures and not line.rstrip().endswith((".", ";"))


def _heading_level(line: str, previous: str) -> int:
    """The level of the heading that the line is, from 1; 0 where it is none. `previous` is the line before it."""
    line = line.strip()
    if not line or len(line) > _LONGEST_HEADING:
        return 0
    if marks := _MARKDOWN_HEADING.match(line):
        return len(marks[1])
    if line[-1] in ".,;:" or is_table_row(line):
        return 0
    if number := _NUMBERED_HEADING.match(line):
        return number[1].count(".") + 1
    if _CHAPTER_HEADING.match(line) or (not previous.strip() and _TOP_LEVEL_HEADING.fullmatch(line)):
        return 1
    return 0


class _OpenHeadings:
    """The headings in force at the current line."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str]] = []

    def enter(self, depth: int, line: str) -> None:
        """Adds the heading, and ends those of the same depth and deeper."""
        self._open = [
            *((level, text) for level, text in self._open if level < depth),
            (depth, line.lstrip("# ").strip()),
        ]

    @property
    def path(self) -> tuple[str, ...]:
        """Their texts, outermost first."""
        return tuple(text for _, text in self._open)
