"""One question at a time in a chat: a server answers the chat's *last* message, whichever question it belongs to."""

from __future__ import annotations

import asyncio
import threading
import time
import weakref
from collections.abc import Hashable

import attrs

from ..catalog import text
from ..exceptions import ChatConflictError
from ..models import ChatHistory, Message
from ..models.ids import id_key
from ..protocol.answering import PendingRun
from .recent import Owner, Recent, no_owner

OPEN_GRACE = 5.0
"""Seconds after which the next question stops waiting for an open answer that is not read: it raises `ChatConflictError`."""
UNREAD_GRACE = 1.0
"""Seconds after which the next question supersedes an answer whose reading never began."""
POLL_SECONDS = 0.05
"""How often, in seconds, a waiting question checks whether the chat is free."""
CHATS_KEPT = 10_000
"""The most chats whose states are kept; the least recently used one is dropped first."""


class ChatState:
    """What this client knows of one chat, in which event loops of several threads may ask; `made_here`: it created the chat."""

    def __init__(self, chat_id: str, *, made_here: bool) -> None:
        self.chat_id = chat_id
        # The ids of all messages that could be mistaken for one of ours; None when they may be incomplete.
        self.known: set[str] | None = set() if made_here else None
        self.has_baseline: bool = made_here
        self.last_posted: str | None = None
        # Ids of our questions: those for which a run may still store an answer that was not seen, and those without any run. All
        # others have, or will have, their answer in the history.
        self.pending_questions: set[str] = set()
        self.finished_questions: set[str] = set()
        # Whether a message of ours may still be stored although its POST failed, and then be the one that a run answers.
        self.delivery_unknown: bool = False
        self.slot: ChatSlot | None = None
        # Reentrant: the garbage collector may drop a question, which frees its slot, in a thread that has acquired it.
        self._lock = threading.RLock()

    def occupy(self, slot: ChatSlot) -> bool:
        """Gives the chat to `slot`; False while another one occupies it."""
        with self._lock:
            if self.slot is not None and self.slot is not slot:
                if not self.slot.may_be_superseded():
                    return False
                if self.last_posted is not None:
                    # If its reader starts after all, `start_reading` raises.
                    self.mark_finished(self.last_posted, self.slot.unread_runs)
            self.slot = slot
            return True

    def vacate(self, slot: ChatSlot) -> None:
        """Frees the chat if `slot` occupies it."""
        with self._lock:
            if self.slot is slot:
                self.slot = None

    def set_baseline(self, history: ChatHistory) -> None:
        """Records the chat's history as it was before our first message."""
        self.has_baseline = True
        # An empty history proves nothing: a server that lost its database returns one, too.
        is_whole = len(history) > 0 and not history.truncated
        self.known = {message.id for message in history.messages} if is_whole else None

    def add_posted(self, message: Message) -> None:
        """Records our message, which the chat now has."""
        self.last_posted = message.id
        if self.known is not None:
            self.known.add(message.id)

    def mark_delivery_unknown(self) -> None:
        """Records that a message of ours may still be stored later, and could then be mistaken for another one."""
        self.known, self.delivery_unknown, self.has_baseline = None, True, True

    def has_pending_runs_before(self, message_id: str) -> bool:
        """Whether a run of another question of ours may still store an answer that was not seen."""
        return bool(self.pending_questions - {id_key(message_id)})

    def mark_finished(self, message_id: str, pending: PendingRun) -> None:
        """Records that the answer to our message is no longer read, and what its runs may still store."""
        if pending == "anything":
            self.pending_questions.add(id_key(message_id))
        elif pending == "nothing":
            self.finished_questions.add(message_id)


class ChatSlot:
    """The right to ask in `chat`, from posting the message to the answer's end.

    `unread_runs` is what runs may still store if the answer is never read: "nothing" for a message that is posted in this slot,
    "anything" for an older one, whose model may have been run before.
    """

    def __init__(self, chat: ChatState, *, unread_runs: PendingRun = "nothing") -> None:
        self.chat = chat
        self.unread_runs: PendingRun = unread_runs
        self.is_open: bool = False
        self._idle_since: float | None = None

    async def acquire(self) -> None:
        """Waits until no other answer of the chat is being read, then occupies the chat.

        An answer whose reading never began is superseded after `UNREAD_GRACE`. Raises `ChatConflictError` when an answer is open
        and has not been read for `OPEN_GRACE`: waiting for it could last for ever.
        """
        while not self.chat.occupy(self):  # noqa: ASYNC110 - it may be released from another thread, or from `__del__`
            await asyncio.sleep(POLL_SECONDS)

    def may_be_superseded(self) -> bool:
        """Whether the next question may proceed although this slot is not released; raises as `acquire`."""
        if self._idle_since is None:
            return False
        idle = time.monotonic() - self._idle_since
        if self.is_open and idle > OPEN_GRACE:
            raise ChatConflictError(text("open_answer_not_read"))
        return not self.is_open and idle > UNREAD_GRACE

    def start_reading(self, message_id: str) -> None:
        """Marks the answer as being read; raises `ChatConflictError` when another question was posted meanwhile."""
        if self.chat.slot is not self or self.chat.last_posted != message_id:
            raise ChatConflictError(text("other_question_posted"))
        self.is_open = True

    def mark_reader_active(self) -> None:
        """Notes that a reader is waiting for events."""
        self._idle_since = None

    def mark_reader_idle(self) -> None:
        """Notes that no reader is waiting for events; the grace period begins."""
        self._idle_since = time.monotonic()

    def release(self) -> None:
        """Frees the chat for the next question; idempotent."""
        self.chat.vacate(self)


@attrs.define(eq=False)
class ChatStates:
    """The states of a user's chats, by id: one object for each chat, as long as it is in use.

    Owners are users; each sees the states of its own chats only, and `CHATS_KEPT` bounds those of all together.
    """

    _owner: Owner = no_owner
    _recent: Recent[ChatState] = attrs.field(factory=lambda: Recent[ChatState](CHATS_KEPT))
    _in_use: weakref.WeakValueDictionary[tuple[Hashable, str], ChatState] = attrs.field(
        factory=weakref.WeakValueDictionary[tuple[Hashable, str], ChatState]
    )
    _lock: threading.RLock = attrs.field(factory=threading.RLock)

    def for_owner(self, owner: Owner) -> ChatStates:
        """The part of these states that belongs to `owner`."""
        return attrs.evolve(self, owner=owner, recent=self._recent.for_owner(owner))

    def __len__(self) -> int:
        return len(self._recent)

    def add_created(self, chat_id: str) -> None:
        """Adds a chat that this client created, whose messages are all known: there are none yet."""
        with self._lock:
            self._keep(ChatState(id_key(chat_id), made_here=True))

    def of(self, chat_id: str) -> ChatState:
        """The state of a chat, a new one if it is not known."""
        key = id_key(chat_id)
        with self._lock:
            return self._keep(self._in_use.get((self._owner(), key)) or ChatState(key, made_here=False))

    def _keep(self, chat: ChatState) -> ChatState:
        self._in_use[(self._owner(), chat.chat_id)] = chat
        self._recent.put(chat.chat_id, chat)
        return chat
