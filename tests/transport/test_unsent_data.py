"""Connections that are closed before their request is sent."""

from __future__ import annotations

import asyncio
import socket

import aiohttp
import pytest

from aizoomdoc_client.transport.response_head import HeadFirst
from aizoomdoc_client.transport.unsent_data import ClosedAtOnce, with_connections


@pytest.mark.parametrize("kind", [ClosedAtOnce, HeadFirst])
async def test_a_session_does_not_wait_for_a_server_that_does_not_read(kind: type[ClosedAtOnce]) -> None:
    """More is to be sent than the system's buffers take; both ways of ending the request leave nothing to wait for."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()
        session = aiohttp.ClientSession(connector=with_connections(aiohttp.TCPConnector(), kind))
        stuck = asyncio.Event()

        async def body() -> object:
            for _ in range(100):
                yield bytes(1_000_000)
                stuck.set()

        request = asyncio.create_task(session.post(f"http://{host}:{port}/", data=body()))
        await stuck.wait()
        async with asyncio.timeout(10):
            await session.close()
        assert [True] == [isinstance(each, aiohttp.ClientError) for each in await asyncio.gather(request, return_exceptions=True)]
