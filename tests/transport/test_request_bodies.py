"""Request bodies: whether any byte of one may have reached the server."""

from __future__ import annotations

import asyncio
import contextlib

import aiohttp
import pytest
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import StreamWriter
from multidict import CIMultiDict

from aizoomdoc_client.protocol import requests
from aizoomdoc_client.transport.bodies import Body

MESSAGE = requests.post_message("c1", "Где ВРУ?", idempotency_key="k")


class Transport(asyncio.Transport):
    """A transport that records what is written, and may be closed already."""

    def __init__(self, *, closing: bool) -> None:
        super().__init__()
        self.closing = closing
        self.written = b""

    def is_closing(self) -> bool:
        return self.closing

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)


async def written(transport: Transport | None) -> bool:
    """Writes headers and body as aiohttp does; whether the body counts as sent."""
    protocol = BaseProtocol(asyncio.get_running_loop())
    protocol.transport = transport
    writer, body = StreamWriter(protocol, asyncio.get_running_loop()), Body(MESSAGE)
    payload = body.payload()
    assert payload is not None
    await writer.write_headers("POST /chats/c1/messages HTTP/1.1", CIMultiDict[str]())
    with contextlib.suppress(aiohttp.ClientConnectionResetError):
        await payload.write_with_length(writer, payload.size)
    return body.sent


@pytest.mark.parametrize("transport", [None, Transport(closing=True)], ids=["gone", "closing"])
async def test_nothing_is_sent_on_a_closed_connection(transport: Transport | None) -> None:
    """A pooled connection that died before the first byte: the request was surely not processed, and may be sent again."""
    assert not await written(transport)
    assert transport is None or transport.written == b""


async def test_a_body_that_was_written_may_have_arrived() -> None:
    """From the first byte on it is unknown whether the server has processed the request."""
    transport = Transport(closing=False)

    assert await written(transport)
    assert "Где ВРУ?".encode() in transport.written
