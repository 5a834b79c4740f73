"""One reader process: started, limited in time, replaced when it ended."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from aizoomdoc_client.local.indexing.document_source import DocumentSource
from aizoomdoc_client.local.indexing.reader_limits import ReaderLimits
from aizoomdoc_client.local.indexing.reader_messages import DocumentRead
from aizoomdoc_client.local.indexing.reader_process import ReaderProcess

MANY_PASSAGES = "\n\n".join(f"Щит {number}: питается от ВРУ-1, стоит в электрощитовой." for number in range(30_000))


@pytest.fixture
async def process() -> AsyncIterator[ReaderProcess]:
    process = ReaderProcess(ReaderLimits(seconds=60))
    yield process
    await process.close()


@pytest.fixture
def source(tmp_path: Path) -> Callable[[str], DocumentSource]:
    def make(text: str) -> DocumentSource:
        path = tmp_path / "a.txt"
        path.write_text(text, encoding="utf-8")
        return DocumentSource(key="a", name="a.txt", path=path, version="1")

    return make


Made = Callable[[str], DocumentSource]


async def read(process: ReaderProcess, source: DocumentSource) -> object:
    await process.open(source)
    return [message async for message in process.read()][-1]


async def test_a_process_that_was_killed_while_idle_is_replaced(process: ReaderProcess, source: Made) -> None:
    """The next document is not blamed for it."""
    await read(process, source("Щит"))
    first = running(process)
    os.kill(first.pid, signal.SIGKILL)

    assert isinstance(await read(process, source("Щит ВРУ-1")), DocumentRead)
    assert first.pid != running(process).pid


async def test_a_process_is_replaced_after_a_number_of_documents(
    process: ReaderProcess, source: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a library does not give back goes with it."""
    monkeypatch.setattr("aizoomdoc_client.local.indexing.reader_process._DOCUMENTS_OF_ONE_PROCESS", 2)
    pids = []
    for _ in range(3):
        await read(process, source("Щит"))
        pids.append(running(process).pid)

    assert pids[0] == pids[1] != pids[2]


async def test_a_module_in_the_working_directory_is_not_run(
    process: ReaderProcess, source: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People start the server in the folder of their documents, which others may write to."""
    (tmp_path / "queue.py").write_text("raise SystemExit('run from the working directory')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    assert isinstance(await read(process, source("Щит")), DocumentRead)


async def test_the_time_that_the_server_takes_is_not_the_documents(
    process: ReaderProcess, source: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour goes by between two messages, as when other documents are stored first."""
    await process.open(source(MANY_PASSAGES))
    hours = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: hours * 3600)
    messages = list[object]()
    async for message in process.read():
        hours += 1
        messages.append(message)

    assert len(messages) > 3
    assert isinstance(messages[-1], DocumentRead)


async def test_closing_does_not_wait_for_what_nobody_takes(process: ReaderProcess, source: Made) -> None:
    """The process has sent more than the buffers hold."""
    await process.open(source(MANY_PASSAGES))
    messages = process.read()
    await anext(messages)
    stream = running(process).stdout
    assert stream is not None
    while not stream._paused:  # type: ignore[attr-defined] # noqa: ASYNC110 (the buffer is full)
        await asyncio.sleep(0)

    await messages.aclose()
    await process.close()


def running(process: ReaderProcess) -> asyncio.subprocess.Process:
    running = process._process
    assert running is not None
    return running
