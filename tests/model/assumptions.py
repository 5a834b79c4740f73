"""What the model server never does, because a client could not detect it.

Each can be lifted by name (``--without NAME``): the model then finds schedules that break an invariant, which shows that the
assumption is needed, and still is. docs/reliability.md lists them for users. To a process that takes up an answer, the one
before is somebody else. Besides, three things hold that are not lifted: no run takes an hour, a history is as of the moment it
is read (or empty), and answers are stored in the chat of their question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from aizoomdoc_client.models import Message

from .schedule import Other, Schedule
from .texts import QUESTION_TEXTS

if TYPE_CHECKING:
    from .model_server import ModelServer, Run

NAMES: Mapping[str, str] = {
    "own words": (
        "Until our message is known to be stored nobody else posts the same words after the last message that we know of (the "
        "chat's beginning where we made it): two equal messages, one of them perhaps ours, cannot be told apart."
    ),
    "quiet opening": (
        "From the moment our message is stored until its stream opens for the first time nobody else posts in the chat: "
        "the server answers the last message and does not say whose it was. (Where sending had failed, and in every re-run, "
        "the history is read after the answer instead.)"
    ),
    "single runs": (
        "Nobody else runs the model on our questions, or twice on their own, so that a second answer comes after the next "
        "question: an answer does not say which message it answers."
    ),
}
OTHERS = -1
"""The author number of all other clients."""
NEUTRAL = 2
"""The text that our client never asks."""


class Assumptions:
    """Makes other clients and runs keep the assumptions that are not lifted; the simulation reports our client's progress."""

    def __init__(self, lifted: frozenset[str] = frozenset()) -> None:
        self._lifted = lifted
        self._postponed: list[Callable[[], None]] = []
        self._others_held = False
        self._first_of_process = 0
        self._reserved = frozenset[int]()

    def begin(self, server: ModelServer, schedule: Schedule) -> None:
        """Applies the assumptions to `server`."""
        self._server = server
        self._texts = [ask.text for ask in schedule.asks]
        self._is_handed_over = schedule.resumes and any(ask.resumed != "not" for ask in schedule.asks)
        self._reserved = frozenset(self._texts) if schedule.made_here else frozenset[int]()

    def before_post(self, number: int) -> None:
        """Our client has read the history and is about to post question `number`."""
        self._reserved = frozenset(self._texts[number:])

    def after_post(self, number: int) -> None:
        """Our client knows that its question `number` is stored."""
        self._reserved = frozenset(self._texts[number + 1 :])

    def taken_over(self, number: int) -> None:
        """Another process goes on after question `number`: what was sent before and is still on its way is somebody else's."""
        self._first_of_process = number + 1

    def hold_others(self) -> None:
        """Our message is certainly stored and its stream not yet open: other clients' questions are postponed."""
        self._others_held = "quiet opening" not in self._lifted

    def release_others(self) -> None:
        """A run of our message began, or its stream will not be opened: postponed questions are asked now."""
        self._others_held = False
        postponed, self._postponed = self._postponed, []
        for store in postponed:
            store()

    def postpones(self, store: Callable[[], None]) -> bool:
        """Whether no question of another client may be stored now; then `store`, which stores one, is called later."""
        if self._others_held:
            self._postponed.append(store)
        return self._others_held

    def postpones_message(self, asker: int, content: str, store: Callable[[], None]) -> bool:
        """As `postpones`, for a message that our client sent; only one of the process before is another client's."""
        if asker >= self._first_of_process:
            return False
        if "own words" not in self._lifted and content in {QUESTION_TEXTS[text] for text in self._reserved}:
            self._postponed.append(store)
            return True
        return self.postpones(store)

    def text_of(self, other: Other) -> int:
        """Index of the text that the other client asks."""
        wanted = 0 if other.same_text else NEUTRAL
        return wanted if wanted not in self._reserved or "own words" in self._lifted else NEUTRAL

    def allows_store(self, run: Run) -> bool:
        """Whether `run` may store its answer; otherwise the answer is lost."""
        if "single runs" in self._lifted or not self._is_past(run.question):
            return True
        stored = [other for other in self._server.stored_by.values() if other.question is run.question]
        if stored and self._is_handed_over:
            return False
        return not run.extra and all(OTHERS not in {run.by, other.by} for other in stored)

    def _is_past(self, question: Message) -> bool:
        """Whether there is a newer question."""
        return self._server.questions[-1] is not question
