"""The scripted server: start and stop, what it records, and what is set on the whole server."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import aiohttp
import attrs
import pytest

from aizoomdoc_client.testing import FaultProxy, Hang, ScriptedServer, ServerBehavior, Stall


async def test_a_restart_keeps_the_port_and_the_records(caller: Any) -> None:
    """A stopped server refuses connections; started again it has the same address and the same messages."""
    chat_id, url = await caller.chat("?"), caller.server.url
    await caller.server.stop()
    with pytest.raises(aiohttp.ClientConnectorError):
        await caller.call("GET", "/health")
    await caller.server.start()

    assert url == caller.server.url
    assert 1 == len((await caller.call("GET", f"/chats/{chat_id}"))[1]["messages"])


async def test_a_second_start_changes_nothing(caller: Any) -> None:
    """The server that runs goes on, and a stop ends it."""
    await caller.server.start()
    assert 200 == (await caller.call("GET", "/health"))[0]
    await caller.server.stop()

    with pytest.raises(aiohttp.ClientConnectorError):
        await caller.call("GET", "/health")


async def test_a_server_that_could_not_listen_can_be_started_later() -> None:
    """Once its port is free."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = ScriptedServer(port=taken.getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            await server.start()
    async with server, aiohttp.ClientSession(server.url) as session, session.get("/health") as response:
        assert 200 == response.status


def test_an_ipv6_address_stands_in_brackets() -> None:
    """In the URL that clients are given, of the server and of the proxy; machines without IPv6 cannot listen there."""
    server = ScriptedServer(host="::1", port=8000)

    assert ("http://[::1]:8000", "http://[::1]:9000") == (server.url, FaultProxy(server.url, host="::1", port=9000).url)


async def test_a_restart_does_not_start_a_stopped_server(caller: Any) -> None:
    """A server that was stopped stays stopped."""
    await caller.server.stop()
    await caller.server.restart()

    with pytest.raises(aiohttp.ClientConnectorError):
        await caller.call("GET", "/health")


@pytest.mark.parametrize("policy", ["cancel", "finish"])
async def test_a_stop_leaves_nothing_behind(policy: Any) -> None:
    """Hanging requests and stalled runs end, and no task of the server is left."""
    before = asyncio.all_tasks()
    async with ScriptedServer(on_drop=policy) as server, aiohttp.ClientSession(server.url) as session:
        server.respond("GET", "/health", Hang())
        chat = await _chat(server, session)
        server.script_answer([Stall()])
        hanging = asyncio.create_task(session.get("/health"))
        async with session.get(f"/chats/{chat}/stream", headers={"Authorization": f"Bearer {server.issue_token()}"}):
            await server.stop()
        with pytest.raises(aiohttp.ClientError):
            await hanging

        assert ("cancelled", 0) == (server.model_runs[0].state, server.open_connections)
    assert before == asyncio.all_tasks()


async def _chat(server: ScriptedServer, session: aiohttp.ClientSession) -> str:
    headers = {"Authorization": f"Bearer {server.issue_token()}"}
    async with session.post("/chats", json={}, headers=headers) as response:
        chat_id = str((await response.json())["id"])
    async with session.post(f"/chats/{chat_id}/messages", json={"content": "?"}, headers=headers):
        return chat_id


async def test_until_raises_timeout_error(caller: Any) -> None:
    """A condition that never holds does not block the test."""
    with pytest.raises(TimeoutError):
        await caller.server.until(lambda: False, timeout=0.01)


async def test_each_static_token_is_another_user() -> None:
    """Two tokens, two users."""
    server = ScriptedServer(static_tokens=("first", "second"))

    assert ["user-1", "user-2"] == [user.username for user in server.store.users.values()]
    assert "first" == server.static_token


async def test_a_frozen_server_answers_no_request(caller: Any) -> None:
    """Even /health waits until the point is set."""
    released = caller.server.freeze()
    waiting = asyncio.create_task(caller.call("GET", "/health"))
    await caller.server.until(lambda: caller.server.requests)
    early = waiting.done()
    released.set()

    assert (False, 200) == (early, (await waiting)[0])


async def test_idle_connections_are_closed(caller: Any) -> None:
    """After `keepalive_seconds`, 5 s in production."""
    quick = attrs.evolve(ServerBehavior.PRODUCTION, keepalive_seconds=0.05)
    async with ScriptedServer(quick) as server:
        caller.server = server
        received = await caller.raw("GET /health HTTP/1.1\nHost: x\n\n")

    assert (True, False) == (received.startswith(b"HTTP/1.1 200 "), b"connection:" in received.lower())
    assert 5.0 == ServerBehavior.PRODUCTION.keepalive_seconds


async def test_one_static_token_is_taken_as_one() -> None:
    """A text is a token, not one for each of its letters."""
    server = ScriptedServer(static_tokens="only")

    assert ["only"] == [user.static_token for user in server.store.users.values()]
