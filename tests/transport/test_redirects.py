"""Redirects are never followed, because they would send a token or a body to another server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest

from aizoomdoc_client import APIError
from aizoomdoc_client.testing import Reply, ServerBehavior
from aizoomdoc_client.transport import websocket
from tests.client_and_server import ClientAndServer, client_and_server

STATUSES = [301, 302, 303, 307, 308]


@attrs.define
class OtherServer:
    """Another server, which counts connections and records what it receives."""

    url: str
    connections: int = 0
    received: bytes = b""


@asynccontextmanager
async def other_server() -> AsyncIterator[OtherServer]:
    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.connections += 1
        found.received += await reader.read()
        writer.close()

    server = await asyncio.start_server(hear, "127.0.0.1", 0)
    found = OtherServer(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    async with server:
        yield found


async def log_in(pair: ClientAndServer) -> Any:
    return await pair.client.authenticate()


async def look(pair: ClientAndServer) -> Any:
    return await pair.client.get_me()


async def make(pair: ClientAndServer) -> Any:
    return await pair.client.create_chat("Секрет")


async def upload(pair: ClientAndServer) -> Any:
    return await pair.client.upload_file(b"secret" * 1000)


async def delete(pair: ClientAndServer) -> Any:
    return await pair.client.delete_chat("6f1c1a52-0000-4000-8000-000000000001")


async def ask(pair: ClientAndServer) -> Any:
    return await pair.client.ask(await pair.chat(), "Где ВРУ?")


async def download(pair: ClientAndServer) -> Any:
    file = await pair.client.upload_file(b"plan")
    pair.server.store.files[file.id].external_url = f"/somewhere/{file.id}"
    return await pair.client.download_file(file, "/tmp")


CALLS = {
    "/auth/exchange": log_in,
    "/me": look,
    "/chats": make,
    "/files/upload": upload,
    "/chats/*": delete,
    "/chats/*/messages": ask,
    "/chats/*/stream": ask,
    "/somewhere/*": download,
}


ORIGINS = {
    "another port": lambda url: f"{url}/x",
    "another name": lambda url: f"{url.replace('127.0.0.1', 'localhost')}/x",
    "another scheme": lambda url: f"{url.replace('http:', 'https:')}/x",
    "no scheme": lambda url: f"{url.removeprefix('http:')}/x",
}
"""URLs for a redirect by what differs between them and the requested server."""


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("path", CALLS)
async def test_no_http_redirect_is_followed(path: str, status: int) -> None:
    """The server that a redirect names receives nothing; the error names it and says that the URL is wrong."""
    async with client_and_server(transport="sse") as pair, other_server() as other:
        for place in ORIGINS.values():
            rule = pair.server.respond("*", path, *[Reply(status, b"", {"Location": place(other.url)})] * 3)
            with pytest.raises(APIError, match="redirect") as caught:
                await CALLS[path](pair)

            assert (0, b"") == (other.connections, other.received)
            assert (status, 1) == (caught.value.status_code, len(rule.requests))
            assert f"{other.url.rpartition(':')[2]}/x" in str(caught.value)
            rule.clear()


@pytest.mark.parametrize("status", STATUSES)
async def test_a_redirect_to_the_same_server_is_not_followed(status: int) -> None:
    """A redirect to another path of the same server is an error, too."""
    async with client_and_server() as pair:
        pair.server.respond("GET", "/me", Reply(status, b"", {"Location": "/health"}))
        with pytest.raises(APIError, match="redirect"):
            await pair.client.get_me()

        assert [] == pair.server.requests_to("GET", "/health")


@pytest.mark.parametrize("library", [websocket.websockets_library, websocket.picows_library])
@pytest.mark.parametrize("status", STATUSES)
async def test_no_redirect_of_a_handshake_is_followed(status: int, library: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token in the query of a handshake is sent to no other server, and to no other path of the same one."""
    monkeypatch.setattr(websocket, "best_library", library)
    async with client_and_server(ServerBehavior.CONTRACT, transport="websocket") as pair, other_server() as other:
        elsewhere = [place(url) for place in ORIGINS.values() for url in (other.url, other.url.replace("http", "ws"))]
        for location in (*elsewhere, "/elsewhere"):
            pair.server.respond("WS", "/chats/*/stream", Reply(status, b"", {"Location": location}))
            with pytest.raises(APIError, match="redirect"):
                await ask(pair)

        assert (0, b"") == (other.connections, other.received)
        assert [] == pair.server.requests_to("*", "/elsewhere")
        assert [] == pair.server.model_runs
