"""The index that `ask --local` keeps, used by several processes at once."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from aizoomdoc_client.cli import local_questions
from aizoomdoc_client.filesystem import locks
from aizoomdoc_client.filesystem.locks import exclusive
from aizoomdoc_client.local.database import Database
from aizoomdoc_client.local.searching import fts_index

DOCUMENTS = 20
ASKING = """
import asyncio, sys
from pathlib import Path
from tests.cli.test_local_questions import ask_in_steps

asyncio.run(ask_in_steps(Path(sys.argv[1])))
"""


async def put(index: Database, prefix: str) -> list[str]:
    """Reads documents into the index; returns all that it has."""
    for number in range(DOCUMENTS):
        document = fts_index.IndexedDocument(key=f"{prefix}{number}", version="1", name=prefix)
        passage = fts_index.IndexedPassage(page=1, heading="", text=prefix * 1000, heading_terms="", body_terms=prefix)
        await index.run(fts_index.put_document, document, [passage])
    return await index.run(fts_index.document_keys, "")


async def ask_in_steps(path: Path) -> None:
    """Reads, waits for a line, reads on, tells how many documents there are, and closes the index at the next line."""
    index = Database(path, fts_index.MIGRATIONS, durable=False)
    await index.open()
    for prefix in ("first", "second"):
        sys.stdout.write(f"{len(await put(index, prefix))}\n")
        sys.stdout.flush()
        sys.stdin.readline()
    await index.close()


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index in use, of which any is too large."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    found = local_questions._index_path(None)
    assert found is not None
    monkeypatch.setattr(local_questions, "_LARGEST_INDEX", 1000)
    return found


@pytest.fixture
def asking(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process, in the middle of a question."""
    command = [sys.executable, "-c", ASKING, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert f"{DOCUMENTS}\n" == process.stdout.readline()
        yield process
        process.kill()


async def test_a_question_goes_on_with_an_index_that_another_one_finds_too_large(
    path: Path, asking: subprocess.Popen[str]
) -> None:
    """It has all that it read; the new index has nothing of it, and is whole when both have ended."""
    assert asking.stdin is not None
    assert asking.stdout is not None
    found = local_questions._index_path(None)
    index = Database(path, fts_index.MIGRATIONS, durable=False)
    await index.open()
    before = await put(index, "other")
    print(file=asking.stdin, flush=True)
    count = asking.stdout.readline()
    print(file=asking.stdin, flush=True)
    code = asking.wait(20)
    after = await put(index, "more")
    await index.close()
    with closing(sqlite3.connect(path)) as db:
        state = db.execute("PRAGMA integrity_check").fetchone()[0]

    assert (path, f"{2 * DOCUMENTS}\n", 0, "ok") == (found, count, code, state)
    assert (DOCUMENTS, 2 * DOCUMENTS) == (len(before), len(after))


def test_an_index_that_another_process_deletes_is_not_deleted_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waited for that looks again: by then it may be the new one, in use."""
    path.write_bytes(bytes(2000))
    waiting, acquire = threading.Event(), locks.ProcessLock.acquire

    def acquired(lock: locks.ProcessLock, *, timeout: float) -> None:
        waiting.set()
        acquire(lock, timeout=timeout)

    with exclusive(path.with_name(f"{path.name}.lock"), timeout=0):
        monkeypatch.setattr(locks.ProcessLock, "acquire", acquired)
        other = threading.Thread(target=local_questions._delete_if_large, args=[path])
        other.start()
        assert waiting.wait(20)
        path.write_bytes(b"new")
    other.join(20)

    assert b"new" == path.read_bytes()
