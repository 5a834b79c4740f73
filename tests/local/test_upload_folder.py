"""The bytes of uploads: under a temporary name until all are there, and gone where they are given up."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

import pytest

from aizoomdoc_client.local import upload_folder
from aizoomdoc_client.local.upload_folder import UploadFolder


async def nothing() -> AsyncIterator[bytes]:
    for chunk in list[bytes]():
        yield chunk


async def test_an_upload_given_up_while_its_file_is_made_leaves_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that makes it goes on, and what it made is closed."""
    begun, goes_on, made = asyncio.Event(), threading.Event(), list[BinaryIO]()
    loop, make = asyncio.get_running_loop(), upload_folder.new_private

    def slowly_made(path: Path) -> BinaryIO:
        loop.call_soon_threadsafe(begun.set)
        goes_on.wait()
        made.append(make(path))
        return made[0]

    monkeypatch.setattr(upload_folder, "new_private", slowly_made)
    folder = UploadFolder(tmp_path / "files")
    await folder.open()
    receiving = asyncio.create_task(folder.receive(nothing(), 10))
    await begun.wait()
    receiving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await receiving
    goes_on.set()
    await folder.close()

    assert ([True], []) == ([file.closed for file in made], list((tmp_path / "files").iterdir()))
