"""WebSockets in uvloop's event loop, which calls protocols in other ways than asyncio's."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from aizoomdoc_client import PermissionDeniedError, ProtocolError
from aizoomdoc_client.transport.websocket_library import WebSocketLibrary

from .test_websocket_verdicts import close, frame, server_that_sends
from .websocket_servers import REQUEST, TOKEN, accepted, each_library as library, received, transport_to

__all__ = ["library"]
T = TypeVar("T")
pytestmark = pytest.mark.timeout(20)


def run_by_uvloop(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, run by uvloop."""
    uvloop = pytest.importorskip("uvloop")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def test_frames_are_received_as_they_come(library: WebSocketLibrary) -> None:
    """A frame is received while the connection stays open, and so is the verdict of a close frame."""

    async def read() -> tuple[list[Any], list[Any], Exception]:
        async with server_that_sends(frame(b"one"), frame(b"two" * 100), close(1008, "no")) as port:
            found = await transport_to(port, library).open(REQUEST, token=TOKEN, connect_timeout=5)
            async with asyncio.timeout(5):
                first = [*await found.receive()]
                rest, error = await received(found)
                await found.close()
        return first, rest, error

    first, rest, error = run_by_uvloop(read())

    assert ([b"one"], [b"two" * 100], PermissionDeniedError) == (first, rest, type(error))


def test_a_frame_over_the_limit_is_refused(library: WebSocketLibrary) -> None:
    """By its head."""

    async def read() -> Exception:
        async with server_that_sends(b"\x81\x7e" + (2000).to_bytes(2)) as port:
            found = await transport_to(port, library, 1000).open(REQUEST, token=TOKEN, connect_timeout=5)
            async with asyncio.timeout(5):
                _, error = await received(found)
                await found.close()
        return error

    assert ProtocolError is type(run_by_uvloop(read()))


def test_closing_sends_a_close_frame(library: WebSocketLibrary) -> None:
    """Uvloop writes later than asyncio: closing lets it."""
    heard = list[bytes]()

    async def open_and_close() -> None:
        over = asyncio.Event()

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(accepted((await reader.readuntil(b"\r\n\r\n")).decode()))
            heard.append(await reader.read())
            writer.close()
            over.set()

        async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            found = await transport_to(port, library).open(REQUEST, token=TOKEN, connect_timeout=5)
            await found.close()
            await over.wait()

    run_by_uvloop(open_and_close())

    assert b"\x88" == heard[0][:1]
