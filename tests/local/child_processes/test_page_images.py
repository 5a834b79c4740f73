"""Pictures of pages: what one costs the server that asks for it."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from aizoomdoc_client.local.child_processes import page_images
from aizoomdoc_client.local.child_processes.page_images import PageImageError, PageImages
from aizoomdoc_client.local.child_processes.starting import start_child
from tests.local.hostile_files import nested_forms

ENDLESS = """
import sys
def main():
    while True:
        sys.stdout.buffer.write(bytes(2**20))
"""


@pytest.fixture
def endless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What draws never stops writing."""
    (tmp_path / "endless_worker.py").write_text(ENDLESS, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(page_images, "_WORKER", "endless_worker")


@pytest.mark.skipif(sys.platform == "win32", reason="a process is not killed by a signal there")
async def test_drawing_ends_with_the_server(tmp_path: Path) -> None:
    """What the system closes of a server that was killed is enough: nothing draws on by itself."""
    path = tmp_path / "forms.pdf"
    path.write_bytes(nested_forms())
    process = await start_child(page_images._WORKER, str(2**30), str(path), "1", "1200")
    assert process.stdin is not None
    process.stdin.close()
    async with asyncio.timeout(30):
        await process.communicate()

    assert -signal.SIGKILL == process.returncode


async def test_a_picture_without_end_is_given_up(endless: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its process is gone when the caller hears of it, and its slot is free again."""
    monkeypatch.setattr(page_images, "_MOST_BYTES", 1_000_000)
    images = PageImages()
    async with asyncio.timeout(60):
        for number in range(1, 4):  # more than there are slots
            with pytest.raises(PageImageError, match="cannot be drawn"):
                await images.png("1", tmp_path, number, 1200)


async def test_a_request_that_is_cancelled_frees_its_slot(endless: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where more was written than is read ahead, as where a browser goes to another page while a picture arrives."""
    waiting: asyncio.Queue[asyncio.subprocess.Process] = asyncio.Queue()

    async def read_ahead(process: asyncio.subprocess.Process) -> bytes:
        assert process.stdout is not None
        while not process.stdout._paused:  # type: ignore[attr-defined] # noqa: ASYNC110 (the buffer is full)
            await asyncio.sleep(0)
        waiting.put_nowait(process)
        await asyncio.Event().wait()
        return b""

    monkeypatch.setattr(page_images, "_read_output", read_ahead)
    images = PageImages()
    for number in range(1, 4):  # more than there are slots
        request = asyncio.create_task(images.png("1", tmp_path, number, 1200))
        process = await waiting.get()
        request.cancel()
        ended, _ = await asyncio.wait([request], timeout=30)

        assert ended, "the request waits for what nobody reads"
        assert request.cancelled()
        assert process.returncode is not None


async def test_pictures_are_kept_up_to_a_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last ones that fit together; one that is larger alone is drawn each time and drives out no other."""
    drawn = list[int]()

    async def draw(_path: Path, number: int, width: int) -> bytes:
        drawn.append(number)
        return bytes(width)

    monkeypatch.setattr(page_images, "_draw", draw)
    monkeypatch.setattr(page_images, "_MOST_KEPT_BYTES", 250)
    images = PageImages()
    for number in (1, 2, 1, 3, 1, 2):  # the third drives out the second, which was asked for longer ago than the first
        assert 100 == len(await images.png("1", tmp_path, number, 100))
    assert [1, 2, 3, 2] == drawn

    drawn.clear()
    for number, width in ((9, 251), (9, 251), (1, 100), (2, 100)):
        assert width == len(await images.png("1", tmp_path, number, width))
    assert [9, 9] == drawn
