"""What must hold of a job that was killed again and again, and then ran to its end."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from aizoomdoc_client.batch.journal_reader import JournalReader

_TITLE = re.compile(r"\[(?P<run>\w+)-(?P<unit>\w+)-(?P<attempt>\d+)\]$")


def complaints(journal: Path, server_data: Path, units: int) -> Iterator[str]:
    """What does not hold: of the journal, and of what the server has stored."""
    with closing(sqlite3.connect(journal)) as db:
        said = db.execute("PRAGMA integrity_check").fetchone()[0]
        if said != "ok":
            yield f"the journal is damaged: {said}"
        facts = {row[0] for row in db.execute("SELECT name FROM facts")}
        run_id = db.execute("SELECT value FROM facts WHERE name='run_id'").fetchone()[0]
    if facts & {"settings_before", "settings_set"}:
        yield "the settings are not put back"
    with JournalReader(journal) as reader:
        rows = [*reader.rows()]
    if len(rows) != units:
        yield f"{len(rows)} rows of {units}"
    for row in rows:
        name = Path(row.task.document.name).stem
        if row.answer is None:
            yield f"{name}: {row.state}, {row.error}"
        elif f"ЩО-{name}" not in row.answer.text:
            yield f"{name}: the answer of another, {row.answer.text[:80]!r}"
    yield from _of_server(server_data, run_id, units)


def _of_server(data: Path, run_id: str, units: int) -> Iterator[str]:
    answers = Counter[str]()
    with closing(sqlite3.connect(data / "aizoomdoc.sqlite3")) as db:
        chats = db.execute(
            "SELECT title, SUM(role='user'), SUM(role='assistant') FROM chats"
            " LEFT JOIN messages ON chat_id = chats.id GROUP BY chats.id"
        ).fetchall()
    for title, asked, answered in chats:
        named = _TITLE.search(title)
        if named is None or named["run"] != run_id:
            continue
        answers[named["unit"]] += answered or 0
        if (asked or 0) > 1:
            yield f"{title}: {asked} messages"
    if len(answers) != units:
        yield f"{len(answers)} units have chats, of {units}"
    for unit, count in answers.items():
        if count != 1:
            yield f"{unit}: {count} finished runs"
