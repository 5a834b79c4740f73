"""Feeds lxml's HTML parser in linear time.

For each end tag, and each ``<body>``, libxml2 searches all open elements: many open elements and as many end tags without a start
would take quadratic time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

_PIECE_SIZE = 16 * 1024  # characters; the depth is checked between two pieces
_DEEP = 500  # open elements; real pages have some dozens
_NEAR = 100  # innermost open elements in which an end tag may have its start
_SEARCHED_TAG = re.compile(r"<(?:/([a-z][^\s<>/]*)|body\b)[^<>]{0,200}>?", re.IGNORECASE)


def feed_all(parser: Any, source: str, open_elements: Sequence[str]) -> None:
    """Feeds the whole source; `open_elements` are the names of the open elements, which the parser's target keeps up to date.

    Inside of 500 or more open elements, an end tag is left out unless one of the innermost 100 has its name.
    """
    start = 0
    while start < len(source):
        end = start + _PIECE_SIZE
        if end < len(source) and (tag := source.rfind("<", start + 1, end)) > 0:
            end = tag  # between two tags, unless a tag is longer than a piece
        piece, start = source[start:end], end
        if len(open_elements) < _DEEP:
            parser.feed(piece)
        else:
            _feed_deep(parser, piece, open_elements)


def _feed_deep(parser: Any, piece: str, open_elements: Sequence[str]) -> None:
    fed = 0
    for tag in _SEARCHED_TAG.finditer(piece):
        parser.feed(piece[fed : tag.start()])  # updates `open_elements`
        fed = tag.start() if (tag[1] or "").lower() in open_elements[-_NEAR:] else tag.end()
    parser.feed(piece[fed:])
