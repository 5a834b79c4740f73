"""Markdown that grows: which of its blocks can change no more."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

_parser = MarkdownIt().enable("strikethrough").enable("table")  # as rich reads Markdown


def finished(text: str) -> int:
    """How many characters of `text` are blocks that nothing coming after them can change.

    Only whole lines tell what they are, and only a block after it ends a block. A heading waits for what it heads.
    """
    whole = text.rfind("\n") + 1
    blocks = [token for token in _parser.parse(text[:whole]) if token.level == 0 and token.map and token.nesting >= 0]
    if len(blocks) < 2:
        return 0
    last = len(blocks) - 1
    while last > 0 and blocks[last - 1].type == "heading_open":
        last -= 1
    return _start_of_line(text, _first_line(blocks, last))


def _first_line(blocks: Sequence[Token], index: int) -> int:
    lines = blocks[index].map
    assert lines is not None
    return lines[0]


def _start_of_line(text: str, line: int) -> int:
    place = 0
    for _ in range(line):
        place = text.index("\n", place) + 1
    return place
