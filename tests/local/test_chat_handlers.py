"""Chats and messages."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from tests.local.api_user import Reply, Serve, User

Second = Callable[[User], Awaitable[User]]
UNKNOWN = str(uuid4())


async def test_a_chat_without_a_title_gets_one(user: User) -> None:
    """201, with the user's name for an id, as all servers have it."""
    reply = await user.post("/chats", {"title": "", "description": "о чём"})

    assert (201, "Новый чат", "о чём", "user1") == (
        reply.status,
        reply.body["title"],
        reply.body["description"],
        reply.body["user_id"],
    )


async def test_the_newest_chats_come_first_and_limit_works(user: User) -> None:
    """Messages do not move a chat."""
    made = [await user.chat() for _ in range(3)]
    await user.say(made[0], "Вопрос")

    assert made[::-1] == [chat["id"] for chat in (await user.get("/chats")).body]
    assert made[:0:-1] == [chat["id"] for chat in (await user.get("/chats?limit=2")).body]


@pytest.mark.parametrize("limit", ["0", "-1", "many"])
async def test_a_limit_out_of_range_is_422(user: User, limit: str) -> None:
    """The detail says where it stood."""
    reply = await user.get(f"/chats?limit={limit}")

    assert (422, ["query", "limit"]) == (reply.status, reply.body["detail"][0]["loc"])


async def test_a_deleted_chat_is_gone(user: User) -> None:
    """202 first, 404 afterwards."""
    chat = await user.chat()
    deleted = await user.ask("DELETE", f"/chats/{chat}")

    assert (202, chat) == (deleted.status, deleted.body["chat_id"])
    assert Reply(404, {"detail": "Chat not found"}) == await user.get(f"/chats/{chat}")


async def test_another_users_chat_is_403_everywhere(user: User, second: Second) -> None:
    """Reading, writing, streaming and deleting alike."""
    chat, other = await user.chat(), await second(user)
    await user.say(chat, "Моё")

    denied = Reply(403, {"detail": "Access denied"})
    assert denied == await other.get(f"/chats/{chat}")
    assert denied == await other.post(f"/chats/{chat}/messages", {"content": "Чужое"})
    assert denied == await other.get(f"/chats/{chat}/stream")
    assert denied == await other.ask("DELETE", f"/chats/{chat}")
    assert [] == (await other.get("/chats")).body


@pytest.mark.parametrize("path", ["/chats/{}", "/chats/{}/stream", "/files/{}", "/projects/documents/{}/results"])
async def test_an_unknown_id_is_404_and_a_malformed_one_422(user: User, path: str) -> None:
    """For every noun."""
    malformed = await user.get(path.format("not-a-uuid"))

    assert 404 == (await user.get(path.format(UNKNOWN))).status
    assert (422, "uuid_parsing", "not-a-uuid") == (
        malformed.status,
        malformed.body["detail"][0]["type"],
        malformed.body["detail"][0]["input"],
    )


async def test_the_history_is_the_oldest_hundred(user: User) -> None:
    """As all servers of this contract have it."""
    chat = await user.chat()
    for number in range(101):
        await user.say(chat, f"Вопрос {number}")
    history = await user.history(chat)

    assert [f"Вопрос {number}" for number in range(100)] == [message["content"] for message in history]
    assert {"user"} == {message["role"] for message in history}


async def test_a_message_tells_what_it_attaches(user: User) -> None:
    """In the reply and in the history."""
    chat = await user.chat()
    file = (await user.upload("а.txt", b"text")).body["id"]
    said = await user.say(chat, "Вопрос", attached_file_ids=[file])

    assert [file] == said["attached_file_ids"]
    assert [said] == await user.history(chat)


@pytest.mark.parametrize("field", ["attached_file_ids", "attached_document_ids"])
async def test_an_attachment_that_is_not_there_is_404_and_nothing_is_stored(user: User, field: str) -> None:
    """The detail names it."""
    chat = await user.chat()
    reply = await user.post(f"/chats/{chat}/messages", {"content": "Вопрос", field: [UNKNOWN]})

    assert (404, True) == (reply.status, UNKNOWN in reply.body["detail"])
    assert [] == await user.history(chat)


async def test_another_users_file_cannot_be_attached(user: User, second: Second) -> None:
    """403, as for reading it."""
    file, other = (await user.upload("а.txt", b"text")).body["id"], await second(user)
    reply = await other.post(f"/chats/{await other.chat()}/messages", {"content": "Вопрос", "attached_file_ids": [file]})

    assert Reply(403, {"detail": "Access denied"}) == reply


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ("{}", ["body", "content"]),
        ('{"content": "  "}', ["body", "content"]),
        ('{"content": 1}', ["body", "content"]),
        ('{"content": "a", "attached_file_ids": ["x"]}', ["body", "attached_file_ids", 0]),
        ("not json", ["body"]),
        ("[]", ["body"]),
        ('"\\ud800"', ["body"]),
    ],
)
async def test_a_body_that_does_not_fit_is_422_that_says_where(user: User, body: str, where: list[str | int]) -> None:
    """And nothing is stored."""
    chat = await user.chat()
    reply = await user.ask("POST", f"/chats/{chat}/messages", data=body)

    assert (422, where) == (reply.status, reply.body["detail"][0]["loc"])
    assert [] == await user.history(chat)


async def test_the_same_key_gives_the_first_reply_again(serve: Serve) -> None:
    """One message is stored, also when the server was started anew in between."""
    user, key = await serve(), {"Idempotency-Key": "k1"}
    chat = await user.chat()
    first = await user.post(f"/chats/{chat}/messages", {"content": "Вопрос"}, headers=key)
    await user.server.__aexit__(None, None, None)
    again = await serve()

    assert first == await again.post(f"/chats/{chat}/messages", {"content": "Вопрос"}, headers=key)
    assert 1 == len(await again.history(chat))


async def test_the_same_key_with_another_body_is_409(user: User) -> None:
    """A key names one request, not two."""
    chat, key = await user.chat(), {"Idempotency-Key": "k1"}
    await user.post(f"/chats/{chat}/messages", {"content": "Вопрос"}, headers=key)

    assert 409 == (await user.post(f"/chats/{chat}/messages", {"content": "Другой"}, headers=key)).status


async def test_a_key_is_good_for_one_path_and_one_user(user: User, second: Second) -> None:
    """The same key elsewhere is another request."""
    key, other = {"Idempotency-Key": "k1"}, await second(user)
    replies = [await someone.post("/chats", {"title": "Чат"}, headers=key) for someone in (user, other)]
    said = await user.post(f"/chats/{replies[0].body['id']}/messages", {"content": "Вопрос"}, headers=key)

    assert ["user1", "user2"] == [reply.body["user_id"] for reply in replies]
    assert 201 == said.status


async def test_a_failed_request_does_not_use_up_its_key(user: User) -> None:
    """What was refused can be tried again in earnest."""
    chat, key = await user.chat(), {"Idempotency-Key": "k1"}
    refused = await user.post(f"/chats/{chat}/messages", {"content": "Вопрос", "attached_file_ids": [UNKNOWN]}, headers=key)
    taken = await user.post(f"/chats/{chat}/messages", {"content": "Вопрос"}, headers=key)

    assert (404, 201) == (refused.status, taken.status)


async def test_an_unknown_path_and_method_are_json(user: User) -> None:
    """No page of HTML."""
    assert Reply(404, {"detail": "Not Found"}) == await user.get("/nowhere")
    assert Reply(405, {"detail": "Method Not Allowed"}) == await user.ask("PUT", "/chats")


async def test_a_body_of_megabytes_is_413(user: User) -> None:
    """Questions are not that long."""
    body = io.BytesIO(b'{"content": "' + b"a" * 5_000_000 + b'"}')
    reply = await user.ask("POST", f"/chats/{await user.chat()}/messages", data=body)

    assert Reply(413, {"detail": "Request body too large"}) == reply
