"""One question at a time in a chat: a server answers the chat's *last* message, whoever asked it."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict

from ..exceptions import ChatConflictError
from ..models import ChatHistory, Message
from ..protocol.answering import PendingRun

PATIENCE = 5.0
"""Seconds after which an open answer that nobody reads on no longer makes the next question of its chat wait."""
UNREAD_PATIENCE = 1.0
"""The same for an answer that was never begun to be read."""
POLL_SECONDS = 0.05
"""Seconds between looks at whether a chat is free."""
CHATS_KEPT = 10_000
"""How many chats' records are kept; the one used longest ago is forgotten first."""


class ChatState:
    """What this client knows of one chat."""

    def __init__(self, chat_id: str, *, made_here: bool) -> None:
        self.chat_id = chat_id
        # The ids of all messages that could be taken for ours; None when they are not surely all.
        self.known: set[str] | None = set() if made_here else None
        self.is_explored: bool = made_here
        self.last_posted: str | None = None
        # Whether a run of an earlier question of ours may still store an answer that was not seen; `settled` are the questions
        # that have no run at all. All others have, or will have, their answer in the history.
        self.unsettled: bool = False
        self.settled: set[str] = set()
        # Whether a message whose outcome was unknown may still come, and be the one that a run answers.
        self.doubtful: bool = False
        self.slot: ChatSlot | None = None

    def note_history(self, history: ChatHistory) -> None:
        """Takes the chat's history as it was before our first message."""
        self.is_explored = True
        # A server that lost its database shows an empty history, too.
        is_whole = len(history) > 0 and not history.truncated
        self.known = {message.id for message in history.messages} if is_whole else None

    def note_posted(self, message: Message) -> None:
        """Takes our message, which the chat now has."""
        self.last_posted = message.id
        if self.known is not None:
            self.known.add(message.id)

    def note_lost(self) -> None:
        """Takes note of a message of ours that may still come, and then could be taken for another one."""
        self.known, self.doubtful, self.is_explored = None, True, True

    def mark_finished(self, message_id: str, remainder: PendingRun) -> None:
        """Takes note that nobody reads the answer to our message any more, and what its runs may still store."""
        if remainder == "anything":
            self.unsettled = True
        elif remainder == "nothing":
            self.settled.add(message_id)


class ChatSlot:
    """The right to ask in a chat, from posting the message to the answer's end."""

    def __init__(self, record: ChatState) -> None:
        self.record = record
        self.is_open: bool = False
        self._left_at: float | None = None

    async def take(self) -> None:
        """Waits until no other answer of the chat is read, and takes the slot.

        An answer that was never begun to be read gives way after a moment. Raises `ChatConflictError` when one is open and nobody
        goes on reading it: waiting for it could last for ever.
        """
        record = self.record
        # A loop of glances and no event: a slot may end in any thread, even by garbage collection.
        while record.slot is not None and record.slot is not self and not record.slot.may_be_superseded():  # noqa: ASYNC110
            await asyncio.sleep(POLL_SECONDS)
        if record.slot is not None and record.slot is not self and record.last_posted is not None:
            record.mark_finished(record.last_posted, "nothing")  # whoever comes to read it after all is told that it is too late
        record.slot = self

    def may_be_superseded(self) -> bool:
        """Whether the next question need not wait for this one."""
        if self._left_at is None:
            return False
        absence = time.monotonic() - self._left_at
        if self.is_open and absence > PATIENCE:
            raise ChatConflictError("An answer in this chat is open and nobody reads it: close it, or read it to its end, first")
        return not self.is_open and absence > UNREAD_PATIENCE

    def begin(self, message_id: str) -> None:
        """Reading the answer begins; raises `ChatConflictError` when another question was posted meanwhile."""
        if self.record.slot is not self or self.record.last_posted != message_id:
            raise ChatConflictError("Another question was asked in this chat meanwhile, and the server would answer that one")
        self.is_open = True

    def attend(self) -> None:
        """Somebody reads."""
        self._left_at = None

    def leave(self) -> None:
        """Nobody reads just now."""
        self._left_at = time.monotonic()

    def release(self) -> None:
        """Gives the slot back; idempotent."""
        if self.record.slot is self:
            self.record.slot = None


class ChatStates:
    """The records of a client's chats, by id."""

    def __init__(self) -> None:
        self._records: OrderedDict[str, ChatState] = OrderedDict()

    def created(self, chat_id: str) -> None:
        """Notes that this client made the chat, so that it knows all that is in it."""
        self._keep(ChatState(chat_id, made_here=True))

    def of(self, chat_id: str) -> ChatState:
        """The record of a chat."""
        known = self._records.pop(chat_id) if chat_id in self._records else ChatState(chat_id, made_here=False)
        return self._keep(known)

    def _keep(self, record: ChatState) -> ChatState:
        self._records[record.chat_id] = record
        while len(self._records) > CHATS_KEPT:
            self._records.popitem(last=False)
        return record
