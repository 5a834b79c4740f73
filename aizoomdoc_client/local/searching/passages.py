"""Documents cut into passages: pieces of whole lines, short enough to be quoted, long enough to be understood."""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from ..reading import Document

USUAL_SIZE = 600
LARGEST_SIZE = 1200
_LEAST_SIZE = 200

_MARKDOWN_HEADING = re.compile(r"#{1,6}\s+\S")
_NUMBERED_HEADING = re.compile(r"(?:\d{1,2}(?:\.\d{1,2})+\.?|Раздел\s+\d+\.?|Глава\s+\d+\.?)\s+[A-ZА-ЯЁ]")
_FIRST_LEVEL_HEADING = re.compile(r"\d{1,2}\.?\s+[A-ZА-ЯЁ][^\d]*")
_LONGEST_HEADING = 100
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+|\s*\n")


@attrs.frozen
class Passage:
    """A quotable piece of a page, and the heading that it stands under."""

    page: int
    heading: str
    text: str


def passages(document: Document) -> Iterator[Passage]:
    """The document's passages in order; a heading holds on over page ends."""
    heading = ""
    for page in document.pages:
        for block_heading, text in _blocks(page.text, heading):
            heading = block_heading
            yield Passage(page.number, heading, text)


def _blocks(text: str, heading: str) -> Iterator[tuple[str, str]]:
    lines: list[str] = []
    previous = ""
    for line in _short_lines(text):
        if (_is_heading(line, previous) or _is_full(lines, line)) and not _only_headings(lines):
            yield heading, _joined(lines)
            lines = []
        if _is_heading(line, previous):
            heading = line.lstrip("# ").strip()
        lines.append(line)
        previous = line
    if any(line.strip() for line in lines):
        yield heading, _joined(lines)


def _joined(lines: list[str]) -> str:
    return "\n".join(lines).strip()


def _only_headings(lines: list[str]) -> bool:
    return all(not line.strip() or _is_heading(line, "") for line in lines)


def _is_full(lines: list[str], line: str) -> bool:
    size = sum(map(len, lines))
    if not lines or not line.strip():
        return size > USUAL_SIZE
    paragraph_ends = not lines[-1].strip()
    if _is_row(line) and _is_row(_last_filled(lines)):
        return size + len(line) > LARGEST_SIZE
    return size + len(line) > USUAL_SIZE and (size >= _LEAST_SIZE or paragraph_ends)


def _last_filled(lines: list[str]) -> str:
    return next((line for line in reversed(lines) if line.strip()), "")


def _is_heading(line: str, previous: str) -> bool:
    line = line.strip()
    if not line or len(line) > _LONGEST_HEADING:
        return False
    if _MARKDOWN_HEADING.match(line):
        return True
    if line[-1] in ".,;:" or _is_row(line):
        return False
    if _NUMBERED_HEADING.match(line):
        return True
    return not previous.strip() and bool(_FIRST_LEVEL_HEADING.fullmatch(line))


def _is_row(line: str) -> bool:
    """Whether the line looks like a row of a table: cells between bars, tabs or wide gaps, or several figures."""
    return "|" in line or "\t" in line or len(re.findall(r"\S {2,}(?=\S)", line)) > 1 or len(re.findall(r"\d+", line)) > 3


def _short_lines(text: str) -> Iterator[str]:
    """The lines, those too long to quote cut at the ends of sentences, else of words."""
    for line in text.split("\n"):
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
