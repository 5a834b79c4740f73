"""What proxies do to responses: long headers, a byte order mark, compression, idle connections that are closed."""

from __future__ import annotations

import gzip
import json
import time
from typing import Any

import aiohttp.connector
import pytest

from aizoomdoc_client import APIConnectionError
from aizoomdoc_client.testing import RawReply, Reply, Rule
from aizoomdoc_client.transport import http_session
from tests.client_and_server import ClientAndServer, client_and_server

HEALTH = {"status": "healthy", "version": "1", "service": "x"}
SERVERS_KEEP_ALIVE = 5.0
"""Seconds after which servers close an idle connection."""


def with_header(size: int) -> dict[str, str]:
    return {"Content-Security-Policy": "x" * size, "Content-Type": "application/json"}


async def test_header_lines_of_60_kib_are_read() -> None:
    """Policies and cookies of some proxies are larger than the 8,190 bytes that aiohttp takes by default."""
    async with client_and_server() as pair:
        pair.server.respond("GET", "/health", Reply(200, HEALTH, with_header(60 * 1024)))

        assert "healthy" == (await pair.client.health()).status


async def test_a_stream_with_header_lines_of_60_kib_is_read() -> None:
    """One run of the model."""
    events = 'event: llm_final\ndata: {"content": "3,3 м"}\n\nevent: completed\ndata: {"message": ""}\n\n'
    headers = with_header(60 * 1024) | {"Content-Type": "text/event-stream"}
    async with client_and_server(transport="sse") as pair:
        rule = pair.server.respond("GET", "/chats/*/stream", Reply(200, events.encode(), headers))

        assert "3,3 м" == (await pair.client.ask(await pair.chat(), "Высота?")).text
        assert 1 == len(rule.requests)


async def refused_at_once(pair: ClientAndServer, rule: Rule, call: Any) -> None:
    """A longer header line ends `call` with one request and an error that says why."""
    with pytest.raises(APIConnectionError) as caught:
        await call

    assert "A header line of the response is longer than 64 KB" == caught.value.message
    assert 1 == len(rule.requests)


async def test_a_longer_header_line_is_a_final_error() -> None:
    """It would be as long the next time, so nothing is repeated."""
    async with client_and_server() as pair:
        rule = pair.server.respond("GET", "/health", *[Reply(200, HEALTH, with_header(70 * 1024))] * 3)

        await refused_at_once(pair, rule, pair.client.health())


async def test_a_longer_header_line_of_a_stream_starts_no_second_run() -> None:
    """The first run may have begun, and the response to a second would be as long."""
    reply = b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70 * 1024 + b"\r\n\r\n"
    async with client_and_server(transport="sse") as pair:
        rule = pair.server.respond("GET", "/chats/*/stream", *[RawReply(reply)] * 3)

        await refused_at_once(pair, rule, pair.client.ask(await pair.chat(), "Высота?"))


@pytest.mark.parametrize("status", [200, 404])
async def test_a_byte_order_mark_before_json_is_dropped(status: int) -> None:
    """Files of Windows programs begin with one, and some servers send such files."""
    body = b"\xef\xbb\xbf" + json.dumps(HEALTH if status == 200 else {"detail": "Нет"}).encode()
    async with client_and_server() as pair:
        pair.server.respond("GET", "/health", Reply(status, body, {"Content-Type": "application/json"}))
        if status == 200:
            assert "healthy" == (await pair.client.health()).status
        else:
            with pytest.raises(Exception, match="Нет"):
                await pair.client.health()


async def test_a_compressed_body_is_read() -> None:
    """Whether it was asked for or not."""
    async with client_and_server() as pair:
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        pair.server.respond("GET", "/health", Reply(200, gzip.compress(json.dumps(HEALTH).encode()), headers))

        assert "healthy" == (await pair.client.health()).status


@pytest.mark.parametrize(("idle", "is_new"), [(http_session.KEEP_ALIVE - 0.5, False), (SERVERS_KEEP_ALIVE - 0.5, True)])
async def test_a_connection_that_the_server_may_close_soon_is_not_used_again(
    idle: float, is_new: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Servers close idle connections after 5 seconds; a request that is sent at that moment would be lost."""
    now = time.monotonic()
    monkeypatch.setattr(aiohttp.connector, "monotonic", lambda: now)
    async with client_and_server() as pair:
        await pair.client.health()
        now += idle
        await pair.client.health()

        assert is_new == (len({request.connection for request in pair.server.requests}) == 2)
