"""What a history says about one message: only an assistant's row with text that stands after it is its answer."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import pytest

from aizoomdoc_client.models import Message
from aizoomdoc_client.protocol.conversation import Conversation
from tests.protocol.histories import history, row


def answers(*written: str, known: Sequence[str] = ()) -> list[str]:
    """The answers to the message ``ours`` that a history shows."""
    shown = Conversation.around(history(*written), "ours", known)
    assert shown is not None
    return [answer.content for answer in shown.answers]


def later(*written: str, known: Sequence[str] = ()) -> list[str]:
    """The questions after the message ``ours`` that a history shows."""
    shown = Conversation.around(history(*written), "ours", known)
    assert shown is not None
    return [question.content for question in shown.later_questions]


@pytest.mark.parametrize("role", ["tool", "system", "developer", "function", "", "note"])
def test_only_the_assistants_rows_are_answers(role: str) -> None:
    """A row of any other role is no answer, before the answer, after it, or instead of it."""
    assert [] == answers("user ours", f"{role} INTERNAL NOTE")
    assert ["answer"] == answers("user ours", f"{role} INTERNAL NOTE", "assistant answer", f"{role} INTERNAL NOTE")


@pytest.mark.parametrize("content", ["", " ", "\n\t"])
def test_an_empty_row_is_no_answer(content: str) -> None:
    """Servers store a row before they have its text; it is an answer once it has one."""
    empty = attrs.evolve(row("assistant"), content=content)
    shown = Conversation.around(attrs.evolve(history("user ours"), messages=(row("user ours"), empty)), "ours")

    assert shown is not None
    assert [] == shown.answers


@pytest.mark.parametrize(("question", "answer"), [("User", "Assistant"), ("USER", "ASSISTANT"), ("user", " assistant")])
def test_the_spelling_of_roles_does_not_matter(question: str, answer: str) -> None:
    """Rows are recognised by their roles in any case."""
    rows = (row("user ours"), attrs.evolve(row("x answer"), role=answer), attrs.evolve(row("x next"), role=question))
    shown = Conversation.around(attrs.evolve(history(), messages=rows), "ours")

    assert shown is not None
    assert (["answer"], ["next"]) == ([one.content for one in shown.answers], [one.content for one in shown.later_questions])


def test_a_history_by_dates_newest_first_is_turned() -> None:
    """The answer stands before its question; what stands after it is the previous question's."""
    rows = ["assistant ours-answer @20", "user ours @10", "assistant earlier-answer @5", "user earlier @0"]

    assert (["ours-answer"], []) == (answers(*rows), later(*rows))
    assert ([], []) == (answers(*rows[1:]), later(*rows[1:]))
    assert ["next"] == later("user next @15", *rows[1:])


def test_a_history_by_known_messages_newest_first_is_turned() -> None:
    """Without dates, messages that the chat had before ours show the order."""
    rows, known = ["assistant ours-answer", "user ours", "assistant earlier-answer", "user earlier"], ["earlier", "ours"]

    assert (["ours-answer"], []) == (answers(*rows, known=known), later(*rows, known=known))


def test_a_known_message_is_neither_an_answer_nor_a_later_question() -> None:
    """In a history in no order, what the chat had before our message is not taken for what came after it."""
    rows, known = ["user first", "user ours", "assistant second-answer", "user second"], ["first", "second", "second-answer"]

    assert ([], []) == (answers(*rows, known=known), later(*rows, known=known))


def test_an_answer_dated_before_our_message_is_not_its_answer() -> None:
    """The order of the rows alone is no proof: a history grouped by role lists the previous answer after our message."""
    assert ["ours-answer"] == answers(
        "user earlier @0", "user ours @10", "assistant earlier-answer @5", "assistant ours-answer @20"
    )


def test_an_answer_dated_after_a_later_question_is_not_ours() -> None:
    """It may be that question's answer."""
    assert [] == answers("user ours @10", "assistant answer @30", "user other @20")


def test_a_question_dated_after_ours_is_a_later_one_wherever_it_stands() -> None:
    """A server may answer it instead of ours."""
    assert ["other"] == later("assistant old @0", "user other @20", "user ours @10")


def test_equal_dates_do_not_contradict_the_order() -> None:
    """Dates in whole seconds do not tell which row came first."""
    assert ["answer"] == answers("user ours @10", "assistant answer @10")


@pytest.mark.parametrize("listed", ["0B9FD2C6-7A52-4C2B-8E5D-9A4F0F1E2D3C", "{0b9fd2c6-7a52-4c2b-8e5d-9a4f0f1e2d3c}"])
def test_our_message_is_found_by_any_spelling_of_its_id(listed: str) -> None:
    """A UUID can be written in several ways."""
    ours = Message(id=listed, chat_id="chat", role="user", content="ours")

    assert Conversation.around(attrs.evolve(history(), messages=(ours,)), "0b9fd2c67a524c2b8e5d9a4f0f1e2d3c") is not None


def test_a_full_window_newest_first_is_not_whole() -> None:
    """It hides older questions, whose runs may store an answer after ours."""
    rows = [f"assistant {number} @{number}" for number in range(200, 102, -1)]
    shown = Conversation.around(history("assistant answer @300", "user ours @250", *rows), "ours")

    assert shown is not None
    assert (["answer"], False) == ([one.content for one in shown.answers], shown.is_whole)
