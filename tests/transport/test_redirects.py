"""A redirect is never followed: it would take a token, or a whole body, to another server."""

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
from tests.visits import Visit, visit

STATUSES = [301, 302, 303, 307, 308]


@attrs.define
class Stranger:
    """A server that counts what it hears."""

    url: str
    connections: int = 0
    heard: bytes = b""


@asynccontextmanager
async def stranger() -> AsyncIterator[Stranger]:
    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.connections += 1
        found.heard += await reader.read()
        writer.close()

    server = await asyncio.start_server(hear, "127.0.0.1", 0)
    found = Stranger(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    async with server:
        yield found


async def log_in(visited: Visit) -> Any:
    return await visited.client.authenticate()


async def look(visited: Visit) -> Any:
    return await visited.client.get_me()


async def make(visited: Visit) -> Any:
    return await visited.client.create_chat("Секрет")


async def upload(visited: Visit) -> Any:
    return await visited.client.upload_file(b"secret" * 1000)


async def delete(visited: Visit) -> Any:
    return await visited.client.delete_chat("6f1c1a52-0000-4000-8000-000000000001")


async def ask(visited: Visit) -> Any:
    return await visited.client.ask(await visited.chat(), "Где ВРУ?")


async def download(visited: Visit) -> Any:
    file = await visited.client.upload_file(b"plan")
    visited.server.store.files[file.id].external_url = f"/somewhere/{file.id}"
    return await visited.client.download_file(file, "/tmp")


DEEDS = {
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
"""What differs between the server that was asked and the one that its redirect names."""


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("path", DEEDS)
async def test_http_stays_where_it_is(path: str, status: int) -> None:
    """Nothing reaches the server that a redirect names, whatever it differs in, and the error says that the URL is wrong."""
    async with visit(transport="sse") as visited, stranger() as other:
        for place in ORIGINS.values():
            rule = visited.server.respond("*", path, *[Reply(status, b"", {"Location": place(other.url)})] * 3)
            with pytest.raises(APIError, match="redirect") as caught:
                await DEEDS[path](visited)

            assert (0, b"") == (other.connections, other.heard)
            assert (status, 1) == (caught.value.status_code, len(rule.requests))
            assert other.url.partition("://")[2] not in str(caught.value)
            rule.clear()


@pytest.mark.parametrize("status", STATUSES)
async def test_the_same_server_is_no_exception(status: int) -> None:
    """Another path of the same server is not followed either."""
    async with visit() as visited:
        visited.server.respond("GET", "/me", Reply(status, b"", {"Location": "/health"}))
        with pytest.raises(APIError, match="redirect"):
            await visited.client.get_me()

        assert [] == visited.server.requests_to("GET", "/health")


@pytest.mark.parametrize("library", [websocket.websockets_library, websocket.picows_library])
@pytest.mark.parametrize("status", STATUSES)
async def test_a_handshake_stays_where_it_is(status: int, library: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token in the query of a handshake reaches no other server, and no other path of the same one."""
    monkeypatch.setattr(websocket, "best_library", library)
    async with visit(ServerBehavior.CONTRACT, transport="websocket") as visited, stranger() as other:
        abroad = [place(url) for place in ORIGINS.values() for url in (other.url, other.url.replace("http", "ws"))]
        for location in (*abroad, "/elsewhere"):
            visited.server.respond("WS", "/chats/*/stream", Reply(status, b"", {"Location": location}))
            with pytest.raises(APIError, match="redirect"):
                await ask(visited)

        assert (0, b"") == (other.connections, other.heard)
        assert [] == visited.server.requests_to("*", "/elsewhere")
        assert [] == visited.server.model_runs
