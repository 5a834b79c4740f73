"""Responses: the same again for a repeated Idempotency-Key, and JSON whatever happens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tests.local.support import UNKNOWN_ID, Reply, Serve, User

Second = Callable[[User], Awaitable[User]]


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
    """A key belongs to one request."""
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
    """A request that was refused can be sent again, corrected, with its key."""
    chat, key = await user.chat(), {"Idempotency-Key": "k1"}
    refused = await user.post(f"/chats/{chat}/messages", {"content": "Вопрос", "attached_file_ids": [UNKNOWN_ID]}, headers=key)
    taken = await user.post(f"/chats/{chat}/messages", {"content": "Вопрос"}, headers=key)

    assert (404, 201) == (refused.status, taken.status)


async def test_a_lost_reply_to_a_refresh_can_be_asked_for_again(user: User) -> None:
    """The same Idempotency-Key gives the same tokens, although the refresh token was used up."""
    body, key = {"refresh_token": user.login["refresh_token"]}, {"Idempotency-Key": "once"}

    assert await user.post("/auth/refresh", body, headers=key) == await user.post("/auth/refresh", body, headers=key)


async def test_the_same_key_stores_one_file(user: User) -> None:
    """The boundary between the parts is another each time; the content decides."""
    key = {"Idempotency-Key": "k1"}
    first = await user.upload("а.txt", b"text", headers=key)

    assert first == await user.upload("а.txt", b"text", headers=key)
    assert 409 == (await user.upload("а.txt", b"other", headers=key)).status
    assert 1 == len(list((user.server.settings.data_dir / "files").iterdir()))


async def test_an_unknown_path_and_method_are_json(user: User) -> None:
    """No page of HTML."""
    assert Reply(404, {"detail": "Not Found"}) == await user.get("/nowhere")
    assert Reply(405, {"detail": "Method Not Allowed"}) == await user.ask("PUT", "/chats")
