"""The files of a job on the server: few are sent at a time, and what the journal writes holds up none of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from aizoomdoc_client.batch.executor import OnEvent, Work
from aizoomdoc_client.batch.journal import Journal, StoredFile
from aizoomdoc_client.batch.steps import Failure, Fault, Observation
from aizoomdoc_client.batch.task import BatchDocument, BatchQuestion, BatchTask
from aizoomdoc_client.batch.unit import BatchUnit
from aizoomdoc_client.batch.uploads import COPY_SECONDS, UPLOADS_AT_ONCE, FileUploads
from aizoomdoc_client.catalog import text


class Sender:
    """Tells of each file that it begins to send, and ends when told to."""

    def __init__(self) -> None:
        self.sent = 0
        self.began = asyncio.Semaphore(0)
        self.may_end = asyncio.Semaphore(0)

    async def perform(self, work: Work, on_event: OnEvent) -> Observation:
        raise NotImplementedError

    async def upload(self, path: Path) -> StoredFile | Failure:
        self.began.release()
        await self.may_end.acquire()
        self.sent += 1
        return StoredFile(is_copy=True, fields={"name": path.name}, uploaded_at=100.0)

    async def close(self) -> None: ...


def unit(folder: Path, number: int) -> BatchUnit:
    path = folder / f"{number}.pdf"
    path.write_bytes(content := f"plan {number}".encode())
    task = BatchTask(document=BatchDocument(name=path.name, path=path), question=BatchQuestion(text="?"))
    return BatchUnit.of(task, sha256(content).hexdigest())


async def test_a_file_that_was_sent_makes_room_before_the_journal_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next is sent while the disk still writes that the one before arrived."""
    journal, sender, held = await Journal.open(tmp_path / "run.sqlite"), Sender(), asyncio.Event()
    uploads, uploaded = FileUploads(journal, sender), journal.uploaded

    async def slow(digest: str, file: StoredFile) -> None:
        await held.wait()
        await uploaded(digest, file)

    monkeypatch.setattr(journal, "uploaded", slow)
    tasks = [asyncio.create_task(uploads.file(unit(tmp_path, number))) for number in range(UPLOADS_AT_ONCE + 1)]
    for _ in range(UPLOADS_AT_ONCE):
        await sender.began.acquire()
    is_room_left = not sender.began.locked()
    sender.may_end.release()
    async with asyncio.timeout(10):
        await sender.began.acquire()
    sent = sender.sent
    held.set()
    for _ in range(UPLOADS_AT_ONCE):
        sender.may_end.release()
    stored = await asyncio.gather(*tasks)
    await journal.close()

    assert (False, 1) == (is_room_left, sent)
    assert all(isinstance(each, StoredFile) for each in stored)


async def test_a_file_that_is_known_is_taken_until_the_server_forgets_it(tmp_path: Path) -> None:
    """Then it is sent again, also where a step before it had it."""
    journal, sender, now = await Journal.open(tmp_path / "run.sqlite"), Sender(), [100.0]
    uploads, one = FileUploads(journal, sender, lambda: now[0]), unit(tmp_path, 1)
    sender.may_end.release()
    known = await uploads.file(one)
    assert isinstance(known, StoredFile)
    again = await uploads.file(one, known)
    now[0] += COPY_SECONDS + 1
    forgotten = await uploads.stored(one, known)
    sender.may_end.release()
    await uploads.file(one, known)
    await journal.close()

    assert again is known
    assert forgotten is None
    assert sender.sent == 2


async def test_a_copy_of_the_future_is_not_trusted(tmp_path: Path) -> None:
    """A clock was ahead when it was made: its age is unknown, and the server may have deleted it."""
    journal, now = await Journal.open(tmp_path / "run.sqlite"), [100.0]
    uploads, one = FileUploads(journal, Sender(), lambda: now[0]), unit(tmp_path, 1)
    copy = StoredFile(is_copy=True, fields={}, uploaded_at=100.0)
    await journal.uploaded(one.digest, copy)
    trusted = await uploads.stored(one)
    now[0] = 99.0
    doubted = await uploads.stored(one)
    await journal.close()

    assert (copy, None) == (trusted, doubted)


async def test_only_the_file_that_was_found_to_be_missing_is_forgotten(tmp_path: Path) -> None:
    """Of several questions that find it missing, the later ones do not undo the upload for the first."""
    journal, one = await Journal.open(tmp_path / "run.sqlite"), unit(tmp_path, 1)
    uploads = FileUploads(journal, Sender())
    old, new = (StoredFile(is_copy=False, fields={"id": name}, uploaded_at=100.0) for name in ("old", "new"))
    await journal.uploaded(one.digest, old)
    await uploads.forget(one, old)
    after_the_first = await uploads.stored(one), uploads.missing(one)
    await journal.uploaded(one.digest, new)
    await uploads.forget(one, old)
    after_the_second = await uploads.stored(one)
    await journal.close()

    assert ((None, one.digest), new) == (after_the_first, after_the_second)


class Reader(Sender):
    """Reads each file and says why it cannot be; with `changes` it is another one after that."""

    def __init__(self, *, changes: Callable[[Path], object] = lambda _: None) -> None:
        super().__init__()
        self.changes = changes

    async def upload(self, path: Path) -> StoredFile | Failure:
        if not await asyncio.to_thread(path.exists):
            return Failure(Fault.FINAL, text("file_unreadable", path=path, reason="no such file"), "ConfigurationError")
        self.changes(path)
        return StoredFile(is_copy=True, fields={"name": path.name}, uploaded_at=100.0)


@pytest.mark.parametrize("when", ["before", "meanwhile"])
@pytest.mark.parametrize(
    ("removed", "fault", "code"),
    [
        (lambda path: path.unlink(), Fault.FINAL, None),
        (lambda path: [each.unlink() for each in path.parent.iterdir()], Fault.SERVER, "folder_away"),
        (lambda path: path.parent.rename(path.parent.with_name("away")), Fault.SERVER, "folder_away"),
    ],
    ids=["file", "all files", "folder"],
)
async def test_a_folder_that_is_away_is_no_fault_of_its_files(
    tmp_path: Path, when: str, removed: Callable[[Path], object], fault: Fault, code: str | None
) -> None:
    """A share or a drive may be disconnected; one file that is gone, beside others, was removed."""
    folder = tmp_path / "plans"
    folder.mkdir()
    one, _ = unit(folder, 1), unit(folder, 2)
    assert one.document.path is not None
    if when == "before":
        removed(one.document.path)
    reader = Reader(changes=removed) if when == "meanwhile" else Reader()
    journal = await Journal.open(tmp_path / "run.sqlite")
    failure = await FileUploads(journal, reader).file(one)
    await journal.close()

    assert isinstance(failure, Failure)
    assert (fault, code or failure.problem.code) == (failure.fault, failure.problem.code)
