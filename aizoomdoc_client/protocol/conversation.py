"""What a chat's history says about one message: the questions before it, the answers to it, the questions after it.

Rows that are neither a question nor an answer tell nothing: notes of tools and of the system, and empty rows of the assistant,
which servers store before they have the text. Histories are oldest first by the contract; one that is newest first is turned.
Where the order of the rows and their dates contradict each other, a row counts as an answer to our message only if both say so,
and as a later question if either does.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence

import attrs

from ..models import ChatHistory, Message
from ..models.ids import id_key


@attrs.frozen
class Conversation:
    """The rows of a history around our message; `is_whole` tells whether all that may matter to our message is shown."""

    ours: Message
    before: Sequence[Message]
    answers: Sequence[Message]
    later_questions: Sequence[Message]
    is_whole: bool

    @classmethod
    def around(cls, history: ChatHistory, question_id: str, known: Collection[str] = ()) -> Conversation | None:
        """What `history` says about our message; None when it does not show it. `known` are ids that the chat had before it."""
        ours_key, older = id_key(question_id), frozenset(map(id_key, known)) - {id_key(question_id)}
        rows = [row for row in history.messages if is_question(row) or is_answer(row) or id_key(row.id) == ours_key]
        place = next((place for place, row in enumerate(rows) if id_key(row.id) == ours_key), None)
        if place is None:
            return None
        is_newest_first = _is_newest_first(rows, place, older)
        if is_newest_first:
            rows, place = rows[::-1], len(rows) - 1 - place
        ours, before = rows[place], rows[:place]
        after = [row for row in rows[place + 1 :] if id_key(row.id) not in older]
        later = [row for row in after if is_question(row) and id_key(row.id) != ours_key]
        misplaced = [row for row in before if is_question(row) and id_key(row.id) not in older and _is_dated_before(ours, row)]
        return cls(
            ours=ours,
            before=before,
            answers=[row for row in _until_next_question(after) if _may_answer(row, ours, [*later, *misplaced])],
            later_questions=[*later, *misplaced],
            is_whole=not (is_newest_first and history.truncated),
        )


def is_question(row: Message) -> bool:
    """Whether a row of a history is a user's message."""
    return row.role.strip().lower() == "user"


def questions_of(history: ChatHistory) -> list[Message]:
    """The questions that a history shows, oldest first, in whichever order it lists them."""
    found = [row for row in history.messages if is_question(row)]
    return found[::-1] if _is_newest_first(found, 0, frozenset()) else found


def newest_question(history: ChatHistory) -> Message | None:
    """The last question that a history shows; None without any."""
    return next(reversed(questions_of(history)), None)


def is_answer(row: Message) -> bool:
    """Whether a row of a history is an answer with its text."""
    return row.role.strip().lower() == "assistant" and bool(row.content.strip())


def _is_newest_first(rows: Sequence[Message], place: int, older: Collection[str]) -> bool:
    """Whether the history begins with the newest row, by the dates of the rows, else by the older messages that are known."""
    dates = [row.created_at for row in rows if row.created_at is not None]
    steps = {earlier < later for earlier, later in itertools.pairwise(dates) if earlier != later}
    if steps:
        return steps == {False}
    places = [other for other, row in enumerate(rows) if id_key(row.id) in older]
    return bool(places) and min(places) > place


def _until_next_question(rows: Sequence[Message]) -> Sequence[Message]:
    return rows[: next((place for place, row in enumerate(rows) if is_question(row)), len(rows))]


def _may_answer(row: Message, ours: Message, later_questions: Sequence[Message]) -> bool:
    """Whether nothing in the dates of a row that stands after our message contradicts that it is the answer to it."""
    return not _is_dated_before(row, ours) and not any(_is_dated_before(question, row) for question in later_questions)


def _is_dated_before(one: Message, other: Message) -> bool:
    return one.created_at is not None and other.created_at is not None and one.created_at < other.created_at
