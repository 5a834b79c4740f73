"""Redis as operators set it up: with a password, as a cluster, full, slow, and with a client of the backend's own."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from redis import asyncio as redis
from redis.crc import key_slot

from aizoomdoc_client import ConfigurationError
from aizoomdoc_client.events import Completed, LLMToken
from aizoomdoc_client.relay.backplane import Batch
from aizoomdoc_client.relay.redis import RedisBackplane
from aizoomdoc_client.relay.stream_facts import StreamFacts
from aizoomdoc_client.testing import complex_answer
from tests.free_ports import free_port
from tests.relay.desks import TEXT, all_of, text_of, workers_of
from tests.relay.redis_servers import needs_redis, redis_server

pytestmark = needs_redis
FACTS = StreamFacts(owner="user-1", chat_id="chat", message_id="m-1")


async def lived(backplane: RedisBackplane, stream_id: str) -> list[object]:
    """What all operations on an answer give."""
    given: list[object] = [await backplane.store_facts(stream_id, FACTS, 1)]
    given.append(await backplane.publish(stream_id, 1, Batch(0, 1, [LLMToken("а")])))
    await backplane.release(stream_id, 1)
    state = await backplane.state(stream_id)
    assert state is not None
    taken = await backplane.take_up(stream_id, state)
    assert taken is not None
    given.append(taken.fence)
    await backplane.watch(stream_id)
    await backplane.want_stop(stream_id)
    given += [await backplane.is_watched(stream_id), await backplane.publish(stream_id, 2, Batch(1, 2, [Completed()]))]
    return [*given, len(await backplane.batches(stream_id, 0))]


async def test_all_keys_of_a_stream_are_in_one_slot_of_a_cluster(tmp_path: Path) -> None:
    """A server in cluster mode refuses scripts and transactions over several, and keys that a script was not given."""
    bus = str(free_port())  # by default its port plus 10,000, which systems give to connections
    with redis_server("--cluster-enabled", "yes", "--cluster-port", bus, "--dir", str(tmp_path)) as server:
        admin = redis.Redis(port=server.port)
        await admin.execute_command("CLUSTER", "ADDSLOTS", *range(16384))
        while b"cluster_state:ok" not in await admin.execute_command("CLUSTER", "INFO"):
            pass
        backplane = RedisBackplane(server.url)
        given = await lived(backplane, "A" * 32)
        slots = {key_slot(key) for key in await admin.keys()}
        await backplane.close()
        await admin.aclose()

    assert [True, "held", 2, True, "stop", 2] == given
    assert 1 == len(slots)


async def test_with_the_password_all_is_as_without() -> None:
    """It stands in the url."""
    with redis_server("--requirepass", "s3cr%t/") as server:
        backplane = RedisBackplane(f"redis://:s3cr%25t%2F@127.0.0.1:{server.port}/0")
        given = await lived(backplane, "A" * 32)
        await backplane.close()

    assert "held" == given[1]


async def test_a_wrong_password_is_told_without_it(caplog: pytest.LogCaptureFixture) -> None:
    """Answers go on in this process."""
    with redis_server("--requirepass", "right") as server, caplog.at_level(logging.DEBUG):
        backplane = RedisBackplane(f"redis://:s3cret@127.0.0.1:{server.port}/0")
        async with workers_of({"backplane": backplane}) as (desk,):
            events = await all_of(desk.look(await desk.ask(complex_answer(TEXT))))

    assert TEXT == text_of(events)
    assert ["Redis is away: answers go on for the viewers of this process only (AuthenticationError)"] == [
        record.message for record in caplog.records if "Redis" in record.message
    ]
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize("url", ["redis://:s3c/ret@host:6379/0", "http://host", "", "redis://host:port"])
def test_an_url_that_cannot_be_read_is_not_quoted(url: str) -> None:
    """A password with a slash is taken for a port by parsers, which tell it."""
    with pytest.raises(ConfigurationError) as raised:
        RedisBackplane(url)

    assert "s3c" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


@pytest.mark.parametrize("setting", [{"lease_seconds": 0}, {"lease_seconds": -1}, {"events_seconds": 0}, {"facts_seconds": 1.5}])
def test_a_life_that_cannot_be_is_named(setting: dict[str, Any]) -> None:
    """Redis would drop what it has at once, or refuse everything."""
    with pytest.raises(ConfigurationError, match=next(iter(setting))):
        RedisBackplane(**setting)


async def test_a_client_that_was_given_stays_open() -> None:
    """The backend may use it for other things; one that decodes replies is refused."""
    with redis_server() as server:
        client = redis.Redis(port=server.port)
        backplane = RedisBackplane(client=client)
        given = await lived(backplane, "A" * 32)
        await backplane.close()
        answers = await client.ping()
        connections = len(client.connection_pool._available_connections)  # type: ignore[attr-defined]
        await client.aclose()
        with pytest.raises(ConfigurationError, match="decode_responses"):
            RedisBackplane(client=redis.Redis(port=server.port, decode_responses=True))

    assert "held" == given[1]
    assert answers
    assert 0 < connections


async def test_a_full_redis_is_no_harm_to_answers_here(caplog: pytest.LogCaptureFixture) -> None:
    """It is told once, and once when there is room again; then other workers have the answer, too."""
    with redis_server("--maxmemory-policy", "noeviction") as server, caplog.at_level(logging.WARNING, "aizoomdoc_client.relay"):
        each: list[dict[str, Any]] = [{"backplane": RedisBackplane(server.url)} for _ in range(2)]
        async with workers_of(*each) as (first, second):
            admin = redis.Redis(port=server.port)
            await admin.config_set("maxmemory", 1)
            stream = await first.ask(complex_answer(TEXT))
            events = await all_of(first.look(stream))
            await admin.config_set("maxmemory", 0)
            await first.relay._answers[stream].finished()
            elsewhere = await all_of(second.look(stream))
            await admin.aclose()

    assert TEXT == text_of(events) == text_of(elsewhere)
    assert [entry.id for entry in events][-1] == elsewhere[-1].id
    told = [record.message.partition(":")[0] for record in caplog.records if "Redis" in record.message]
    assert ["Redis is away", "Redis is back"] == told


async def test_what_anybody_publishes_does_not_end_the_listening() -> None:
    """A message of another program on the channel is passed over."""
    with redis_server() as server:
        backplane, heard = RedisBackplane(server.url), list[str]()
        told = asyncio.Event()

        def stop(stream_id: str) -> None:
            heard.append(stream_id)
            told.set()

        await backplane.open(stop)
        await backplane.follow("s", lambda batch: None)
        for message in (b"?", b"1 2 {", b"a b c", b"\xff"):
            await backplane._redis.publish("aizoomdoc:{s}:new", message)
            await backplane._redis.publish("aizoomdoc:stop", b"\xff")
        await backplane.store_facts("s", FACTS, 1)
        await backplane.want_stop("s")
        async with asyncio.timeout(5):
            await told.wait()
        await backplane.close()

    assert ["s"] == heard
