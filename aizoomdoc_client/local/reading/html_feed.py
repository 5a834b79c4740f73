"""Feeds lxml's HTML parser so that no nesting makes it slow.

For an end tag libxml2 searches all elements that are open: many of those and as many end tags of others take quadratic time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

_PIECE = 16 * 1024  # characters, between which it is looked how deep the elements are
_DEEP = 500  # elements; real pages have some dozens
_NEAR = 100  # elements
_SEARCHING = re.compile(r"<(?:/([a-z][^\s<>/]*)|body\b)[^<>]{0,200}>?", re.IGNORECASE)


def feed_all(parser: Any, source: str, opened: Sequence[str]) -> None:
    """Feeds the whole source; `opened` are the names of the elements that are open, which the parser's target keeps.

    Below 500 open elements an end tag is left out unless one of the last 100 has its name.
    """
    start = 0
    while start < len(source):
        end = start + _PIECE
        if end < len(source) and (tag := source.rfind("<", start + 1, end)) > 0:
            end = tag  # no tag is cut, as long as it fits a piece
        piece, start = source[start:end], end
        if len(opened) < _DEEP:
            parser.feed(piece)
        else:
            _feed_deep(parser, piece, opened)


def _feed_deep(parser: Any, piece: str, opened: Sequence[str]) -> None:
    fed = 0
    for tag in _SEARCHING.finditer(piece):
        parser.feed(piece[fed : tag.start()])  # now `opened` is as it is before the tag
        fed = tag.start() if (tag[1] or "").lower() in opened[-_NEAR:] else tag.end()
    parser.feed(piece[fed:])
