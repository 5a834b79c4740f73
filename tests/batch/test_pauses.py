"""What a job that pauses tells a person, and when it tries again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from aizoomdoc_client import AsyncAIZoomDocClient, AuthenticationError, MemoryTokenStore, RateLimitError, ServerError
from aizoomdoc_client.batch import pauses
from aizoomdoc_client.batch.faults import failure
from aizoomdoc_client.batch.pauses import Pauses, login_command

REVOKED = AuthenticationError("revoked", status_code=401)


class ClientStandIn:
    """Somebody logs in elsewhere before it is asked for the third time."""

    def __init__(self) -> None:
        self.asked = 0

    async def has_newer_login(self) -> bool:
        self.asked += 1
        return self.asked == 3


async def test_a_login_elsewhere_ends_the_wait_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it would be."""
    monkeypatch.setattr(pauses, "_LOOK_SECONDS", 0.0)
    client: Any = ClientStandIn()
    async with asyncio.timeout(20):
        await Pauses(client).wait(3600.0, failure(REVOKED, None), asyncio.Event())

    assert 3 == client.asked


async def test_a_server_says_when_it_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """By Retry-After; else the waits grow. The last thing told is that the job goes on."""
    waits, told = list[float](), list[bool]()
    replies: list[Exception | str] = [
        RateLimitError("Too many requests", status_code=429, retry_after=30.0),
        ServerError("Bad gateway", status_code=502),
        "me",
    ]

    async def waited(_: Pauses, seconds: float, *__: object) -> None:
        waits.append(seconds)

    async def call() -> str:
        reply = replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply

    monkeypatch.setattr(Pauses, "wait", waited)
    client: Any = ClientStandIn()
    found = await Pauses(client).once_reachable(call, paused=lambda each: told.append(each is not None), stopping=asyncio.Event())

    assert ("me", [30.0, 4.0], [True, True, False]) == (found, waits, told)


@pytest.mark.parametrize(
    ("saved", "options", "command"),
    [
        ("", {}, "--server http://docs.example.org --allow-insecure"),
        ('server_url = "http://docs.example.org"\nallow_insecure = true', {}, ""),
        ('server_url = "https://other.example.org"', {}, "--server http://docs.example.org --allow-insecure"),
        ("", {"profile": "work"}, "--profile work --server http://docs.example.org --allow-insecure"),
    ],
)
async def test_the_command_for_a_login_names_what_it_would_not_find(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, saved: str, options: dict[str, Any], command: str
) -> None:
    """The job may have been started with a server, a profile or a permission that the saved profile does not have."""
    monkeypatch.setenv("AIZOOMDOC_CONFIG_DIR", str(tmp_path))
    (tmp_path / "config.toml").write_text(f"[default]\n{saved}\n", encoding="utf-8")
    given: dict[str, Any] = {"allow_insecure": True, "token_store": MemoryTokenStore(), **options}
    async with AsyncAIZoomDocClient("http://docs.example.org", **given) as client:
        assert ["aizoomdoc", "login", *command.split()] == login_command(client.config)
