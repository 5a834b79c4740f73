"""Chats and the messages in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import ClassVar

import attrs

from ..answer_source import AnswerSource, Grounding, Notes
from ..notebook import as_markdown
from ..serializable import Serializable
from .dates import PostInit, naive_as_utc
from .ids import id_key


@attrs.frozen(kw_only=True)
class Chat(Serializable):
    """A conversation; new messages do not move its `updated_at`. `user_id` is the user's *name* on today's servers."""

    id: str
    title: str = ""
    description: str | None = None
    user_id: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None

    __attrs_post_init__: ClassVar[PostInit] = naive_as_utc("created_at", "updated_at")


@attrs.frozen(kw_only=True)
class ChatDeletion(Serializable):
    """A server's confirmation that it deletes a chat, which may still be there for a moment."""

    chat_id: str
    message: str = ""


@attrs.frozen(kw_only=True)
class MessageImage(Serializable):
    """An image stored with a message."""

    id: str = attrs.field(metadata={"missing": ""})
    file_id: str | None = None
    image_type: str | None = None
    description: str | None = None
    width: int | None = None
    height: int | None = None
    url: str | None = None


@attrs.frozen(kw_only=True)
class Message(Serializable):
    """A stored message; `role` is ``user`` or ``assistant``. What a server left out, or garbled in a history, is empty.

    `attached_file_ids` is None where the server does not return them (today's production server never does); so is `grounding`,
    and `sources` and `notes` are empty.
    """

    id: str
    chat_id: str = ""
    role: str = ""
    content: str = ""
    message_type: str = "text"
    created_at: datetime | None = None
    images: tuple[MessageImage, ...] = attrs.field(default=(), metadata={"optional": True})
    attached_file_ids: tuple[str, ...] | None = None
    sources: tuple[AnswerSource, ...] = attrs.field(default=(), metadata={"optional": True})
    grounding: Grounding | None = None
    notes: Notes = ()

    __attrs_post_init__: ClassVar[PostInit] = naive_as_utc("created_at")

    def _repr_markdown_(self) -> str:
        """The message in a notebook, under who said it and when."""
        return _in_markdown(self)


@attrs.frozen(kw_only=True)
class ChatHistory(Serializable):
    """A chat with its messages, oldest first; one that the server lists twice is there once.

    A server returns the oldest 100 messages only, without paging; `truncated` tells whether there may be more.
    """

    chat: Chat
    messages: tuple[Message, ...] = ()

    WINDOW = 100
    """How many messages a server returns at most."""

    def __attrs_post_init__(self) -> None:
        # A full window keeps its duplicates: without them it would have fewer than `WINDOW` messages and not count as truncated.
        if not self.truncated and len({message.id for message in self.messages}) < len(self.messages):
            object.__setattr__(self, "messages", _without_duplicates(self.messages))

    @property
    def truncated(self) -> bool:
        """Whether the server may have cut off newer messages."""
        return len(self.messages) >= self.WINDOW

    def __iter__(self) -> Iterator[Message]:
        return iter(self.messages)

    def __len__(self) -> int:
        return len(self.messages)

    def _repr_markdown_(self) -> str:
        """The messages in a notebook, one below the other."""
        parts = [f"### {as_markdown(self.chat.title)}"] if self.chat.title else []
        return "\n\n".join([*parts, *map(_in_markdown, self.messages)])


def _in_markdown(message: Message) -> str:
    when = f", {message.created_at:%Y-%m-%d %H:%M}" if message.created_at else ""
    return f"**{as_markdown(message.role)}**{when}\n\n{message.content}"


def _without_duplicates(messages: Iterable[Message]) -> tuple[Message, ...]:
    """Each message once, at the place where it is listed first, as it is listed last with content; all without an id remain."""
    found = dict[object, Message]()
    for message in messages:
        key = id_key(message.id) or object()
        if message.content or key not in found:
            found[key] = message
    return tuple(found.values())
