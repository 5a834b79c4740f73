"""What is published of an answer to other workers when Redis fails in between: nothing is missing, and nothing comes twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from aizoomdoc_client.catalog import text
from aizoomdoc_client.events import Completed, LLMToken
from aizoomdoc_client.relay import BackplaneAwayError
from aizoomdoc_client.relay.backplane import Batch, connected
from aizoomdoc_client.relay.event_log import EventLog
from aizoomdoc_client.relay.publisher import Publisher
from aizoomdoc_client.relay.redis import RedisBackplane
from aizoomdoc_client.relay.stream_facts import StreamFacts
from tests.relay.redis_servers import RedisServer, needs_redis, redis_server

FACTS = StreamFacts(owner="user-1", chat_id="chat", message_id="m-1")


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


class LosesReplies(RedisBackplane):
    """Publishes, and then loses the reply as often as it is told to."""

    losses = 0

    async def publish(self, stream_id: str, fence: int, batch: Batch | None) -> Any:
        hold = await super().publish(stream_id, fence, batch)
        if self.losses and batch is not None:
            self.losses -= 1
            raise BackplaneAwayError(text("relay_backplane_away"))
        return hold


def publisher_of(backplane: RedisBackplane, log: EventLog, *, fence: int = 1, after: int = 0, capacity: int = 10**6) -> Publisher:
    return Publisher(
        backplane,
        "s",
        fence,
        log,
        after=after,
        facts=FACTS,
        are_facts_stored=True,
        capacity=capacity,
        lost=lambda: None,
        stop=lambda: None,
    )


def texts(batches: Sequence[Batch]) -> str:
    return "".join(event.token for batch in batches for event in batch.events if isinstance(event, LLMToken))


@needs_redis
async def test_events_whose_publication_was_not_confirmed_are_not_there_twice(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the reply was lost: they are not added again, alone or together with later ones, and the end is told."""
    monkeypatch.setattr("aizoomdoc_client.relay.publisher.RETRY_SECONDS", 0)
    backplane, log = LosesReplies(server.url), EventLog(10**6)
    await backplane.store_facts("s", FACTS, 1)
    for word in "аб":
        log.append(LLMToken(word))
    backplane.losses = 1
    publisher = publisher_of(backplane, log)
    while backplane.losses:  # noqa: ASYNC110 - what is waited for has no event
        await asyncio.sleep(0)
    log.append(LLMToken("в"))
    backplane.losses = 1
    log.append(Completed())
    async with asyncio.timeout(5):
        await publisher.finished()
    batches, state = await backplane.batches("s", 0), await backplane.state("s")
    await backplane.close()

    assert "абв" == texts(connected(batches))
    assert state is not None
    assert (False, 4, Completed()) == (state.is_read, state.last_id, state.ending)


@needs_redis
@pytest.mark.parametrize("lost", ["events", "facts"])
async def test_events_that_redis_lost_are_published_again(server: RedisServer, lost: str) -> None:
    """As a snapshot, also where Redis has let go only a part of what it had."""
    backplane, log = RedisBackplane(server.url, lease_seconds=0.03), EventLog(10**6)
    await backplane.store_facts("s", FACTS, 1)
    publisher = publisher_of(backplane, log)
    log.append(LLMToken("а"))
    while not await backplane.batches("s", 0):
        pass
    await backplane._redis.delete(f"aizoomdoc:{{s}}:{lost}")
    log.append(LLMToken("б"))
    log.append(Completed())
    await publisher.finished()
    batches = await backplane.batches("s", 0)
    await backplane.close()

    assert "аб" == texts(connected(batches))


def test_only_what_hangs_together_is_taken() -> None:
    """What has no beginning is nothing, and what comes after a gap is left out."""
    first, second, later = Batch(0, 2, "ab"), Batch(2, 3, "c"), Batch(4, 5, "d")  # type: ignore[arg-type]

    assert [first, second] == connected([first, second, later])
    assert [] == connected([second, later])
    assert [Batch(None, 3, "abc")] == connected([first, Batch(None, 3, "abc")])  # type: ignore[arg-type]


@needs_redis
async def test_what_the_backplane_has_of_an_answer_is_bounded(server: RedisServer) -> None:
    """Events that are published one by one are replaced by a snapshot, as soon as they are more than the capacity."""
    backplane, log = RedisBackplane(server.url), EventLog(10**6)
    await backplane.store_facts("s", FACTS, 1)
    publisher = publisher_of(backplane, log, capacity=4096)
    most, words = 0, [f"{number} " for number in range(30)]
    for word in words:
        log.append(LLMToken(word))
        while publisher._published != log.last_id:  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0)
        most = max(most, sum(len(batch.events) for batch in await backplane.batches("s", 0)))
    log.append(Completed())
    await publisher.finished()
    batches = await backplane.batches("s", 0)
    await backplane.close()

    assert 10 > most
    assert "".join(words) == texts(batches)


@needs_redis
async def test_only_who_reads_can_let_others_read(server: RedisServer) -> None:
    """A worker that was taken for gone does not take the answer from the one that goes on with it."""
    backplane = RedisBackplane(server.url)
    await backplane.store_facts("s", FACTS, 2)
    await backplane.release("s", 1)
    before = await backplane.state("s")
    await backplane.release("s", 2)
    after = await backplane.state("s")
    await backplane.close()

    assert before is not None
    assert after is not None
    assert (True, False) == (before.is_read, after.is_read)
