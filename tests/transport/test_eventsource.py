"""Server-sent events: the frames do not depend on how HTTP carries the body, and each early end has its error."""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest

from aizoomdoc_client.credentials import Secret
from aizoomdoc_client.exceptions import APIConnectionError, APIError, ProtocolError, StreamInterruptedError
from aizoomdoc_client.protocol import requests
from aizoomdoc_client.transport.base import FrameStream
from aizoomdoc_client.transport.eventsource import BUFFER, EventSourceStream, EventSourceTransport
from aizoomdoc_client.transport.frame_queue import BATCH
from aizoomdoc_client.transport.http import AiohttpTransport

Write = Callable[[asyncio.StreamWriter], Awaitable[None]]

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
REQUEST = requests.stream("c1", requests.StreamScope())
FRAMES = [(b"event: llm_token", b'data: {"token": "%d"}' % number) for number in range(1_000)]
EVENTS = [b"%s\n%s\n\n" % frame for frame in FRAMES]


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def chunks(data: bytes, size: int) -> bytes:
    return b"".join(chunk(data[at : at + size]) for at in range(0, len(data), size))


@contextlib.asynccontextmanager
async def opened(write: Write, *, max_frame_bytes: int = 1 << 23) -> AsyncIterator[EventSourceStream]:
    """A stream from a server that calls `write` once it has the request."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            await write(writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    http = AiohttpTransport(f"http://127.0.0.1:{port}", "test")
    try:
        stream = await EventSourceTransport(http, max_frame_bytes=max_frame_bytes).open(
            REQUEST, token=Secret("t"), connect_timeout=10
        )
        try:
            assert isinstance(stream, EventSourceStream)
            yield stream
        finally:
            await stream.close()
    finally:
        await http.close()
        server.close()
        await server.wait_closed()


def sending(data: bytes) -> Write:
    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return write


async def read(stream: FrameStream) -> tuple[list[object], APIError]:
    """All frames, and the error that ended the stream."""
    frames = list[object]()
    while True:
        try:
            frames += await stream.receive()
        except APIError as error:
            return frames, error


@pytest.mark.parametrize(
    "response",
    [
        CHUNKED + b"".join(map(chunk, EVENTS)) + b"0\r\n\r\n",
        CHUNKED + chunk(b"".join(EVENTS)) + b"0\r\n\r\n",
        CHUNKED + chunks(b"".join(EVENTS), 7) + b"0\r\n\r\n",
        HEAD + b"Content-Length: %d\r\n\r\n" % sum(map(len, EVENTS)) + b"".join(EVENTS),
        HEAD + b"\r\n" + b"".join(EVENTS),
        b"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + b"".join(EVENTS),
        b"HTTP/1.1 103 Early Hints\r\n\r\n" + CHUNKED + b"".join(map(chunk, EVENTS)) + b"0\r\n\r\n",
    ],
    ids=["a chunk an event", "one chunk", "small chunks", "a length", "until the end", "HTTP/1.0", "after an interim response"],
)
async def test_frames_do_not_depend_on_the_transfer_encoding(response: bytes) -> None:
    """HTTP chunks need not match events; the end of the body is an interruption, even if the body is complete."""
    async with opened(sending(response)) as stream:
        frames, error = await read(stream)

    assert (FRAMES, StreamInterruptedError) == (frames, type(error))


@pytest.mark.parametrize(
    "response",
    [
        CHUNKED + b"".join(map(chunk, EVENTS)),
        CHUNKED + b"".join(map(chunk, EVENTS)) + b"20\r\nevent: llm_token\ndata: {",
        HEAD + b"Content-Length: 999999\r\n\r\n" + b"".join(EVENTS) + b"event: llm_token\ndata: {}\n",
    ],
    ids=["between two chunks", "inside a chunk", "short of its length"],
)
async def test_a_truncated_body_is_an_error_after_its_complete_events(response: bytes) -> None:
    """Complete events are returned, an incomplete one is not, and then `receive` raises `APIConnectionError`."""
    async with opened(sending(response)) as stream:
        frames, error = await read(stream)

    assert (FRAMES, APIConnectionError) == (frames, type(error))


async def test_an_event_may_be_larger_than_the_buffer() -> None:
    """`BUFFER` bounds how much is read ahead, not the size of an event."""
    data = b"x" * (40 * BUFFER)
    async with opened(sending(CHUNKED + chunks(b"data: %s\n\n" % data, 1_000) + b"0\r\n\r\n")) as stream:
        assert [(b"data: " + data, b"")] == await stream.receive()


async def test_a_slow_reader_stops_the_server() -> None:
    """Without a reader the socket is not read, so that back-pressure stops the server; later all events are received."""
    count, done = 2_000, asyncio.Event()

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(CHUNKED + chunk(b"data: %s\n\n" % (b"x" * 20_000)) * count)
        await writer.drain()
        done.set()

    async with opened(write) as stream:
        connection = stream._response.connection
        while connection.transport.is_reading():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0)
        was_done_unread = done.is_set()
        frames, _ = await read(stream)

    assert (False, True, count) == (was_done_unread, done.is_set(), len(frames))


async def refused(head: bytes) -> str:
    with pytest.raises(ProtocolError) as caught:
        async with opened(sending(b"HTTP/1.1 200 OK\r\n" + head + b"Content-Length: 2\r\n\r\n{}")):
            pass
    return caught.value.message


async def test_a_response_of_another_type_is_refused() -> None:
    """A successful response that is no event stream raises an error with its content type."""
    assert "The stream is text/html, not text/event-stream" == await refused(b"Content-Type: text/html\r\n")


@pytest.mark.parametrize(
    ("encoding", "window"), [("gzip", 31), ("deflate", 15), ("deflate", -15)], ids=["gzip", "deflate", "deflate without a header"]
)
async def test_a_compressed_stream_is_read(encoding: str, window: int) -> None:
    """A proxy may compress though nobody asked; a flush after each event lets it through at once."""
    packer = zlib.compressobj(9, zlib.DEFLATED, window)
    packed = [packer.compress(event) + packer.flush(zlib.Z_SYNC_FLUSH) for event in EVENTS] + [packer.flush()]
    head = CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Encoding: %s\r\n\r\n" % encoding.encode())
    async with opened(sending(head + b"".join(map(chunk, packed)) + b"0\r\n\r\n")) as stream:
        frames, error = await read(stream)

    assert (FRAMES, StreamInterruptedError) == (frames, type(error))


async def test_an_event_that_outgrows_the_limit_only_once_it_is_decompressed_is_an_error() -> None:
    """The limit on an event is a limit on memory, so it counts what is decompressed."""
    packed = zlib.compress(b"data: " + bytes(10_000_000) + b"\n\n")
    head = CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Encoding: deflate\r\n\r\n")
    async with opened(sending(head + chunk(packed)), max_frame_bytes=100_000) as stream:
        frames, error = await read(stream)

    assert ([], "frame_too_large") == (frames, error.code)


async def test_a_compressed_stream_is_bounded() -> None:
    """A stream of repeated events that decompresses to a thousand times its size ends with an error that says so."""
    packed = zlib.compress(EVENTS[0] * 3_000_000)
    head = CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Encoding: deflate\r\n\r\n")
    async with opened(sending(head + chunk(packed))) as stream:
        size, error = 0, None
        while error is None:
            try:
                size += len(await stream.receive())
            except StreamInterruptedError as caught:
                error = caught

    assert "response_too_large" == error.code
    assert 500_000 < size < 1_000_000


async def test_other_tasks_run_while_a_compressed_stream_has_no_event() -> None:
    """A few bytes may be many chunks of nothing, which arrive without a wait between them."""
    packed = zlib.compress(b": nothing\n" * 3_000_000)
    head = CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Encoding: deflate\r\n\r\n")
    turns = 0

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(take_turns())
    async with opened(sending(head + chunk(packed))) as stream:
        while stream._response.content.total_raw_bytes < len(packed):  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0)
        before = turns
        await read(stream)
    other.cancel()

    assert turns - before > 50


async def test_a_stream_in_an_encoding_that_nobody_can_read_is_refused() -> None:
    """The error names the encoding."""
    message = await refused(b"Content-Type: text/event-stream\r\nContent-Encoding: compress\r\n")

    assert "The stream is compressed by compress, which was not asked for: a proxy's setting, perhaps" == message


async def test_an_event_over_the_limit_is_an_error() -> None:
    """The error is raised while the event is received, before it is buffered completely."""

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(CHUNKED)
        while True:
            writer.write(chunk(b"x" * 10_000))
            await writer.drain()

    async with opened(write, max_frame_bytes=100_000) as stream:
        _, error = await read(stream)

    assert (ProtocolError, "frame_too_large") == (type(error), error.code)


async def test_frames_of_one_read_come_in_batches() -> None:
    """A chunk of many small events is not given at once, so that decoding it does not block the event loop for long."""
    async with opened(sending(HEAD + b"\r\n" + b"".join(EVENTS))) as stream:
        sizes = list[int]()
        with contextlib.suppress(StreamInterruptedError):
            while True:
                sizes.append(len(await stream.receive()))

    assert (len(EVENTS), BATCH) == (sum(sizes), max(sizes))


async def test_what_came_before_the_connection_was_lost_is_read() -> None:
    """The final text may have been received with the loss, while the reader was busy: it comes before the error."""
    gone = asyncio.Event()

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(CHUNKED + chunk(EVENTS[0]))
        await gone.wait()

    async with opened(write) as stream:
        first = list(await stream.receive())
        content = stream._response.content
        content.feed_data(EVENTS[1])
        content.set_exception(aiohttp.ClientPayloadError("lost"))
        second = list(await stream.receive())
        with pytest.raises(APIConnectionError):
            await stream.receive()
        gone.set()

    assert FRAMES[:2] == [*first, *second]


async def test_nothing_is_read_after_breaking_off() -> None:
    """What is unread when the reader gives up stays unread."""
    gone = asyncio.Event()

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(CHUNKED + chunk(EVENTS[0]))
        await gone.wait()

    async with opened(write) as stream:
        await stream.receive()
        stream._response.content.feed_data(EVENTS[1])
        stream.abort()
        with pytest.raises(APIConnectionError):
            await stream.receive()
        gone.set()
