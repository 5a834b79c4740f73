"""A model's Markdown on a terminal, where lines that have scrolled away cannot be changed.

The text is divided into blocks. A block that no further text can change is printed once; the rest is laid out again and again.
"""

from __future__ import annotations

import itertools
import re

from rich.console import Console
from rich.markdown import Markdown
from rich.segment import Segment, SegmentLines
from rich.text import Text

from ...answer_syntax import answer_parser
from ..language import N_, _
from ..sanitize import sanitized, without_controls
from .answer_display import RESTARTED
from .answer_lists import MarkedItem, MarkedList
from .answer_tables import WholeTable

CHANGED = N_("The end of the answer has changed; what follows holds:")

Line = list[Segment]

_parser = answer_parser()

# A blank line at the end.
_BLANK_END = re.compile(r"\n[ \t]*\n\Z")


class _Markdown(Markdown):
    elements = {  # noqa: RUF012 - rich's own field
        **Markdown.elements,
        "table_open": WholeTable,
        "bullet_list_open": MarkedList,
        "ordered_list_open": MarkedList,
        "list_item_open": MarkedItem,
    }


def blocks(text: str) -> list[str]:
    """The blocks of `text`; a heading is in one block with what follows it."""
    opening = [token for token in _parser.parse(text) if token.level == 0 and token.map and token.nesting >= 0]
    line_starts = [0, *(place + 1 for place, char in enumerate(text) if char == "\n")]
    cuts = [
        line_starts[token.map[0]] for above, token in itertools.pairwise(opening) if token.map and above.type != "heading_open"
    ]
    return [text[start:end] for start, end in itertools.pairwise([0, *cuts, len(text)])]


def finished_length(text: str) -> int:
    """How many characters at the start of `text` are blocks that no further text can change.

    An incomplete line may become anything. A block ends where the next one begins; a paragraph or a table also at a blank line.
    """
    whole = text[: text.rfind("\n") + 1]
    last = blocks(whole)[-1]
    closing = [token.type for token in _parser.parse(last)][-1:]
    is_closed = _BLANK_END.search(last) and closing in (["paragraph_close"], ["table_close"])
    return len(whole) if is_closed else len(whole) - len(last)


def lay_out(console: Console, text: str) -> list[Line]:
    """Markdown as sanitized lines for the console, with one blank line between two blocks."""
    lines: list[Line] = []
    for block in blocks(text):
        drawn = _block_lines(console, block)
        lines += [[], *drawn] if lines and drawn else drawn
    return lines


def _block_lines(console: Console, text: str) -> list[Line]:
    markdown = _Markdown("", hyperlinks=False)  # the address of a link is shown
    markdown.parsed = _parser.parse(sanitized(text))
    lines = [[_without_controls(segment) for segment in line] for line in console.render_lines(markdown, pad=False)]
    # rich puts blank lines around some kinds of blocks and not around others.
    while lines and _is_blank(lines[0]):
        lines.pop(0)
    while lines and _is_blank(lines[-1]):
        lines.pop()
    return lines


def _without_controls(segment: Segment) -> Segment:
    # Markdown's entities make characters that were not in its source.
    return segment if segment.control else Segment(without_controls(segment.text), segment.style)


def _is_blank(line: Line) -> bool:
    return all(not segment.text.strip() and not (segment.style and segment.style.bgcolor) for segment in line)


class BlockPrinter:
    """Prints each block of a growing text as soon as it cannot change, and lays out the rest."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._printed = ""
        self._ends: list[int] = []  # of the printed blocks that have lines

    def print_finished(self, text: str) -> None:
        """Prints the blocks of `text` that are finished and not printed yet."""
        if not self._printed.startswith(text):
            start = self._printed_length(text)
            self._print(text, start, start + finished_length(text[start:]))

    def print_all(self, text: str) -> None:
        """Prints the rest of the text."""
        if text.strip():
            self._print(text, self._printed_length(text), len(text))

    def is_behind(self, text: str) -> bool:
        """Whether a part of `text` is not printed yet."""
        return text.startswith(self._printed) and bool(text[len(self._printed) :].strip())

    def rest(self, text: str) -> list[Line]:
        """The lines of the text that is not printed yet."""
        return self._lines(text[len(self._printed) :]) if self.is_behind(text) else []

    def _printed_length(self, text: str) -> int:
        """The length of `text` that is printed; where other text was printed, a line tells which blocks are still valid."""
        if not text.startswith(self._printed):
            self._ends = [end for end in self._ends if text.startswith(self._printed[:end])]
            self._printed = text[: self._ends[-1] if self._ends else 0]
            self._console.print(Text(_(CHANGED if self._ends else RESTARTED), style="dim"))
        return len(self._printed)

    def _print(self, text: str, start: int, end: int) -> None:
        for block in blocks(text[start:end]):
            self._printed += block
            if lines := self._lines(block):
                self._console.print(SegmentLines(lines, new_lines=True), end="")
                self._ends.append(len(self._printed))

    def _lines(self, text: str) -> list[Line]:
        lines = lay_out(self._console, text)
        return [[], *lines] if lines and self._ends else lines
