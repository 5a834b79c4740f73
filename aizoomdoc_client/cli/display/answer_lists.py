"""A Markdown list on a terminal: each item keeps the marker of the source, because a number may be the answer itself."""

from __future__ import annotations

from markdown_it.token import Token
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import ListElement, ListItem, Markdown
from rich.segment import Segment

_BULLETS = {"-": "–"}
"""What is drawn for a marker; any other one without a number becomes a bullet."""
_MARGIN = 2
"""Columns around a marker."""


class MarkedItem(ListItem):
    """An item with its marker before its first line; also one without text, as ``27.`` may be the whole answer."""

    def __init__(self, marker: str, style: str) -> None:
        super().__init__()
        self.marker = marker
        self._marker_style = style

    @classmethod
    def create(cls, markdown: Markdown, token: Token) -> MarkedItem:
        del markdown
        if token.info:
            return cls(f"{token.info}{token.markup}", "markdown.item.number")
        return cls(_BULLETS.get(token.markup, "•"), "markdown.item.bullet")

    def render_lines(self, console: Console, options: ConsoleOptions, width: int) -> RenderResult:
        """The item's lines, which begin after `width` columns for the markers of its list."""
        style = console.get_style(self._marker_style, default="none")
        room = options.update(width=max(1, options.max_width - width))
        lines = console.render_lines(self.elements, room, style=self.style) or [[]]
        for number, line in enumerate(lines):
            yield Segment(" " * width if number else f"{self.marker} ".rjust(width), style)
            yield from line
            yield Segment("\n")


class MarkedList(ListElement):
    """A list with its own markers: rich numbers items itself and omits the dot, so that ``2. 500`` would become 2 500."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        items = [item for item in self.items if isinstance(item, MarkedItem)]
        width = max(len(item.marker) for item in items) + _MARGIN
        for item in items:
            yield from item.render_lines(console, options, width)
