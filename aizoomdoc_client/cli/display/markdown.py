"""A model's Markdown on a terminal that cannot take back what has scrolled away.

The text is cut into blocks. A block that nothing can change any more is printed for good; the rest is laid out again and again.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.console import Console
from rich.markdown import Markdown
from rich.segment import Segment, SegmentLines

from ..sanitize import sanitized, without_controls

Line = list[Segment]

# As rich reads Markdown, but for HTML: that is no markup at a terminal, and would be swallowed.
_parser = MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"])

_BLANK_END = re.compile(r"\n[ \t]*\n\Z")


def blocks(text: str) -> list[str]:
    """`text` cut into its blocks; a heading belongs to the block below it."""
    ends = [*_starts(text, _outermost(text))[1:], len(text)]
    return [text[start:end] for start, end in itertools.pairwise([0, *ends])]


def finished(text: str) -> int:
    """How many characters of `text` are blocks that nothing coming after them can change.

    Only whole lines tell what they are. A block is ended by the next one; a paragraph or a table by a blank line, too.
    """
    whole = text[: text.rfind("\n") + 1]
    opening = _outermost(whole)
    if opening and opening[-1].type in {"paragraph_open", "table_open"} and _BLANK_END.search(whole):
        return len(whole)
    return (_starts(whole, opening) or [0])[-1]


def _outermost(text: str) -> list[Token]:
    """The tokens that open the outermost blocks."""
    return [token for token in _parser.parse(text) if token.level == 0 and token.map and token.nesting >= 0]


def _starts(text: str, opening: Sequence[Token]) -> list[int]:
    """Where the blocks begin, the first one at 0 with whatever stands before it."""
    lines = [token.map[0] for token in opening if token.map]
    own = [line for line, above in zip(lines[1:], opening, strict=False) if above.type != "heading_open"]
    line_starts = [0, *(place + 1 for place, char in enumerate(text) if char == "\n")]
    return [0, *(line_starts[line] for line in own)] if opening else []


def laid_out(console: Console, text: str) -> SegmentLines:
    """Markdown as lines for the console, sanitized, with one blank line between two blocks."""
    lines: list[Line] = []
    for block in blocks(text):
        drawn = _block_lines(console, block)
        lines += [[], *drawn] if lines and drawn else drawn
    return SegmentLines(lines, new_lines=True)


def _block_lines(console: Console, text: str) -> list[Line]:
    markdown = Markdown("", hyperlinks=False)  # a link shows where it leads
    markdown.parsed = _parser.parse(sanitized(text))
    lines = [[_clean(segment) for segment in line] for line in console.render_lines(markdown, pad=False)]
    # rich puts blank lines around some kinds of blocks and not around others.
    while lines and _is_blank(lines[0]):
        lines.pop(0)
    while lines and _is_blank(lines[-1]):
        lines.pop()
    return lines


def _clean(segment: Segment) -> Segment:
    # Markdown's entities make characters that were not in its source.
    return segment if segment.control else Segment(without_controls(segment.text), segment.style)


def _is_blank(line: Line) -> bool:
    return all(not segment.text.strip() and not (segment.style and segment.style.bgcolor) for segment in line)


class BlockPrinter:
    """Prints the blocks of a growing text for good as soon as they cannot change, and lays out the rest.

    `announce_restart` is called before printed text is printed anew, with whether that is all of it.
    """

    def __init__(self, console: Console, announce_restart: Callable[[bool], None]) -> None:
        self._console = console
        self._announce_restart = announce_restart
        self._ends: list[int] = []  # of the printed blocks
        self._kept: int | None = None  # how much of the printed text still holds, where not all of it does
        self._needs_gap = False

    @property
    def _printed(self) -> int:
        return self._ends[-1] if self._ends else 0

    def cut(self, keep: int) -> None:
        """Only the first `keep` characters still hold."""
        if keep < self._printed:
            self._kept = min(keep, self._printed if self._kept is None else self._kept)

    def print_finished(self, text: str) -> None:
        """Prints those blocks of `text` that are finished and not printed yet."""
        if self._is_ready(text) and (more := finished(text[self._printed :])):
            self._print(text, self._printed + more)

    def print_all(self, text: str) -> None:
        """Prints what is not printed yet."""
        if self._is_ready(text) and text[self._printed :].strip():
            self._print(text, len(text))

    def is_behind(self, text: str) -> bool:
        """Whether some of `text` is drawn, or about to be, and not printed for good."""
        return self._kept is None and bool(text[self._printed :].strip())

    def rest(self, text: str) -> list[Line]:
        """The lines of what is not printed yet."""
        return self._with_gap(laid_out(self._console, text[self._printed :])).lines if self.is_behind(text) else []

    def _is_ready(self, text: str) -> bool:
        """Takes printed text back where it no longer holds, once there is something to print in its place."""
        if self._kept is None:
            return True
        if not text.strip():
            return False
        kept, self._kept = self._kept, None
        self._ends = [end for end in self._ends if end <= kept]
        self._needs_gap = bool(self._ends)
        self._announce_restart(not self._ends)
        return True

    def _print(self, text: str, end: int) -> None:
        for block in blocks(text[self._printed : end]):
            self._ends.append(self._printed + len(block))
            if (drawn := laid_out(self._console, block)).lines:
                self._console.print(self._with_gap(drawn), end="")
                self._needs_gap = True

    def _with_gap(self, drawn: SegmentLines) -> SegmentLines:
        return SegmentLines([[], *drawn.lines], new_lines=True) if self._needs_gap else drawn
