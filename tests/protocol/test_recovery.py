"""What follows a drop, as a table of observations and actions; the model simulates the same rules at random."""

from __future__ import annotations

from typing import Any

import pytest

from aizoomdoc_client.exceptions import APIConnectionError, StreamInterruptedError
from aizoomdoc_client.protocol.recovery import LOOKS, Adopt, Look, Recovery, Reopen
from tests.protocol.histories import history

DROPPED = StreamInterruptedError("The connection was dropped")
UNANSWERED = history("user ours")


def recovery(**options: Any) -> Recovery:
    """The recovery of the answer to the message ``ours``, after a drop."""
    made = Recovery("ours", **{"max_reruns": 1, "no_pending_runs": True, **options})
    made.dropped(DROPPED)
    return made


def rerun(one: Recovery) -> int:
    """Looks at a history without an answer until the model is to run again; the number of looks."""
    for looks in range(1, 100):
        if isinstance(one.looked(UNANSWERED, ""), Reopen):
            return looks
    raise AssertionError("The model never ran again")


@pytest.mark.parametrize("row", ["tool INTERNAL NOTE", "system INTERNAL NOTE", "assistant"])
def test_what_is_no_answer_is_waited_over(row: str) -> None:
    """A row of a tool or of the system, or an empty one of the assistant, is not adopted; the answer after it is."""
    one = recovery()

    assert isinstance(one.looked(history("user ours", row), ""), Look)
    assert "answer" == adopted(one.looked(history("user ours", row, "assistant answer"), ""))


def test_a_placeholder_is_adopted_once_it_is_filled() -> None:
    """The row that was empty has the text at the next look."""
    one = recovery()

    assert isinstance(one.looked(history("user ours @0", "assistant @1"), ""), Look)
    assert "answer" == adopted(one.looked(history("user ours @0", "assistant answer @1"), ""))


def test_the_previous_questions_answer_is_not_adopted() -> None:
    """In a history that is newest first it stands after our message."""
    one = recovery()

    assert isinstance(one.looked(history("user ours @10", "assistant earlier-answer @5", "user earlier @0"), ""), Look)


@pytest.mark.parametrize("between", ["tool note", "system note", "assistant"])
def test_a_note_does_not_answer_an_older_question(between: str) -> None:
    """An older question that is followed by a note only may still have a run, whose answer may be the one found."""
    one = recovery()

    assert isinstance(one.looked(history("user earlier @0", between, "user ours @5", "assistant whose? @9"), ""), Look)


@pytest.mark.parametrize(
    ("earlier", "ours", "is_adopted"),
    [
        ("user earlier", "user ours", False),
        ("user earlier @0", "user ours", False),
        ("user earlier", "user ours @9000", False),
        ("user earlier @0", "user ours @3599", False),
        ("user earlier @0", "user ours @3600", True),
    ],
)
def test_an_older_question_may_have_a_run_unless_its_date_excludes_it(earlier: str, ours: str, is_adopted: bool) -> None:
    """One without a date may always be running: the answer after ours may be its."""
    action = recovery().looked(history(earlier, ours, "assistant whose?"), "")

    assert is_adopted == isinstance(action, Adopt)


@pytest.mark.parametrize(
    ("seconds_ago", "looks"), [(0.0, len(LOOKS)), (7.9, len(LOOKS)), (8.0, len(LOOKS) - 1), (sum(LOOKS), 1), (1e9, 1)]
)
def test_a_drop_of_long_ago_needs_fewer_looks(seconds_ago: float, looks: int) -> None:
    """What counts is the time since the drop: a run of before it has stored its answer by then, or never will."""
    one = Recovery("ours", max_reruns=2, no_pending_runs=True)
    one.dropped(DROPPED, seconds_ago=seconds_ago)

    assert looks == rerun(one)
    one.dropped(DROPPED)
    assert len(LOOKS) == rerun(one)


@pytest.mark.parametrize("seconds_ago", [-1e9, float("nan")])
def test_a_drop_of_no_time_ago_has_all_looks(seconds_ago: float) -> None:
    """A time that cannot be lets nothing be left out."""
    one = Recovery("ours", max_reruns=1, no_pending_runs=True)
    one.dropped(DROPPED, seconds_ago=seconds_ago)

    assert len(LOOKS) == rerun(one)


def test_a_history_that_cannot_be_read_is_looked_at_again_however_long_ago_the_drop_was() -> None:
    """Time alone is no proof that the answer is not there."""
    one = Recovery("ours", max_reruns=1, no_pending_runs=True)
    one.dropped(DROPPED, seconds_ago=1e9)
    unread = [one.look_failed(APIConnectionError("refused")) for _ in LOOKS[1:]]

    assert all(isinstance(action, Look) for action in unread)
    assert isinstance(one.looked(UNANSWERED, ""), Reopen)


def test_every_drop_has_all_looks() -> None:
    """The looks of the first drop do not count at the second: its run, too, may be about to store its answer."""
    one = recovery(max_reruns=2)
    first = rerun(one)
    one.dropped(DROPPED)

    assert (len(LOOKS), len(LOOKS)) == (first, rerun(one))


def test_a_read_after_the_final_text_begins_with_the_first_look() -> None:
    """Waiting for the history of a complete answer does not go on with the looks after a drop."""
    one = recovery()
    rerun(one)

    assert Look(LOOKS[0]) == one.finished()


def adopted(action: object) -> str:
    """The text that is adopted."""
    assert isinstance(action, Adopt)
    return action.message.content
