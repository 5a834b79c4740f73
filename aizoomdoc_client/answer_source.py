"""What an answer rests on, where a server sends that."""

from __future__ import annotations

from typing import Annotated, Literal

import attrs

from .serializable import Serializable

__all__ = ["AnswerSource", "Grounding"]

Grounding = Literal["documents", "nothing_found", "unreadable", "no_documents"]
"""What an answer rests on: passages of documents, or none. Then no passage fits the question or the model cited none
(``nothing_found``), no document could be read (``unreadable``), or there is no document (``no_documents``)."""

Notes = Annotated[tuple[str, ...], "notes of an answer"]
"""What an answer could not take into account, a sentence each; empty where a server does not tell."""


@attrs.frozen(kw_only=True)
class AnswerSource(Serializable):
    """A place that an answer rests on: the document's name and the page, from 1.

    `document_id` is the id of a document of the project tree, `file_id` that of an uploaded file, where the server tells them.
    """

    document: str
    page: int | None = None
    document_id: str | None = None
    file_id: str | None = None
