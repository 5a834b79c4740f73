"""Holds what users saw against what the server knows."""

from __future__ import annotations

import contextlib
import difflib
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path

import attrs

from aizoomdoc_client import AnswerUnknownError, APITimeoutError
from tests.chaos.outcomes import Outcome
from tests.chaos.patience import GRACE
from tests.chaos.questions import number_of

MOST_RUNS = 2


@attrs.frozen
class ServersTruth:
    """All that was stored, by question: how often it was asked, in which chats, and the answers; and how often the model ran."""

    asked: Mapping[int, int]
    chats: Mapping[int, set[str]]
    answers: Mapping[int, Sequence[str]]
    runs: Mapping[int, int]

    @classmethod
    def read(cls, folder: Path) -> ServersTruth:
        """The truth of a server that has stopped."""
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
class Verdict:
    """Characters and messages that are not what they should be, and each fault in words."""

    lost: int = 0
    repeated: int = 0
    foreign: int = 0
    posted_twice: int = 0
    doubts: Counter[str] = attrs.field(factory=Counter[str])
    faults: list[str] = attrs.field(factory=list[str])

    def judge(self, outcomes: Iterable[Outcome], truth: ServersTruth) -> Verdict:
        """All outcomes, in the order in which they were asked."""
        unfinished = set[str]()
        for outcome in outcomes:
            faults = [*outcome.faults, *self._text(outcome, truth), *self._message(outcome, truth)]
            faults += [*self._end(outcome), *self._doubt(outcome, unfinished)]
            is_open = outcome.text is None or "rerun" in outcome.folded.sources
            if is_open and outcome.chat_id is not None:
                unfinished.add(outcome.chat_id)
            self.faults += [f"{name_of(outcome)}: {fault}" for fault in faults]
        return self

    def _text(self, outcome: Outcome, truth: ServersTruth) -> Iterable[str]:
        number, text = outcome.schedule.number, outcome.text
        stored = truth.answers.get(number, ())
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

    def _message(self, outcome: Outcome, truth: ServersTruth) -> Iterable[str]:
        number = outcome.schedule.number
        asked, runs = truth.asked.get(number, 0), truth.runs.get(number, 0)
        if asked > 1:
            self.posted_twice += 1
            yield f"posted {asked} times"
        if asked == 0 and outcome.text is not None:
            yield "answered and never asked"
        if outcome.chat_id is not None and not truth.chats.get(number, set()) <= {outcome.chat_id}:
            yield "posted to another chat"
        if runs > MOST_RUNS:
            yield f"the model ran {runs} times"

    def _end(self, outcome: Outcome) -> Iterable[str]:
        if outcome.overdue > GRACE:
            yield f"ended {outcome.overdue:.1f} s after its deadline"

    def _doubt(self, outcome: Outcome, unfinished: Container[str]) -> Iterable[str]:
        """What could have been known and was said to be unknown.

        Where an earlier question of the chat has no answer, or had two runs, one may be going on, so that an answer in the
        history proves nothing; and where the history cannot be read to the last, nothing does. A blow breaks no more connections
        than the few that a look may try, so that only storms, wear and outages blind; and a machine that is too slow to answer.
        """
        if outcome.error is not AnswerUnknownError:
            return
        if outcome.chat_id is not None and outcome.chat_id in unfinished:
            self.doubts["a run of an earlier question may be going on"] += 1
        elif outcome.blindness is None:
            yield "its answer is said to be unknown, and the history was there to be read"
        elif outcome.outages or outcome.is_stormy:
            self.doubts["the history could not be read: the server was gone, or the line stormy"] += 1
        elif outcome.blindness is APITimeoutError:
            self.doubts["the history could not be read: the machine is too slow"] += 1
        else:
            yield f"its answer is said to be unknown, and nothing stood between it and the history ({outcome.blindness.__name__})"


def name_of(outcome: Outcome) -> str:
    """Where it was, what befell it and how it ended."""
    sitting, schedule = outcome.sitting, outcome.schedule
    line = f"{sitting.kind}, {sitting.transport}, {sitting.library}, storminess {sitting.storminess}"
    return f"sitting {sitting.number} ({line}), question {schedule.number} {schedule.blows}, ended {outcome.way}"
