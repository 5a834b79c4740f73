"""Clients after use: copied as their settings, and used again after they were closed."""

from __future__ import annotations

import asyncio
import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aizoomdoc_client import (
    AIZoomDocClient,
    AsyncAIZoomDocClient,
    AuthenticationError,
    FileTokenStore,
    MemoryTokenStore,
    RetryPolicy,
    TokenStore,
)
from aizoomdoc_client.testing import ScriptedServer, running_server
from tests.client_and_server import client_and_server


def pickled(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))


COPIES: dict[str, Callable[[Any], Any]] = {"pickle": pickled, "copy": copy.copy, "deepcopy": copy.deepcopy}
STORES: dict[str, Callable[[Path], TokenStore]] = {
    "memory": lambda _: MemoryTokenStore(),
    "file": lambda folder: FileTokenStore(folder / "tokens.json", lock_timeout=1.5),
}


@pytest.fixture
def token_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process has the static token in its environment, as workers of a queue have."""
    monkeypatch.setenv("AIZOOMDOC_TOKEN", "your-static-token")


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("way", COPIES)
def test_a_sync_client_is_copied_after_use(way: str, store: str, tmp_path: Path, token_here: None) -> None:
    """The copy has the settings, works by itself, and has no token of the original in it."""
    with running_server() as server:
        retry = RetryPolicy(attempts=2)
        with AIZoomDocClient(server.url, server.static_token, token_store=STORES[store](tmp_path), retry=retry) as client:
            client.ask(client.create_chat(), "?")
            token = next(request.headers["Authorization"] for request in server.requests if "Authorization" in request.headers)
            other = COPIES[way](client)

        with other:
            assert client.config == other.config
            assert ("user-1", AIZoomDocClient) == (other.get_me().user.username, type(other))
        assert token.removeprefix("Bearer ").encode() not in pickle.dumps(client)


@pytest.mark.parametrize("way", COPIES)
def test_an_async_client_is_copied_after_use(way: str, token_here: None) -> None:
    """The same, in another event loop."""
    with running_server() as server:
        client = AsyncAIZoomDocClient(server.url, server.static_token, token_store=MemoryTokenStore())
        asyncio.run(client.ask(asyncio.run(client.create_chat()), "?"))
        other = COPIES[way](client)

        assert "user-1" == asyncio.run(other.get_me()).user.username
        assert client.config == other.config


def test_a_closed_client_opens_new_connections() -> None:
    """Closing frees connections and ends nothing else, with and without asyncio."""
    with running_server() as server:
        client = AIZoomDocClient(server.url, server.static_token, token_store=MemoryTokenStore())
        chat = client.create_chat()
        client.close()
        assert chat == client.get_chat(chat)
        assert client.ask(chat, "?").text
        client.close()

        async def use() -> str:
            client = AsyncAIZoomDocClient(server.url, server.static_token, token_store=MemoryTokenStore())
            async with client:
                await client.get_me()
            answer = await client.ask(chat, "?")
            await client.close()
            return answer.text

        assert asyncio.run(use())


@pytest.mark.parametrize("kind", [AIZoomDocClient, AsyncAIZoomDocClient])
def test_a_pickle_has_no_token_unless_asked(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pickles go to queues and disks; `pickle_token` asks for it. Copies within the process keep it."""
    monkeypatch.delenv("AIZOOMDOC_TOKEN", raising=False)
    client = kind("https://server.example", "canary-token", token_store=MemoryTokenStore())

    assert b"canary" not in pickle.dumps(client)
    assert pickled(client).config.static_token is None
    assert [False, False, True] == [pickled(client).config == client.config, *_same_when_asked(client)]
    assert ["canary-token"] * 2 == [way(client).config.static_token for way in (copy.copy, copy.deepcopy)]


def _same_when_asked(client: Any) -> list[bool]:
    asked = client.with_options(pickle_token=True)
    return [pickled(asked).config == client.config, pickled(asked).config == asked.config]


async def test_a_client_without_its_token_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another user's token in the environment is not taken for it, nor is another user's saved login."""
    async with ScriptedServer(static_tokens=("one", "two")) as server:
        monkeypatch.setenv("AIZOOMDOC_TOKEN", "two")
        store = MemoryTokenStore()
        client = pickled(AsyncAIZoomDocClient(server.url, "one", token_store=store))
        with pytest.raises(AuthenticationError, match="pickle_token"):
            await client.get_me()
        with pytest.raises(AuthenticationError, match="pickle_token"):
            await pickled(client).with_options(timeout=5).get_me()

        assert "user-1" == (await client.with_options(static_token="one").get_me()).user.username
        monkeypatch.setenv("AIZOOMDOC_TOKEN", " one\n")
        assert "user-1" == (await pickled(client).get_me()).user.username


async def test_a_pickled_client_uses_its_users_tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the same machine the token file has the user's access token, so that a worker needs no static token meanwhile."""
    monkeypatch.delenv("AIZOOMDOC_TOKEN", raising=False)
    async with ScriptedServer(static_tokens=("one", "two")) as server:
        client = AsyncAIZoomDocClient(server.url, "two", token_store=FileTokenStore(tmp_path / "tokens.json"))
        await client.get_me()

        assert "user-2" == (await pickled(client).get_me()).user.username


@pytest.mark.parametrize("way", COPIES)
async def test_an_open_answer_is_not_copied(way: str) -> None:
    """The copy would read from the same connection or none; the error names what can be passed on."""
    async with client_and_server() as pair:
        stream = pair.client.send_message(await pair.chat(), "?")
        with pytest.raises(TypeError, match=r"AsyncAnswerStream cannot be copied or pickled.*result\(\).*resume_answer"):
            COPIES[way](stream)
        await stream.close()


@pytest.mark.parametrize("way", COPIES)
def test_an_open_answer_of_a_sync_client_is_not_copied(way: str) -> None:
    """As with the async one; nothing is left half made, which would complain when it is collected."""
    with running_server() as server, AIZoomDocClient(server.url, server.static_token, token_store=MemoryTokenStore()) as client:
        stream = client.send_message(client.create_chat(), "?")
        with pytest.raises(TypeError, match="AnswerStream cannot be copied or pickled"):
            COPIES[way](stream)
        stream.close()
