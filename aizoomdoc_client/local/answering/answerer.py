"""What an answerer gets and what it returns."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

import attrs

from ...catalog import LocalizedText
from ...models import Message, Role, Settings
from ..reading import UnreadPart


@attrs.frozen(kw_only=True)
class Quote:
    """A passage of a document; `document_id` is the document's id in the project tree, `file_id` that of an uploaded file."""

    document: str
    page: int
    heading: str
    text: str
    document_id: str | None = None
    file_id: str | None = None


@attrs.frozen(kw_only=True)
class UnreadDocument:
    """A document of `page_count` pages, and what of it was not read."""

    name: str
    page_count: int
    parts: tuple[UnreadPart, ...]


@attrs.frozen(kw_only=True)
class Group:
    """Documents that were searched together, and the passages found in them, the best first.

    `unreadable` has pairs of a name and the reason in the question's language, `unread` the other documents that were not read
    completely; `pending` is the number of those that are not read yet and were not searched.
    """

    documents: tuple[str, ...]
    quotes: tuple[Quote, ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()
    unread: tuple[UnreadDocument, ...] = ()
    pending: int = 0


@attrs.frozen(kw_only=True)
class Question:
    """A user's message with its chat, its user's settings and role, and the passages found for it.

    There is one group, or two to be compared. `history` is the chat before the message, oldest first. `unattached` are the
    names of uploaded files that were not searched, because no message has them.
    """

    text: str
    groups: tuple[Group, ...]
    history: Sequence[Message] = ()
    settings: Settings
    role: Role | None = None
    unattached: tuple[str, ...] = ()

    @property
    def compares(self) -> bool:
        """Whether two groups of documents are to be compared."""
        return len(self.groups) > 1


@attrs.frozen
class Delta:
    """The next piece of the answer's text, or of the thinking before it.

    `cites` are passages that the text names as its sources. Where it is None in all deltas, the sources of the answer are all
    passages that were found.
    """

    text: str
    thinking: bool = False
    cites: tuple[Quote, ...] | None = None


class AnswererError(Exception):
    """No answer can be made; the client is told `text`, in the language of the question, and nothing is stored."""

    def __init__(self, text: LocalizedText) -> None:
        super().__init__(text)
        self.text: LocalizedText = text


class Answerer(Protocol):
    """Answers questions from passages; `answer` may raise `AnswererError`.

    An attribute `passages` sets how many passages of each group of documents an answerer gets at most; without it, four.
    """

    @property
    def model(self) -> str:
        """The name of the model in events."""
        ...

    def answer(self, question: Question) -> AsyncGenerator[Delta, None]:
        """The answer piece by piece, after the thinking, if any; closing the generator stops the work."""
        ...
