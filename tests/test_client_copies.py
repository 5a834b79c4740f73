"""Clients after use: copied as their settings, and used again after they were closed."""

from __future__ import annotations

import asyncio
import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aizoomdoc_client import AIZoomDocClient, AsyncAIZoomDocClient, FileTokenStore, MemoryTokenStore, RetryPolicy, TokenStore
from aizoomdoc_client.testing import running_server


def pickled(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))


COPIES: dict[str, Callable[[Any], Any]] = {"pickle": pickled, "copy": copy.copy, "deepcopy": copy.deepcopy}
STORES: dict[str, Callable[[Path], TokenStore]] = {
    "memory": lambda _: MemoryTokenStore(),
    "file": lambda folder: FileTokenStore(folder / "tokens.json", lock_timeout=1.5),
}


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("way", COPIES)
def test_a_sync_client_is_copied_after_use(way: str, store: str, tmp_path: Path) -> None:
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
def test_an_async_client_is_copied_after_use(way: str) -> None:
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
