"""Users of a local server who know the wire only: the client is no part of these tests."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import attrs
import pytest
import websockets
from yarl import URL

from aizoomdoc_client.exceptions import ConfigurationError
from aizoomdoc_client.local import Delta, LocalServer, LocalSettings, Question

NOTE = Path(__file__).parents[2] / "docs" / "sample" / "note.pdf"
UNKNOWN_ID = "5b7f6f39-0f5c-4a6e-8a53-3f5a0a2c6d11"
LAYOUT = "# Записка\n\nЩит ВРУ-1 стоит в электрощитовой.\n"


@attrs.frozen
class Reply:
    status: int
    body: Any


@attrs.frozen
class Event:
    name: str
    data: dict[str, Any]


@attrs.define
class User:
    """One user of the server: every request carries the access token."""

    server: LocalServer
    session: aiohttp.ClientSession
    login: dict[str, Any]

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.login['access_token']}"}

    async def ask(self, method: str, path: str | URL, *, headers: dict[str, str] | None = None, **options: Any) -> Reply:
        url = URL(f"{self.server.url}{path}", encoded=isinstance(path, URL))
        async with self.session.request(method, url, headers=self.bearer | (headers or {}), **options) as response:
            return Reply(response.status, await response.json())

    async def get(self, path: str, **options: Any) -> Reply:
        return await self.ask("GET", path, **options)

    async def post(self, path: str, body: Any = None, **options: Any) -> Reply:
        return await self.ask("POST", path, json=body, **options)

    async def upload(self, name: str, data: bytes, path: str = "/files/upload", **options: Any) -> Reply:
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("file", data, filename=name)
        return await self.ask("POST", path, data=form, **options)

    async def chat(self) -> str:
        return str((await self.post("/chats", {"title": "Чат"})).body["id"])

    async def say(self, chat: str, text: str, **attached: Any) -> dict[str, Any]:
        reply = await self.post(f"/chats/{chat}/messages", {"content": text, **attached})
        assert (201, reply.body) == (reply.status, reply.body)
        return dict(reply.body)

    @asynccontextmanager
    async def listen(self, chat: str, **query: Any) -> AsyncIterator[AsyncIterator[Event]]:
        url = f"{self.server.url}/chats/{chat}/stream"
        async with self.session.get(url, headers=self.bearer, params=query) as response:
            assert (200, "text/event-stream") == (response.status, response.content_type)
            yield _events(response.content)

    async def events(self, chat: str, **query: Any) -> list[Event]:
        async with self.listen(chat, **query) as events:
            return [event async for event in events]

    async def answer(self, question: str, *, query: dict[str, Any] | None = None, **attached: Any) -> str:
        """The text of the answer to the question in a new chat."""
        chat = await self.chat()
        await self.say(chat, question, **attached)
        return final(await self.events(chat, **(query or {})))

    async def history(self, chat: str) -> list[dict[str, Any]]:
        return list((await self.get(f"/chats/{chat}")).body["messages"])

    def socket(self, chat: str, **query: Any) -> Any:
        query = {"token": self.login["access_token"], **query}
        return self.session.ws_connect(f"{self.server.url}/chats/{chat}/stream", params=query)


async def _events(lines: aiohttp.StreamReader) -> AsyncIterator[Event]:
    name = ""
    async for raw in lines:
        field, _, value = raw.decode().rstrip("\n").partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield Event(name, json.loads(value))


def final(events: list[Event]) -> str:
    return str(next(event.data["content"] for event in events if event.name == "llm_final"))


class PausedAnswerer:
    """An answerer that says one word, waits until it is let through, and says another; it counts what is under way."""

    model = "paused"

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.entered = asyncio.Event()
        self.both = asyncio.Event()
        self.left = asyncio.Event()
        self.questions: list[Question] = []

    async def answer(self, question: Question) -> AsyncGenerator[Delta, None]:
        self.questions.append(question)
        try:
            yield Delta("раз ")
            self.entered.set()
            if len(self.questions) > 1:
                self.both.set()
            await self.opened.wait()
            yield Delta("два")
        finally:
            self.left.set()


Serve = Callable[..., Awaitable[User]]


async def log_in(server: LocalServer, session: aiohttp.ClientSession, number: int = 0) -> User:
    async with session.post(f"{server.url}/auth/exchange", json={"static_token": server.tokens[number]}) as response:
        assert 200 == response.status
        return User(server, session, await response.json())


def child(code: str, *arguments: str) -> list[str]:
    """The command of a Python process that turns warnings into errors, as pytest does here."""
    return [sys.executable, "-W", "error", "-c", code, *arguments]


async def ask_about_note(user: User, question: str = "Где находится ВРУ-1?") -> str:
    file = await user.upload("Записка.md", LAYOUT.encode())
    chat = await user.chat()
    await user.say(chat, question, attached_file_ids=[file.body["id"]])
    return chat


async def frames(user: User, chat: str) -> tuple[list[dict[str, Any]], int | None]:
    """All frames as a client of another library sees them, and the close code."""
    url = f"{user.server.url.replace('http', 'ws')}/chats/{chat}/stream?token={user.login['access_token']}"
    async with websockets.connect(url) as socket:
        received = [json.loads(frame) async for frame in socket]
        return received, socket.close_code


async def anonymous(user: User, method: str, path: str, **options: Any) -> Reply:
    async with user.session.request(method, user.server.url + path, **options) as response:
        return Reply(response.status, await response.json())


def settings(tmp_path: Path, **changes: Any) -> LocalSettings:
    return LocalSettings(**{"port": 0, "data_dir": tmp_path / "data", **changes})


async def fails_to_start(chosen: LocalSettings, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        async with LocalServer(chosen):
            pass


async def raw_reply(user: User, line: str, headers: dict[str, str]) -> tuple[int, bytes]:
    """Status and body for a request as it is written here, which no library would send."""
    reader, writer = await asyncio.open_connection("127.0.0.1", user.server.port)
    lines = [line, *(f"{name}: {value}" for name, value in ({"Connection": "close"} | headers).items()), "", ""]
    writer.write("\r\n".join(lines).encode("latin-1"))
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return int(head.split()[1]), body
