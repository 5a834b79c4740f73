"""The writes of a journal by their kinds, and what dies at them."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from inspect import getclosurevars
from pathlib import Path
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

import attrs

from aizoomdoc_client.batch import journal as journal_module
from aizoomdoc_client.filesystem.database import Database

P = ParamSpec("P")
T = TypeVar("T")

Place = Literal["before", "inside", "after"]
PLACES: tuple[Place, ...] = ("before", "inside", "after")

KINDS = (
    "schema",
    "fact pid",
    "fact run_id",
    "fact server",
    "no fact paused",
    "digests",
    "tasks",
    "fact settings_before",
    "fact settings_set",
    "unit creating_chat",
    "file uploading",
    "file uploaded",
    "unit posting",
    "states after a crash",
    "unit streaming",
    "unit done",
    "no fact settings_before",
    "no fact pid",
)
"""Each kind of write that a job makes, in the order in which it makes the first of them."""
OTHER_KINDS = frozenset({"fact started_at", "fact paused", "no fact settings_set", "unit queued"})
"""Those that only some jobs make, when requests failed, or that are made in one transaction with others."""

STATEMENTS_OF_SCHEMA = 5
"""So many statements of the schema are done when something dies inside of it."""


@attrs.frozen(kw_only=True)
class Death:
    """Where `victim` is killed: at the write of that `kind` and `number`, counted from 1.

    `before` it, `inside` of its transaction, with all done but the commit, or `after` it is on the disk.
    """

    kind: str
    place: Place
    number: int = 1
    victim: Literal["job", "server"] = "job"


class WatchedWrites:
    """Sees each write of the journals of this process, appends its kind to the file `seen`, and kills who is to die at it."""

    def __init__(self, deaths: Iterable[Death], *, seen: Path, server_pid: Path) -> None:
        self._deaths = list(deaths)
        self._seen = os.open(seen, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._server_pid = server_pid
        self._counts = Counter[str]()

    def watch(self) -> None:
        """Begins to watch."""
        write_all, migrate = journal_module._write_all, Database._migrate

        def watched_writes(db: sqlite3.Connection, writes: list[Any]) -> None:
            with self._dying(db, [kind for write in writes for kind in kinds_of(write)]):
                write_all(db, writes)

        def watched_migration(database: Database, connection: sqlite3.Connection) -> None:
            kinds = [] if connection.execute("PRAGMA user_version").fetchone()[0] else ["schema"]
            self._note(kinds)
            self._reached(kinds, "before")
            done = Counter[str]()

            def traced(_statement: str) -> None:
                done["statements"] += 1
                if done["statements"] > STATEMENTS_OF_SCHEMA:
                    self._reached(kinds, "inside")

            connection.set_trace_callback(traced)
            migrate(database, connection)
            connection.set_trace_callback(None)
            self._reached(kinds, "after")

        journal: Any = journal_module
        journal._write_all = watched_writes
        journal._store_claim = self._watched(journal._store_claim, "fact pid")
        journal._remove_claim = self._watched(journal._remove_claim, "no fact pid")
        database_class: Any = Database
        database_class._migrate = watched_migration

    def _watched(
        self, write: Callable[Concatenate[sqlite3.Connection, P], T], kind: str
    ) -> Callable[Concatenate[sqlite3.Connection, P], T]:
        def watched(db: sqlite3.Connection, /, *args: P.args, **kwargs: P.kwargs) -> T:
            with self._dying(db, [kind]):
                return write(db, *args, **kwargs)

        return watched

    @contextlib.contextmanager
    def _dying(self, db: sqlite3.Connection, kinds: Sequence[str]) -> Generator[None]:
        """Around the writes of one transaction."""
        self._note(kinds)
        self._reached(kinds, "before")
        yield
        self._reached(kinds, "inside")
        if any(death.place == "after" and self._is_now(death, kinds) for death in self._deaths):
            db.commit()
            self._reached(kinds, "after")
            db.execute("BEGIN IMMEDIATE")  # what follows commits: where the server died, this process goes on

    def _note(self, kinds: Sequence[str]) -> None:
        self._counts.update(set(kinds))
        os.write(self._seen, "".join(f"{kind}\n" for kind in kinds).encode())

    def _is_now(self, death: Death, kinds: Sequence[str]) -> bool:
        return death.kind in kinds and self._counts[death.kind] == death.number

    def _reached(self, kinds: Sequence[str], place: Place) -> None:
        for death in [each for each in self._deaths if each.place == place and self._is_now(each, kinds)]:
            self._deaths.remove(death)
            os.kill(os.getpid() if death.victim == "job" else self._taken_server(), signal.SIGKILL)

    def _taken_server(self) -> int:
        """The id of the server's process, once it runs: who starts it writes the file, who kills it takes it away."""
        while not self._server_pid.exists():
            time.sleep(0.01)
        pid = int(self._server_pid.read_text(encoding="ascii"))
        self._server_pid.unlink()
        return pid


def kinds_of(write: Callable[[sqlite3.Connection], None]) -> Iterator[str]:
    """What a function that the journal was given writes, by the method that made it and by what it took along."""
    given: Mapping[str, Any] = getclosurevars(write).nonlocals
    match write.__qualname__.split(".")[1]:
        case "set_facts":
            for name, value in given["facts"].items():
                yield f"fact {name}" if value is not None else f"no fact {name}"
        case "record":
            yield f"unit {given['row'][0]}"
            if given["uploading"] is not None:
                yield "file uploading"
        case "record_all":
            yield "states after a crash"
        case "set_known_files":
            yield "digests"
        case "set_tasks":
            yield "tasks"
        case "uploading" | "uploaded" as state:
            yield f"file {state}"
        case other:
            yield other
