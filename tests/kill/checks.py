"""What must hold of a job that was killed again and again, and then ran to its end."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path

import attrs

from aizoomdoc_client.batch.journal_reader import JournalReader
from tests.kill.questions import GROUPS, as_line
from tests.kill.writes import KINDS, OTHER_KINDS

_TITLE = re.compile(r"\[(?P<run>\w+)-(?P<unit>\w+)-(?P<attempt>\d+)\]$")
_ASKED_RIGHT = frozenset(as_line(question, settings.model, settings.role) for question, settings in GROUPS.items())


def complaints(journal: Path, server_data: Path, units: int) -> Iterator[str]:
    """What does not hold of a job about documents that name themselves: of its journal, and of what the server has stored."""
    with closing(sqlite3.connect(journal)) as db:
        said = db.execute("PRAGMA integrity_check").fetchone()[0]
        if said != "ok":
            yield f"the journal is damaged: {said}"
            return
        facts = {row[0] for row in db.execute("SELECT name FROM facts")}
        rows, kept = db.execute("SELECT COUNT(*), COUNT(DISTINCT unit) FROM tasks").fetchone()
        lost = db.execute("SELECT COUNT(*) FROM units WHERE name='done' AND answer IS NULL").fetchone()[0]
    if facts & {"settings_before", "settings_set"}:
        yield "the journal still has the user's settings"
    if not facts >= {"run_id", "server", "started_at"}:
        yield f"the journal knows of the job only {facts}"
    if (rows, kept) != (units, units):
        yield f"{rows} results of {kept} units, not of {units}"
    if lost:
        yield f"{lost} units are done and have no answer"
    else:
        yield from _of_results(journal)
    stored = StoredChats.read(server_data, _run_id(journal))
    yield from (f"{title}: {count} chats" for title, count in stored.titles.items() if count > 1)
    yield from (f"{title}: {count} messages" for title, count in stored.asked.items() if count > 1)
    if len(stored.answered) != units:
        yield f"{len(stored.answered)} units have chats, of {units}"
    yield from (f"{unit}: {count} finished runs" for unit, count in stored.answered.items() if count != 1)


def complaints_of_watched(journal: Path, server_data: Path, documents: Path) -> Iterator[str]:
    """What does not hold besides of a job whose writes were watched, and whose server noted its runs and stores at once.

    `documents` is the folder of those that the job is about.
    """
    asked = StoredChats.read(server_data, _run_id(journal)).asked_by_unit()
    yield from (f"{unit}: posted {count} times" for unit, count in asked.items() if count != 1)
    runs = _runs_about({document.name for document in documents.iterdir()}, server_data)
    yield from (f"{count} runs with other settings: {line}" for line, count in runs.items() if line not in _ASKED_RIGHT)
    if runs.total() < asked.total():
        yield f"{runs.total()} runs for {asked.total()} questions"
    # A kind of write that nobody thought of would be one at which nothing is killed.
    kinds = set(journal.with_suffix(".writes").read_text(encoding="utf-8").splitlines())
    yield from (f"nothing is killed at the write {kind!r}" for kind in sorted(kinds - {*KINDS} - OTHER_KINDS))


def _runs_about(documents: Collection[str], server_data: Path) -> Counter[str]:
    """How often the server ran its model for each question with each settings, about one of `documents`, which no other job has.

    Other jobs of the same server, before this one or after it, may have asked with whatever settings.
    """
    runs = Counter[str]()
    for line in (server_data / "runs").read_text(encoding="utf-8").splitlines():
        document, _, asked = line.partition("\t")
        runs[asked] += document in documents
    return +runs


def _of_results(journal: Path) -> Iterator[str]:
    with JournalReader(journal) as reader:
        for row in reader.rows():
            name = Path(row.task.document.name).stem
            if row.answer is None:
                yield f"{name}: {row.state}, {row.error}"
            elif f"ЩО-{name}" not in row.answer.text:
                yield f"{name}: the answer of another, {row.answer.text[:80]!r}"


@attrs.frozen
class StoredChats:
    """The chats of one job, as its server has them: how many of each title, its messages, and the answers to each unit."""

    titles: Counter[str]
    asked: Counter[str]
    answered: Counter[str]

    @classmethod
    def read(cls, data: Path, run_id: str) -> StoredChats:
        """Those of the job with that id, from the folder of a server."""
        with closing(sqlite3.connect(data / "aizoomdoc.sqlite3")) as db:
            chats = db.execute(
                "SELECT title, TOTAL(role='user'), TOTAL(role='assistant') FROM chats"
                " LEFT JOIN messages ON chat_id = chats.id GROUP BY chats.id"
            ).fetchall()
        stored = cls(Counter(), Counter(), Counter())
        for title, questions, answers in chats:
            named = _TITLE.search(title)
            if named is not None and named["run"] == run_id:
                stored.titles[title] += 1
                stored.asked[title] += int(questions)
                stored.answered[named["unit"]] += int(answers)
        return stored

    def asked_by_unit(self) -> Counter[str]:
        """How many messages each unit has, in the chats of all its attempts."""
        counts = Counter[str]()
        for title, count in self.asked.items():
            counts[title.rpartition("[")[2].split("-")[1]] += count
        return counts


def _run_id(journal: Path) -> str:
    with closing(sqlite3.connect(journal)) as db:
        return str(db.execute("SELECT value FROM facts WHERE name='run_id'").fetchone()[0])
