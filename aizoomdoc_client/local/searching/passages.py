"""Documents cut into passages: pieces of whole lines, short enough to be quoted, long enough to be understood."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

import attrs

from ..reading import Document
from .headings import Headings, is_row, level

USUAL_SIZE = 600
LARGEST_SIZE = 1200
_LEAST_SIZE = 200
HEADING_SEPARATOR = " › "

_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+")
_CAPTION = re.compile(r"(?:Таблица|Рисунок|Рис\.|Table|Figure)\s+[A-ZА-Я]?\d")


@attrs.frozen
class Passage:
    """A quotable piece of a page, and the headings that it stands under, outermost first."""

    page: int
    headings: tuple[str, ...]
    text: str


def passages(document: Document) -> Iterator[Passage]:
    """The document's passages in order; headings hold on over page ends, running titles are left out."""
    headings, running = Headings(), _running_titles(document)
    for page in document.pages:
        lines = [line for line in page.text.split("\n") if _faceless(line) not in running]
        for path, text in _without_scraps(_blocks(lines, headings)):
            yield Passage(page.number, path, text)


def _without_scraps(blocks: Iterable[tuple[tuple[str, ...], str]]) -> list[tuple[tuple[str, ...], str]]:
    """A short rest stays with what it is the rest of."""
    whole: list[tuple[tuple[str, ...], str]] = []
    for path, text in blocks:
        if whole and whole[-1][0] == path and len(text) < _LEAST_SIZE:
            whole[-1] = (path, f"{whole[-1][1]}\n{text}")
        else:
            whole.append((path, text))
    return whole


def _blocks(lines: list[str], headings: Headings) -> Iterator[tuple[tuple[str, ...], str]]:
    block: list[str] = []
    filled, previous, path = False, "", headings.path  # filled: the block has more than headings
    for line in _short_lines(lines):
        depth = level(line, previous)
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
    both_rows = is_row(line) and is_row(next((other for other in reversed(block) if other.strip()), ""))
    return bool(line.strip()) and size + len(line) > (LARGEST_SIZE if both_rows else USUAL_SIZE)


def _best_cut(block: list[str]) -> int:
    """Where to end a full block: before the caption of a table, or behind the last line that ends a sentence."""
    sizes = [sum(map(len, block[:number])) for number in range(len(block) + 1)]
    for number in range(len(block) - 1, 0, -1):
        if sizes[number] >= _LEAST_SIZE and _CAPTION.match(block[number]):
            return number
    if is_row(block[-1]):
        return len(block)
    for number in range(len(block), 0, -1):
        if sizes[number] >= _LEAST_SIZE and (not block[number - 1].strip() or block[number - 1].rstrip()[-1] in ".;!?"):
            return number
    return len(block)


def _running_titles(document: Document) -> frozenset[str]:
    """Lines that stand first or last on most pages, page numbers aside."""
    if len(document.pages) < 4:
        return frozenset()
    edges: Counter[str] = Counter()
    for page in document.pages:
        filled = [line for line in page.text.split("\n") if line.strip()]
        edges.update({_faceless(line) for line in (filled[0], filled[-1])})
    return frozenset(line for line, count in edges.items() if count > len(document.pages) / 2)


def _faceless(line: str) -> str:
    return re.sub(r"\d+", "0", line.strip())


def _short_lines(lines: list[str]) -> Iterator[str]:
    """The lines, those too long to quote cut at the ends of sentences, else of words."""
    for line in lines:
        if len(line) <= USUAL_SIZE:
            yield line
        else:
            yield from _cut(line)


def _cut(line: str) -> Iterator[str]:
    rest = ""
    for sentence in _SENTENCE_END.split(line):
        for piece in _words_up_to(sentence, USUAL_SIZE):
            if rest and len(rest) + len(piece) >= USUAL_SIZE:
                yield rest
                rest = ""
            rest = f"{rest} {piece}" if rest else piece
    if rest:
        yield rest


def _words_up_to(sentence: str, size: int) -> Iterator[str]:
    while len(sentence) > size:
        cut = sentence.rfind(" ", 1, size)
        cut = cut if cut > 0 else size
        yield sentence[:cut]
        sentence = sentence[cut:].lstrip()
    yield sentence
