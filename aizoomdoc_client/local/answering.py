"""The seam between finding and answering: what an answerer is given, and what it gives."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

import attrs

from ..models import Message, Role, Settings


@attrs.frozen(kw_only=True)
class Quote:
    """A passage of a document, with its name and page."""

    document: str
    page: int
    heading: str
    text: str


@attrs.frozen(kw_only=True)
class Group:
    """Documents that were searched together, and what was found in them; `unreadable` pairs names with reasons."""

    documents: tuple[str, ...]
    quotes: tuple[Quote, ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()


@attrs.frozen(kw_only=True)
class Question:
    """A user's message, what is known of its background, and the passages found for it.

    There is one group, or two to be compared. `history` is the chat before the message, oldest first.
    """

    text: str
    groups: tuple[Group, ...]
    history: Sequence[Message] = ()
    settings: Settings
    role: Role | None = None

    @property
    def compares(self) -> bool:
        """Whether two groups of documents are to be compared."""
        return len(self.groups) > 1


@attrs.frozen
class Delta:
    """The next piece of the answer, or of the thinking before it."""

    text: str
    thinking: bool = False


class Answerer(Protocol):
    """Whoever can answer a question from passages; `model` is the name that events carry."""

    @property
    def model(self) -> str:
        """The name to show."""
        ...

    def answer(self, question: Question) -> AsyncGenerator[Delta, None]:
        """The answer piece by piece; thinking, if any, comes first. Cancelling it stops the work."""
        ...
