"""Answers as they come, by server-sent events and by WebSocket."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from uuid import uuid4

import aiohttp
import pytest

from tests.local.support import Event, PausedAnswerer, Serve, User, ask_about_note, final, frames


@pytest.mark.parametrize("profile", ["simple", "complex"])
async def test_both_transports_send_the_same(user: User, profile: str) -> None:
    """Names and data are the same but for the run's own id."""
    await user.ask("PATCH", "/me/settings", json={"model_profile": profile})
    chat = await ask_about_note(user)
    await user.events(chat)  # the document is read by then, and no progress of reading is told any more
    by_events = [event for event in await user.events(chat) if event.name != "processing_started"]
    received, code = await frames(user, chat)
    by_socket = [Event(frame["event"], frame["data"]) for frame in received if frame["event"] != "processing_started"]

    assert (by_events, 1000) == (by_socket, code)
    assert all(datetime.fromisoformat(frame["timestamp"]).tzinfo is not None for frame in received)


async def test_letters_are_not_escaped(user: User) -> None:
    """UTF-8 as it is, so that a stream of Russian text is not thrice as long."""
    chat = await ask_about_note(user)
    async with user.session.get(f"{user.server.url}/chats/{chat}/stream", headers=user.bearer) as response:
        assert "Ищу".encode() in await response.read()


async def test_a_thousand_documents_can_be_named(user: User) -> None:
    """The query is read to its end: the first document that the server does not have is named."""
    chat, ids = await ask_about_note(user), [str(uuid4()) for _ in range(1000)]
    reply = await user.get(f"/chats/{chat}/stream", params=[("document_ids", each) for each in ids])

    assert (404, f"Document {ids[0]} not found") == (reply.status, reply.body["detail"])


async def test_what_is_too_long_to_be_read_stays_out_of_the_log(user: User, caplog: pytest.LogCaptureFixture) -> None:
    """A refused request line, which has the token of a WebSocket in it, is not quoted in the log."""
    chat, token = await ask_about_note(user), user.login["access_token"]
    async with user.session.get(f"{user.server.url}/chats/{chat}/stream?token={token}&document_ids={'0' * 70_000}") as response:
        assert 400 == response.status

    told = [record.getMessage() for record in caplog.records if record.levelno > logging.INFO]  # a test before may show requests
    assert ["Error handling request from 127.0.0.1"] == told
    assert token[:5] not in caplog.text


async def test_a_chat_without_a_question_is_404(user: User) -> None:
    """The detail is the wire's."""
    reply = await user.get(f"/chats/{await user.chat()}/stream")

    assert (404, {"detail": "User message not found"}) == (reply.status, reply.body)


@pytest.mark.parametrize(
    ("token", "chat", "code"),
    [("garbage", None, 4401), ("", None, 4401), (None, str(uuid4()), 4404), (None, "nonsense", 4404)],
    ids=["garbage", "no token", "no such chat", "no chat id"],  # a random id would be another test in every process
)
async def test_a_socket_is_accepted_and_then_closed_with_the_reason(
    user: User, token: str | None, chat: str | None, code: int
) -> None:
    """A browser sees close codes, not handshake statuses."""
    path = chat or await ask_about_note(user)
    query = {} if token is None else {"token": token}
    async with user.socket(path, **query) as socket:
        message = await socket.receive()

    assert (aiohttp.WSMsgType.CLOSE, code, True) == (message.type, message.data, bool(message.extra))


async def test_a_foreign_chat_closes_the_socket_with_4403(user: User, second: Callable[[User], Awaitable[User]]) -> None:
    """And says why."""
    chat, other = await ask_about_note(user), await second(user)
    async with other.socket(chat) as socket:
        message = await socket.receive()

    assert (4403, "Access denied") == (message.data, message.extra)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"document_ids": str(uuid4())}, 404),
        ({"document_ids": "x"}, 422),
        ({"compare_document_ids_a": str(uuid4())}, 404),
        ({"google_files": '[{"uri": "https://elsewhere/1"}]'}, 404),
        ({"google_files": "{"}, 422),
        ({"google_files": '[{"mime_type": "a/b"}]'}, 422),
        ({"tree_files": '[{"r2_key": "projects/../../etc/passwd", "file_type": "pdf"}]'}, 404),
        ({"client_id": "nobody"}, 404),
    ],
)
async def test_a_query_that_does_not_fit_is_refused_before_the_stream(user: User, query: dict[str, str], status: int) -> None:
    """By status, or on a socket by the close code of the same number."""
    chat = await ask_about_note(user)
    reply = await user.get(f"/chats/{chat}/stream", params=query)
    async with user.socket(chat, **query) as socket:
        message = await socket.receive()

    assert (status, 4000 + status) == (reply.status, message.data)
    assert reply.body["detail"]


async def test_a_client_that_disconnects_cancels_the_run(serve: Serve, paused: PausedAnswerer) -> None:
    """Nothing is stored, and the slot is free for the next."""
    user = await serve(answerer=paused, slots=1)
    chat = await ask_about_note(user)
    async with user.listen(chat) as events:
        async for event in events:
            if event.name == "llm_token":
                break
    await paused.left.wait()
    paused.opened.set()

    assert ["user"] == [message["role"] for message in await user.history(chat)]
    assert "раз два" == final(await user.events(chat))


@pytest.mark.parametrize("with_handshake", [True, False])
async def test_a_socket_that_closes_cancels_the_run(serve: Serve, paused: PausedAnswerer, with_handshake: bool) -> None:
    """With a closing handshake or by a cut connection; nothing is stored."""
    user = await serve(answerer=paused)
    chat = await ask_about_note(user)
    async with user.socket(chat) as socket:
        await paused.entered.wait()
        if not with_handshake:
            socket._response.connection.transport.abort()
    await paused.left.wait()

    assert ["user"] == [message["role"] for message in await user.history(chat)]


async def test_stopping_the_server_ends_open_streams(serve: Serve, paused: PausedAnswerer) -> None:
    """The run is cancelled, a socket is told that the server goes away, an event stream breaks off."""
    user = await serve(answerer=paused)
    chat = await ask_about_note(user)
    async with user.listen(chat) as events, user.socket(chat) as socket:
        by_socket = asyncio.create_task(read_frames(socket))
        by_events = asyncio.create_task(read_events(events))
        await paused.both.wait()
        await user.server.__aexit__(None, None, None)

        assert ["processing_started", "llm_token"] == await by_socket
        assert ["processing_started", "llm_token"] == await by_events
        assert 1001 == socket.close_code


async def read_frames(socket: aiohttp.ClientWebSocketResponse) -> list[str]:
    names = [json.loads(message.data)["event"] async for message in socket]
    return [name for name in names if not name.startswith("phase_")]


async def read_events(events: AsyncIterator[Event]) -> list[str]:
    names: list[str] = []
    try:
        async for event in events:
            names.append(event.name)  # noqa: PERF401 (the loop ends in an exception)
    except aiohttp.ClientPayloadError:
        return [name for name in names if not name.startswith("phase_")]
    raise AssertionError("the stream ended as if it were whole")
