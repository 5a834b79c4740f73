"""What the model server never does, since nobody on the client's side of the wire could know of it.

Each can be lifted by name (``--without NAME``): the model then finds schedules that break an invariant, which shows that the
assumption is needed, and still is. docs/reliability.md lists them for users. Besides, three things hold that are not lifted: no
run takes an hour, a history is as of the moment it is read (or empty), and answers are stored in the chat of their question.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aizoomdoc_client.models import Message

from .schedule import Other, Schedule

if TYPE_CHECKING:
    from .world import Run, World

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
"""The number that stands for all other clients."""
NEUTRAL = 2
"""The words that are never ours."""


class Assumptions:
    """Holds other clients and runs to the assumptions that are not lifted; the driver tells how far our client is."""

    def __init__(self, lifted: frozenset[str] = frozenset()) -> None:
        self._lifted = lifted
        self._postponed: list[Other] = []
        self._hushed = False
        self._reserved = frozenset[int]()

    def begin(self, world: World, schedule: Schedule) -> None:
        """Watches over `world`."""
        self._world = world
        self._texts = [ask.text for ask in schedule.asks]
        self._reserved = frozenset(self._texts) if schedule.made_here else frozenset[int]()

    def asking(self, number: int) -> None:
        """Our client knows the history, and is about to post its question `number`."""
        self._reserved = frozenset(self._texts[number:])

    def asked(self, number: int) -> None:
        """Our client knows that its question `number` is stored."""
        self._reserved = frozenset(self._texts[number + 1 :])

    def hush(self) -> None:
        """Our message is stored, surely, and its stream not open."""
        self._hushed = "quiet opening" not in self._lifted

    def speak(self) -> None:
        """A run of our message began, or its stream will not be opened: who had to wait acts now."""
        self._hushed = False
        while self._postponed:
            self._world.act(self._postponed.pop(0))

    def lets(self, other: Other) -> bool:
        """Whether another client may act now; if not, it will later."""
        if self._hushed and other.asks:
            self._postponed.append(other)
        return not (self._hushed and other.asks)

    def words(self, other: Other) -> int:
        """Which words it asks with."""
        wanted = 0 if other.twin else NEUTRAL
        return wanted if wanted not in self._reserved or "own words" in self._lifted else NEUTRAL

    def lets_store(self, run: Run) -> bool:
        """Whether `run` may store its answer now, or is lost."""
        if "single runs" in self._lifted or not self._is_past(run.question):
            return True
        stored = [other for other in self._world.stored_by.values() if other.question is run.question]
        return not run.extra and all(other.by == run.by != OTHERS for other in stored)

    def _is_past(self, question: Message) -> bool:
        """Whether there is a newer question."""
        return self._world.questions[-1] is not question
