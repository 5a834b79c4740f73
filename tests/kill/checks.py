"""What must hold of a job that was killed again and again, and then ran to its end."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from aizoomdoc_client.batch.journal_reader import JournalReader
from tests.kill.questions import GROUPS, as_line
from tests.kill.writes import KINDS, OTHER_KINDS

_TITLE = re.compile(r"\[(?P<run>\w+)-(?P<unit>\w+)-(?P<attempt>\d+)\]$")
_ASKED_RIGHT = frozenset(as_line(question, settings.model, settings.role) for question, settings in GROUPS.items())


def complaints(journal: Path, server_data: Path, units: int) -> Iterator[str]:
    """What does not hold: of the journal, and of what the server has stored."""
    with closing(sqlite3.connect(journal)) as db:
        said = db.execute("PRAGMA integrity_check").fetchone()[0]
        if said != "ok":
            yield f"the journal is damaged: {said}"
            return
        facts = {row[0] for row in db.execute("SELECT name FROM facts")}
        run_id = db.execute("SELECT value FROM facts WHERE name='run_id'").fetchone()[0]
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
    yield from _of_server(server_data, run_id, units)
    yield from _of_writes(journal.with_suffix(".writes"))


def _of_results(journal: Path) -> Iterator[str]:
    with JournalReader(journal) as reader:
        for row in reader.rows():
            name = Path(row.task.document.name).stem
            if row.answer is None:
                yield f"{name}: {row.state}, {row.error}"
            elif f"ЩО-{name}" not in row.answer.text:
                yield f"{name}: the answer of another, {row.answer.text[:80]!r}"


def _of_server(data: Path, run_id: str, units: int) -> Iterator[str]:
    asked, answered, titles = Counter[str](), Counter[str](), Counter[str]()
    with closing(sqlite3.connect(data / "aizoomdoc.sqlite3")) as db:
        chats = db.execute(
            "SELECT title, TOTAL(role='user'), TOTAL(role='assistant') FROM chats"
            " LEFT JOIN messages ON chat_id = chats.id GROUP BY chats.id"
        ).fetchall()
    for title, questions, answers in chats:
        named = _TITLE.search(title)
        if named is None or named["run"] != run_id:
            continue
        titles[title] += 1
        asked[named["unit"]] += int(questions)
        answered[named["unit"]] += int(answers)
    yield from (f"{title}: {count} chats" for title, count in titles.items() if count > 1)
    if len(answered) != units:
        yield f"{len(answered)} units have chats, of {units}"
    for unit in answered:
        if asked[unit] != 1:
            yield f"{unit}: posted {asked[unit]} times"
        if answered[unit] != 1:
            yield f"{unit}: {answered[unit]} finished runs"
    runs = Counter((data / "runs").read_text(encoding="utf-8").splitlines())
    yield from (f"{count} runs with other settings: {line}" for line, count in runs.items() if line not in _ASKED_RIGHT)


def _of_writes(seen: Path) -> Iterator[str]:
    """A kind of write that nobody thought of would be one at which nothing is killed."""
    kinds = set(seen.read_text(encoding="utf-8").splitlines())
    yield from (f"nothing is killed at the write {kind!r}" for kind in sorted(kinds - {*KINDS} - OTHER_KINDS))
