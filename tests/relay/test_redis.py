"""Several workers that share answers through a real Redis: any serves any viewer, and one that dies is replaced."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from aizoomdoc_client.catalog import text
from aizoomdoc_client.events import Completed, ErrorEvent, LLMToken, StreamResumed
from aizoomdoc_client.relay import (
    AnswerStopped,
    BackplaneAwayError,
    Reconnect,
    StreamNotFoundError,
    answer_reader,
)
from aizoomdoc_client.relay.backplane import Backplane, Batch, StreamState
from aizoomdoc_client.relay.redis import RedisBackplane
from aizoomdoc_client.relay.stream_facts import StreamFacts
from aizoomdoc_client.testing import Answer, Deltas, Drop, Store, SyncPoint, Wait, complex_answer
from aizoomdoc_client.testing.answer_presets import final
from tests.relay.desks import OWNER, STRANGER, TEXT, Desk, all_of, die, text_of, until_text, workers_of
from tests.relay.redis_servers import RedisServer, needs_redis, redis_server

pytestmark = needs_redis
LEASE = 0.3


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


@asynccontextmanager
async def two_workers(server: RedisServer, **options: Any) -> AsyncIterator[list[Desk]]:
    each = [{"backplane": RedisBackplane(server.url, lease_seconds=LEASE)} | options for _ in range(2)]
    async with workers_of(*each) as workers:
        yield workers


async def test_any_worker_serves_any_viewer(server: RedisServer) -> None:
    """The same events with the same ids, also to one that comes in the middle or at the end."""
    async with two_workers(server) as (first, second):
        released = SyncPoint()
        stream = await first.ask([Deltas(["Высота "]), Wait(released), Deltas(["этажа 3,3 м."]), final(TEXT)])
        here, there = first.look(stream), second.look(stream)
        begun, begun_there = await until_text(here), await until_text(there)
        released.set()
        events, events_there = begun + await all_of(here), begun_there + await all_of(there)
        late = await all_of(second.look(stream))

    assert [entry.event for entry in events] == [entry.event for entry in events_there]
    assert [entry.id for entry in events] == [entry.id for entry in events_there] == [entry.id for entry in late]
    assert TEXT == text_of(events_there) == text_of(late)
    assert (1, 1) == first.runs


async def test_a_reload_may_reach_another_worker(server: RedisServer) -> None:
    """It goes on after the last event, wherever that came from."""
    async with two_workers(server) as (first, second):
        stream = await first.ask(complex_answer(TEXT))
        events = await all_of(first.look(stream))
        rest = await all_of(second.look(stream, events[8].id))

    assert [entry.id for entry in events[9:]] == [entry.id for entry in rest]
    assert TEXT == text_of(events[:9] + rest)


async def test_stop_reaches_the_worker_that_reads(server: RedisServer) -> None:
    """Wherever it is said; all viewers are told."""
    async with two_workers(server) as (first, second):
        stream = await first.ask([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
        here, there = first.look(stream), second.look(stream)
        await asyncio.gather(until_text(here), until_text(there))
        await second.relay.stop(stream, owner=OWNER)
        ends = [(await all_of(viewer))[-1].event for viewer in (here, there)]
        await second.relay.stop(stream, owner=OWNER)

    assert [AnswerStopped("requested")] * 2 == ends


async def test_what_is_not_ones_own_is_not_found_anywhere(server: RedisServer) -> None:
    """An id is its owner's in all workers."""
    async with two_workers(server) as (first, second):
        stream = await first.ask(complex_answer(TEXT))
        await all_of(first.look(stream))
        for wanted in (stream, "unknown"):
            with pytest.raises(StreamNotFoundError):
                await all_of(second.relay.events(wanted, owner=STRANGER))
            with pytest.raises(StreamNotFoundError):
                await second.relay.stop(wanted, owner=STRANGER)


async def test_a_worker_that_dies_is_replaced(server: RedisServer) -> None:
    """Viewers get `stream_resumed` and the rest; no text comes twice, and nothing is posted again."""
    async with two_workers(server) as (first, second):
        stream = await first.ask([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
        viewer = second.look(stream)
        begun = await until_text(viewer)
        first.pair.server.script_answer(complex_answer(TEXT))
        die(first, stream)
        events = begun + await all_of(viewer)

    assert TEXT == text_of(events)
    assert [StreamResumed("rerun")] == [StreamResumed(e.event.source) for e in events if isinstance(e.event, StreamResumed)]
    assert TEXT == "".join(entry.event.token for entry in events if isinstance(entry.event, LLMToken))
    assert isinstance(events[-1].event, Completed)
    assert (1, 2) == first.runs


async def test_an_answer_that_was_stored_meanwhile_is_taken(server: RedisServer) -> None:
    """Without another run."""
    async with two_workers(server) as (first, second):
        stream = await first.ask([Deltas(["Высота "]), Store(TEXT), Wait(SyncPoint())])
        viewer = second.look(stream)
        begun = await until_text(viewer)
        die(first, stream)
        events = begun + await all_of(viewer)

    assert TEXT == "".join(entry.event.token for entry in events if isinstance(entry.event, LLMToken))
    assert (1, 1) == first.runs


async def test_a_stop_of_an_answer_that_nobody_reads_is_kept(server: RedisServer) -> None:
    """It is not taken up to be read, but to be ended."""
    async with two_workers(server) as (first, second):
        stream = await first.ask([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
        await until_text(first.look(stream))
        die(first, stream)
        await second.relay.stop(stream, owner=OWNER)
        events = await all_of(second.look(stream))

    assert AnswerStopped("requested") == events[-1].event
    assert (1, 1) == first.runs


async def test_a_worker_that_was_only_paused_leaves_the_answer(server: RedisServer) -> None:
    """What it has not published is nobody's: its viewers come back, and get what the others have."""
    async with two_workers(server) as (first, second):
        stream = await first.ask([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
        here, there = first.look(stream), second.look(stream)
        begun, begun_there = await asyncio.gather(until_text(here), until_text(there))
        first.pair.server.script_answer(complex_answer(TEXT))
        answer = first.relay._answers[stream]
        assert answer.publisher is not None
        published = answer.publisher._backplane.publish
        resumed = asyncio.Event()

        async def paused(*arguments: Any) -> Any:
            await resumed.wait()
            return await published(*arguments)

        answer.publisher._backplane.publish = paused  # type: ignore[method-assign]
        answer.log.append(LLMToken("ПРОПАЩЕЕ"))
        events_there = begun_there + await all_of(there)
        resumed.set()
        events = begun + await all_of(here)
        again = await all_of(first.look(stream, events[-2].id))

    assert Reconnect() == events[-1].event
    assert TEXT == text_of(events_there) == text_of(events[:-1] + again)


async def test_a_question_that_was_perhaps_not_posted_is_not_posted_again(server: RedisServer) -> None:
    """Its viewers are told to look at the chat."""
    async with two_workers(server) as (first, second):
        stream = await first.ask([Wait(SyncPoint())])
        answer = first.relay._answers[stream]
        assert answer.publisher is not None
        assert answer.reader is not None
        answer.publisher._task.cancel()
        answer.reader.abandon()
        events = await all_of(second.look(stream))

    assert isinstance(events[-1].event, ErrorEvent)
    assert "delivery_unknown" == events[-1].event.data["code"]


async def test_without_redis_answers_go_on_where_they_are_read(server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    """Their viewers notice nothing; the log tells it once; other workers cannot tell."""
    with caplog.at_level(logging.WARNING, logger="aizoomdoc_client.relay"):
        async with two_workers(server) as (first, second):
            released = SyncPoint()
            stream = await first.ask([Deltas(["Высота "]), Wait(released), Deltas(["этажа 3,3 м."]), final(TEXT)])
            viewer = first.look(stream)
            begun = await until_text(viewer)
            server.stop()
            released.set()
            events = begun + await all_of(viewer)
            begun_without = await all_of(first.look(await first.ask(complex_answer(TEXT))))
            with pytest.raises(BackplaneAwayError):
                await all_of(second.look(stream))

    assert TEXT == text_of(events) == text_of(begun_without)
    assert 2 == [record.message.startswith("Redis is away") for record in caplog.records].count(True)  # one line a worker


async def test_a_redis_that_lost_everything_gets_it_again(server: RedisServer) -> None:
    """From the worker that reads, as a snapshot; viewers of the others get all of the text."""
    async with two_workers(server) as (first, second):
        released = SyncPoint()
        stream = await first.ask([Deltas(["Высота "]), Wait(released), Deltas(["этажа 3,3 м."]), final(TEXT)])
        here, there = first.look(stream), second.look(stream)
        begun, begun_there = await asyncio.gather(until_text(here), until_text(there))
        server.stop()
        server.start()
        released.set()
        events, events_there = await asyncio.gather(all_of(here), all_of(there))

    assert TEXT == text_of(begun + events) == text_of(begun_there + events_there)
    assert (1, 1) == first.runs


async def test_what_redis_has_of_an_answer_is_bounded(server: RedisServer) -> None:
    """A snapshot replaces the events of a long one."""
    async with two_workers(server, buffer=4096) as (first, second):
        whole = "".join(f"{number} " for number in range(500))
        stream = await first.ask([Deltas([f"{number} " for number in range(500)]), final(whole)])
        await all_of(first.look(stream))
        await first.relay._answers[stream].finished()
        answer = first.relay._answers[stream]
        assert answer.publisher is not None
        batches = await answer.publisher._backplane.batches(stream, 0)

        assert batches[0].before is None
        assert sum(len(batch.events) for batch in batches) < 100
        assert whole == text_of(await all_of(second.look(stream)))


async def test_the_end_of_a_worker_hands_its_answers_over(server: RedisServer) -> None:
    """Its viewers come back to another one, which goes on at once."""
    async with two_workers(server) as (first, second):
        stream = await first.ask([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
        viewer = first.look(stream)
        begun = await until_text(viewer)
        first.pair.server.script_answer(complex_answer(TEXT))
        await first.relay.close()
        events = begun + await all_of(viewer)
        again = await all_of(second.look(stream, events[-2].id))

    assert Reconnect() == events[-1].event
    assert TEXT == text_of(events[:-1] + again)
    assert (1, 2) == first.runs


async def test_more_answers_at_once_than_connections_are_no_outage(server: RedisServer) -> None:
    """Who finds all connections in use waits for one; Redis is not away."""
    backplane = RedisBackplane(server.url)
    found = await asyncio.gather(*(backplane.state(f"stream-{number}") for number in range(500)))
    await backplane.close()

    assert [None] * 500 == found


async def test_ids_of_events_that_nobody_published_are_not_given_again(server: RedisServer) -> None:
    """One worker after another takes the answer up behind the same event: a viewer of each finds what it misses."""
    async with workers_of(*({"backplane": RedisBackplane(server.url, lease_seconds=LEASE)} for _ in range(3))) as workers:
        stream = await workers[0].ask([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
        viewers = [worker.look(stream) for worker in workers]
        begun = await asyncio.gather(*map(until_text, viewers))
        workers[0].pair.server.script_answer([Store(TEXT), Wait(SyncPoint())])
        die(workers[0], stream)
        taken_up = list[int]()
        while not taken_up or workers[0].runs != (1, 2):
            await asyncio.sleep(0.01)
            taken_up = [number for number in (1, 2) if workers[number].relay._answers[stream].publisher]
        second, third = taken_up[0], 3 - taken_up[0]
        answer = workers[second].relay._answers[stream]
        assert answer.publisher is not None
        answer.publisher._released = True
        answer.publisher._task.cancel()
        for word in ("НИКОМУ ", "НЕ ИЗВЕСТНО"):
            answer.log.append(LLMToken(word))
        had = begun[second]
        while had[-1].event != LLMToken("НЕ ИЗВЕСТНО"):
            had += await viewers[second].read()
        die(workers[second], stream)
        events = await all_of(viewers[third])
        rest = await all_of(workers[third].look(stream, had[-1].id))

    assert had[-1].id not in {entry.id for entry in events}
    assert TEXT == text_of(had + rest)


async def test_whoever_takes_an_answer_up_lets_the_model_run_at_most_once(server: RedisServer) -> None:
    """Also when its stream breaks off: together they stay within `max_reruns`."""
    async with two_workers(server) as (first, second):
        stream = await first.ask([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
        viewer = second.look(stream)
        begun = await until_text(viewer)
        for _ in range(3):
            first.pair.server.script_answer([Deltas(["Высота эт"]), Drop()])
        die(first, stream)
        events = begun + await all_of(viewer)

    assert isinstance(events[-1].event, ErrorEvent)
    assert "interrupted" == events[-1].event.data["code"]
    assert (1, 2) == first.runs


async def test_a_run_of_which_nobody_was_told_counts(server: RedisServer) -> None:
    """Of a worker that dies before it has published that the model runs again: nobody lets it run once more than is allowed."""
    async with two_workers(server) as (first, second):
        backplane = first.relay._backplane
        assert backplane is not None
        published = backplane.publish

        async def publish(stream_id: str, fence: int, batch: Batch | None) -> Any:
            if batch is not None and any(isinstance(event, StreamResumed) for event in batch.events):
                await asyncio.Event().wait()
            return await published(stream_id, fence, batch)

        backplane.publish = publish  # type: ignore[method-assign]
        dropping = SyncPoint()
        stream = await first.ask([Deltas(["Высота "]), Wait(dropping), Drop()])
        viewer = second.look(stream)
        begun = await until_text(viewer)
        for _ in range(2):
            first.pair.server.script_answer([Deltas(["Высота эт"]), Wait(SyncPoint())])
        dropping.set()
        while first.runs != (1, 2):  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)
        die(first, stream)
        async with asyncio.timeout(5):
            events = begun + await all_of(viewer)

    assert isinstance(events[-1].event, ErrorEvent)
    assert "interrupted" == events[-1].event.data["code"]
    assert (1, 2) == first.runs


async def test_who_looked_before_another_took_up_does_not_take_up(server: RedisServer) -> None:
    """The answer would have two readers."""
    backplane = RedisBackplane(server.url, lease_seconds=0.01)
    await backplane.store_facts("s", StreamFacts(owner=OWNER, chat_id="c"), 1)
    await asyncio.sleep(0.02)
    state = await backplane.state("s")
    assert state is not None
    taken = await backplane.take_up("s", state)
    await asyncio.sleep(0.02)
    late, again = await backplane.take_up("s", state), await backplane.state("s")
    await backplane.close()

    assert taken is not None
    assert late is None
    assert again is not None
    assert (2, 2, False) == (taken.fence, again.fence, again.is_read)


async def test_who_took_an_answer_up_before_redis_lost_it_reads_it_no_more(server: RedisServer) -> None:
    """Another one takes it up as it was before that: the two would mix their texts under one fencing token."""
    backplane = RedisBackplane(server.url, lease_seconds=0.01)
    await backplane.store_facts("s", StreamFacts(owner=OWNER, chat_id="c"), 1)
    await asyncio.sleep(0.02)
    state = await backplane.state("s")
    assert state is not None
    paused = await backplane.take_up("s", state)
    await backplane._redis.flushall()
    taken = await backplane.take_up("s", state)
    assert paused is not None
    assert taken is not None
    holds = [await backplane.publish("s", each.fence, None) for each in (paused, taken)]
    await backplane.close()

    assert ["lost", "held"] == holds


async def test_who_takes_an_answer_up_knows_the_runs_that_were_counted_since_it_looked(server: RedisServer) -> None:
    """Who was taken for gone counts one, and only then is gone."""
    backplane = RedisBackplane(server.url, lease_seconds=0.01)
    facts = StreamFacts(owner=OWNER, chat_id="c", message_id="m")
    await backplane.store_facts("s", facts, 1)
    await asyncio.sleep(0.02)
    state = await backplane.state("s")
    assert state is not None
    await backplane.store_facts("s", facts.of_rerun(), 1)
    await asyncio.sleep(0.02)
    taken = await backplane.take_up("s", state)
    is_late_one_counted = await backplane.store_facts("s", facts.of_rerun().of_rerun(), 1)
    await backplane.close()

    assert taken is not None
    assert (1, False) == (taken.facts.reruns, is_late_one_counted)


async def test_viewers_in_other_workers_keep_an_answer_alive(server: RedisServer) -> None:
    """It is stopped once nobody looks anywhere."""
    async with two_workers(server, grace=0, unwatched="cancel") as (first, second):
        asking = first.relay.ask(first.chat, "Какая высота?", owner=OWNER)
        first.pair.server.script_answer([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
        backplane = first.relay._backplane
        assert backplane is not None
        await backplane.open(first.relay._stop_wanted)
        is_watched, backplane.is_watched = backplane.is_watched, _true  # type: ignore[method-assign]
        stream = (await asking).id
        async with second.look(stream) as viewer:
            await until_text(viewer)
            backplane.is_watched = is_watched  # type: ignore[method-assign]
            await asyncio.sleep(3 * LEASE)
            is_running = first.relay._answers[stream].is_running
        await first.relay._answers[stream].finished()

    assert is_running
    assert AnswerStopped("unwatched") == first.relay._answers[stream].log.read(0)[-1].event


async def _true(_: str) -> bool:
    return True


async def test_who_begins_to_look_in_another_worker_is_known_at_once(server: RedisServer) -> None:
    """Else an answer could be given up while its first viewer is on its way."""
    async with two_workers(server) as (first, second):
        stream = await first.ask([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
        backplane = first.relay._backplane
        assert backplane is not None
        before = await backplane.is_watched(stream)
        async with second.look(stream):
            is_watched = await backplane.is_watched(stream)

    assert (False, True) == (before, is_watched)


async def test_an_answer_whose_events_are_gone_from_redis_comes_from_the_history(server: RedisServer) -> None:
    """In a worker that never had them; without another run."""
    async with two_workers(server) as (first, second):
        stream = await first.ask(complex_answer(TEXT))
        await all_of(first.look(stream))
        await first.relay._answers[stream].finished()
        redis = second.relay._backplane
        assert isinstance(redis, RedisBackplane)
        await redis._redis.delete(redis._key(stream, "events"))
        async with asyncio.timeout(5):
            events = await all_of(second.look(stream))

    assert TEXT == text_of(events)
    assert isinstance(events[-1].event, Completed)
    assert (1, 1) == first.runs


async def test_who_looks_when_events_go_from_redis_comes_back_and_gets_the_history(server: RedisServer) -> None:
    """They went before this worker had them: it would wait for what does not come."""
    async with two_workers(server) as (first, second):
        released = SyncPoint()
        stream = await first.ask([Deltas(["Высота "]), Wait(released), Deltas(["этажа 3,3 м."]), final(TEXT)])
        viewer = second.look(stream)
        begun = await until_text(viewer)
        redis = second.relay._backplane
        assert isinstance(redis, RedisBackplane)
        assert redis._subscription is not None
        redis._subscription._hearers.clear()
        redis.batches = _none  # type: ignore[method-assign]
        released.set()
        async with asyncio.timeout(5):
            rest = await all_of(viewer)
            again = await all_of(second.look(stream, begun[-1].id))

    assert [Reconnect()] == [entry.event for entry in rest]
    assert TEXT == text_of(begun + again)
    assert (1, 1) == first.runs


async def _none(*_: Any) -> list[Batch]:
    return []


async def test_an_answer_that_is_taken_up_is_watched_by_who_looks(server: RedisServer) -> None:
    """Its viewers were there before; only when they leave is it stopped."""
    async with two_workers(server, grace=0.05, unwatched="cancel") as (first, second):
        stream = await first.ask([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
        here = first.look(stream)
        viewer = second.look(stream)
        await asyncio.gather(until_text(here), until_text(viewer))
        first.pair.server.script_answer([Deltas(["Высота этажа"]), Wait(SyncPoint())])
        die(first, stream)
        await until_text(viewer)
        await asyncio.sleep(0.2)
        is_running = second.relay._answers[stream].is_running
        viewer.close()
        await second.relay._answers[stream].finished()

    assert is_running
    assert AnswerStopped("unwatched") == second.relay._answers[stream].log.read(0)[-1].event


async def test_an_answer_whose_last_viewer_leaves_during_its_takeover_is_given_up(server: RedisServer) -> None:
    """Nobody else would notice that nobody looks."""
    async with two_workers(server, grace=0.05, unwatched="cancel") as (first, second):
        stream = await first.ask([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
        here, viewer = first.look(stream), second.look(stream)
        await asyncio.gather(until_text(here), until_text(viewer))
        backplane = second.relay._backplane
        assert backplane is not None
        take_up = backplane.take_up

        async def left(*arguments: Any) -> StreamState | None:
            viewer.close()
            return await take_up(*arguments)

        backplane.take_up = left  # type: ignore[method-assign]
        first.pair.server.script_answer([Deltas(["Высота этажа"]), Wait(SyncPoint())])
        answer = second.relay._answers[stream]
        die(first, stream)
        async with asyncio.timeout(5):
            await answer.finished()

    assert AnswerStopped("unwatched") == answer.log.read(0)[-1].event


async def test_an_owner_without_a_client_is_told_when_an_answer_is_taken_up(server: RedisServer) -> None:
    """A backend's function may fail for a user who is gone: viewers get an error and do not wait for ever."""
    async with two_workers(server) as (first, second):
        stream = await first.ask([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
        viewer = second.look(stream)
        await until_text(viewer)

        def fails(owner: str) -> Any:
            raise LookupError(owner)

        second.relay._client = fails
        die(first, stream)
        async with asyncio.timeout(5):
            events = await all_of(viewer)

    assert isinstance(events[-1].event, ErrorEvent)
    assert "internal" == events[-1].event.data["code"]


async def test_the_id_of_the_message_is_kept_when_redis_is_back(server: RedisServer) -> None:
    """Else another worker could not go on with the answer."""
    async with two_workers(server) as (first, second):
        stream = await first.ask([Wait(SyncPoint()), final(TEXT)])
        answer = first.relay._answers[stream]
        assert answer.publisher is not None
        backplane = answer.publisher._backplane
        kept, fails = backplane.store_facts, 1

        async def keep(*arguments: Any) -> bool:
            nonlocal fails
            fails -= 1
            if fails >= 0:
                raise BackplaneAwayError(text("relay_backplane_away"))
            return await kept(*arguments)

        backplane.store_facts = keep  # type: ignore[method-assign]
        while (state := await backplane.state(stream)) is None or state.facts.message_id is None:
            pass
        await second.relay.stop(stream, owner=OWNER)

    assert 0 > fails
    assert answer.facts == state.facts


async def test_a_stop_during_a_takeover_is_not_lost(server: RedisServer) -> None:
    """It comes after the worker has looked whether one is wanted, and before it reads."""
    async with two_workers(server) as (first, second):
        stream = await first.ask([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
        viewer = second.look(stream)
        await until_text(viewer)
        backplane = second.relay._backplane
        assert backplane is not None
        take_up = backplane.take_up

        async def stopped(*arguments: Any, **options: Any) -> int | None:
            await first.relay.stop(stream, owner=OWNER)
            return await take_up(*arguments, **options)

        backplane.take_up = stopped  # type: ignore[method-assign]
        first.pair.server.script_answer([Wait(SyncPoint())])
        die(first, stream)
        events = await all_of(viewer)

    assert AnswerStopped("requested") == events[-1].event


@pytest.mark.parametrize("wanted", ["{}", "}{", "a" * 31 + "}", "\ud800" * 32, "x" * 100_000, "stream\r\nid", "\0" * 32])
async def test_an_id_that_is_none_does_not_reach_redis(server: RedisServer, wanted: str) -> None:
    """It would end up in keys."""
    async with two_workers(server) as (first, _):
        with pytest.raises(StreamNotFoundError):
            await all_of(first.look(wanted))
        with pytest.raises(StreamNotFoundError):
            await first.relay.stop(wanted, owner=OWNER)


async def test_followers_that_come_while_the_connection_is_lost_disturb_no_other(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Many begin to follow and leave while Redis is started again and again; later all are told of batches."""
    client, heard = RedisBackplane(server.url), list[str]()
    await client.open(lambda _: None)

    async def follow(number: int) -> None:
        for _ in range(40):
            with contextlib.suppress(BackplaneAwayError):
                await client.follow(f"s{number}", lambda _, number=number: heard.append(f"s{number}"))
                await client.unfollow(f"s{number}")
            await asyncio.sleep(0)
        while True:
            with contextlib.suppress(BackplaneAwayError):
                await client.follow(f"s{number}", lambda _, number=number: heard.append(f"s{number}"))
                return
            await asyncio.sleep(0.05)

    async def restart() -> None:
        for _ in range(5):
            server.stop()
            await asyncio.sleep(0.02)
            await asyncio.to_thread(server.start)
            await asyncio.sleep(0.05)

    try:
        async with asyncio.timeout(30):
            await asyncio.gather(restart(), *map(follow, range(8)))
            wanted = {f"s{number}" for number in range(8)}
            while set(heard) != wanted:
                for number in range(8):
                    await client._redis.publish(
                        client._key(f"s{number}", "new"), '1  [{"event":"completed","data":{},"timestamp":""}]'
                    )
                await asyncio.sleep(0.05)
    finally:
        await client.close()

    assert "Task exception" not in caplog.text


async def test_reruns_are_counted_although_redis_lost_their_number(server: RedisServer) -> None:
    """Who reads gives it again what it counted before the run began."""
    async with two_workers(server) as (first, second):
        stream = await first.ask([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
        viewer = second.look(stream)
        await until_text(viewer)
        first.pair.server.script_answer([Wait(SyncPoint())])
        die(first, stream)
        while first.runs != (1, 2):  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)
        backplane = second.relay._backplane
        assert backplane is not None
        await asyncio.to_thread(server.stop)
        await asyncio.to_thread(server.start)
        while (state := await state_of(backplane, stream)) is None:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)
        viewer.close()

    assert 1 == state.facts.reruns


async def test_the_model_does_not_run_again_where_nobody_knows_how_often_it_ran(server: RedisServer) -> None:
    """Redis lost it, and so did the worker that read: it may have counted runs since others looked."""
    async with two_workers(server) as (first, second):
        stream = await first.ask([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
        viewer = second.look(stream)
        begun = await until_text(viewer)
        while second.relay._answers[stream].facts.message_id is None:  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)
        first.pair.server.script_answer(complex_answer(TEXT))
        die(first, stream)
        redis = first.relay._backplane
        assert isinstance(redis, RedisBackplane)
        await redis._redis.flushall()
        events = begun + await all_of(viewer)

    assert isinstance(events[-1].event, ErrorEvent)
    assert "interrupted" == events[-1].event.data["code"]
    assert (1, 1) == first.runs


async def test_the_model_does_not_run_again_while_that_cannot_be_counted(server: RedisServer) -> None:
    """The run begins once Redis is back."""
    async with two_workers(server) as (first, _):
        stream, dropped = await asked_to_drop(first, complex_answer(TEXT))
        viewer = first.look(stream)
        begun = await until_text(viewer)
        server.stop()
        dropped.set()
        await until_counting(first, stream)
        runs_without = first.runs
        server.start()
        events = begun + await all_of(viewer)

    assert ((1, 1), (1, 2)) == (runs_without, first.runs)
    assert TEXT == text_of(events)


async def test_a_stop_is_not_kept_waiting_by_a_run_that_cannot_be_counted(server: RedisServer) -> None:
    """Nor by Redis, which is away."""
    async with two_workers(server) as (first, _):
        stream, dropped = await asked_to_drop(first, complex_answer(TEXT))
        viewer = first.look(stream)
        await until_text(viewer)
        server.stop()
        dropped.set()
        await until_counting(first, stream)
        await first.relay.stop(stream, owner=OWNER)
        async with asyncio.timeout(5):
            events = await all_of(viewer)

    assert AnswerStopped("requested") == events[-1].event
    assert (1, 1) == first.runs


async def test_an_answer_ends_when_its_next_run_cannot_be_counted_for_long(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its viewers are told that it was interrupted."""
    monkeypatch.setattr(answer_reader, "COUNT_SECONDS", 0.1)
    async with two_workers(server) as (first, _):
        stream, dropped = await asked_to_drop(first, complex_answer(TEXT))
        viewer = first.look(stream)
        await until_text(viewer)
        server.stop()
        dropped.set()
        events = await all_of(viewer)

    assert isinstance(events[-1].event, ErrorEvent)
    assert "interrupted" == events[-1].event.data["code"]
    assert (1, 1) == first.runs


async def asked_to_drop(desk: Desk, then: Answer) -> tuple[str, SyncPoint]:
    """A stream that breaks off after its first text, and what it waits for before; another run would give `then`."""
    dropped = SyncPoint()
    stream = await desk.ask([Deltas(["Высота "]), Wait(dropped), Drop()])
    desk.pair.server.script_answer(then)
    return stream, dropped


async def until_counting(desk: Desk, stream_id: str) -> None:
    reader = desk.relay._answers[stream_id].reader
    assert reader is not None
    while reader._counting is None:  # noqa: ASYNC110 - what is waited for has no event
        await asyncio.sleep(0.01)


async def state_of(backplane: Backplane, stream_id: str) -> StreamState | None:
    with contextlib.suppress(BackplaneAwayError):
        return await backplane.state(stream_id)
    return None
