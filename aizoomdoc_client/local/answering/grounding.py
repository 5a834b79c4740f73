"""What an answer rests on, told from what was found for it."""

from __future__ import annotations

from collections.abc import Sequence

from ...answer_source import AnswerSource, Grounding
from .answerer import Group


def sources_of(groups: Sequence[Group]) -> tuple[AnswerSource, ...]:
    """The places that the passages were taken from, each once, the best first."""
    quotes = [quote for group in groups for quote in group.quotes]
    places = [
        AnswerSource(document=quote.document, page=quote.page, document_id=quote.document_id, file_id=quote.file_id)
        for quote in quotes
    ]
    return tuple(dict.fromkeys(places))


def grounding_of(groups: Sequence[Group]) -> Grounding:
    """Whether there are passages, and if there is none, why."""
    if any(group.quotes for group in groups):
        return "documents"
    documents = sum(len(group.documents) for group in groups)
    if not documents:
        return "no_documents"
    unreadable = sum(len(group.unreadable) for group in groups)
    return "nothing_found" if unreadable < documents else "unreadable"
