"""The page's own requests: an answer is begun by one and looked at by others."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from yarl import URL

from aizoomdoc_client.local.answering.running_answers import RunningAnswer
from aizoomdoc_client.local.handlers import page_handlers
from aizoomdoc_client.local.question_scope import ScopedQuestion
from aizoomdoc_client.page import FOLDER
from tests.local.support import PausedAnswerer, Serve, User, final


async def asked(user: User) -> tuple[str, str]:
    """A chat with a question, and the path of its answer."""
    chat = await user.chat()
    message = await user.say(chat, "Где ВРУ-1?")
    return chat, f"/chats/{chat}/answers/{message['id']}"


@asynccontextmanager
async def watching(user: User, path: str) -> AsyncIterator[AsyncIterator[tuple[str, dict[str, object]]]]:
    async def events() -> AsyncIterator[tuple[str, dict[str, object]]]:
        name = ""
        async for raw in response.content:
            field, _, value = raw.decode().rstrip("\n").partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                yield name, json.loads(value)

    async with user.session.get(user.server.url + path, headers=user.bearer) as response:
        assert (200, "text/event-stream") == (response.status, response.content_type)
        yield events()


async def text_of(user: User, path: str) -> str:
    """The text that somebody sees who looks at the answer to its end."""
    async with watching(user, path) as events:
        return "".join([str(data["token"]) async for name, data in events if name == "llm_token"])


@pytest.fixture
def viewers(monkeypatch: pytest.MonkeyPatch) -> asyncio.Queue[int]:
    """How many look at an answer, after each that came or left."""
    watched, counts = RunningAnswer.watch, asyncio.Queue[int]()

    @contextmanager
    def noted(answer: RunningAnswer) -> Iterator[None]:
        try:
            with watched(answer):
                counts.put_nowait(answer._viewers)
                yield
        finally:
            counts.put_nowait(answer._viewers)

    monkeypatch.setattr(RunningAnswer, "watch", noted)
    return counts


@pytest.mark.parametrize(
    ("name", "kind"), [("main.js", "javascript"), ("page.css", "css"), ("vendor/markdown-it.esm.min.js", "javascript")]
)
async def test_the_files_of_the_page_are_there(serve: Serve, name: str, kind: str) -> None:
    """Without a login, those of folders, too; browsers load no scripts of another type."""
    user = await serve()

    async with user.session.get(f"{user.server.url}/page/{name}") as response:
        assert (200, kind) == (response.status, response.content_type.partition("/")[2])
        assert (FOLDER / name).read_bytes() == await response.read()


@pytest.mark.parametrize(
    "name",
    ["a" * 9_000, "..%2f__init__.py", "%2fetc%2fpasswd", "vendor", "%00", "%0a"],
    ids=["long", "outside", "absolute", "folder", "nul", "line break"],
)
async def test_the_page_has_no_other_files(serve: Serve, caplog: pytest.LogCaptureFixture, name: str) -> None:
    """Anybody may ask for them, so nothing is logged for that."""
    user = await serve()

    async with user.session.get(URL(f"{user.server.url}/page/{name}", encoded=True)) as response:
        assert 404 == response.status
    assert [] == [record for record in caplog.records if record.levelno > logging.INFO]


async def test_an_answer_goes_on_when_its_viewer_leaves(
    serve: Serve, paused: PausedAnswerer, viewers: asyncio.Queue[int]
) -> None:
    """It is stored once, and seen whole by who comes back, before and after its end."""
    user = await serve(answerer=paused)
    chat, path = await asked(user)
    assert [202, 202] == [(await user.post(path)).status for _ in range(2)]
    async with watching(user, path) as events:
        async for name, _ in events:
            if name == "llm_token":
                break
    assert [1, 0] == [await viewers.get() for _ in range(2)]
    later = asyncio.create_task(text_of(user, path))
    assert 1 == await viewers.get()
    assert not paused.left.is_set()
    paused.opened.set()

    assert "раз два" == await later == await text_of(user, path)
    assert ["user", "assistant"] == [message["role"] for message in await user.history(chat)]
    assert 1 == len(paused.questions)


async def test_all_who_look_at_an_answer_are_counted(serve: Serve, paused: PausedAnswerer, viewers: asyncio.Queue[int]) -> None:
    """So that it is not given up while one of them is there."""
    user = await serve(answerer=paused)
    _, path = await asked(user)
    await user.post(path)
    async with watching(user, path) as first, watching(user, path) as second:
        await anext(first)
        await anext(second)

    assert [1, 2, 1, 0] == [await viewers.get() for _ in range(4)]


async def test_an_answer_is_begun_by_nothing_else(serve: Serve, paused: PausedAnswerer) -> None:
    """Looking and stopping find none before it is begun."""
    user = await serve(answerer=paused)
    _, path = await asked(user)

    assert [404, 404] == [(await user.ask(method, path)).status for method in ("GET", "DELETE")]
    assert [] == paused.questions


async def test_a_stop_ends_the_run(serve: Serve, paused: PausedAnswerer) -> None:
    """Nothing is stored, and the slot is free for the next."""
    user = await serve(answerer=paused, slots=1)
    chat, path = await asked(user)
    await user.post(path)
    await paused.entered.wait()
    assert 200 == (await user.ask("DELETE", path)).status
    async with watching(user, path) as events:
        *_, last = [event async for event in events]
    assert ("answer_stopped", {"reason": "requested"}) == last
    assert ["user"] == [message["role"] for message in await user.history(chat)]
    paused.opened.set()
    await user.say(chat, "А где ВРУ-2?")

    assert "раз два" == final(await user.events(chat))


async def test_an_answered_question_is_not_answered_again(serve: Serve, paused: PausedAnswerer) -> None:
    """Nor one that is not the chat's last message; the wire's own stream does."""
    user = await serve(answerer=paused)
    paused.opened.set()
    chat, path = await asked(user)
    await user.events(chat)
    assert 409 == (await user.post(path)).status
    assert 409 == (await user.post(f"/chats/{chat}/answers/{uuid4()}")).status

    assert 1 == len(paused.questions)


async def test_a_question_that_comes_meanwhile_is_not_answered_for_another(
    serve: Serve, paused: PausedAnswerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be answered once more when its own answer is begun."""
    user = await serve(answerer=paused)
    chat, path = await asked(user)
    look_up = page_handlers.last_question

    async def looked_up_late(*arguments: Any) -> ScopedQuestion:
        await user.say(chat, "А где ВРУ-2?")
        return await look_up(*arguments)

    monkeypatch.setattr(page_handlers, "last_question", looked_up_late)

    assert 409 == (await user.post(path)).status
    assert [] == paused.questions


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_an_answer_is_its_users(
    serve: Serve, paused: PausedAnswerer, second: Callable[[User], Awaitable[User]], method: str
) -> None:
    """Another user, whose chat it is not, sees and ends nothing; nor does one who names a chat of his own."""
    user = await serve(answerer=paused)
    _, path = await asked(user)
    await user.post(path)
    other = await second(user)
    own = f"/chats/{(await asked(other))[0]}/answers/{path.rpartition('/')[2]}"

    assert 403 == (await other.ask(method, path)).status
    assert (409 if method == "POST" else 404) == (await other.ask(method, own)).status
    assert not paused.left.is_set()


async def test_stopping_the_server_ends_it(serve: Serve, paused: PausedAnswerer) -> None:
    """With its viewers, whose streams break off."""
    user = await serve(answerer=paused)
    _, path = await asked(user)
    await user.post(path)
    async with watching(user, path) as events:
        await anext(events)
        await paused.entered.wait()
        async with asyncio.timeout(2):
            await user.server.__aexit__(None, None, None)
        with pytest.raises(aiohttp.ClientPayloadError):
            assert all([name != "answer_stopped" async for name, _ in events])

    assert paused.left.is_set()
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "answer for the page"]
