"""A document as text, and the error for a file that cannot be read as one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import attrs

from ...catalog import LocalizedText, text
from ...exceptions import ConfigurationError

UnreadKind = Literal[
    "no_text", "little_text", "garbled_text", "too_many_pages", "attachments", "recognized", "uncalculated", "hidden_sheets"
]
"""Why a part of a document was not read, or not reliably.

``no_text``: pages without any text, as scans are. ``little_text``: large sheets on which only a title block is text.
``garbled_text``: pages whose stored characters differ from those that are seen. ``too_many_pages``: pages beyond the limit.
``attachments``: files inside of the document. ``recognized``: pages whose text was recognized in their picture, with mistakes.
``uncalculated``: sheets with formulas of which no result is stored. ``hidden_sheets``: sheets that Excel does not show.
"""


@attrs.frozen(kw_only=True)
class UnreadPart:
    """What of a document was not read: the numbers of pages, or the names of files in it."""

    kind: UnreadKind
    pages: tuple[int, ...] = ()
    names: tuple[str, ...] = ()


Progress = Callable[[int, int], None]
"""Called with the number of pages read so far and the number of those to read."""


@attrs.frozen(kw_only=True)
class Limits:
    """How much of a document is read: its first `pages`, and with `recognize` the text in pictures."""

    pages: int = 10_000
    recognize: bool = True


@attrs.frozen
class Page:
    """One page; numbers start at 1.

    A table in the text is a Markdown table: a row of heads, a row of dashes, and its rows, each line between bars.
    """

    number: int
    text: str


@attrs.frozen(kw_only=True)
class Document:
    """The pages of a document that have text, in order; `page_count` counts all pages.

    `unread` says what of the document is not in the pages, or not as it is seen. With `has_markup`, headings begin with ``#`` and
    listings are between lines of three backticks, as in Markdown.
    """

    name: str
    pages: tuple[Page, ...]
    page_count: int
    unread: tuple[UnreadPart, ...] = ()
    has_markup: bool = False

    @property
    def blank_pages(self) -> int:
        """How many pages have no text, as scans and drawings without captions have none."""
        return self.page_count - len(self.pages)


@attrs.frozen
class Reason:
    """Why a document cannot be read, in each language."""

    ru: str
    en: str

    @classmethod
    def of(cls, text: LocalizedText | str) -> Reason:
        """The reason in both languages."""
        return cls(text, text) if isinstance(text, str) else cls(text.render("ru"), text.render("en"))


class UnreadableDocumentError(ConfigurationError):
    """A document whose text cannot be read; `name` is its file name, `reason` says why and what to do."""

    def __init__(self, name: str, reason: LocalizedText | str) -> None:
        super().__init__(text("document_unreadable", name=name, reason=reason))
        self.name = name
        self.reason = reason
