"""Chats and messages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.local.support import UNKNOWN_ID, Reply, User

Second = Callable[[User], Awaitable[User]]


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
    reply = await user.post(f"/chats/{chat}/messages", {"content": "Вопрос", field: [UNKNOWN_ID]})

    assert (404, True) == (reply.status, UNKNOWN_ID in reply.body["detail"])
    assert [] == await user.history(chat)


async def test_another_users_file_cannot_be_attached(user: User, second: Second) -> None:
    """403, as for reading it."""
    file, other = (await user.upload("а.txt", b"text")).body["id"], await second(user)
    reply = await other.post(f"/chats/{await other.chat()}/messages", {"content": "Вопрос", "attached_file_ids": [file]})

    assert Reply(403, {"detail": "Access denied"}) == reply
