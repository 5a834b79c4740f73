"""A plain HTTP client for the scripted server: none of the package's own client code."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import attrs
import pytest

from aizoomdoc_client.testing import ScriptedServer, ServerBehavior


@attrs.define
class Caller:
    """Speaks to a server as its first user, and knows statuses, bodies and event names."""

    server: ScriptedServer
    session: aiohttp.ClientSession
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def call(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        options.setdefault("headers", self.headers)
        async with self.session.request(method, path, **options) as response:
            text = await response.text()
            return response.status, json.loads(text) if "json" in response.content_type else text

    async def chat(self, *questions: str) -> str:
        """A new chat with these questions in it."""
        _, chat = await self.call("POST", "/chats", json={"title": "Тест"})
        for question in questions:
            await self.call("POST", f"/chats/{chat['id']}/messages", json={"content": question})
        return str(chat["id"])

    async def stream(self, chat_id: str, query: str = "") -> list[tuple[str, Any]]:
        """All events of a stream, by name and data."""
        status, text = await self.call("GET", f"/chats/{chat_id}/stream{query}")
        assert 200 == status, text
        return events(text)

    async def ask(self, question: str = "Где ВРУ?") -> list[tuple[str, Any]]:
        return await self.stream(await self.chat(question))

    def websocket_url(self, chat_id: str, token: str | None = None) -> str:
        return f"{self.server.url.replace('http', 'ws')}/chats/{chat_id}/stream?token={self.token if token is None else token}"

    async def raw(self, request: str) -> bytes:
        """All that comes back on a fresh connection until the server closes it; the client never does."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        try:
            writer.write(request.replace("\n", "\r\n").encode())
            async with asyncio.timeout(3):  # shorter than production's keep-alive, so that only a real close ends the wait
                return await reader.read()
        finally:
            writer.close()
            await writer.wait_closed()


def events(text: str) -> list[tuple[str, Any]]:
    """The events of a body, read as servers write them: split on LF only."""
    pairs = (block.split("\n", 1) for block in text.split("\n\n") if block)
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in pairs]


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    """A caller of a server in production's behavior."""
    async with ScriptedServer() as server, aiohttp.ClientSession(server.url) as session:
        yield Caller(server, session, server.issue_token())


@pytest.fixture
async def contract() -> AsyncIterator[Caller]:
    """A caller of a server in the contract's behavior."""
    async with ScriptedServer(ServerBehavior.CONTRACT) as server, aiohttp.ClientSession(server.url) as session:
        yield Caller(server, session, server.issue_token())
