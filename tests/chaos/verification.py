"""Compares what users saw with what the server stored."""

from __future__ import annotations

import contextlib
import difflib
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path

import attrs

from aizoomdoc_client import AnswerUnknownError, APITimeoutError, StreamInterruptedError
from tests.chaos.outcomes import Outcome
from tests.chaos.questions import number_of
from tests.chaos.time_bounds import GRACE

MAX_RUNS = 2


@attrs.frozen
class ServerRecords:
    """The server's data by question: how often it was stored, in which chats, its answers, and the number of model runs."""

    asked: Mapping[int, int]
    chats: Mapping[int, set[str]]
    answers: Mapping[int, Sequence[str]]
    runs: Mapping[int, int]

    @classmethod
    def read(cls, folder: Path) -> ServerRecords:
        """The records of a server that has stopped."""
        asked, chats, answers = Counter[int](), defaultdict[int, set[str]](set), defaultdict[int, list[str]](list)
        with contextlib.closing(sqlite3.connect(folder / "aizoomdoc.sqlite3")) as database:
            rows = database.execute("SELECT chat_id, role, content FROM messages ORDER BY number").fetchall()
        for chat_id, role, content in rows:
            number = number_of(content)
            if role == "user":
                asked[number] += 1
                chats[number].add(chat_id)
            else:
                answers[number].append(content)
        runs = Counter(map(int, (folder / "runs").read_text(encoding="utf-8").split()))
        return cls(asked, chats, answers, runs)


@attrs.define
class Verification:
    """Counts of wrong characters and messages, and a description of each failed check."""

    lost: int = 0
    repeated: int = 0
    foreign: int = 0
    posted_twice: int = 0
    unknown_answers: Counter[str] = attrs.field(factory=Counter[str])
    faults: list[str] = attrs.field(factory=list[str])

    def verify(self, outcomes: Iterable[Outcome], records: ServerRecords) -> Verification:
        """Checks all outcomes; they must be in the order in which the questions were asked."""
        unfinished = set[str]()
        for outcome in outcomes:
            faults = [*outcome.faults, *self._text(outcome, records), *self._message(outcome, records)]
            faults += [*self._runs(outcome, records, unfinished), *self._end(outcome), *self._unknown_answer(outcome, unfinished)]
            is_open = outcome.text is None or "rerun" in outcome.folded.sources or outcome.left is not None
            if is_open and outcome.chat_id is not None:
                unfinished.add(outcome.chat_id)
            self.faults += [f"{describe(outcome)}: {fault}" for fault in faults]
        return self

    def _text(self, outcome: Outcome, records: ServerRecords) -> Iterable[str]:
        number, text = outcome.schedule.number, outcome.text
        stored = records.answers.get(number, ())
        if text is None or text in stored:
            return
        if not stored:
            self.foreign += len(text)
            yield f"{text!r} was never stored for it"
            return
        nearest = max(stored, key=lambda answer: difflib.SequenceMatcher(None, answer, text, autojunk=False).quick_ratio())
        for operation, start, end, begin, stop in difflib.SequenceMatcher(None, nearest, text, autojunk=False).get_opcodes():
            self.lost += end - start if operation in {"delete", "replace"} else 0
            added = text[begin:stop] if operation in {"insert", "replace"} else ""
            self.repeated += len(added) if added in nearest else 0
            self.foreign += len(added) if added not in nearest else 0
        yield f"{text!r} is not {nearest!r}"

    def _message(self, outcome: Outcome, records: ServerRecords) -> Iterable[str]:
        number = outcome.schedule.number
        asked = records.asked.get(number, 0)
        if asked > 1:
            self.posted_twice += 1
            yield f"posted {asked} times"
        if asked == 0 and outcome.text is not None:
            yield "answered, but its message was never stored"
        if outcome.chat_id is not None and not records.chats.get(number, set()) <= {outcome.chat_id}:
            yield "posted to another chat"

    def _runs(self, outcome: Outcome, records: ServerRecords, unfinished: Container[str]) -> Iterable[str]:
        runs = records.runs.get(outcome.schedule.number, 0)
        if runs > most_runs(outcome, unfinished):
            yield f"the model ran {runs} times"
        if outcome.left is not None and outcome.left.text is not None and outcome.error is StreamInterruptedError:
            yield "the answer was read to its end, and was not there when it was taken up"

    def _end(self, outcome: Outcome) -> Iterable[str]:
        if outcome.overdue > GRACE:
            yield f"ended {outcome.overdue:.1f} s after its deadline"

    def _unknown_answer(self, outcome: Outcome, unfinished: Container[str]) -> Iterable[str]:
        """Complains of an `AnswerUnknownError` that the history could have prevented.

        If an earlier question of the chat has no answer, or had two runs, a run may still be going on, so an answer in the
        history proves nothing. Without a readable history nothing is proven either. A single injection breaks fewer connections
        than one read of the history may try, so only random faults, byte limits, outages and a slow machine make it unreadable.
        """
        if outcome.error is not AnswerUnknownError:
            return
        if outcome.chat_id is not None and outcome.chat_id in unfinished:
            self.unknown_answers["a run of an earlier question may be going on"] += 1
        elif outcome.history_error is None:
            yield "AnswerUnknownError, although the history could be read"
        elif outcome.outages or outcome.has_random_faults:
            self.unknown_answers["the history could not be read: server outage or random faults"] += 1
        elif outcome.history_error is APITimeoutError:
            self.unknown_answers["the history could not be read: the machine is too slow"] += 1
        else:
            yield f"AnswerUnknownError, although no fault explains the unreadable history ({outcome.history_error.__name__})"


def most_runs(outcome: Outcome, unfinished: Container[str]) -> int:
    """How often the model may have run for a question: where its answer was taken up, for each of the two clients.

    An answer that the first one has read to its end is in the history, so it is taken from there, unless it may be that of an
    earlier question of the chat.
    """
    hand_over, left = outcome.schedule.hand_over, outcome.left
    if hand_over is None or left is None:
        return MAX_RUNS
    first = 0 if not left.was_opened else 1 if left.text is not None and not left.folded.sources else MAX_RUNS
    is_stored = left.text is not None and outcome.chat_id is not None and outcome.chat_id not in unfinished
    return first + (MAX_RUNS if hand_over.rerun and not is_stored else 0)


def describe(outcome: Outcome) -> str:
    """The question's scenario, its injected faults and its ending."""
    scenario, schedule = outcome.scenario, outcome.schedule
    line = f"{scenario.kind}, {scenario.transport}, {scenario.library}, fault share {scenario.fault_share}"
    asked = f"question {schedule.number} {schedule.injections}" + (f" {schedule.hand_over}" if schedule.hand_over else "")
    return f"scenario {scenario.number} ({line}), {asked}, ended {outcome.ending}"
