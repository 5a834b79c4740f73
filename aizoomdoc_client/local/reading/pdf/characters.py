"""The visible characters of a page, as the cells of tables are made of them."""

from __future__ import annotations

from typing import NamedTuple


class Character(NamedTuple):
    """A character of a page that is no white space, with its box on the page as it is shown; there are thousands on a page."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    is_after_space: bool = False
