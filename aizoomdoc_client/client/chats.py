"""The client's methods: chats."""

from __future__ import annotations

from collections.abc import Sequence

from ..assembled_client import AssembledClient
from ..models import Chat, ChatDeletion, ChatHistory
from ..notebook import Listing
from ..protocol import requests
from ..protocol.validation import IdLike, as_id
from ..server_warnings import warn_of_truncated_chats
from ..tracebacks import ending_at_user


@ending_at_user
class ChatMethods(AssembledClient):
    """Chats and their histories."""

    async def create_chat(self, title: str | None = None, description: str | None = None) -> Chat:
        """A new chat; the server names one without a title."""
        chat = await self._parts.caller.call(requests.create_chat(title, description))
        self._parts.account.chats.add_created(chat.id)
        return chat

    async def list_chats(self, *, limit: int | None = None) -> Sequence[Chat]:
        """The newest chats, at most `limit`.

        A server returns at most 50, without paging: a `TruncatedListWarning` says that there may be more than was returned.
        """
        chats = await self._parts.caller.call(requests.list_chats(limit))
        warn_of_truncated_chats(len(chats), limit)
        return Listing(chats[:limit])

    async def get_chat(self, chat_id: IdLike) -> Chat:
        """The chat without its messages; raises `NotFoundError` or, for another user's, `PermissionDeniedError`.

        Servers have no request for a chat alone: up to 100 messages come with it and are skipped, not decoded.
        """
        return (await self._parts.caller.call(requests.get_chat(as_id(chat_id, "chat_id")))).chat

    async def get_chat_history(self, chat_id: IdLike) -> ChatHistory:
        """The chat with its messages, oldest first; with `truncated` the server may have cut off the newest."""
        return await self._parts.caller.call(requests.get_chat_history(as_id(chat_id, "chat_id")))

    async def delete_chat(self, chat_id: IdLike) -> ChatDeletion:
        """Deletes the chat, and returns the server's confirmation: the chat is gone a moment later."""
        return await self._parts.caller.call(requests.delete_chat(as_id(chat_id, "chat_id")))
