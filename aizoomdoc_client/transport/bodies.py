"""Request bodies for aiohttp that know whether any of them left this machine."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, BinaryIO

import aiohttp
import anyio.to_thread
from aiohttp.abc import AbstractStreamWriter

from ..exceptions import ConfigurationError
from ..protocol import codec
from ..protocol.requests import Request
from .uploads import Upload

BLOCK = 512 * 1024
"""Bytes of a file read and written at once: memory stays constant for a file of any size."""


class Body:
    """The body of one attempt; once `sent`, nobody can say whether the server processed the request."""

    def __init__(self, request: Request[Any], upload: Upload | None = None) -> None:
        self._request, self._upload = request, upload
        # A request without a body is sent as soon as there is a connection.
        self.sent: bool = upload is None and request.body is None
        # What the source or a progress callback raised: aiohttp would show it as a broken connection.
        self.failure: Exception | None = None

    def payload(self) -> aiohttp.Payload | None:
        """What aiohttp sends; None for a request without a body."""
        if self._upload is not None:
            return _Observed(_multipart(self._upload), self)
        if self._request.body is None:
            return None
        content = codec.encode(self._request.body)
        return _Observed(aiohttp.BytesPayload(content, content_type="application/json"), self)


class _Observed(aiohttp.Payload):
    """A payload that notes when its first byte is written."""

    def __init__(self, inner: aiohttp.Payload, body: Body) -> None:
        super().__init__(inner, headers=inner.headers, content_type=inner.content_type)
        self._inner, self._body = inner, body
        self._size = inner.size

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Writes all of it."""
        await self._observed(self._inner.write(writer))

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        """Writes as much of it as the length allows."""
        await self._observed(self._inner.write_with_length(writer, content_length))

    async def _observed(self, writing: Awaitable[None]) -> None:
        self._body.sent = True
        try:
            await writing
        except (OSError, aiohttp.ClientError):
            raise  # the connection's end: the library knows best
        except Exception as error:
            self._body.failure = error
            raise

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """The body as text, where it is held whole."""
        return self._inner.decode(encoding, errors)

    async def close(self) -> None:
        """Frees what the body holds."""
        await self._inner.close()


def _multipart(upload: Upload) -> aiohttp.MultipartWriter:
    writer = aiohttp.MultipartWriter("form-data")
    part = writer.append_payload(_Blocks(upload.open(), upload))
    # Raw UTF-8: a server stores a percent-encoded name as it stands.
    part.set_content_disposition("form-data", quote_fields=False, name="file", filename=upload.filename)
    return writer


class _Blocks(aiohttp.Payload):
    """A file as a sized payload: its length is sent ahead, and another attempt gets a payload of its own."""

    def __init__(self, file: BinaryIO, upload: Upload) -> None:
        super().__init__(file, content_type=upload.content_type)
        self._file, self._upload = file, upload
        self._size = upload.size

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Writes the file's blocks, each read in a worker thread."""
        upload, sent = self._upload, 0
        while block := await anyio.to_thread.run_sync(self._file.read, _next_block(upload.size, sent)):
            await writer.write(block)
            sent += len(block)
            if upload.progress is not None:
                upload.progress(sent, upload.size)
        if upload.size is not None and sent < upload.size:
            raise ConfigurationError(f"{upload.filename} became shorter while it was sent: {sent} of {upload.size} bytes")

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:  # noqa: ARG002 - the base class's signature
        """Refused: the body is never held whole."""
        raise TypeError(f"{self._upload.filename} is sent in blocks")

    def _close(self) -> None:
        self._upload.finish(self._file)


def _next_block(size: int | None, sent: int) -> int:
    """How much to read: never beyond the size that was announced, even if the file grows."""
    return BLOCK if size is None else min(BLOCK, size - sent)
