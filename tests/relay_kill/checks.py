"""What must hold of the answers that browsers saw, whatever was killed meanwhile."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import attrs

from tests.chaos.questions import number_of
from tests.relay_kill.browser import Asked
from tests.relay_kill.worker_process import MAX_RERUNS


@attrs.frozen
class Faults:
    """When what was killed, and when it was there again."""

    times: Sequence[tuple[str, float, float]]

    def between(self, began: float, ended: float, names: Collection[str] = ()) -> bool:
        """Whether one of them, of those with these names if any, can be why something went wrong between these moments."""
        return any(start <= ended and end >= began and (not names or name in names) for name, start, end in self.times)


@attrs.frozen
class Stored:
    """What the server has of each question, by its number."""

    messages: Counter[int]
    answers: defaultdict[int, list[str]]
    runs: Counter[int]

    @classmethod
    def read(cls, data: Path) -> Stored:
        """From the server's folder."""
        stored = cls(Counter(), defaultdict(list), Counter())
        with closing(sqlite3.connect(data / "aizoomdoc.sqlite3")) as db:
            rows = db.execute("SELECT chats.title, role, content FROM chats JOIN messages ON chat_id = chats.id").fetchall()
        for title, role, content in rows:
            number = number_of(title)
            if role == "user":
                stored.messages[number] += 1
            else:
                stored.answers[number].append(content)
        stored.runs.update(int(line) for line in (data / "runs").read_text(encoding="ascii").split())
        return stored


def complaints(asked: Sequence[Asked], stored: Stored, faults: Faults) -> Iterator[str]:
    """What does not hold."""
    yield from (f"{number}: {count} messages" for number, count in stored.messages.items() if count > 1)
    yield from (f"{number}: {count} runs" for number, count in stored.runs.items() if count > 1 + MAX_RERUNS)
    streams = Counter(each.stream for each in asked if each.stream)
    yield from (f"the id {stream} was given {count} times" for stream, count in streams.items() if count > 1)
    for each in asked:
        yield from (f"{each.number}: {complaint}" for complaint in each.complaints)
        if not each.stream and not faults.between(each.began, each.began + 60):
            yield f"{each.number}: could not be asked"
        if each.stream and stored.messages[each.number] != 1 and any(view.ended == "completed" for view in each.views):
            yield f"{each.number}: answered, but there are {stored.messages[each.number]} messages"
        yield from _of_views(each, stored.answers[each.number], faults)


def _of_views(asked: Asked, answers: Sequence[str], faults: Faults) -> Iterator[str]:
    for view in asked.views:
        match view.ended:
            case "completed":
                if view.text not in answers:
                    yield f"{asked.number}: another text than {answers}: {view}"
            case "error" | "lost":
                if not faults.between(asked.began - 1, asked.ended):
                    yield f"{asked.number}: {view.ended} without a reason: {view}"
            case "answer_stopped":
                if not asked.stopped and not faults.between(asked.began, asked.ended):
                    yield f"{asked.number}: stopped by nobody"
            case _:
                pass
    completed = {view.text for view in asked.views if view.ended == "completed"}
    if len(completed) > 1:
        yield f"{asked.number}: another text in each tab: {completed}"
