"""A document as text, and the error for a file that is none."""

from __future__ import annotations

import attrs

from ...catalog import LocalizedText, text
from ...exceptions import ConfigurationError


@attrs.frozen
class Page:
    """One page; numbers start at 1."""

    number: int
    text: str


@attrs.frozen(kw_only=True)
class Document:
    """A document's pages in order, those without any text left out; `page_count` counts them all."""

    name: str
    pages: tuple[Page, ...]
    page_count: int

    @property
    def blank_pages(self) -> int:
        """How many pages have no text, as scans and drawings without captions have none."""
        return self.page_count - len(self.pages)


class UnreadableDocumentError(ConfigurationError):
    """A document that no text can be taken from; `name` is its file name, `reason` says why and what to do."""

    def __init__(self, name: str, reason: LocalizedText) -> None:
        super().__init__(text("document_unreadable", name=name, reason=reason))
        self.name = name
        self.reason = reason
