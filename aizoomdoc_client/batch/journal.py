"""The state of each unit, on disk before and after each step: a job continues where it ended, even after a crash."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import shlex
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import anyio.to_thread
import attrs

from ..answer import Answer
from ..catalog import LocalizedText, system_reason, text
from ..exceptions import ConfigurationError
from ..filesystem.database import Database
from ..filesystem.disk_problems import DiskProblem, disk_problem
from ..filesystem.locks import ProcessLock
from .ending import finished
from .job_process import NO_PROCESS, JobProcess
from .journal_file import check_single_name, has_journal, journal_error, lock_path
from .journal_rows import FileVersion, fact_of, known_files, set_facts, uploaded_digests
from .journal_schema import MIGRATIONS
from .progression import UnitState
from .state_json import dump_state, dump_task, dump_text, load_state
from .steps import Answered
from .task import BatchTask
from .unit import BatchUnit

__all__ = ["PAUSED", "Journal", "StoredFile"]

P = ParamSpec("P")
T = TypeVar("T")

PAUSED = "paused"
"""The fact with the reason why the job pauses, or paused when its last process ended."""

_FIRST_WAIT = 0.5  # seconds between attempts while the disk is full or the file is held; doubled up to the longest
_LONGEST_WAIT = 30.0
_LOCK_WAIT = 0.01  # seconds between attempts to lock while somebody asks whether a run has the lock
_GATHER_SECONDS = 0.01
"""Seconds that a transaction waits for writes of other units: many small transactions would take most of the processor time."""
_Write = Callable[[sqlite3.Connection], None]
_UPLOADING = "INSERT OR {} INTO uploads VALUES (?,'uploading',NULL,NULL)"
_RECORD = """
    UPDATE units SET name=?, running=?, state=?, seconds=?, ended_at=?, answer=?, fields=?, raw_text=? WHERE key=?
"""


@attrs.frozen(kw_only=True)
class StoredFile:
    """A file as the server has it: what `upload_file_for_llm` (`is_copy`) or `upload_file` returned, and when, since 1970."""

    is_copy: bool
    fields: Mapping[str, Any]
    uploaded_at: float


class Journal:
    """The journal of one job, an SQLite file, open for writing in one process.

    `record` and the other writing methods return once their data are on disk; concurrent writes share a transaction.
    Reading and writing wait while the disk is full or another program holds the file, as long as `on_blocked` is set. They raise
    `ConfigurationError` where the job does not wait for that, where the file is damaged, or cannot be used for another reason.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database = Database(path, MIGRATIONS, refused=lambda _: None)
        self._lock = ProcessLock(lock_path(path))
        self._process: JobProcess | None = None  # this process, once the journal may name it
        self._waiting: list[tuple[_Write, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None
        self._had_several = False  # whether the last transaction had several writes; only then the next one waits for others
        self._given_up = asyncio.Event()
        self._uploaded = set[str]()  # digests; saves a query for each file that was not uploaded
        self._uploading = set[str]()  # digests of files that are noted as about to be uploaded
        self._blocked = set[object]()  # calls that wait for space on the disk, or for another program
        self.on_blocked: Callable[[LocalizedText | None], None] | None = None
        """Called with the reason why the journal cannot be read or written, and with None when it can be again."""
        self.run_id = ""
        """A short name of the job, which is part of the titles of its chats."""

    @classmethod
    async def open(cls, path: Path) -> Self:
        """The journal at `path`, made if it is missing.

        Raises `ConfigurationError` where another run has it open, or the file is something else, damaged, or of a newer version.
        """
        journal = cls(path)
        try:
            if not await journal._take_lock():
                raise _in_use(path)
        except OSError as error:
            raise ConfigurationError(text("database_unusable", path=path, reason=system_reason(error))) from error
        try:
            await anyio.to_thread.run_sync(check_single_name, path)
            await anyio.to_thread.run_sync(has_journal, path, abandon_on_cancel=True)
            await journal._database.open()
            await journal._claim()
            journal._uploaded = await journal._run(uploaded_digests)
            journal.run_id = await journal.fact("run_id") or await journal._create_run_id()
        except BaseException:
            await journal.close()
            raise
        return journal

    async def _take_lock(self) -> bool:
        """Takes the lock; False where a run has it."""
        while not self._lock.try_acquire():
            if await anyio.to_thread.run_sync(self._lock.is_held):
                return False
            await asyncio.sleep(_LOCK_WAIT)
        return True

    async def _claim(self) -> None:
        """Stores that this process runs the job; raises where another one does, although its lock file was deleted."""
        process = JobProcess.own(self._lock.file_id)
        self._process = process  # set before, because the write is completed even if this wait is cancelled
        if not await self._run(_store_claim, process):
            raise _in_use(self.path)
        await self._database.checkpoint()  # a file that is renamed leaves its log behind

    def give_up(self) -> None:
        """Makes all waits for space on the disk or for another program fail, now and later."""
        self._given_up.set()

    async def close(self) -> None:
        """Completes pending writes and releases the journal, even if the caller is cancelled meanwhile."""
        await finished(self._close())

    async def _close(self) -> None:
        self.give_up()
        try:
            while self._writer is not None and not self._writer.done():
                await asyncio.wait([self._writer])
            if self._process is not None:
                process, self._process = self._process, None
                with contextlib.suppress(sqlite3.Error):  # as of a full disk; the released lock also shows it
                    await self._database.run(_remove_claim, process)
            await self._database.close()
        finally:
            self._lock.release()

    # -- facts of the job ----------------------------------------------------------------------------------------------------

    async def fact(self, name: str) -> str | None:
        """The value stored under `name`."""
        return await self._run(fact_of, name)

    async def set_fact(self, name: str, value: str | None) -> None:
        """Stores `value` under `name`; None removes it."""
        await self.set_facts({name: value})

    async def set_facts(self, facts: Mapping[str, str | None]) -> None:
        """Stores each value under its name, or removes it where it is None, all in one transaction."""
        await self._write(lambda db: set_facts(db, facts))

    async def _create_run_id(self) -> str:
        run_id = secrets.token_hex(4)
        await self.set_fact("run_id", run_id)
        return run_id

    # -- files ---------------------------------------------------------------------------------------------------------------

    async def known_files(self) -> dict[str, FileVersion]:
        """Each file that was read before, by its path."""
        return await self._run(known_files)

    async def set_known_files(self, files: Iterable[FileVersion]) -> None:
        """Stores versions of files."""
        rows = [*files]
        await self._write(lambda db: void(db.executemany("INSERT OR REPLACE INTO files VALUES (?,?,?,?,?)", rows)))

    async def stored_file(self, digest: str) -> StoredFile | None:
        """The file of that content as the server has it, if it was uploaded."""
        if digest not in self._uploaded:
            return None
        row = await self._run(lambda db: db.execute("SELECT * FROM uploads WHERE digest=?", (digest,)).fetchone())
        if row is None or row["file"] is None:
            return None
        data = json.loads(row["file"])
        return StoredFile(is_copy=data["is_copy"], fields=data["fields"], uploaded_at=row["uploaded_at"])

    async def uploading(self, digest: str) -> None:
        """Notes that the file is about to be uploaded, unless `record` did."""
        if digest not in self._uploading:
            await self._write(lambda db: void(db.execute(_UPLOADING.format("REPLACE"), (digest,))))
            self._uploading.add(digest)

    def has_uploaded(self, digest: str) -> bool:
        """Whether the file of that content was uploaded, at any time."""
        return digest in self._uploaded

    async def uploaded(self, digest: str, file: StoredFile) -> None:
        """Notes that the file was uploaded."""
        data = json.dumps({"is_copy": file.is_copy, "fields": file.fields})
        row = (digest, "uploaded", data, file.uploaded_at)
        await self._write(lambda db: void(db.execute("INSERT OR REPLACE INTO uploads VALUES (?,?,?,?)", row)))
        self._uploaded.add(digest)
        self._uploading.discard(digest)

    async def forget_upload(self, digest: str) -> None:
        """Notes that the file of that content is no longer on the server."""
        await self._write(lambda db: void(db.execute(_UPLOADING.format("REPLACE"), (digest,))))
        self._uploaded.discard(digest)

    # -- units ---------------------------------------------------------------------------------------------------------------

    async def set_tasks(self, tasks: Iterable[tuple[BatchTask, BatchUnit | LocalizedText]]) -> None:
        """Makes `tasks` the job's rows, each with its unit, or why it cannot be asked; units that are new are queued."""
        rows = [*tasks]

        def write(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM tasks")
            units = {unit.key: unit for _, unit in rows if isinstance(unit, BatchUnit)}
            queued = dump_state(UnitState())
            db.executemany(
                "INSERT OR IGNORE INTO units (key, digest, name, running, state) VALUES (?,?,'queued',0,?)",
                [(unit.key, unit.digest, queued) for unit in units.values()],
            )
            db.executemany(
                "INSERT INTO tasks VALUES (?,?,?,?)",
                [
                    (number, unit.key, dump_task(task), None)
                    if isinstance(unit, BatchUnit)
                    else (number, None, dump_task(task), dump_text(unit))
                    for number, (task, unit) in enumerate(rows, start=1)
                ],
            )

        await self._write(write)

    async def states(self) -> dict[str, UnitState]:
        """The state of every unit, those of earlier runs too, by its key."""
        rows = await self._run(lambda db: db.execute("SELECT key, name, running, state FROM units").fetchall())
        return {row["key"]: load_state(row["name"], row["running"], row["state"]) for row in rows}

    async def answer(self, key: str) -> Answer | None:
        """The stored answer to a unit."""
        row = await self._run(lambda db: db.execute("SELECT answer FROM units WHERE key=?", (key,)).fetchone())
        return None if row is None or row["answer"] is None else Answer.from_dict(json.loads(row["answer"]))

    async def record(
        self,
        key: str,
        state: UnitState,
        *,
        answered: Answered | None = None,
        seconds: float | None = None,
        raw_text: str | None = None,
        uploading: str | None = None,
    ) -> None:
        """Writes the state of a unit, and its answer where it has one; returns when that is on the disk.

        `uploading` is the digest of its file, where that is about to be uploaded.
        """
        answer = None if answered is None else answered.answer.to_json()
        fields = None if answered is None or answered.fields is None else json.dumps(dict(answered.fields))
        ended_at = time.time() if state.is_finished else None
        row = (state.name, state.running, dump_state(state), seconds, ended_at, answer, fields, raw_text, key)

        def write(db: sqlite3.Connection) -> None:
            db.execute(_RECORD, row)
            if uploading is not None:
                db.execute(_UPLOADING.format("IGNORE"), (uploading,))  # another unit may have uploaded it meanwhile

        await self._write(write)
        if uploading is not None and uploading not in self._uploaded:
            self._uploading.add(uploading)

    async def record_fit(self, key: str, state: UnitState, *, fields: Mapping[str, Any] | None, raw_text: str | None) -> None:
        """Writes the state of a unit whose stored answer was read once more, with its fields, or its text where it has none.

        The answer itself stays.
        """
        row = (state.name, dump_state(state), None if fields is None else json.dumps(dict(fields)), raw_text, key)
        await self._write(lambda db: void(db.execute("UPDATE units SET name=?, state=?, fields=?, raw_text=? WHERE key=?", row)))

    async def record_all(self, states: Mapping[str, UnitState]) -> None:
        """Writes the states of several units in one transaction; their answers are left as they are."""
        rows = [(state.name, state.running, dump_state(state), key) for key, state in states.items()]
        await self._write(lambda db: void(db.executemany("UPDATE units SET name=?, running=?, state=? WHERE key=?", rows)))

    async def _write(self, write: _Write) -> None:
        """Adds `write` to the next transaction, and returns when it is on disk."""
        written = asyncio.get_running_loop().create_future()
        self._waiting.append((write, written))
        self._begin_to_write()
        await written

    def _begin_to_write(self, _: asyncio.Task[None] | None = None) -> None:
        """Starts the writing task unless it runs; called again at its end, as a closing loop may cancel it too early."""
        if self._waiting and (self._writer is None or self._writer.done()):
            self._writer = asyncio.get_running_loop().create_task(self._write_waiting(), name="batch journal")
            self._writer.add_done_callback(self._begin_to_write)

    async def _write_waiting(self) -> None:
        while self._waiting:
            if self._had_several:
                await asyncio.sleep(_GATHER_SECONDS)
            batch, self._waiting = self._waiting, []
            self._had_several = len(batch) > 1
            try:
                await self._run(_write_all, [write for write, _ in batch])
            except Exception as error:  # noqa: BLE001 - passed on to each waiting call
                outcome: Exception | None = error
            except asyncio.CancelledError:
                self._waiting[:0] = batch  # the writes are idempotent
                raise
            else:
                outcome = None
            for _, written in batch:
                if not written.done():  # its unit was cancelled
                    written.set_result(None) if outcome is None else written.set_exception(outcome)

    async def _run(self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `work(connection, *args)`, called in a transaction as soon as one can be begun and ended."""
        wait, me = _FIRST_WAIT, object()
        try:
            while True:
                try:
                    result = await self._database.run(work, *args, **kwargs)
                    break
                except sqlite3.Error as error:
                    self._report_block(error)
                self._blocked.add(me)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._given_up.wait()
                wait = min(_LONGEST_WAIT, wait * 2)
        finally:
            was_blocked = me in self._blocked
            self._blocked.discard(me)
        if was_blocked and not self._blocked and self.on_blocked is not None:
            self.on_blocked(None)
        return result

    def _report_block(self, error: sqlite3.Error) -> None:
        """Reports why the journal is blocked; raises `ConfigurationError` where waiting does not help, or is not wanted."""
        match disk_problem(error):
            case DiskProblem.FULL:
                block = text("journal_disk_full", path=self.path)
            case DiskProblem.BUSY:
                block = text("journal_held", path=self.path)
            case _:
                raise journal_error(self.path, error) from error
        if self.on_blocked is None or self._given_up.is_set():
            raise ConfigurationError(block) from error
        self.on_blocked(block)


def _in_use(path: Path) -> ConfigurationError:
    command = shlex.join(["aizoomdoc", "batch", "cancel", str(path)])
    return ConfigurationError(text("journal_in_use", path=path, command=command))


def _store_claim(db: sqlite3.Connection, own: JobProcess) -> bool:
    """Stores which process runs the job; False, and nothing stored, where another one does."""
    before = JobProcess.of(partial(fact_of, db))
    if before is not None and before.has_job(own.lock):
        return False
    set_facts(db, own.facts)
    return True


def _remove_claim(db: sqlite3.Connection, own: JobProcess) -> None:
    """Stores that no process runs the job, unless another one does."""
    if JobProcess.of(partial(fact_of, db)) == own:
        set_facts(db, NO_PROCESS)


def void(_: object) -> None:
    """Discards the result of a statement."""


def _write_all(db: sqlite3.Connection, writes: list[_Write]) -> None:
    for write in writes:
        write(db)
