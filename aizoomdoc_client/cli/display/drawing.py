"""What rich draws for an answer."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.markdown import Markdown
from rich.segment import Segment

from ..harmless import harmless, without_controls


class Answered:
    """Markdown of a model, harmless when drawn; a link shows where it leads."""

    def __init__(self, text: str) -> None:
        self._markdown = Markdown(harmless(text), hyperlinks=False)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        # Markdown's entities make characters that were not in its source.
        for segment in console.render(self._markdown, options):
            yield segment if segment.control else Segment(without_controls(segment.text), segment.style)


class Lines:
    """Lines that were laid out before."""

    def __init__(self, lines: Sequence[Sequence[Segment]]) -> None:
        self._lines = lines

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
