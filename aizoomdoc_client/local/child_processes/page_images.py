"""Pages of PDFs and of image files as pictures, each drawn in a process of its own."""

from __future__ import annotations

import asyncio
import os
from asyncio.subprocess import Process
from collections import OrderedDict
from pathlib import Path

from .page_image_worker import NO_DOCUMENT, NO_SUCH_PAGE, TOO_LARGE
from .starting import end_child, start_child

_WORKER = f"{__package__}.page_image_worker"
_MEMORY_BYTES = 1024 * 1024 * 1024  # of a process's address space
_SECONDS = 10.0  # for drawing a page
_AT_ONCE = 2
_MOST_KEPT = 32  # pictures
_MOST_KEPT_BYTES = 64 * 1024 * 1024
_MOST_BYTES = 64 * 1024 * 1024
"""More than a picture of 16 million pixels takes; scans take the most, about three bytes a pixel."""


class PageImageError(Exception):
    """There is no picture: with `is_missing` there is no such page, else the page cannot be drawn, or not in time."""

    def __init__(self, message: str, *, is_missing: bool = False) -> None:
        super().__init__(message)
        self.is_missing = is_missing


class PageImages:
    """Draws pages, at most two at once, each for at most 10 seconds; keeps the last 32 pictures, of 64 MiB together."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._kept: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()
        self._kept_bytes = 0

    async def png(self, version: str, path: Path, number: int, width: int) -> bytes:
        """The page as a PNG; `version` changes with the document. Raises `PageImageError`."""
        key = (version, number, width)
        picture = self._kept.get(key)
        if picture is None:
            async with self._slots:
                picture = await _draw(path, number, width)
        self._keep(key, picture)
        return picture

    def _keep(self, key: tuple[str, int, int], picture: bytes) -> None:
        self._kept_bytes -= len(self._kept.pop(key, b""))
        if len(picture) > _MOST_KEPT_BYTES:
            return
        self._kept[key] = picture
        self._kept_bytes += len(picture)
        while len(self._kept) > _MOST_KEPT or self._kept_bytes > _MOST_KEPT_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= len(oldest)


async def _draw(path: Path, number: int, width: int) -> bytes:
    process = await start_child(_WORKER, str(_MEMORY_BYTES), os.fsencode(path), str(number), str(width))
    try:
        async with asyncio.timeout(_SECONDS):
            picture = await _read_output(process)
            await process.wait()
    except TimeoutError:
        raise PageImageError("The page takes too long to draw") from None
    finally:
        await end_child(process)
    if process.returncode == NO_SUCH_PAGE:
        raise PageImageError(f"There is no page {number}", is_missing=True)
    if process.returncode == NO_DOCUMENT:
        raise PageImageError("The document is no PDF and no image that can be opened")
    if process.returncode == TOO_LARGE:
        raise PageImageError("The image has too many pixels: it cannot be drawn")
    if process.returncode:
        raise PageImageError("The page cannot be drawn")
    return picture


async def _read_output(process: Process) -> bytes:
    """The output of the process. Raises `PageImageError` where it is larger than any picture."""
    assert process.stdout is not None
    try:
        await process.stdout.readexactly(_MOST_BYTES + 1)
    except asyncio.IncompleteReadError as ended:
        return ended.partial
    raise PageImageError("The page cannot be drawn")
