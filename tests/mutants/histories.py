"""Mutants of what is read from histories, and of what follows a failed opening, look or write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aizoomdoc_client.exceptions import APIError
from aizoomdoc_client.models import ChatHistory, Message
from aizoomdoc_client.protocol.recovery import Action

from .mutant import Mutant

BODIES = "tests/transport/test_request_bodies.py::"
EVENTS = "tests/transport/test_eventsource.py::"
STREAMS = "tests/faults/test_streams.py::"


def any_row_is_an_answer(_: Any) -> Any:
    def is_answer(row: Message) -> bool:
        return row.role != "user" and bool(row.content)

    return is_answer


def empty_answers(_: Any) -> Any:
    def is_answer(row: Message) -> bool:
        return row.role == "assistant"

    return is_answer


def always_oldest_first(_: Any) -> Any:
    def is_newest_first(*_: object) -> bool:
        return False

    return is_newest_first


def undated_is_over(original: Any) -> Any:
    def asked_shortly_before(ours: Message, question: Message) -> bool:
        return question.created_at is not None and bool(original(ours, question))

    return asked_shortly_before


def looks_go_on(original: Any) -> Any:
    def dropped(self: Any, error: APIError) -> Action:
        looks = self._looks
        action: Action = original(self, error)
        self._looks = max(looks, self._looks)
        return action

    return dropped


def refused_is_the_end(original: Any) -> Any:
    def broke(self: Any, error: APIError, *, may_have_run: bool) -> None:
        runs, self._runs = self._runs, 0
        original(self, error, may_have_run=may_have_run)
        self._runs = runs

    return broke


def empty_is_a_baseline(_: Any) -> Any:
    def set_baseline(self: Any, history: ChatHistory) -> None:
        self.has_baseline = True
        self.known = None if history.truncated else {message.id for message in history.messages}

    return set_baseline


def unreadable_is_the_end(original: Any) -> Any:
    def is_drop(error: APIError) -> bool:
        return error.code not in {"not_an_event_stream", "stream_compressed"} and bool(original(error))

    return is_drop


def run_again_after_a_page(original: Any) -> Any:
    def dropped(self: Any, error: APIError) -> Action:
        action: Action = original(self, error)
        self._may_rerun = True
        return action

    return dropped


def never_closed(_: Any) -> Any:
    def is_closed(_writer: object) -> bool:
        return False

    return is_closed


def unread_is_lost(_: Any) -> Any:
    def unread(_self: object) -> bytes:
        return b""

    return unread


def twice_is_two(_: Any) -> Any:
    def post_init(_self: object) -> None:
        pass

    return post_init


HISTORIES: Sequence[Mutant] = (
    Mutant(
        "any row is an answer",
        "adopts a row of a tool or of the system",
        "protocol.conversation:is_answer",
        any_row_is_an_answer,
        ("I1", "I8"),
        "rows",
    ),
    Mutant(
        "empty answers",
        "adopts an answer's row before its text is stored",
        "protocol.conversation:is_answer",
        empty_answers,
        ("I1",),
        "rows",
    ),
    Mutant(
        "always oldest first",
        "reads a history that is newest first as if it were oldest first",
        "protocol.conversation:_is_newest_first",
        always_oldest_first,
        ("I14",),
        "rows",
    ),
    Mutant(
        "undated is over",
        "takes an older question without a date for one whose run has ended",
        "protocol.recovery:_asked_shortly_before",
        undated_is_over,
        ("I8",),
        "rows",
    ),
    Mutant(
        "looks go on",
        "reads the history after a second drop only as often as the first drop left over",
        "protocol.recovery:Recovery.dropped",
        looks_go_on,
        ("tests/protocol/test_recovery.py::test_every_drop_has_all_looks",),
    ),
    Mutant(
        "refused is the end",
        "gives up without a read of the history when the second opening is refused",
        "protocol.answering:Answering.broke",
        refused_is_the_end,
        ("tests/protocol/test_answering.py::test_after_a_refused_second_opening_the_history_is_read",),
    ),
    Mutant(
        "empty is a baseline",
        "takes an empty history for proof that the chat was empty before the message",
        "session.chat_queue:ChatState.set_baseline",
        empty_is_a_baseline,
        ("I5",),
        "lost",
    ),
    Mutant(
        "unreadable is the end",
        "gives up without a read of the history after a successful response that is no stream",
        "protocol.answering:_is_drop",
        unreadable_is_the_end,
        (STREAMS + "test_unreadable_stream",),
    ),
    Mutant(
        "run again after a page",
        "opens the stream again although the response would be unreadable again",
        "protocol.recovery:Recovery.dropped",
        run_again_after_a_page,
        (STREAMS + "test_unreadable_stream",),
    ),
    Mutant(
        "never closed",
        "takes a body for sent although its connection was closed before the first byte",
        "transport.bodies:_is_closed",
        never_closed,
        (BODIES + "test_nothing_is_sent_on_a_closed_connection",),
    ),
    Mutant(
        "unread is lost",
        "loses the events that were received before the connection was lost and not yet read",
        "transport.eventsource:EventSourceStream._unread",
        unread_is_lost,
        (EVENTS + "test_what_came_before_the_connection_was_lost_is_read",),
    ),
    Mutant(
        "twice is two",
        "takes a message that a history lists twice for two",
        "models.chats:ChatHistory.__attrs_post_init__",
        twice_is_two,
        ("tests/faults/test_unknowable.py::test_no_answer_rows__listed_twice",),
    ),
)
