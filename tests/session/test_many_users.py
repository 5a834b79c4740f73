"""Thousands of users of one client, each by `with_options(static_token=…)`: bounded memory, and nobody meets another."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path
from typing import Any

import pytest

from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore
from aizoomdoc_client.session import chat_queue, known_files
from aizoomdoc_client.session.recent import Recent
from aizoomdoc_client.storage.base import TokenKey, TokenSet
from aizoomdoc_client.storage.locks import KeyedLocks
from aizoomdoc_client.testing import ScriptedServer, ServerBehavior, complex_answer


def client_of(server: ScriptedServer, token: str = "one", **options: Any) -> AsyncAIZoomDocClient:
    return AsyncAIZoomDocClient(server.url, token, token_store=MemoryTokenStore(), **options)


async def test_what_is_known_of_all_users_is_bounded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Files, chats and tokens of many users together are no more than those of a few."""
    monkeypatch.setattr(known_files, "FILES_OF_ALL_KEPT", 6)
    users = [f"user {number}" for number in range(30)]
    async with ScriptedServer(static_tokens=users) as server:
        store = MemoryTokenStore(most=5)
        async with AsyncAIZoomDocClient(server.url, users[0], token_store=store) as client:
            client._parts.connections.chats._recent._most = 7
            for user in users:
                one = client.with_options(static_token=user)
                await one.ask(await one.create_chat(), "?", files=[user.encode()])
            del one
            gc.collect()
            connections = client._parts.connections

            known = connections.files
            assert (6, 7) == (len(known.attached), len(connections.chats))
            assert [True] * 3 == [len(each) <= 12 for each in (known.versions, known.llm_copies, known.origins)]
            assert (5, 0, 1) == (len(store._entries), len(store._locks), len(connections.logins))


async def test_clients_of_one_user_know_the_same(tmp_path: Path) -> None:
    """A backend that makes a client for each request of a user uploads a file once, though it keeps none of them."""
    async with ScriptedServer(static_tokens=("one", "two"), behavior=ServerBehavior.PRODUCTION) as server:
        async with client_of(server, "two") as client:
            for user in ("one", "one", "two", "one"):
                one = client.with_options(static_token=user)
                await one.ask(await one.create_chat(), "?", files=[b"the same plan"])
                del one
                gc.collect()

        uploads = [request for request in server.requests if request.path == "/files/upload-for-llm"]
        assert 2 == len(uploads)  # one for each user


async def test_questions_of_one_user_take_turns_in_a_chat() -> None:
    """Also when they are asked by clients of their own: a server answers the chat's last message."""
    async with ScriptedServer(static_tokens=("one", "two"), behavior=ServerBehavior.CONTRACT) as server:
        async with client_of(server, "two") as client:
            chat = await client.with_options(static_token="one").create_chat()
            server.answer_with(lambda question: complex_answer(f"to {question.text}"))
            answers = await asyncio.gather(
                *(client.with_options(static_token="one").ask(chat, f"{number}?") for number in range(3))
            )

        assert ["to 0?", "to 1?", "to 2?"] == [answer.text for answer in answers]


async def test_another_login_knows_nothing_of_the_one_before() -> None:
    """After `authenticate` with another token a client has another user's files, and so have those that share its login."""
    async with ScriptedServer(static_tokens=("one", "two")) as server:
        async with client_of(server) as client:
            sibling = client.with_options(timeout=30)
            await client.ask(await client.create_chat(), "?", files=[b"a plan"])
            known = len(server.requests)
            await client.authenticate("two")
            await sibling.ask(await sibling.create_chat(), "?", files=[b"a plan"])

        later = [request.path for request in server.requests[known:]]
        assert 1 == later.count("/files/upload-for-llm")


def test_owners_do_not_see_one_another() -> None:
    """Each finds its own values, and the one used least recently goes, whosever it is."""
    shared = Recent[int](3)
    one, two = shared.for_owner(lambda: 1), shared.for_owner(lambda: 2)
    for part, value in ((one, 1), (two, 2), (one, 3)):
        part.put(f"key {value % 2}", value)
    two.get("key 0")
    two.put("key 1", 4)

    assert (3, None, 2, 4) == (one.get("key 1"), one.get("key 0"), two.get("key 0"), two.get("key 1"))
    assert [None, 3] == [shared.get("key 1"), len(shared)]


def test_a_memory_of_tokens_keeps_saved_logins() -> None:
    """What can be had again by a static token goes first; a saved login, which has the only copy of its own, stays."""
    store = MemoryTokenStore(most=2)
    login = TokenKey.of_profile("https://server.example", "default")
    store.save(login, TokenSet(static_token="only here"))
    keys = [TokenKey.of_static_token("https://server.example", str(number)) for number in range(4)]
    for key in keys[:2]:
        store.save(key, TokenSet(access_token="a"))
    store.load(keys[0])
    store.save(keys[2], TokenSet(access_token="a"))

    assert [True, False, True] == [store.load(key) is not None for key in keys[:3]]
    assert store.load(login) is not None
    store.save(login, TokenSet(access_token="a"))
    store.delete(keys[2])
    assert [False, True] == [store.load(key) is not None for key in (keys[2], login)]


async def test_locks_are_kept_while_they_are_needed() -> None:
    """A lock that is held, or waited for, is the same for all; one that nobody needs takes no memory."""
    locks, key = KeyedLocks(), TokenKey("https://server.example", "one")
    async with locks.of(key):
        waiting = asyncio.create_task(_hold(locks, key))
        await asyncio.sleep(0)
        assert 1 == len(locks)
        assert locks.of(key)._held
    assert await waiting
    del waiting
    gc.collect()

    assert 0 == len(locks)


async def _hold(locks: KeyedLocks, key: TokenKey) -> bool:
    async with locks.of(key):
        return locks.of(key)._held


def test_a_chat_in_use_keeps_its_state() -> None:
    """For its owner, however many chats of others came since; another owner has a state of its own."""
    shared = chat_queue.ChatStates()
    shared._recent._most = 2
    one, two = shared.for_owner(lambda: 1), shared.for_owner(lambda: 2)
    state = one.of("chat")
    for number in range(9):
        two.of(f"chat {number}")

    assert state is one.of("chat")
    assert state is not two.of("chat")


def test_the_states_of_one_chat_are_kept_for_each_of_its_users() -> None:
    """The one does not replace the other's, though nobody asks in it just now."""
    shared = chat_queue.ChatStates()
    one, two = shared.for_owner(lambda: 1), shared.for_owner(lambda: 2)
    one.of("chat").delivery_unknown = True
    two.of("chat")
    gc.collect()

    assert [True, False] == [part.of("chat").delivery_unknown for part in (one, two)]


@pytest.mark.parametrize("memory", ["versions", "attached", "llm_copies", "origins"])
def test_nobody_gets_the_files_of_another_user(memory: str) -> None:
    """Whatever is remembered of a file, also of one that both may use, is its user's own."""
    shared = known_files.KnownFiles.of_many_users()
    one, two = (getattr(shared.for_owner(owner), memory) for owner in (lambda: 1, lambda: 2))
    one.put("file", "of one")

    assert ("of one", None) == (one.get("file"), two.get("file"))
