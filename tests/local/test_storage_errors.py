"""A disk that is full, or that cannot be written: a small file system of its own where the system allows one, and its errors."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from aizoomdoc_client.filesystem.disk_problems import DiskProblem
from aizoomdoc_client.local import Delta, Question, upload_folder
from aizoomdoc_client.local.database import Database
from aizoomdoc_client.local.storage_errors import StorageError, storage_error, storage_problem
from tests.databases import damage, held, impatient
from tests.local.support import Reply, Serve, User, fails_to_start, final, frames, settings

__all__ = ["impatient"]

FULL = Reply(507, {"detail": "The server's disk is full"})


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder], capture_output=True, check=False)
    if mount.returncode:
        pytest.skip("no file system may be mounted here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@contextmanager
def filled(folder: Path) -> Generator[None]:
    """Not a byte is free inside of the block."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                pass
    yield
    filler.unlink()


async def test_on_a_full_disk_what_cannot_be_stored_is_507_and_later_all_works(serve: Serve, small_disk: Path) -> None:
    """Chats, messages and uploads; nothing half done is left, what needs no room works, and `/health` tells."""
    user = await serve(data_dir=small_disk / "data")
    chat = await user.chat()
    await user.say(chat, "Вопрос")
    with filled(small_disk):
        refused = [
            await user.post("/chats", {"title": "а" * 400, "description": "б" * 4000}),
            await user.post(f"/chats/{chat}/messages", {"content": "в" * 100_000}),
            await user.upload("а.txt", b"text" * 50_000),
        ]
        degraded, shown = await user.get("/health"), await user.history(chat)
    healthy = await user.get("/health")

    assert [FULL] * 3 == refused
    assert ("degraded", "The server's disk is full") == (degraded.body["status"], degraded.body["reason"])
    assert ("healthy", None) == (healthy.body["status"], healthy.body["reason"])
    assert ["Вопрос"] == [message["content"] for message in shown]
    assert 201 == (await user.post(f"/chats/{chat}/messages", {"content": "в" * 100_000})).status
    assert 201 == (await user.upload("а.txt", b"text" * 50_000)).status
    assert 1 == len(list((small_disk / "data" / "files").iterdir()))


class LongAnswer:
    """An answer of 100,000 letters."""

    model = "long"

    async def answer(self, question: Question) -> AsyncIterator[Delta]:
        del question
        yield Delta("а" * 100_000)


@pytest.mark.parametrize("transport", ["websocket", "sse"])
async def test_an_answer_that_cannot_be_stored_ends_in_an_error_event(serve: Serve, small_disk: Path, transport: str) -> None:
    """Not in `llm_final`: what was not stored was not answered."""
    user = await serve(data_dir=small_disk / "data", answerer=LongAnswer())
    chat = await user.chat()
    await user.say(chat, "Вопрос")
    with filled(small_disk):
        if transport == "sse":
            events = [(event.name, event.data) for event in await user.events(chat)]
        else:
            events = [(frame["event"], frame["data"]) for frame in (await frames(user, chat))[0]]

    assert ("error", "The server's disk is full") == (events[-1][0], events[-1][1]["message"])
    assert "llm_final" not in [name for name, _ in events]
    assert ["user"] == [message["role"] for message in await user.history(chat)]


async def test_a_document_that_finds_no_room_is_read_later(serve: Serve, small_disk: Path, projects: Path) -> None:
    """The question ends in the error event; once there is room it is answered, and the document is not taken for a broken one."""
    user = await serve(data_dir=small_disk / "data", projects_dir=projects / "alpha", readers=1)
    chat = await user.chat()
    await user.say(chat, "Где стоит насосная станция?")
    text = "Насосная станция стоит у реки.\n\n" + "слово за словом " * 20_000
    with filled(small_disk):
        (projects / "alpha" / "Длинный.txt").write_text(text, encoding="utf-8")
        refused = [[event.data.get("message") for event in await user.events(chat)][-1] for _ in range(3)]
    answer = final(await user.events(chat))

    assert ["The server's disk is full"] * 3 == refused
    assert "стоит у реки" in answer


async def test_starting_on_a_full_disk_is_a_clear_error(serve: Serve, small_disk: Path) -> None:
    """Also on data that are there; when there is room, they are there still."""
    user = await serve(data_dir=small_disk / "data")
    chat = await user.chat()
    await user.server.__aexit__(None, None, None)
    with filled(small_disk):
        await fails_to_start(settings(small_disk), "No space left on device")
        await fails_to_start(settings(small_disk, data_dir=small_disk / "other"), "No space left on device")

    assert chat in [each["id"] for each in (await (await serve(data_dir=small_disk / "data")).get("/chats")).body]


async def test_a_full_database_refuses_and_goes_on(tmp_path: Path) -> None:
    """SQLite itself says that it is full, in a statement or at the commit; the next transaction works."""
    database = Database(tmp_path / "a.sqlite3", ("CREATE TABLE texts (text TEXT)",))
    await database.open()
    pages = await database.run(lambda db: db.execute("PRAGMA page_count").fetchone()[0])
    await database.run(lambda db: db.execute(f"PRAGMA max_page_count={pages}"))
    for _ in range(2):
        with pytest.raises(StorageError, match="The server's disk is full"):
            await database.run(lambda db: db.execute("INSERT INTO texts VALUES (?)", ("a" * 100_000,)))
    await database.run(lambda db: db.execute("INSERT INTO texts VALUES ('b')"))
    stored = await database.run(lambda db: [row[0] for row in db.execute("SELECT text FROM texts")])
    await database.close()

    assert ["b"] == stored


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("size", [10, 1_000_000])
async def test_an_upload_onto_a_full_disk_is_507(user: User, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """While it is written, and at the end, when what was buffered is; the next upload works."""

    def full_file(_path: Path) -> BinaryIO:
        return Path("/dev/full").open("wb")

    with monkeypatch.context() as patch:
        patch.setattr(upload_folder, "new_private", full_file)
        refused = await user.upload("а.txt", bytes(size))

    assert (FULL, 201) == (refused, (await user.upload("а.txt", b"text")).status)


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), DiskProblem.FULL),
        (OSError(errno.EROFS, os.strerror(errno.EROFS)), DiskProblem.REFUSED),
        (OSError(errno.ENOENT, os.strerror(errno.ENOENT)), None),
        (sqlite3.OperationalError("database or disk is full"), None),
    ],
)
def test_only_what_the_disk_refused_is_told_as_that(error: OSError | sqlite3.Error, problem: DiskProblem | None) -> None:
    """By error numbers; an error of SQLite without one is an internal error."""
    found = storage_error(error)

    assert problem == (None if found is None else found.problem)


async def test_while_another_program_holds_the_database_a_post_is_503_and_may_be_sent_again(
    serve: Serve, tmp_path: Path, impatient: None
) -> None:
    """With ``Retry-After``, which says that nothing of it is stored."""
    user = await serve(data_dir=tmp_path / "data")
    with held(tmp_path / "data" / "aizoomdoc.sqlite3"):
        async with user.session.post(f"{user.server.url}/chats", json={"title": "Чат"}, headers=user.bearer) as response:
            refused = response.status, response.headers["Retry-After"], await response.json()

    assert (503, "5", {"detail": "Another program holds the server's database"}) == refused
    assert [] == (await user.get("/chats")).body


async def test_while_another_program_holds_the_database_a_websocket_is_to_come_back(
    serve: Serve, tmp_path: Path, impatient: None
) -> None:
    """Close code 1013: try again later."""
    user = await serve(data_dir=tmp_path / "data")
    chat = await user.chat()
    with held(tmp_path / "data" / "aizoomdoc.sqlite3"):
        async with user.socket(chat) as socket:
            await socket.receive()

    assert 1013 == socket.close_code


async def test_a_damaged_database_is_500_and_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The one who runs the server is told which file it is."""
    path, tables = tmp_path / "a.sqlite3", ("CREATE TABLE texts (text TEXT)",)
    database = Database(path, tables)
    await database.open()
    await database.run(lambda db: db.execute("INSERT INTO texts VALUES (?)", ("a" * 100_000,)))
    await database.close()
    damage(path)
    database = Database(path, tables)
    await database.open()
    with pytest.raises(StorageError, match="The server's database is damaged") as raised:
        await database.run(lambda db: db.execute("SELECT * FROM texts").fetchall())
    await database.close()

    assert 500 == raised.value.status
    assert f"The database {path} is damaged" in caplog.text


def test_a_folder_that_cannot_be_written_is_a_problem(tmp_path: Path) -> None:
    """And where it can be, nothing is left of the attempt."""
    (tmp_path / "file").write_text("")

    assert None is storage_problem(tmp_path)
    assert ["file"] == [path.name for path in tmp_path.iterdir()]
    assert "The server cannot write to its disk" == storage_problem(tmp_path / "file" / "none")
