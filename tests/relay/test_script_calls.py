"""Calls of a script for many answers at once: sent together, and each gets its own result or error."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from redis import asyncio as redis
from redis.exceptions import RedisError, ResponseError

from aizoomdoc_client.relay.script_calls import TOGETHER, ScriptCalls
from tests.relay.redis_servers import RedisServer, needs_redis, redis_server

pytestmark = needs_redis
ECHO = "if ARGV[1] == 'wrong' then return redis.error_reply('ERR wrong') end return ARGV[1]"


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


@pytest.fixture
async def client(server: RedisServer) -> AsyncIterator[redis.Redis]:
    async with redis.Redis.from_url(server.url, max_connections=1) as connected:
        yield connected


def counted(client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The pipelines that are made from now on."""
    made, make = list[Any](), client.pipeline

    def pipeline(**options: Any) -> Any:
        made.append(make(**options))
        return made[-1]

    monkeypatch.setattr(client, "pipeline", pipeline)
    return made


async def test_calls_at_the_same_moment_are_sent_together(client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over one connection, and each gets its own result."""
    calls = ScriptCalls(client, ECHO)
    await calls.call([], ["the script is known"])
    made = counted(client, monkeypatch)
    found = await asyncio.gather(*(calls.call([], [number]) for number in range(3 * TOGETHER)))

    assert [b"%d" % number for number in range(3 * TOGETHER)] == found
    assert 3 == len(made)


async def test_an_error_is_that_of_its_call_only(client: redis.Redis) -> None:
    """The others have their results."""
    calls = ScriptCalls(client, ECHO)
    first, wrong, last = [asyncio.create_task(calls.call([], [text])) for text in ("a", "wrong", "b")]
    with pytest.raises(ResponseError):
        await wrong

    assert (b"a", b"b") == (await first, await last)


async def test_a_redis_that_forgot_the_script_gets_it_again(client: redis.Redis) -> None:
    """As one that was started again."""
    calls = ScriptCalls(client, ECHO)
    before = await calls.call([], ["a"])
    await client.script_flush()
    after = await asyncio.gather(calls.call([], ["b"]), calls.call([], ["c"]))

    assert (b"a", [b"b", b"c"]) == (before, after)


@pytest.mark.parametrize("sent", [False, True])
async def test_whoever_waits_no_longer_disturbs_nobody(client: redis.Redis, monkeypatch: pytest.MonkeyPatch, sent: bool) -> None:
    """One that is cancelled before it is sent, or while it is on its way."""
    calls, made = ScriptCalls(client, ECHO), counted(client, monkeypatch)
    waiting = [asyncio.create_task(calls.call([], [text])) for text in "abc"]
    await asyncio.sleep(0)
    while sent and not made:  # noqa: ASYNC110 - it is sent without an event for it
        await asyncio.sleep(0)
    waiting[1].cancel()
    found = await asyncio.gather(*waiting, return_exceptions=True)

    assert (b"a", b"c") == (found[0], found[2])
    assert isinstance(found[1], asyncio.CancelledError)
    assert b"d" == await calls.call([], ["d"])
    assert calls._sender is not None
    await calls._sender


async def test_without_redis_every_call_fails(client: redis.Redis, server: RedisServer) -> None:
    """And works again once Redis is there again."""
    calls = ScriptCalls(client, ECHO)
    server.stop()
    for waiting in [asyncio.create_task(calls.call([], [text])) for text in "ab"]:
        with pytest.raises((RedisError, OSError)):
            await waiting
    server.start()

    assert b"c" == await calls.call([], ["c"])
