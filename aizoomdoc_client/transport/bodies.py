"""Request bodies that record whether any of their bytes were sent, and reading of response bodies within limits."""

from __future__ import annotations

import asyncio
from codecs import BOM_UTF8
from collections.abc import Awaitable
from typing import Any

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import StreamWriter

from ..catalog import text
from ..exceptions import ProtocolError
from ..protocol import codec
from ..protocol.requests import Request
from .uploads import BLOCK, Upload

MAX_BODY = 256 * 1024 * 1024
"""The maximum size of a response body in bytes, after decompression."""
MAX_COMPRESSION_RATIO = 64
"""The maximum ratio of a body's size to its compressed size; that of JSON is about 10. Not checked up to `UNCHECKED_SIZE`."""
UNCHECKED_SIZE = 8 * 1024 * 1024
"""Size in bytes up to which the compression ratio is not checked."""
MAX_ERROR_BODY = 1024 * 1024
"""How many bytes of an error response are read at most; a proxy's error page has a few hundred."""
ALWAYS_ACCEPTED = 1024 * 1024
"""Size of a request's body in bytes that all servers and proxies accept; to a larger one some close the connection without a
response."""


async def read_body(response: aiohttp.ClientResponse, path: str) -> bytes:
    """The whole body; raises `ProtocolError` if it exceeds `MAX_BODY` or `MAX_COMPRESSION_RATIO`."""
    content, size = response.content, 0
    pieces: list[bytes] = []
    while not content.at_eof():
        piece = await content.readany()
        pieces.append(piece)
        size += len(piece)
        if size > UNCHECKED_SIZE and size > (limit := _max_size(content.total_raw_bytes)):
            response.close()
            too_large = text("response_too_large", limit=limit, received=content.total_raw_bytes)
            raise ProtocolError(too_large, method=response.method, path=path)
    return b"".join(pieces).removeprefix(BOM_UTF8)


async def read_error_body(response: aiohttp.ClientResponse) -> bytes:
    """The body of an error response, cut off soon after `MAX_ERROR_BODY` bytes."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_ERROR_BODY:
            response.close()
            break
    return bytes(body).removeprefix(BOM_UTF8)


def _max_size(received: int) -> int:
    """The maximum size of a body after `received` bytes, before decompression."""
    return min(MAX_BODY, max(UNCHECKED_SIZE, MAX_COMPRESSION_RATIO * received))


class Body:
    """The body of one attempt; once `sent` is True, it is unknown whether the server has processed the request."""

    def __init__(self, request: Request[Any], upload: Upload | None = None) -> None:
        self._request, self._upload = request, upload
        # A request without a body is sent together with its headers, so it counts as sent from the start.
        self.sent: bool = upload is None and request.body is None
        # The exception of the source or the progress callback, which aiohttp would raise as a connection error.
        self.failure: Exception | None = None
        self.is_whole: bool = False

    @property
    def large_unfinished_upload(self) -> Upload | None:
        """The upload, if it is being sent and so large that its size may be the reason for a closed connection; else None."""
        upload = self._upload
        if upload is None or not self.sent or self.is_whole or max(upload.size or 0, upload.sent) <= ALWAYS_ACCEPTED:
            return None
        return upload

    def payload(self) -> aiohttp.Payload | None:
        """The body for aiohttp; None for a request without one."""
        if self._upload is not None:
            return _TrackedPayload(_multipart(self._upload), self)
        if self._request.body is None:
            return None
        content = codec.encode(self._request.body)
        return _TrackedPayload(aiohttp.BytesPayload(content, content_type="application/json"), self)


class _TrackedPayload(aiohttp.Payload):
    """A payload that records in `body` when it is written."""

    def __init__(self, inner: aiohttp.Payload, body: Body) -> None:
        super().__init__(inner, headers=inner.headers, content_type=inner.content_type)
        self._inner, self._body = inner, body
        self._size = inner.size

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Writes the whole payload."""
        await self._track(writer, self._inner.write(writer))

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        """Writes the payload, up to `content_length` bytes."""
        await self._track(writer, self._inner.write_with_length(writer, content_length))

    async def _track(self, writer: AbstractStreamWriter, writing: Awaitable[None]) -> None:
        """Awaits `writing`, and records in `body` how far it came and why it failed."""
        # On a connection that is closed already the first write fails, that of the headers with the first bytes of the body.
        self._body.sent = not _is_closed(writer)
        try:
            await writing
        except (OSError, aiohttp.ClientError):
            raise  # an error of the connection, which aiohttp handles
        except Exception as error:
            self._body.failure = error
            raise
        self._body.is_whole = True

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """The payload as text."""
        return self._inner.decode(encoding, errors)

    async def close(self) -> None:
        """Releases the resources of the payload."""
        await self._inner.close()


def _is_closed(writer: AbstractStreamWriter) -> bool:
    transport: asyncio.Transport | None = getattr(writer, "transport", None)
    return isinstance(writer, StreamWriter) and (transport is None or transport.is_closing())


def _multipart(upload: Upload) -> aiohttp.MultipartWriter:
    writer = aiohttp.MultipartWriter("form-data")
    part = writer.append_payload(_Blocks(upload.open(), upload))
    # Raw UTF-8 without percent-encoding, because servers store the name as sent.
    part.set_content_disposition("form-data", quote_fields=False, name="file", filename=upload.filename)
    return writer


class _Blocks(aiohttp.Payload):
    """A file as a payload for one attempt, with a Content-Length if the size is known."""

    def __init__(self, file: Any, upload: Upload) -> None:
        super().__init__(file, content_type=upload.content_type)
        self._file, self._upload = file, upload
        self._size = upload.size

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Writes the file's blocks, each read in a worker thread, or awaited where the file is read so."""
        upload = self._upload
        await upload.rewind(self._file)
        while (count := _next_block(upload)) and (block := await upload.read(self._file, count)):
            if upload.size is not None:
                block = block[:count]  # more than was announced would end the connection
            upload.check(upload.sent + len(block))
            await writer.write(block)
            upload.add_sent(len(block))
        upload.check_complete()

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:  # noqa: ARG002 - the base class's signature
        """Raises `TypeError`, because the file is never in memory as a whole."""
        raise TypeError(f"{self._upload.filename} is sent in blocks")

    def _close(self) -> None:
        self._upload.close_file(self._file)


def _next_block(upload: Upload) -> int:
    """How much to read next: never more than the announced size, even if the file grows."""
    return BLOCK if upload.size is None else min(BLOCK, upload.size - upload.sent)
