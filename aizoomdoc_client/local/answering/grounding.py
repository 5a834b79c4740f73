"""What an answer rests on, by the passages that were found for it."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from ...answer_source import AnswerSource, Grounding
from .answerer import Group, Quote


def sources_of(groups: Sequence[Group]) -> tuple[AnswerSource, ...]:
    """The places that the passages were taken from, each once, the best first."""
    return places_of([quote for group in groups for quote in group.quotes])


def places_of(quotes: Sequence[Quote]) -> tuple[AnswerSource, ...]:
    """The places of those passages in their order, each once."""
    return tuple(dict.fromkeys(map(place_of, quotes)))


def place_of(quote: Quote) -> AnswerSource:
    """The page of the document that has the passage."""
    return AnswerSource(document=quote.document, page=quote.page, document_id=quote.document_id, file_id=quote.file_id)


def cited_grounding(groups: Sequence[Group], cited: Sequence[Quote]) -> Grounding:
    """As `grounding_of`, for an answer that cites its sources: one without a citation does not rest on the passages found."""
    if cited:
        return "documents"
    return grounding_of([attrs.evolve(group, quotes=()) for group in groups])


def grounding_of(groups: Sequence[Group]) -> Grounding:
    """Whether there are passages, and if there is none, why."""
    if any(group.quotes for group in groups):
        return "documents"
    documents = sum(len(group.documents) for group in groups)
    if not documents:
        return "no_documents"
    unreadable = sum(len(group.unreadable) for group in groups)
    return "nothing_found" if unreadable < documents else "unreadable"
