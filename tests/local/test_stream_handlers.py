"""Answers as they come, by server-sent events and by WebSocket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
import websockets

from aizoomdoc_client.local import Delta, Question
from tests.local.api_user import LAYOUT, Event, Gate, Serve, User, final


async def asked(user: User, question: str = "Где находится ВРУ-1?") -> str:
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


@pytest.mark.parametrize("profile", ["simple", "complex"])
async def test_both_transports_tell_the_same(user: User, profile: str) -> None:
    """Names and data are the same but for the run's own id."""
    await user.ask("PATCH", "/me/settings", json={"model_profile": profile})
    chat = await asked(user)
    await user.events(chat)  # the document is read by then, and no progress of reading is told any more
    by_events = [event for event in await user.events(chat) if event.name != "processing_started"]
    received, code = await frames(user, chat)
    by_socket = [Event(frame["event"], frame["data"]) for frame in received if frame["event"] != "processing_started"]

    assert (by_events, 1000) == (by_socket, code)
    assert all(datetime.fromisoformat(frame["timestamp"]).tzinfo is not None for frame in received)


async def test_the_tokens_are_the_answer(user: User) -> None:
    """Joined they are `accumulated`, `llm_final` and the stored message; `completed` comes last."""
    chat = await asked(user)
    events = await user.events(chat)
    tokens = [event.data for event in events if event.name == "llm_token"]
    text = "".join(token["token"] for token in tokens)

    assert len(tokens) > 5
    assert all(token["accumulated"].endswith(token["token"]) and token["model"] == "extracts" for token in tokens)
    assert text == tokens[-1]["accumulated"] == final(events) == (await user.history(chat))[-1]["content"]
    assert ["processing_started", "phase_started"] == [event.name for event in events[:2]]
    assert ["llm_final", "completed"] == [event.name for event in events[-2:]]


async def test_the_complex_profile_thinks_aloud(user: User) -> None:
    """Thinking comes before the tokens and is repeated in `llm_final`; the simple profile has none."""
    chat = await asked(user)
    simple = await user.events(chat)
    await user.ask("PATCH", "/me/settings", json={"model_profile": "complex"})
    events = await user.events(chat)
    names = [event.name for event in events]
    thinking = "".join(event.data["content"] for event in events if event.name == "llm_thinking")

    assert "llm_thinking" not in {event.name for event in simple}
    assert names.index("llm_thinking") < names.index("llm_token")
    assert thinking == events[-2].data["thinking"] != ""


async def test_the_answer_is_stored_before_it_is_final(user: User) -> None:
    """Whoever has seen `llm_final` finds the answer in the history."""
    chat = await asked(user)
    async with user.listen(chat) as events:
        async for event in events:
            if event.name == "llm_final":
                assert event.data["content"] == (await user.history(chat))[-1]["content"]
                return


async def test_opening_the_stream_again_answers_again(user: User) -> None:
    """There is no resume, as on all servers: the last user message is answered once more."""
    chat = await asked(user)
    await user.events(chat)
    await user.events(chat)

    assert ["user", "assistant", "assistant"] == [message["role"] for message in await user.history(chat)]


async def test_letters_are_not_escaped(user: User) -> None:
    """UTF-8 as it is, so that a stream of Russian text is not thrice as long."""
    chat = await asked(user)
    async with user.session.get(f"{user.server.url}/chats/{chat}/stream", headers=user.bearer) as response:
        assert "Ищу".encode() in await response.read()


async def test_a_chat_without_a_question_is_404(user: User) -> None:
    """The detail is the wire's."""
    reply = await user.get(f"/chats/{await user.chat()}/stream")

    assert (404, {"detail": "User message not found"}) == (reply.status, reply.body)


@pytest.mark.parametrize(
    ("token", "chat", "code"), [("garbage", None, 4401), ("", None, 4401), (None, str(uuid4()), 4404), (None, "nonsense", 4404)]
)
async def test_a_socket_is_accepted_and_then_closed_with_the_reason(
    user: User, token: str | None, chat: str | None, code: int
) -> None:
    """A browser sees close codes, not handshake statuses."""
    path = chat or await asked(user)
    query = {} if token is None else {"token": token}
    async with user.socket(path, **query) as socket:
        message = await socket.receive()

    assert (aiohttp.WSMsgType.CLOSE, code, True) == (message.type, message.data, bool(message.extra))


async def test_a_foreign_chat_closes_the_socket_with_4403(user: User, second: Callable[[User], Awaitable[User]]) -> None:
    """And says why."""
    chat, other = await asked(user), await second(user)
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
    chat = await asked(user)
    reply = await user.get(f"/chats/{chat}/stream", params=query)
    async with user.socket(chat, **query) as socket:
        message = await socket.receive()

    assert (status, 4000 + status) == (reply.status, message.data)
    assert reply.body["detail"]


async def test_a_reader_who_leaves_cancels_the_run(serve: Serve, gate: Gate) -> None:
    """Nothing is stored, and the slot is free for the next."""
    user = await serve(answerer=gate, slots=1)
    chat = await asked(user)
    async with user.listen(chat) as events:
        async for event in events:
            if event.name == "llm_token":
                break
    await gate.left.wait()
    gate.opened.set()

    assert ["user"] == [message["role"] for message in await user.history(chat)]
    assert "раз два" == final(await user.events(chat))


@pytest.mark.parametrize("goodbye", [True, False])
async def test_a_socket_that_closes_cancels_the_run(serve: Serve, gate: Gate, goodbye: bool) -> None:
    """With a closing handshake or by a cut connection; nothing is stored."""
    user = await serve(answerer=gate)
    chat = await asked(user)
    async with user.socket(chat) as socket:
        await gate.entered.wait()
        if not goodbye:
            socket._response.connection.transport.abort()
    await gate.left.wait()

    assert ["user"] == [message["role"] for message in await user.history(chat)]


class Broken:
    model = "broken"

    async def answer(self, question: Question) -> AsyncGenerator[Delta, None]:
        yield Delta("начало ")
        raise RuntimeError("the secret inside")


async def test_a_failing_answerer_ends_in_an_error_event(serve: Serve) -> None:
    """Without its inside, without `completed`, and nothing is stored; the socket closes with 1000."""
    user = await serve(answerer=Broken())
    chat = await asked(user)
    last = (await user.events(chat))[-1]
    received, code = await frames(user, chat)

    assert Event("error", {"message": "Internal server error"}) == last
    assert ("error", 1000) == (received[-1]["event"], code)
    assert ["user"] == [message["role"] for message in await user.history(chat)]


async def test_deleting_the_chat_meanwhile_ends_in_an_error_event(serve: Serve, gate: Gate) -> None:
    """An answer without a chat is no answer."""
    user = await serve(answerer=gate)
    chat = await asked(user)
    reading = asyncio.create_task(user.events(chat))
    await gate.entered.wait()
    await user.ask("DELETE", f"/chats/{chat}")
    gate.opened.set()

    assert Event("error", {"message": "Chat not found"}) == (await reading)[-1]


async def test_stopping_the_server_ends_open_streams(serve: Serve, gate: Gate) -> None:
    """The run is cancelled, a socket is told that the server goes away, an event stream breaks off."""
    user = await serve(answerer=gate)
    chat = await asked(user)
    async with user.listen(chat) as events, user.socket(chat) as socket:
        by_socket = asyncio.create_task(read_frames(socket))
        by_events = asyncio.create_task(read_events(events))
        await gate.both.wait()
        await user.server.__aexit__(None, None, None)

        assert ["processing_started", "phase_started", "phase_started", "llm_token"] == await by_socket
        assert ["processing_started", "phase_started", "phase_started", "llm_token"] == await by_events
        assert 1001 == socket.close_code


async def read_frames(socket: aiohttp.ClientWebSocketResponse) -> list[str]:
    names = [json.loads(message.data)["event"] async for message in socket]
    return [name for name in names if name != "phase_progress"]


async def read_events(events: AsyncIterator[Event]) -> list[str]:
    names: list[str] = []
    try:
        async for event in events:
            names.append(event.name)  # noqa: PERF401 (the loop ends in an exception)
    except aiohttp.ClientPayloadError:
        return [name for name in names if name != "phase_progress"]
    raise AssertionError("the stream ended as if it were whole")


async def test_the_answerer_is_given_what_is_known(serve: Serve, gate: Gate) -> None:
    """The question, the passages, the chat before it, the settings and the role: all that a model would need."""
    gate.opened.set()
    user = await serve(answerer=gate)
    await user.ask("PATCH", "/me/settings", json={"selected_role_prompt_id": 1})
    chat = await asked(user, "Первый вопрос?")
    await user.events(chat)
    await user.say(chat, "Где ВРУ-1?")
    await user.events(chat)
    question = gate.questions[-1]

    assert ("Где ВРУ-1?", "Инженер") == (question.text, question.role and question.role.name)
    assert ["Первый вопрос?", "раз два"] == [message.content for message in question.history]
    assert ["Записка.md"] == [quote.document for quote in question.groups[0].quotes]
