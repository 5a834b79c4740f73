"""What is used of other libraries beyond their documentation, by library: a release that changes it fails here first.

The upper bounds of `websockets` and `aiohttp` in pyproject.toml are there for these parts.
"""

from __future__ import annotations

import asyncio
import inspect
import socket

import aiohttp
import pytest
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.connector import Connection
from websockets import http11
from websockets.asyncio.client import ClientConnection, connect
from websockets.client import ClientProtocol
from websockets.protocol import Protocol
from websockets.uri import parse_uri

import aizoomdoc_client.transport.websockets_client  # noqa: F401 - which raises a limit


async def test_websockets__max_queue_high() -> None:
    """websockets: `Connection.max_queue_high` is the limit given as `max_queue`; our connection bounds its own queue by it."""
    connection = ClientConnection(ClientProtocol(parse_uri("ws://localhost/")), max_queue=7)

    assert 7 == connection.max_queue_high


def parameters(function: object) -> list[str]:
    """Their names, without `self`."""
    assert callable(function)
    return [name for name in inspect.signature(function).parameters if name != "self"]


@pytest.mark.parametrize(
    ("owner", "method", "expected"),
    [
        pytest.param(owner, method, expected, id=method)
        for owner, method, expected in (
            (ClientConnection, "process_event", ["event"]),  # overridden: takes frames before the library's own queue does
            (ClientConnection, "connection_made", ["transport"]),
            (ClientConnection, "data_received", ["data"]),
            (ClientConnection, "connection_lost", ["exc"]),
            (ClientConnection, "pause_writing", []),
            (ClientConnection, "send_data", []),
            (ClientConnection, "handshake", ["additional_headers", "user_agent_header"]),
            (Protocol, "send_ping", ["data"]),
            (connect, "process_redirect", ["exc"]),  # overridden: a redirect is an error
        )
    ],
)
def test_websockets__methods(owner: type, method: str, expected: list[str]) -> None:
    """websockets: what our connection overrides or calls is there and takes what it took."""
    assert expected == parameters(getattr(owner, method))


@pytest.mark.parametrize(
    ("owner", "method", "expected"),
    [
        pytest.param(owner, method, expected, id=method)
        for owner, method, expected in (
            (aiohttp.ClientResponse, "start", ["connection"]),  # overridden: aiohttp shall send no GET again by itself
            (aiohttp.BaseConnector, "connect", ["req", "traces", "timeout"]),  # called: a WebSocket over a user's own session
            (ResponseHandler, "close", []),  # overridden: what is not sent yet is dropped
            (ResponseHandler, "abort", []),
            (ResponseHandler, "force_close", []),
            (ResponseHandler, "data_received", ["data"]),  # overridden: the head is parsed on its own
            (aiohttp.StreamReader, "_read_nowait", ["n"]),  # called: what was received before an error, which its others raise
        )
    ],
)
def test_aiohttp__methods(owner: type, method: str, expected: list[str]) -> None:
    """aiohttp: `ClientResponse.start` is given the connection, and its protocol can be closed."""
    assert expected == parameters(getattr(owner, method))


@pytest.mark.parametrize(("owner", "name"), [(Connection, "protocol"), (aiohttp.ClientResponse, "connection")])
def test_aiohttp__properties(owner: type, name: str) -> None:
    """aiohttp: a response tells its connection, and a connection its protocol."""
    assert isinstance(inspect.getattr_static(owner, name), property)


async def test_aiohttp__sessions() -> None:
    """aiohttp: a session has its loop and its proxy under these names, and a request is given a pooled connection by its key."""
    async with aiohttp.ClientSession(proxy="http://proxy.example") as session:
        proxy = (session._default_proxy, session._default_proxy_auth)
        assert (asyncio.get_running_loop(), ("http://proxy.example", None)) == (session._loop, proxy)
    assert isinstance(inspect.getattr_static(aiohttp.ClientRequest, "connection_key"), property)
    assert "proxy_headers_hash" in ConnectionKey._fields


async def test_aiohttp__factory() -> None:
    """aiohttp: a connector makes its connections by `_factory`, and a new one has no `_parser` until a request is sent."""
    connector = aiohttp.TCPConnector()
    made = connector._factory()
    await connector.close()

    assert (ResponseHandler, None) == (type(made), made._parser)


async def test_asyncio__recv() -> None:
    """asyncio: its selector loop reads a connection by the `recv` of the socket it is given; ours bounds what one read takes."""
    asked = list[int]()

    class Asked(socket.socket):
        def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
            asked.append(bufsize)
            return super().recv(min(bufsize, 2), flags)

    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = Asked()
        ours.connect(server.getsockname())
        peer, _ = server.accept()
        with peer:
            peer.sendall(b"abc")
        reader, writer = await asyncio.open_connection(sock=ours)
        read = await reader.read()
        writer.close()
        await writer.wait_closed()

    assert (b"abc", True) == (read, len(asked) > 1)


def test_websockets__max_line_length() -> None:
    """websockets: what limits the header lines of the response to a handshake is read from here each time; we raise it."""
    assert 64 * 1024 == http11.MAX_LINE_LENGTH
    assert "MAX_LINE_LENGTH" in http11.parse_line.__code__.co_names
