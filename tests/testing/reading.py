"""What tests read of a stream of events."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest


def names(events: list[tuple[str, Any]]) -> list[str]:
    """The events' names, repetitions taken together."""
    found = [name for name, _ in events]
    return [name for name, before in zip(found, [None, *found], strict=False) if name != before]


def joined(events: list[tuple[str, Any]]) -> str:
    return "".join(data["token"] for name, data in events if name == "llm_token")


def content(events: list[tuple[str, Any]]) -> str:
    return str(dict(events)["llm_final"]["content"])


async def read_until_dropped(caller: Any, chat_id: str) -> bytes:
    """What arrives of a stream that breaks off."""
    received: list[bytes] = []
    async with caller.session.get(f"/chats/{chat_id}/stream", headers=caller.headers) as response:
        with pytest.raises(aiohttp.ClientError):
            await _read(response, received)
    return b"".join(received)


async def _read(response: aiohttp.ClientResponse, received: list[bytes]) -> None:
    async for chunk in response.content.iter_any():
        received.append(chunk)  # noqa: PERF401 (the chunks before an error count)
