"""Chats, messages and streams, by the production server and by the contract."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import attrs
import pytest
from websockets.asyncio.client import connect

from aizoomdoc_client.testing import ServerBehavior, SyncPoint, Wait, final, simple_answer
from tests.testing.websockets_client import asked, closing, with_behavior


async def test_a_new_chat_has_a_title_and_the_users_name(caller: Any) -> None:
    """201; an empty title is replaced by the default; `user_id` is the name of the user."""
    status, chat = await caller.call("POST", "/chats", json={"title": ""})

    assert (201, "Новый чат", "user-1") == (status, chat["title"], chat["user_id"])


async def test_the_contracts_user_id_is_an_id(contract: Any) -> None:
    """By the contract `user_id` is the id of the user."""
    assert contract.server.user.id == (await contract.call("POST", "/chats", json={}))[1]["user_id"]


async def test_chats_are_fifty_newest_first_whatever_the_limit(caller: Any) -> None:
    """Of 51 chats production lists 50, newest first, and ignores `limit`."""
    made = [await caller.chat() for _ in range(51)]
    _, listed = await caller.call("GET", "/chats?limit=2")

    assert made[:0:-1] == [chat["id"] for chat in listed]


async def test_the_contract_honours_the_limit(contract: Any) -> None:
    """By the contract `limit` limits the list."""
    for _ in range(3):
        await contract.chat()

    assert 2 == len((await contract.call("GET", "/chats?limit=2"))[1])


@pytest.mark.parametrize("limit", ["many", "1.5", "0", "-1"])
async def test_the_contract_refuses_what_is_no_limit(contract: Any, limit: str) -> None:
    """A 422, as for every field that does not fit, and no error of the server itself."""
    assert 422 == (await contract.call("GET", f"/chats?limit={limit}"))[0]


async def test_a_history_shows_the_oldest_hundred_messages(caller: Any) -> None:
    """Of 101 messages the newest is not shown."""
    chat_id = await caller.chat()
    stored = [caller.server.chats[chat_id].add("user", str(number)) for number in range(101)]
    _, history = await caller.call("GET", f"/chats/{chat_id}")

    assert [message.id for message in stored[:100]] == [message["id"] for message in history["messages"]]
    assert chat_id == history["chat"]["id"]


async def test_a_chat_is_deleted_a_moment_later(caller: Any) -> None:
    """202 at once, while the chat still exists; soon it does not."""
    chat_id = await caller.chat()
    status, body = await caller.call("DELETE", f"/chats/{chat_id}")
    there_still = chat_id in caller.server.chats
    await caller.server.until(lambda: chat_id not in caller.server.chats)

    assert (202, chat_id, True) == (status, body["chat_id"], there_still)
    assert 404 == (await caller.call("GET", f"/chats/{chat_id}"))[0]


async def test_the_same_post_twice_makes_two_messages(caller: Any) -> None:
    """Production ignores idempotency keys."""
    chat_id = await caller.chat()
    headers = {**caller.headers, "Idempotency-Key": "one"}
    for _ in range(2):
        await caller.call("POST", f"/chats/{chat_id}/messages", json={"content": "Где?"}, headers=headers)

    assert ["Где?", "Где?"] == [message.content for message in caller.server.messages(chat_id)]
    assert ["one", "one"] == [post.idempotency_key for post in caller.server.posts]


async def test_a_server_may_honour_idempotency_keys(caller: Any) -> None:
    """With the flag set, the same key gives the same message again."""
    caller.server.behavior = attrs.evolve(caller.server.behavior, honours_idempotency_keys=True)
    chat_id, headers = await caller.chat(), {**caller.headers, "Idempotency-Key": "one"}
    replies = [await caller.call("POST", f"/chats/{chat_id}/messages", json={"content": "?"}, headers=headers) for _ in range(2)]

    assert replies[0] == replies[1]
    assert 1 == len(caller.server.messages(chat_id))


async def test_production_does_not_show_attachments(caller: Any) -> None:
    """The fields are accepted, and the message has none of them."""
    ids = [str(uuid4())]
    body = {"content": "?", "attached_file_ids": ids, "attached_document_ids": ids, "google_file_uris": ["3"]}
    status, message = await caller.call("POST", f"/chats/{await caller.chat()}/messages", json=body)

    assert 201 == status
    assert {"id", "chat_id", "role", "content", "message_type", "created_at", "images"} == set(message)


async def test_the_contract_echoes_attachments(contract: Any) -> None:
    """`attached_file_ids` is in the response and in the history."""
    chat_id, ids = await contract.chat(), [str(uuid4())]
    _, message = await contract.call("POST", f"/chats/{chat_id}/messages", json={"content": "?", "attached_file_ids": ids})
    _, history = await contract.call("GET", f"/chats/{chat_id}")

    assert ids == message["attached_file_ids"] == history["messages"][0]["attached_file_ids"]


@pytest.mark.parametrize("endpoint", ["/chats/{}", "/chats/{}/stream"])
async def test_somebody_elses_chat_is_forbidden(caller: Any, endpoint: str) -> None:
    """403 "Access denied" for another user."""
    chat_id = await caller.chat("Где?")
    caller.token = caller.server.issue_token(caller.server.store.add_user("other", "other"))

    assert (403, {"detail": "Access denied"}) == await caller.call("GET", endpoint.format(chat_id))


async def test_an_unknown_chat_is_404_and_a_malformed_one_422(caller: Any) -> None:
    """Both with the server's own bodies."""
    assert (404, {"detail": "Chat not found"}) == await caller.call("GET", f"/chats/{uuid4()}")
    status, error = await caller.call("GET", "/chats/one")
    assert (422, ["path", "chat_id"], "one") == (status, error["detail"][0]["loc"], error["detail"][0]["input"])


@pytest.mark.parametrize("body", ["{", "[]", "{}", '{"content": 1}'])
async def test_a_body_that_cannot_be_used_is_422(caller: Any, body: str) -> None:
    """Invalid JSON, no object, a missing field, a field of the wrong type."""
    assert 422 == (await caller.call("POST", f"/chats/{await caller.chat()}/messages", data=body))[0]


async def test_every_opening_of_the_stream_is_a_run_of_its_own(caller: Any) -> None:
    """Opening the stream twice runs the model twice on the last message, and stores two answers."""
    chat_id = await caller.chat("Первый?", "Второй?")
    await caller.stream(chat_id)
    await caller.stream(chat_id)

    last = caller.server.posts[-1].message_id
    assert [(last, "sse", "finished")] * 2 == [(run.message_id, run.transport, run.state) for run in caller.server.model_runs]
    assert ["user", "user", "assistant", "assistant"] == [message.role for message in caller.server.messages(chat_id)]


@pytest.mark.parametrize("chat", ["unknown", "empty"])
async def test_a_stream_without_a_question_is_404(caller: Any, chat: str) -> None:
    """An unknown chat, or one without a user's message."""
    chat_id = await caller.chat() if chat == "empty" else uuid4()

    assert (404, {"detail": "User message not found"}) == await caller.call("GET", f"/chats/{chat_id}/stream")


async def test_a_stream_outlives_its_token(caller: Any) -> None:
    """A token that expires while its stream is open does not end the stream."""
    released, chat_id = SyncPoint(), await caller.chat("?")
    caller.server.script_answer(simple_answer("ответ").preceded_by(Wait(released)))
    async with caller.session.get(f"/chats/{chat_id}/stream", headers=caller.headers) as response:
        caller.server.expire_tokens()
        released.set()
        assert "completed" in await response.text()


@pytest.mark.parametrize("token", ["", "abc"])
async def test_the_stub_of_production_accepts_any_token_and_never_closes(caller: Any, token: str) -> None:
    """One error frame, then an open connection that answers pings; no model runs."""
    async with connect(caller.websocket_url(await caller.chat("?"), token)) as websocket:
        frame = json.loads(await websocket.recv())
        await (await websocket.ping())

        assert ["event", "data", "timestamp"] == list(frame)
        assert ("error", {"message": "WebSocket streaming not implemented yet"}) == (frame["event"], frame["data"])
        assert [] == caller.server.model_runs
    assert 1000 == websocket.close_code


async def test_the_contract_streams_frames_and_closes(contract: Any) -> None:
    """Events until completed, then close code 1000; the answer is stored."""
    chat_id = await contract.chat("Где?")
    async with connect(contract.websocket_url(chat_id)) as websocket:
        frames, closed = await closing(websocket)
    events = [json.loads(frame) for frame in frames]

    assert 1000 == closed.rcvd.code
    assert ["llm_final", "completed"] == [event["event"] for event in events[-2:]]
    assert events[-2]["data"]["content"] == contract.server.chats[chat_id].answers[0].content
    assert [("ws", "finished")] == [(run.transport, run.state) for run in contract.server.model_runs]


async def test_the_server_may_leave_the_closing_to_the_client(contract: Any) -> None:
    """Without `websocket_closes_when_done` the connection stays open after the last event."""
    with_behavior(contract, attrs.evolve(ServerBehavior.CONTRACT, websocket_closes_when_done=False))
    async with asked(contract, final("ответ")) as websocket:
        await websocket.recv()
        await (await websocket.ping())
    assert 1000 == websocket.close_code


@pytest.mark.parametrize("spoil", ["none", "garbage", "expired", "secret"])
async def test_a_bad_token_closes_4401(contract: Any, spoil: str) -> None:
    """The handshake succeeds, no event is sent, and no model runs."""
    token = {"none": "", "garbage": "abc"}.get(spoil, contract.token)
    chat_id = await contract.chat("?")
    if spoil in {"expired", "secret"}:
        (contract.server.expire_tokens if spoil == "expired" else contract.server.change_secret)()
    async with connect(contract.websocket_url(chat_id, token)) as websocket:
        frames, closed = await closing(websocket)

    assert ([], 4401, []) == (frames, closed.rcvd.code, contract.server.model_runs)


async def test_somebody_elses_chat_closes_4403(contract: Any) -> None:
    """The handshake succeeds, and the close code says that the chat is forbidden."""
    chat_id = await contract.chat("?")
    token = contract.server.issue_token(contract.server.store.add_user("other", "other"))
    async with connect(contract.websocket_url(chat_id, token)) as websocket:
        assert 4403 == (await closing(websocket))[1].rcvd.code


async def test_a_stream_without_a_question_is_an_error_event(contract: Any) -> None:
    """The error frame, then a close in good order."""
    async with connect(contract.websocket_url(await contract.chat())) as websocket:
        frames, closed = await closing(websocket)

    assert ("error", {"message": "User message not found"}) == tuple(json.loads(frames[0]).values())[:2]
    assert (1, 1000) == (len(frames), closed.rcvd.code)
