"""Reports downloads to hooks, as requests: how each ended, and how many bytes were received."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from urllib.parse import urlsplit

import attrs

from ..hooks import scope
from ..hooks.request_watch import RequestWatch
from ..transport.base import Download


@contextlib.asynccontextmanager
async def watch_download(url: str, opening: Awaitable[Download]) -> AsyncGenerator[Download]:
    """The download that `opening` returns, closed at the end of the block, and reported to hooks where there are any."""
    listener = scope.current()
    if listener is None:
        async with _closed_after(opening) as download:
            yield download
        return
    place = urlsplit(url)
    with RequestWatch(listener.notifier, "GET", place.path, server_url=f"{place.scheme}://{place.netloc}") as watch:
        async with _closed_after(opening) as download:
            counted = CountedDownload(download)
            try:
                yield counted
            finally:
                watch.bytes_received = counted.size
        watch.succeeded()


@contextlib.asynccontextmanager
async def _closed_after(opening: Awaitable[Download]) -> AsyncGenerator[Download]:
    download = await opening
    try:
        yield download
    finally:
        await download.close()


@attrs.define
class CountedDownload:
    """A download whose received bytes are counted in `size`."""

    _download: Download
    size: int = attrs.field(default=0, init=False)

    @property
    def location(self) -> str | None:
        """See `Download.location`."""
        return self._download.location

    async def chunks(self) -> AsyncIterator[bytes]:
        """See `Download.chunks`."""
        async for chunk in self._download.chunks():
            self.size += len(chunk)
            yield chunk

    async def close(self) -> None:
        """See `Download.close`."""
        await self._download.close()
