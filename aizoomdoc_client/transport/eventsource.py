"""Answers as server-sent events, received by aiohttp."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Sequence
from typing import Any

import aiohttp
import attrs

from ..catalog import LocalizedText, text
from ..credentials import Secret
from ..exceptions import ProtocolError, StreamInterruptedError
from ..protocol.eventsource import EventSourceParser
from ..protocol.requests import Request, RequestContext
from ..protocol.transcript import Frame
from .base import FrameStream
from .frame_queue import BATCH
from .http import AiohttpTransport
from .http_errors import mapped_errors

# Of a body, which aiohttp decompresses in pieces of bounded size.
READABLE_ENCODINGS = frozenset({"identity", "gzip", "deflate"})
MAX_COMPRESSION_RATIO = 128
"""The maximum ratio of a stream's size to its compressed size. Events that repeat the text so far reach 100."""
UNCHECKED_SIZE = 32 * 1024 * 1024
"""Size in bytes up to which the compression ratio is not checked."""
HEADERS = {"Accept": "text/event-stream", "Accept-Encoding": "identity", "Cache-Control": "no-store"}

BUFFER = 32 * 1024
"""aiohttp's `read_bufsize` in bytes: with twice as many unread, the socket is paused. Below this fill level aiohttp does extra
work for each HTTP chunk, and servers send each event as a chunk, so a larger buffer is slower."""


class EventSourceTransport:
    """Opens streams of server-sent events over an HTTP transport's connections."""

    def __init__(self, http: AiohttpTransport, *, max_frame_bytes: int) -> None:
        self._http = http
        self._max_frame_bytes = max_frame_bytes

    async def open(self, request: Request[Any], *, token: Secret, connect_timeout: float) -> FrameStream:
        """See `base.StreamTransport.open`.

        `connect_timeout` bounds connecting only. Waiting for the response is not bounded here, because a server may be busy for
        as long as a model runs; the caller bounds it.
        """
        limits = aiohttp.ClientTimeout(total=None, connect=connect_timeout, sock_read=None)
        streamed = attrs.evolve(request, headers={**request.headers, **HEADERS})
        response = await self._http.open(streamed, token=token, limits=limits, buffer=BUFFER)
        fault = _fault(response)
        if fault is not None:
            response.close()
            context: RequestContext = {**request.context, "status_code": response.status}
            raise ProtocolError(fault, **context)
        if self._http.own is not None:
            _end_with_connection(response)
        return EventSourceStream(response, request.path, self._max_frame_bytes)


class EventSourceStream:
    """An open response whose body is server-sent events."""

    def __init__(self, response: aiohttp.ClientResponse, path: str, max_frame_bytes: int) -> None:
        self._response = response
        self._path = path
        self._parser = EventSourceParser(max_frame_bytes, method="GET", path=path)
        self._parsed: Sequence[Frame] = ()
        self._size = 0
        self._is_aborted = False
        self._is_compressed = "Content-Encoding" in response.headers

    async def receive(self) -> Sequence[Frame]:
        """See `base.FrameStream.receive`; at most `BATCH` frames, as a WebSocket gives."""
        if not self._parsed:
            self._parsed = await self._next_frames()
        frames, self._parsed = self._parsed[:BATCH], self._parsed[BATCH:]
        return frames

    async def _next_frames(self) -> Sequence[Frame]:
        """All frames that the next bytes complete."""
        content = self._response.content
        self._parser.check()
        with mapped_errors("GET", self._path):
            while True:
                try:
                    chunk = await content.readany()
                except (aiohttp.ClientError, OSError):
                    chunk = self._unread()
                    if not chunk:
                        raise
                except RuntimeError as error:
                    connection = self._response.connection
                    if connection is not None and not connection.closed:
                        raise
                    raise aiohttp.ClientConnectionError(str(error)) from None  # the owner of the session has closed it
                if not chunk:
                    raise StreamInterruptedError(text("stream_ended"), method="GET", path=self._path)
                if self._is_compressed:
                    self._check_size(len(chunk))
                if frames := self._parser.feed(chunk):
                    return frames
                if self._is_compressed:  # a few received bytes may be many chunks without an event, and other tasks must run
                    await asyncio.sleep(0)

    def _unread(self) -> bytes:
        """What was received before the connection was lost, which may be the final text; aiohttp gives the error at once."""
        content: Any = self._response.content
        return b"" if self._is_aborted else bytes(content._read_nowait(-1))  # noqa: SLF001 - its public methods raise the error

    def _check_size(self, more: int) -> None:
        """Raises `StreamInterruptedError` when far more is decompressed than an answer's events can be."""
        self._size += more
        received = self._response.content.total_raw_bytes
        limit = max(UNCHECKED_SIZE, MAX_COMPRESSION_RATIO * received)
        if self._size > limit:
            too_large = text("response_too_large", limit=limit, received=received)
            raise StreamInterruptedError(too_large, method="GET", path=self._path)

    def abort(self) -> None:
        """See `base.FrameStream.abort`."""
        self._is_aborted = True
        self._response.close()

    async def close(self) -> None:
        """See `base.FrameStream.close`."""
        self.abort()
        # The event loop closes the socket in its next iteration; after this it is closed.
        await asyncio.sleep(0)


def _end_with_connection(response: aiohttp.ClientResponse) -> None:
    """Makes reading fail when the owner of the session closes it: aiohttp does not tell readers of that."""
    connection = response.connection
    closed = connection.protocol.closed if connection is not None and connection.protocol is not None else None
    if closed is not None:
        closed.add_done_callback(functools.partial(_fail_reading, response.content))


def _fail_reading(content: aiohttp.StreamReader, closed: asyncio.Future[None]) -> None:
    if not closed.cancelled():
        closed.exception()  # asyncio would report one that nobody has asked for
    if content.exception() is None and not content.is_eof():
        content.set_exception(aiohttp.ClientConnectionError("the session was closed"))


def _fault(response: aiohttp.ClientResponse) -> LocalizedText | None:
    """The reason why a response cannot be read as a stream of events; None if it can."""
    if response.content_type != "text/event-stream":
        return text("not_an_event_stream", content_type=response.content_type)
    encoding = response.headers.get("Content-Encoding", "identity").lower()
    # Compression was not requested, but a proxy may do it.
    return None if encoding in READABLE_ENCODINGS else text("stream_compressed", encoding=encoding)
