"""The journal of a job: one writer, told what is wrong with its file, patient on a full disk and with other programs."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from asyncio import Queue
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import attrs
import pytest

from aizoomdoc_client.batch import journal as journal_module
from aizoomdoc_client.batch.job_process import JobProcess
from aizoomdoc_client.batch.journal import Journal, StoredFile
from aizoomdoc_client.batch.journal_file import lock_path
from aizoomdoc_client.batch.journal_reader import JournalReader
from aizoomdoc_client.batch.journal_schema import MIGRATIONS
from aizoomdoc_client.batch.progression import UnitState
from aizoomdoc_client.batch.task import BatchDocument, BatchQuestion, BatchTask
from aizoomdoc_client.batch.unit import BatchUnit
from aizoomdoc_client.catalog import LocalizedText
from aizoomdoc_client.exceptions import ConfigurationError
from aizoomdoc_client.filesystem.locks import ProcessLock
from tests.databases import held, impatient
from tests.local.test_storage_errors import filled, small_disk

__all__ = ["impatient", "small_disk"]

HOLDER = """
import asyncio, sys
from pathlib import Path
from aizoomdoc_client.batch.journal import Journal

async def hold():
    journal = await Journal.open(Path(sys.argv[1]))
    print("open", flush=True)
    await asyncio.sleep(60)

asyncio.run(hold())
"""


def rows(count: int) -> list[tuple[BatchTask, BatchUnit]]:
    tasks = [
        BatchTask(document=BatchDocument(name=f"{number}.pdf", path=Path(f"{number}.pdf")), question=BatchQuestion(text="?"))
        for number in range(count)
    ]
    return [(task, BatchUnit.of(task, f"digest{number}")) for number, task in enumerate(tasks)]


@attrs.frozen
class HeldJournal:
    """A journal, and what another program holds of it."""

    journal: Journal
    _held: ExitStack

    def listen(self) -> Queue[LocalizedText | None]:
        """What is told from now on."""
        said = Queue[LocalizedText | None]()
        self.journal.on_blocked = said.put_nowait
        return said

    def let_go(self) -> None:
        """The other program holds it no longer."""
        self._held.close()


def all_of(said: Queue[LocalizedText | None]) -> list[LocalizedText | None]:
    return [said.get_nowait() for _ in range(said.qsize())]


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    opened = await Journal.open(tmp_path / "run.sqlite")
    yield opened
    await opened.close()


@pytest.fixture
def other_process(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the journal open."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "run.sqlite")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert "open\n" == process.stdout.readline()
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


async def test_a_second_run_refuses_until_the_first_has_ended_however_it_did(
    tmp_path: Path, other_process: subprocess.Popen[str]
) -> None:
    """It names the journal; the lock of a killed process is free at once."""
    path = tmp_path / "run.sqlite"
    with pytest.raises(ConfigurationError) as raised:
        await Journal.open(path)
    assert ("journal_in_use", True) == (raised.value.code, str(path) in str(raised.value))
    with JournalReader(path) as reader:
        assert reader.is_running
        assert str(other_process.pid) == reader.fact("pid")
    other_process.send_signal(signal.SIGKILL)
    other_process.wait()
    await (await Journal.open(path)).close()


@pytest.mark.skipif(sys.platform == "win32", reason="shared locks")
async def test_one_who_reads_the_journal_keeps_no_run_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `batch status` does, which shares the lock in order to tell whether a run has it; however long that takes."""
    import fcntl

    path, asked, is_held = tmp_path / "run.sqlite", list[bool](), ProcessLock.is_held
    with lock_path(path).open("w") as reader:
        fcntl.flock(reader, fcntl.LOCK_SH)

        def held(lock: ProcessLock) -> bool:
            asked.append(is_held(lock))
            if len(asked) == 10:
                fcntl.flock(reader, fcntl.LOCK_UN)
            return asked[-1]

        monkeypatch.setattr(ProcessLock, "is_held", held)
        await (await Journal.open(path)).close()

    assert [False] * 10 == asked


async def test_those_who_read_a_journal_at_once_take_none_of_them_for_a_run(journal: Journal) -> None:
    """As `batch status` beside `batch export`; each may be asked at any moment of the others."""
    await journal.close()

    def asked() -> set[bool]:
        with JournalReader(journal.path) as reader:
            return {reader.is_running for _ in range(500)}

    answers = await asyncio.gather(*(asyncio.to_thread(asked) for _ in range(4)))

    assert [{False}] * 4 == answers


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\0" + bytes(range(256)) * 40])
async def test_another_file_is_left_alone(tmp_path: Path, content: bytes) -> None:
    """It is named in the error and not changed."""
    path = tmp_path / "run.sqlite"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError) as raised:
        await Journal.open(path)
    assert ("not_a_journal", True) == (raised.value.code, str(path) in str(raised.value))
    assert content == path.read_bytes()


async def test_a_database_of_another_program_is_no_journal(tmp_path: Path) -> None:
    """Nothing is written to it."""
    path = tmp_path / "run.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE mine (x)")
    db.close()
    content = path.read_bytes()
    with pytest.raises(ConfigurationError, match="not the journal"):
        await Journal.open(path)
    assert content == path.read_bytes()


async def test_a_journal_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    """An older program cannot know what its states mean."""
    path = tmp_path / "run.sqlite"
    await (await Journal.open(path)).close()
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version={len(MIGRATIONS) + 1}")
    db.close()
    with pytest.raises(ConfigurationError) as raised:
        await Journal.open(path)
    assert ("database_newer", True) == (raised.value.code, str(path) in str(raised.value))
    with pytest.raises(ConfigurationError, match="newer version"):
        JournalReader(path)


async def test_a_damaged_journal_is_named_and_its_lock_is_free(tmp_path: Path) -> None:
    """A page in the middle is overwritten: the journal is not opened, by writers and readers."""
    path = tmp_path / "run.sqlite"
    journal = await Journal.open(path)
    await journal.set_tasks(rows(500))
    await journal.close()
    with path.open("r+b") as file:
        file.seek(4096 * 6)
        file.write(b"\xff" * 4096 * 8)
    for _ in range(2):
        with pytest.raises(ConfigurationError) as raised:
            await Journal.open(path)
        assert ("journal_damaged", True) == (raised.value.code, str(path) in str(raised.value))
    with pytest.raises(ConfigurationError, match="damaged") as refused:
        JournalReader(path)
    assert refused.value.text.render("ru").startswith(
        f"журнал {path} повреждён; "
    )  # without the place, which SQLite says in English


async def test_the_journal_is_read_while_it_is_written(journal: Journal) -> None:
    """`batch status` sees whole transactions and holds up none."""
    tasks = rows(50)
    await journal.set_tasks(tasks)
    with JournalReader(journal.path) as reader:
        for _, unit in tasks:
            await journal.record(unit.key, UnitState(name="creating_chat", running=True, attempt=1))
        assert (50, 50) == (reader.counts().total, reader.counts().running)


def test_an_empty_file_is_a_journal_in_which_nothing_has_happened(tmp_path: Path) -> None:
    """As a run leaves it that is killed while it makes the file."""
    path = tmp_path / "run.sqlite"
    path.touch()
    with JournalReader(path) as reader:
        assert (0, [], None, None) == (reader.counts().total, [*reader.rows()], reader.fact("server"), reader.process)


async def test_a_journal_that_fails_while_it_is_read_is_named(journal: Journal) -> None:
    """No error of SQLite's comes out, which a command would report as unexpected."""
    await journal.set_tasks(rows(500))
    await journal.close()
    with pytest.raises(ConfigurationError) as raised, JournalReader(journal.path) as reader:  # noqa: PT012 - reading is what fails
        with sqlite3.connect(journal.path) as db:
            db.execute("DROP TABLE tasks")
        db.close()
        reader.counts()
    assert ("database_unusable", True) == (raised.value.code, str(journal.path) in str(raised.value))


async def test_what_many_units_write_at_a_time_is_one_transaction(journal: Journal) -> None:
    """A thousand records cost a few synchronisations of the disk, not a thousand; each returns when it is there."""
    tasks = rows(1000)
    await journal.set_tasks(tasks)
    begun = 0

    def traced(statement: str) -> None:
        nonlocal begun
        begun += statement.startswith("BEGIN")

    await journal._database.run(lambda db: db.set_trace_callback(traced))
    state = UnitState(name="creating_chat", running=True, attempt=1)
    await asyncio.gather(*(journal.record(unit.key, state) for _, unit in tasks))
    assert begun <= 3
    assert {state} == set((await journal.states()).values())


async def test_while_several_units_write_a_transaction_waits_for_more(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once two wrote at a time, a third and what is written soon after it are one transaction."""
    transactions, run = [0], journal._database.run

    def counted(*arguments: Any) -> Any:
        transactions[0] += 1
        return run(*arguments)

    monkeypatch.setattr(journal._database, "run", counted)
    await asyncio.gather(journal.set_fact("one", "1"), journal.set_fact("two", "2"))
    third = asyncio.create_task(journal.set_fact("three", "3"))
    for _ in range(5):
        await asyncio.sleep(0)
    await journal.set_fact("four", "4")

    assert third.done()
    assert transactions == [2]


async def test_a_unit_that_writes_alone_waits_for_nobody(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction of one write is followed by the next at once."""
    monkeypatch.setattr(journal_module, "_GATHER_SECONDS", 15.0)
    async with asyncio.timeout(10):
        for name in ("one", "two", "three"):
            await journal.set_fact(name, "1")

    assert await journal.fact("three") == "1"


async def test_an_uploaded_file_is_known_at_once_and_to_the_next_run(tmp_path: Path) -> None:
    """One that was only about to be uploaded is not."""
    file = StoredFile(is_copy=True, fields={"name": "copy"}, uploaded_at=1.0)
    journal = await Journal.open(tmp_path / "run.sqlite")
    await journal.uploading("begun")
    await journal.uploading("sent")
    await journal.uploaded("sent", file)
    uploaded = [journal.has_uploaded(digest) for digest in ("begun", "sent")]
    known = [await journal.stored_file(digest) for digest in ("begun", "sent")]
    await journal.close()
    journal = await Journal.open(tmp_path / "run.sqlite")
    uploaded += [journal.has_uploaded(digest) for digest in ("begun", "sent")]
    known += [await journal.stored_file(digest) for digest in ("begun", "sent")]
    await journal.close()

    assert ([None, file, None, file], [False, True, False, True]) == (known, uploaded)


async def test_a_file_is_noted_as_about_to_be_uploaded_with_the_unit_that_needs_it(journal: Journal) -> None:
    """In the same transaction; once it was uploaded, a late note of another unit leaves it as it is."""
    [(task, unit)] = rows(1)
    await journal.set_tasks([(task, unit)])
    file = StoredFile(is_copy=True, fields={"name": "copy"}, uploaded_at=1.0)
    state = UnitState(name="creating_chat", running=True, attempt=1)
    statements = list[str]()
    await journal._database.run(lambda db: db.set_trace_callback(statements.append))
    await journal.record(unit.key, state, uploading=unit.digest)
    await journal.uploading(unit.digest)
    noted = sum("INTO uploads" in statement for statement in statements)
    transactions = statements.count("COMMIT") - 1  # without the one that began the trace
    await journal.uploaded(unit.digest, file)
    await journal.record(unit.key, state, uploading=unit.digest)

    assert (1, 1) == (noted, transactions)
    assert await journal.stored_file(unit.digest) == file


async def test_on_a_full_disk_writes_wait_for_room_and_say_so(small_disk: Path) -> None:
    """The job pauses with the reason, and goes on by itself once there is room; nothing is lost."""
    journal = await Journal.open(small_disk / "run.sqlite")
    tasks = rows(100)
    await journal.set_tasks(tasks)
    said: list[LocalizedText | None] = []
    full = asyncio.Event()

    def heard(problem: LocalizedText | None) -> None:
        said.append(problem)
        full.set()

    journal.on_blocked = heard
    state = UnitState(name="creating_chat", running=True, attempt=1)
    with filled(small_disk):
        writing = asyncio.gather(*(journal.record(unit.key, state, raw_text="x" * 4000) for _, unit in tasks))
        async with asyncio.timeout(20):
            await full.wait()
        assert not writing.done()
    async with asyncio.timeout(20):
        await writing
    assert said[0] is not None
    assert ("journal_disk_full", None) == (said[0].code, said[-1])
    assert {state} == set((await journal.states()).values())
    await journal.close()


async def test_a_job_that_is_given_up_does_not_wait_for_room(small_disk: Path) -> None:
    """A second Ctrl-C ends it: the writes fail with an error that names the disk, and the journal is intact."""
    journal = await Journal.open(small_disk / "run.sqlite")
    tasks = rows(100)
    await journal.set_tasks(tasks)
    journal.on_blocked = lambda _: journal.give_up()
    with filled(small_disk):
        with pytest.raises(ConfigurationError, match="is full"):
            await journal.record(tasks[0][1].key, UnitState(name="posting", chat_id="c"), raw_text="x" * 500_000)
        await journal.close()
    again = await Journal.open(small_disk / "run.sqlite")
    assert {UnitState()} == set((await again.states()).values())
    await again.close()


@pytest.fixture
async def held_journal(tmp_path: Path, impatient: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[HeldJournal]:
    """A journal that another program holds until it is let go."""
    monkeypatch.setattr(journal_module, "_FIRST_WAIT", 0.001)
    journal = await Journal.open(tmp_path / "run.sqlite")
    with ExitStack() as stack:
        stack.enter_context(held(journal.path))
        yield HeldJournal(journal, stack)
    await journal.close()


async def test_that_a_journal_is_free_again_is_told_when_nobody_waits_any_more(held_journal: HeldJournal) -> None:
    """Once, however many waited."""
    said = held_journal.listen()
    using = asyncio.gather(*(held_journal.journal.fact(name) for name in "abc"), held_journal.journal.set_fact("a", "1"))
    async with asyncio.timeout(20):
        blocks = [await said.get() for _ in range(4)]
        held_journal.let_go()
        await using

    assert 1 == [*blocks, *all_of(said)].count(None)


async def test_where_nobody_is_told_a_journal_that_is_held_is_an_error(held_journal: HeldJournal) -> None:
    """As before the job has begun."""
    with pytest.raises(ConfigurationError, match="another program holds the journal"):
        await held_journal.journal.fact("a")


@pytest.mark.parametrize("steps", [1, 2], ids=["before it began", "in a transaction"])
async def test_what_was_given_is_written_where_all_tasks_are_cancelled(journal: Journal, steps: int) -> None:
    """As a loop that shuts down does, the journal's own task included: those who wait for a record do not wait for ever."""
    tasks = rows(2)
    await journal.set_tasks(tasks)
    state = UnitState(name="creating_chat", running=True, attempt=1)
    records = [asyncio.create_task(journal.record(unit.key, state)) for _, unit in tasks]
    for _ in range(steps):
        await asyncio.sleep(0)
    assert journal._writer is not None
    journal._writer.cancel()
    async with asyncio.timeout(10):
        await asyncio.gather(*records)

    assert {state} == set((await journal.states()).values())


RUN_ELSEWHERE = """
import asyncio, sys
from pathlib import Path
from aizoomdoc_client.batch.journal import Journal
from aizoomdoc_client.exceptions import ConfigurationError

async def refused():
    try:
        await Journal.open(Path(sys.argv[1]))
    except ConfigurationError as error:
        print(error.code)

asyncio.run(refused())
"""


def refusal_elsewhere(path: Path) -> str:
    """Why another process may not run the job."""
    return subprocess.run(
        [sys.executable, "-c", RUN_ELSEWHERE, str(path)], capture_output=True, text=True, check=True
    ).stdout.strip()


async def test_a_link_to_the_journal_of_a_run_is_refused(journal: Journal, tmp_path: Path) -> None:
    """Two runs would ask everything twice, whatever name each knows the file by; in this process and in another one."""
    link = tmp_path / "latest.sqlite"
    link.symlink_to(journal.path)
    with pytest.raises(ConfigurationError) as raised:
        await Journal.open(link)

    assert "journal_in_use" == raised.value.code == refusal_elsewhere(link)
    with JournalReader(link) as reader:
        assert reader.is_running


async def test_a_journal_that_is_renamed_has_no_second_run_under_its_new_name(journal: Journal, tmp_path: Path) -> None:
    """As long as the process of the first one lives, which may be about to write."""
    renamed = journal.path.rename(tmp_path / "other.sqlite")

    assert "journal_in_use" == refusal_elsewhere(renamed)


async def test_a_journal_that_was_renamed_takes_no_more_and_says_why(journal: Journal, tmp_path: Path) -> None:
    """What was stored before is in the file of the new name."""
    await journal.set_tasks(rows(3))
    renamed = journal.path.rename(tmp_path / "other.sqlite")
    with pytest.raises(ConfigurationError, match="it was moved or deleted while it was in use"):
        await journal.set_fact("more", "yes")
    await journal.close()

    with JournalReader(renamed) as reader:
        assert 3 == reader.counts().total


async def test_a_deleted_lock_file_lets_no_other_run_in(journal: Journal) -> None:
    """People delete an empty file that stays beside a journal; once the job is closed, any process may go on."""
    lock_path(journal.path).unlink()
    with pytest.raises(ConfigurationError, match="in use by another run"):
        await Journal.open(journal.path)
    while_running = refusal_elsewhere(journal.path)
    with JournalReader(journal.path) as reader:
        is_running = reader.is_running
    await journal.close()

    assert ("journal_in_use", True, "") == (while_running, is_running, refusal_elsewhere(journal.path))


async def test_a_job_that_is_cancelled_while_it_begins_keeps_no_other_process_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even where its journal says already which process runs it, and that process, as a backend, goes on."""
    path, loop, claimed = tmp_path / "run.sqlite", asyncio.get_running_loop(), journal_module._store_claim
    opening = asyncio.ensure_future(Journal.open(path))

    def claimed_and_cancelled(db: sqlite3.Connection, own: JobProcess) -> bool:
        loop.call_soon_threadsafe(opening.cancel)  # seen by the loop before the end of the transaction
        return claimed(db, own)

    monkeypatch.setattr(journal_module, "_store_claim", claimed_and_cancelled)
    with pytest.raises(asyncio.CancelledError):
        await opening

    assert "" == refusal_elsewhere(path)


async def test_a_journal_is_free_when_its_job_has_ended_however_full_the_disk_is(small_disk: Path) -> None:
    """That no process runs it could not be written; the process, as a notebook, goes on and must not be told to stop."""
    journal = await Journal.open(small_disk / "run.sqlite")
    with filled(small_disk):
        with pytest.raises(ConfigurationError, match="is full"):  # noqa: PT012 - until nothing fits into the log
            while True:
                await journal.set_tasks(rows(100))
        await journal.close()
    with JournalReader(journal.path) as reader:
        noted, process = reader.fact("pid"), reader.process

    assert (str(os.getpid()), None, "") == (noted, process, refusal_elsewhere(journal.path))


async def test_a_journal_with_hard_links_is_refused(journal: Journal, tmp_path: Path) -> None:
    """SQLite would not see there what a run under the other name has written last."""
    await journal.close()
    (tmp_path / "copy.sqlite").hardlink_to(journal.path)
    with pytest.raises(ConfigurationError, match="hard links") as raised:
        await Journal.open(journal.path)

    assert "journal_has_links" == raised.value.code


async def test_a_folder_is_no_journal(tmp_path: Path) -> None:
    """Its entries are no other names of it."""
    with pytest.raises(ConfigurationError) as raised:
        await Journal.open(tmp_path)

    assert "not_a_journal" == raised.value.code


async def test_a_symbolic_link_that_leads_to_itself_is_no_journal(tmp_path: Path) -> None:
    """It is named, as any other file that cannot be opened."""
    path = tmp_path / "run.sqlite"
    path.symlink_to(path)
    with pytest.raises(ConfigurationError) as raised:
        await Journal.open(path)

    assert f"The database {path} cannot be used: Too many levels of symbolic links" == str(raised.value)


@pytest.mark.parametrize("by_link", [False, True])
async def test_a_journal_is_read_where_nothing_can_be_written(small_disk: Path, tmp_path: Path, by_link: bool) -> None:
    """On a read-only mount SQLite cannot make the files beside it, and no lock can be made; a link to it may be elsewhere."""
    journal = await Journal.open(small_disk / "run.sqlite")
    await journal.set_tasks(rows(3))
    await journal.close()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)  # noqa: ASYNC221 - nothing else runs
    link = tmp_path / "latest.sqlite"
    link.symlink_to(journal.path)
    with JournalReader(link if by_link else journal.path) as reader:
        assert (3, False) == (reader.counts().total, reader.is_running)


async def test_why_no_journal_can_be_made_is_said_in_either_language(tmp_path: Path) -> None:
    """The system's own words are English."""
    with pytest.raises(ConfigurationError) as raised:
        await Journal.open(tmp_path / ("n" * 300))

    assert "слишком длинное" in raised.value.text.render("ru")
