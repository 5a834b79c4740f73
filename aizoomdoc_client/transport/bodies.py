"""Request bodies that know whether any of them left this machine; response bodies read whole, within bounds."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, BinaryIO

import aiohttp
import anyio.to_thread
from aiohttp.abc import AbstractStreamWriter

from ..catalog import text
from ..exceptions import ProtocolError
from ..protocol import codec
from ..protocol.requests import Request
from .uploads import Upload

MAX_BODY = 256 * 1024 * 1024
"""The most bytes of a response that is read whole, after decompression."""
MAX_GROWTH = 64
"""How many times larger than it came a compressed body may be, beyond `FREE_GROWTH`. JSON shrinks to a tenth or so."""
FREE_GROWTH = 8 * 1024 * 1024
"""Bytes up to which no growth is too much."""
MAX_REFUSAL = 1024 * 1024
"""The most bytes that are read of a response that is no success: a proxy's page has a few hundred."""


async def read_body(response: aiohttp.ClientResponse, path: str) -> bytes:
    """The whole body; raises `ProtocolError` when it is larger than any sensible answer."""
    content, size = response.content, 0
    pieces: list[bytes] = []
    while not content.at_eof():
        piece = await content.readany()
        pieces.append(piece)
        size += len(piece)
        if size > FREE_GROWTH and size > (limit := _limit(content.total_raw_bytes)):
            response.close()
            too_large = text("response_too_large", limit=limit, received=content.total_raw_bytes)
            raise ProtocolError(too_large, method=response.method, path=path)
    return b"".join(pieces)


async def read_refusal(response: aiohttp.ClientResponse) -> bytes:
    """The body of a response that is no success, or as much of it as is of use."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_REFUSAL:
            response.close()
            break
    return bytes(body)


def _limit(received: int) -> int:
    """The most bytes that so many `received` ones may become."""
    return min(MAX_BODY, max(FREE_GROWTH, MAX_GROWTH * received))


BLOCK = 512 * 1024
"""Bytes of a file read and written at once: memory stays constant for a file of any size."""

USUAL_LIMIT = 1024 * 1024
"""Bytes that every server and proxy takes; some take no more, and hang up instead of saying so."""


class Body:
    """The body of one attempt; once `sent`, nobody can say whether the server processed the request."""

    def __init__(self, request: Request[Any], upload: Upload | None = None) -> None:
        self._request, self._upload = request, upload
        # A request without a body is sent as soon as there is a connection.
        self.sent: bool = upload is None and request.body is None
        # What the source or a progress callback raised: aiohttp would show it as a broken connection.
        self.failure: Exception | None = None
        self.is_whole: bool = False

    @property
    def large_rest(self) -> Upload | None:
        """The upload that is under way, if it is large enough for its size to be the reason why the other side hangs up."""
        upload = self._upload
        if upload is None or not self.sent or self.is_whole or max(upload.size or 0, upload.sent) <= USUAL_LIMIT:
            return None
        return upload

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
        self._body.is_whole = True

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
        upload = self._upload
        while block := await anyio.to_thread.run_sync(upload.read, self._file, _next_block(upload)):
            upload.check(upload.sent + len(block))
            await writer.write(block)
            upload.note(len(block))
        upload.note_end()

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:  # noqa: ARG002 - the base class's signature
        """Refused: the body is never held whole."""
        raise TypeError(f"{self._upload.filename} is sent in blocks")

    def _close(self) -> None:
        self._upload.finish(self._file)


def _next_block(upload: Upload) -> int:
    """How much to read: never beyond the size that was announced, even if the file grows."""
    return BLOCK if upload.size is None else min(BLOCK, upload.size - upload.sent)
