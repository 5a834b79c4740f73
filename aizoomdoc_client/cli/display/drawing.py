"""What rich draws for an answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.markdown import Markdown
from rich.segment import Segment

from ..harmless import harmless, without_controls
from .blocks import blocks, parsed

Line = Sequence[Segment]


class Lines:
    """Lines that were laid out before."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = list(lines)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        del console, options
        for line in self._lines:
            yield from line
            yield Segment.line()


class Stack:
    """Things below one another."""

    def __init__(self, *parts: RenderableType) -> None:
        self._parts = parts

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        del console, options
        yield from self._parts


def laid_out(console: Console, text: str) -> list[Line]:
    """A model's Markdown as lines for the console, harmless, with one blank line between two blocks."""
    lines: list[Line] = []
    for block in blocks(text):
        drawn = _block(console, block)
        lines += [[], *drawn] if lines and drawn else drawn
    return lines


def _block(console: Console, text: str) -> list[Line]:
    markdown = Markdown("", hyperlinks=False)  # a link shows where it leads
    markdown.parsed = parsed(harmless(text))
    lines = [[_clean(segment) for segment in line] for line in console.render_lines(markdown, pad=False)]
    # rich puts blank lines around some kinds of blocks and not around others.
    while lines and _is_blank(lines[0]):
        lines.pop(0)
    while lines and _is_blank(lines[-1]):
        lines.pop()
    return list(lines)


def _clean(segment: Segment) -> Segment:
    # Markdown's entities make characters that were not in its source.
    return segment if segment.control else Segment(without_controls(segment.text), segment.style)


def _is_blank(line: Line) -> bool:
    return all(not segment.text.strip() and not (segment.style and segment.style.bgcolor) for segment in line)
