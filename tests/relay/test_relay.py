"""A relay over a scripted server on real sockets: viewers that come, go and come back, stopping, owners, and the end."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from aizoomdoc_client import AIZoomDocError, ConfigurationError
from aizoomdoc_client.events import AnswerRestarted, Completed, ErrorEvent
from aizoomdoc_client.relay import AnswerStopped, Reconnect, Relay, RelayClosedError, StreamNotFoundError
from aizoomdoc_client.testing import Deltas, SyncPoint, Wait, complex_answer, detail, error_answer
from aizoomdoc_client.testing.answer_presets import final
from tests.relay.desks import OWNER, STRANGER, TEXT, Desk, all_of, desk_of, text_of


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with desk_of(finish_seconds=0) as made:
        yield made


async def test_a_viewer_gets_the_whole_answer_in_order(desk: Desk) -> None:
    """From the first event to `completed`, with ids from 1 on."""
    events = await all_of(desk.look(await desk.ask(complex_answer(TEXT))))

    assert TEXT == text_of(events)
    assert [*range(1, len(events) + 1)] == [event.id for event in events]
    assert isinstance(events[-1].event, Completed)
    assert (1, 1) == desk.runs


async def test_viewers_at_any_speed_and_time_get_the_same(desk: Desk) -> None:
    """One from the beginning, one that comes in the middle, one after the end; the model runs once."""
    released = SyncPoint()
    stream = await desk.ask([Deltas(["Высота "]), Wait(released), Deltas(["этажа 3,3 м."]), final(TEXT)])
    first = desk.look(stream)
    begun = [await anext(first)]
    middle = desk.look(stream)
    begun_too = [await anext(middle)]
    released.set()
    all_events = begun + await all_of(first)

    assert all_events == begun_too + await all_of(middle)
    assert all_events == await all_of(desk.look(stream))
    assert TEXT == text_of(all_events)
    assert (1, 1) == desk.runs


@pytest.mark.parametrize("after", range(9))
async def test_a_reload_goes_on_after_the_last_event(desk: Desk, after: int) -> None:
    """Nothing comes twice, nothing is missing, wherever the connection broke off."""
    stream = await desk.ask(complex_answer(TEXT))
    before = await all_of(desk.look(stream))
    rest = await all_of(desk.look(stream, str(after)))

    assert before == before[:after] + rest
    assert (1, 1) == desk.runs


async def test_a_viewer_that_leaves_leaves_the_answer_alone(desk: Desk) -> None:
    """The next one gets all of it."""
    released = SyncPoint()
    stream = await desk.ask([Deltas(["Высота "]), Wait(released), Deltas(["этажа 3,3 м."]), final(TEXT)])
    async with desk.look(stream) as viewer:
        await anext(viewer)
    released.set()

    assert TEXT == text_of(await all_of(desk.look(stream)))


async def test_stop_ends_the_run_and_tells_all_viewers(desk: Desk) -> None:
    """The server sees its reader leave; who looks gets what came and `answer_stopped`, also later."""
    stream = await desk.ask([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
    viewer = desk.look(stream)
    begun = [await anext(viewer)]
    await desk.relay.stop(stream, owner=OWNER)
    events = begun + await all_of(viewer)
    await desk.relay.stop(stream, owner=OWNER)

    assert AnswerStopped("requested") == events[-1].event
    assert events == await all_of(desk.look(stream))
    assert "Высота " == text_of(events)


async def test_a_question_stopped_before_it_was_posted_is_stopped(desk: Desk) -> None:
    """Without waiting for the server, which may never answer."""
    stream = await desk.ask()
    await desk.relay.stop(stream, owner=OWNER)

    assert [AnswerStopped("requested")] == [event.event for event in await all_of(desk.look(stream))]
    assert 0 == desk.runs[1]


@pytest.mark.parametrize("stream_id", ["", "unknown", "theirs"])
async def test_what_is_not_ones_own_is_not_found(desk: Desk, stream_id: str) -> None:
    """An unknown stream and another owner's are not told apart, in looking and in stopping."""
    theirs = await desk.ask(complex_answer(TEXT))
    wanted = theirs if stream_id == "theirs" else stream_id
    with pytest.raises(StreamNotFoundError) as looked:
        await all_of(desk.relay.events(wanted, owner=STRANGER))
    with pytest.raises(StreamNotFoundError) as stopped:
        await desk.relay.stop(wanted, owner=STRANGER)

    assert str(looked.value) == str(stopped.value) == "there is no such stream"
    assert TEXT == text_of(await all_of(desk.look(theirs)))


async def test_ids_are_long_and_never_the_same(desk: Desk) -> None:
    """Nobody guesses them."""
    ids = {await desk.ask(complex_answer(TEXT)) for _ in range(3)}

    assert 3 == len(ids)
    assert {32} == {len(each) for each in ids}


async def test_a_slow_viewer_is_moved_forward_by_a_snapshot() -> None:
    """It holds nobody back, and its text is the same at the end."""
    async with desk_of(buffer=4096) as desk:
        released = SyncPoint()
        pieces = [f"{number} " for number in range(200)]
        whole = "".join(pieces)
        stream = await desk.ask([Deltas(["0 "]), Wait(released), Deltas(pieces[1:]), final(whole)])
        slow = desk.look(stream)
        begun = [await anext(slow)]
        released.set()
        fast = await all_of(desk.look(stream))
        events = begun + await all_of(slow)

    assert AnswerRestarted(0, "snapshot") in [event.event for event in events]
    assert whole == text_of(events) == text_of(fast)
    assert len(events) < 30


async def test_after_its_time_in_memory_an_answer_comes_from_the_history() -> None:
    """Without another run of the model; who has all of it gets nothing more."""
    async with desk_of(replay_seconds=0) as desk:
        stream = await desk.ask(complex_answer(TEXT))
        first = await all_of(desk.look(stream))
        await _until(lambda: not desk.relay._answers)
        again = await all_of(desk.look(stream, first[3].id))
        async with desk.look(stream, again[-1].id) as complete:
            is_complete = complete.is_complete
        with pytest.raises(StreamNotFoundError):
            await all_of(desk.relay.events(stream, owner=STRANGER))

    assert TEXT == text_of(first[:4] + again)
    assert (first[-1].id or 0) < (again[-1].id or 0)
    assert is_complete
    assert (1, 1) == desk.runs


async def test_of_a_stopped_answer_only_its_end_remains() -> None:
    """What came of it stays in the page that has it."""
    async with desk_of(replay_seconds=0) as desk:
        stream = await desk.ask([Deltas(["Высота ", "этажа "]), Wait(SyncPoint()), final(TEXT)])
        viewer = desk.look(stream)
        begun = [await anext(viewer) for _ in range(2)]
        await desk.relay.stop(stream, owner=OWNER)
        await all_of(viewer)
        await _until(lambda: not desk.relay._answers)
        again = await all_of(desk.look(stream, begun[0].id))

    assert [AnswerStopped("requested")] == [event.event for event in again]


async def test_an_answer_that_cannot_be_read_again_can_be_read_later() -> None:
    """Its history was out of reach; how the answer itself ended is not forgotten over that."""
    async with desk_of(replay_seconds=0) as desk:
        stream = await desk.ask(complex_answer(TEXT))
        await all_of(desk.look(stream))
        await _until(lambda: not desk.relay._answers)
        desk.pair.server.respond("GET", "/chats/*", detail(404, "not now"))
        failed = await all_of(desk.look(stream))
        await _until(lambda: not desk.relay._answers)
        again = await all_of(desk.look(stream))

    assert isinstance(failed[-1].event, ErrorEvent)
    assert TEXT == text_of(again)


async def test_asking_while_the_relay_closes_leaves_nothing_behind() -> None:
    """What other workers share is told of the answer first, which takes time; nothing is posted then."""
    async with desk_of() as desk:
        keep = desk.relay._store_facts

        async def closing(*arguments: Any) -> bool:
            desk.relay.begin_close()
            return await keep(*arguments)

        desk.relay._store_facts = closing  # type: ignore[method-assign]
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            with pytest.raises(RelayClosedError):
                await desk.ask()
            gc.collect()

    assert (0, []) == (len(desk.pair.server.posts), [str(each.message) for each in said if "never awaited" in str(each.message)])


async def test_the_oldest_records_are_forgotten() -> None:
    """Memory does not grow with the number of answers."""
    async with desk_of(replay_seconds=0, remembered=2) as desk:
        streams = [await desk.ask(complex_answer(TEXT)) for _ in range(3)]
        for stream in streams:
            await all_of(desk.look(stream))
        await _until(lambda: not desk.relay._answers)
        with pytest.raises(StreamNotFoundError):
            await all_of(desk.look(streams[0]))


async def test_without_viewers_an_answer_is_stopped_where_wanted() -> None:
    """After `grace` seconds, from its beginning and from the last viewer's leaving on."""
    async with desk_of(grace=0, unwatched="cancel") as desk:
        stream = await desk.ask([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
        answer = desk.relay._answers[stream]
        await answer.finished()

    assert AnswerStopped("unwatched") == [entry.event for entry in answer.log.read(0)][-1]


async def test_without_viewers_an_answer_is_read_to_its_end(desk: Desk) -> None:
    """What was asked is not asked twice, because somebody reloads."""
    stream = await desk.ask(complex_answer(TEXT))
    await desk.relay._answers[stream].finished()

    assert TEXT == text_of(await all_of(desk.look(stream)))


async def test_a_failure_is_an_error_with_a_code_and_no_internals(desk: Desk) -> None:
    """The server's own words may name files, hosts and keys."""
    stream = await desk.ask(error_answer("Traceback: /srv/model.py, key=sk-12345"))
    events = await all_of(desk.look(stream))

    assert ErrorEvent("The model could not answer") == events[-1].event
    assert {"code": "answer_failed", "message": "The model could not answer"} == events[-1].event.data
    assert all(b"sk-12345" not in event.to_sse() for event in events)


async def test_what_cannot_be_asked_is_raised_at_once(desk: Desk) -> None:
    """Before there is a stream."""
    with pytest.raises(ConfigurationError, match="chat_id"):
        await desk.relay.ask("", "Какая высота?", owner=OWNER)


async def test_files_are_with_the_server_when_asking_returns(desk: Desk) -> None:
    """A request's files end with the request."""
    desk.pair.server.script_answer(complex_answer(TEXT))
    stream = await desk.relay.ask(desk.chat, "Что здесь?", owner=OWNER, files=("план.md", b"# 1"))

    assert 1 == desk.runs[0]
    assert TEXT == text_of(await all_of(desk.look(stream.id)))


async def test_the_end_waits_for_answers_and_stops_those_that_take_too_long() -> None:
    """No new question is taken; viewers get the last event of what they look at."""
    async with desk_of(finish_seconds=0) as desk:
        stream = await desk.ask([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
        viewer = desk.look(stream)
        await anext(viewer)
        await desk.relay.close()
        events = await all_of(viewer)
        with pytest.raises(RelayClosedError):
            await desk.ask()

    assert AnswerStopped("shutdown") == events[-1].event


async def test_a_disconnected_viewer_is_told_to_come_back(desk: Desk) -> None:
    """After what it has not read yet, and without an id, so that it misses nothing."""
    stream = await desk.ask([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
    viewer = desk.look(stream)
    await anext(viewer)
    desk.relay._answers[stream].log.disconnect_viewers(Reconnect())
    events = await all_of(viewer)

    assert (None, Reconnect()) == (events[-1].id, events[-1].event)


async def test_a_waiting_viewer_can_be_closed(desk: Desk) -> None:
    """As a request does whose browser has left; silence is told after its seconds."""
    stream = await desk.ask([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
    viewer = desk.look(stream)
    read = [await anext(viewer)]
    while await viewer.read(0):
        pass
    waiting = asyncio.create_task(viewer.read())
    await asyncio.sleep(0)
    viewer.close()

    assert (1, [], 0) == (len(read), list(await waiting), desk.relay._answers[stream].viewers)


@pytest.mark.parametrize(
    "setting",
    [
        {"buffer": 0},
        {"buffer": -1},
        {"grace": -1},
        {"grace": float("nan")},
        {"unwatched": "stop"},
        {"remembered": -1},
        {"finish_seconds": -0.1},
        {"replay_seconds": -1},
    ],
)
async def test_a_setting_that_cannot_be_used_is_named(setting: dict[str, Any]) -> None:
    """At once, not at the first answer."""
    with pytest.raises(ConfigurationError, match=next(iter(setting))):
        async with desk_of(**setting):
            pass


@pytest.mark.parametrize("owner", ["", 42, None, "\ud800"])
async def test_who_is_nobody_owns_nothing(desk: Desk, owner: Any) -> None:
    """A missing name would be the name of all who have none; what other workers cannot tell apart is no name."""
    with pytest.raises(ConfigurationError, match="owner"):
        await desk.relay.ask(desk.chat, "Какая высота?", owner=owner)
    with pytest.raises(ConfigurationError, match="owner"):
        desk.relay.events("A" * 32, owner=owner)
    with pytest.raises(ConfigurationError, match="owner"):
        await desk.relay.stop("A" * 32, owner=owner)

    assert (0, 0) == desk.runs


@pytest.mark.parametrize("owner", ["a:b", "{x}", "Имя Ё", "a\nb", "a" * 5000, "0", " "])
async def test_an_owner_may_have_any_characters(desk: Desk, owner: str) -> None:
    """Names are not parsed."""
    desk.pair.server.script_answer(complex_answer(TEXT))
    stream = await desk.relay.ask(desk.chat, "Какая высота?", owner=owner)
    with pytest.raises(StreamNotFoundError):
        await all_of(desk.relay.events(stream.id, owner=owner + " "))

    assert TEXT == text_of(await all_of(desk.relay.events(stream.id, owner=owner)))


@pytest.mark.parametrize("after", ["-1", "1e3", "²", "9" * 5000, "\x00", 10**19, -5, True, "٣"])
async def test_what_is_no_id_of_an_event_is_the_beginning(desk: Desk, after: Any) -> None:
    """A browser may send anything."""
    stream = await desk.ask(complex_answer(TEXT))

    assert TEXT == text_of(await all_of(desk.look(stream, after)))


async def test_a_client_function_that_fails_leaves_nothing_behind(desk: Desk) -> None:
    """In asking, and in reading an answer again from the history, whose next viewer gets it."""
    stream = await desk.ask(complex_answer(TEXT))
    await all_of(desk.look(stream))
    desk.relay._replay_seconds = 0
    again = await desk.ask(complex_answer(TEXT))
    await all_of(desk.look(again))
    await _until(lambda: again not in desk.relay._answers)
    client = desk.relay._client

    def fails(owner: str) -> Any:
        raise LookupError(owner)

    desk.relay._client = fails
    with pytest.raises(LookupError):
        await desk.ask()
    with pytest.raises(LookupError):
        await all_of(desk.look(again))
    desk.relay._client = client
    async with asyncio.timeout(5):
        assert TEXT == text_of(await all_of(desk.look(again)))


async def test_a_viewer_closed_while_it_opens_is_not_counted(desk: Desk) -> None:
    """As where a browser leaves at once: the answer would seem to be watched for ever."""
    stream = await desk.ask([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
    viewer = desk.look(stream)
    found, went_on = viewer._find, asyncio.Event()
    assert found is not None

    async def slow() -> Any:
        await went_on.wait()
        return await found()

    viewer._find = slow
    opening = asyncio.create_task(viewer.open())
    both = asyncio.create_task(viewer.read())
    await asyncio.sleep(0)
    viewer.close()
    went_on.set()
    await asyncio.gather(opening, both)

    assert (0, ()) == (desk.relay._answers[stream].viewers, await viewer.read())


async def test_two_tasks_that_open_a_viewer_are_one_viewer(desk: Desk) -> None:
    """It is counted once, and leaves once."""
    stream = await desk.ask([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
    viewer = desk.look(stream)
    found = viewer._find
    assert found is not None

    async def slow() -> Any:
        await asyncio.sleep(0)
        return await found()

    viewer._find = slow
    await asyncio.gather(viewer.open(), viewer.open())
    viewers = desk.relay._answers[stream].viewers
    viewer.close()

    assert (1, 0) == (viewers, desk.relay._answers[stream].viewers)


async def test_asking_with_files_can_be_cancelled(desk: Desk) -> None:
    """Nothing of it remains: neither a stream nor a model's run."""
    desk.pair.server.script_answer(complex_answer(TEXT))
    asking = asyncio.create_task(desk.relay.ask(desk.chat, "Что здесь?", owner=OWNER, files=("план.md", b"# 1")))
    for _ in range(3):
        await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    assert {} == desk.relay._answers
    assert 0 == desk.runs[1]


async def test_files_that_cannot_be_uploaded_are_raised(desk: Desk) -> None:
    """There is no stream then."""
    with pytest.raises(AIZoomDocError):
        await desk.relay.ask(desk.chat, "Что здесь?", owner=OWNER, files="/nowhere/план.pdf")

    assert {} == desk.relay._answers


async def test_ids_given_by_an_iterator_reach_the_server_and_other_workers(desk: Desk) -> None:
    """It can be read only once."""
    ids = ["4c1f9b56-0000-4000-8000-000000000001"]
    desk.pair.server.script_answer(complex_answer(TEXT))
    stream = await desk.relay.ask(desk.chat, "Какая высота?", owner=OWNER, document_ids=iter(ids))
    await all_of(desk.look(stream.id))

    assert {"document_ids": ids} == desk.relay._answers[stream.id].facts.scope


async def test_a_log_without_events_says_nothing_about_what_a_viewer_has(desk: Desk) -> None:
    """An answer that is read again from the history has none at first: the viewer's text stays until there is another one."""
    stream = await desk.ask([Wait(SyncPoint()), final(TEXT)])
    viewer = desk.look(stream, 7)

    assert [] == list(await viewer.read(0))


async def test_closing_twice_and_while_asking() -> None:
    """A question that was not asked yet is not asked any more; later viewers come back."""
    async with desk_of(finish_seconds=0) as desk:
        stream = await desk.ask([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
        await asyncio.gather(desk.relay.close(), desk.relay.close())
        await desk.relay.close()
        late = await all_of(desk.relay.events("A" * 32, owner=OWNER))

        assert AnswerStopped("shutdown") == (await all_of(desk.look(stream)))[-1].event
        assert [Reconnect()] == [entry.event for entry in late]


async def test_two_relays_share_a_client(desk: Desk) -> None:
    """The end of one leaves the other one's answers alone."""
    async with Relay(desk.pair.client) as other:
        stream = await other.ask(desk.chat, "Какая высота?", owner=OWNER)
        with pytest.raises(StreamNotFoundError):
            await all_of(desk.look(stream.id))
        await desk.relay.close()

        assert isinstance((await all_of(other.events(stream.id, owner=OWNER)))[-1].event, Completed)


async def _until(is_true: Callable[[], bool]) -> None:
    while not is_true():  # noqa: ASYNC110 - what is waited for has no event
        await asyncio.sleep(0)
