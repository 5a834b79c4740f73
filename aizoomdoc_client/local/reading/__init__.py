"""Documents as text, page by page: PDF, Markdown, HTML and plain text.

RULE: a path in, a `Document` out, or one `UnreadableDocumentError` that says why not; synchronous, no database, no network.
One kind of document a file; `read_document` chooses among them by the content first, by the name second.
"""

from __future__ import annotations

from .document import Document, Page, UnreadableDocumentError
from .kinds import read_document

__all__ = ["Document", "Page", "UnreadableDocumentError", "read_document"]
