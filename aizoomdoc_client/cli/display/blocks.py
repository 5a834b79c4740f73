"""Markdown in blocks, and which of them can change no more while it grows."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

# As rich reads Markdown, but for HTML: that is no markup at a terminal, and would be swallowed.
_parser = MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"])

_BLANK_END = re.compile(r"\n[ \t]*\n\Z")


def parsed(text: str) -> list[Token]:
    """The tokens of `text`."""
    return _parser.parse(text)


def blocks(text: str) -> list[str]:
    """`text` cut into its blocks; a heading belongs to the block below it."""
    ends = [*_starts(text, _tops(text))[1:], len(text)]
    return [text[start:end] for start, end in itertools.pairwise([0, *ends])]


def finished(text: str) -> int:
    """How many characters of `text` are blocks that nothing coming after them can change.

    Only whole lines tell what they are. A block is ended by the next one; a paragraph or a table by a blank line, too.
    """
    whole = text[: text.rfind("\n") + 1]
    tops = _tops(whole)
    if tops and tops[-1].type in {"paragraph_open", "table_open"} and _BLANK_END.search(whole):
        return len(whole)
    return (_starts(whole, tops) or [0])[-1]


def _tops(text: str) -> list[Token]:
    """The tokens that open the outermost blocks."""
    return [token for token in parsed(text) if token.level == 0 and token.map and token.nesting >= 0]


def _starts(text: str, tops: Sequence[Token]) -> list[int]:
    """Where the blocks begin, the first one at 0 with whatever stands before it."""
    lines = [_first_line(token) for token in tops]
    own = [line for line, above in zip(lines[1:], tops, strict=False) if above.type != "heading_open"]
    offsets = _line_offsets(text)
    return [0, *(offsets[line] for line in own)] if tops else []


def _first_line(token: Token) -> int:
    assert token.map is not None
    return token.map[0]


def _line_offsets(text: str) -> Sequence[int]:
    return [0, *(place + 1 for place, char in enumerate(text) if char == "\n")]
