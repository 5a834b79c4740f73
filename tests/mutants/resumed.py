"""Mutants of how an answer is taken up again: each breaks an invariant of the model, or a test of the resumer."""

# pyright: reportUnknownLambdaType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (a lambda that replaces a method has the method's parameters)

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from aizoomdoc_client.protocol.conversation import is_answer

from .mutant import Mutant

TESTS = "tests/session/test_question_resumer.py::"


def run_although_forbidden(original: Any) -> Any:
    def init(self: Any, *args: Any, may_run: bool = True, **options: Any) -> None:
        _ = may_run
        original(self, *args, may_run=True, **options)

    return init


def resume_without_a_look(original: Any) -> Any:
    def init(self: Any, *args: Any, resumed: bool = False, **options: Any) -> None:
        _ = resumed
        original(self, *args, resumed=False, **options)

    return init


def adopt_the_newest(original: Any) -> Any:
    def around(cls: Any, history: Any, question_id: str, known: Any = ()) -> Any:
        shown = original.__func__(cls, history, question_id, known)
        answers = [row for row in history.messages if is_answer(row)]
        return shown and attrs.evolve(shown, answers=answers, later_questions=[])

    return classmethod(around)


def own_runs_block(_: Any) -> Any:
    def has_pending(self: Any, _message_id: str) -> bool:
        return bool(self.pending_questions)

    return has_pending


def age_of_the_first_drop(original: Any) -> Any:
    def dropped(self: Any, error: Any, *, seconds_ago: float = 0.0) -> Any:
        return original(self, error, seconds_ago=max(seconds_ago, self._seconds_before))

    return dropped


def long_unread_whoever_read(original: Any) -> Any:
    def answer(self: Any, work: Any, step: Any, on_event: Any) -> Any:
        self._read.clear()
        return original(self, work, step, on_event)

    return answer


RESUMED: Sequence[Mutant] = (
    Mutant(
        "forbidden run",
        "runs the model for an answer that is taken up although rerun=False forbids it",
        "protocol.answering:Answering.__init__",
        run_although_forbidden,
        ("I6",),
        "left",
    ),
    Mutant(
        "resumed without a look",
        "runs the model for an answer that is taken up before it looks into the history",
        "protocol.answering:Answering.__init__",
        resume_without_a_look,
        ("I6",),
        "left",
    ),
    Mutant(
        "newest answer adopted",
        "adopts the newest answer of the chat, whichever question it belongs to",
        "protocol.conversation:Conversation.around",
        adopt_the_newest,
        ("I8",),
    ),
    Mutant(
        "own run counts as another's",
        "does not adopt the answer of a question's own run of before",
        "session.chat_queue:ChatState.has_pending_runs_before",
        own_runs_block,
        (TESTS + "test_a_client_can_take_up_its_own_answer",),
    ),
    Mutant(
        "age of the first drop",
        "waits no longer after a second drop than after the first one, which was longer ago",
        "protocol.recovery:Recovery.dropped",
        age_of_the_first_drop,
        ("tests/protocol/test_recovery.py::test_a_drop_of_long_ago_needs_fewer_looks",),
    ),
    Mutant(
        "own reading forgotten",
        "takes an answer that this process was reading a moment ago for one that nobody has read since its start",
        "batch.executor:ClientExecutor._answer",
        long_unread_whoever_read,
        ("tests/batch/test_executor.py::test_what_this_process_reads_itself_was_read_until_now",),
    ),
)
