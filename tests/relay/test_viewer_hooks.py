"""What a relay tells its hooks of viewers."""

from __future__ import annotations

import gc

import pytest

from aizoomdoc_client import ViewerJoined, ViewerLeft
from aizoomdoc_client.relay import Relay, StreamNotFoundError
from aizoomdoc_client.testing import Deltas, Stall, simple_answer
from tests.client_and_server import client_and_server
from tests.hooks.recorder import Recorder, failing
from tests.relay.desks import OWNER, STRANGER, TEXT, all_of, desk_of


async def test_viewers_are_told_when_they_join_and_leave() -> None:
    """Each once, with what they read: one to the end, one that comes back later, and one that had all."""
    hooks = Recorder()
    async with desk_of(hooks=hooks) as desk:
        stream_id = await desk.ask(simple_answer(TEXT))
        events = await all_of(desk.look(stream_id))
        last_id = events[-1].id
        assert last_id is not None
        await all_of(desk.look(stream_id, after=last_id - 1))
        await all_of(desk.look(stream_id, after=last_id))

    joined, left = hooks.all_of(ViewerJoined), hooks.all_of(ViewerLeft)
    assert ["viewer_joined", "viewer_left"] * 3 == hooks.names
    assert joined == [viewer.viewer for viewer in left]
    assert {(stream_id, desk.chat.id, OWNER)} == {(viewer.stream_id, viewer.chat_id, viewer.owner) for viewer in joined}
    assert [0, last_id - 1, last_id] == [viewer.after for viewer in joined]
    assert [(len(events), True), (1, True), (0, True)] == [(viewer.events, viewer.is_complete) for viewer in left]


@pytest.mark.parametrize("way", ["close", "drop"])
async def test_a_viewer_that_leaves_in_the_middle_is_told_once(way: str) -> None:
    """Closed twice, or dropped; the answer was not complete."""
    hooks = Recorder()
    async with desk_of(hooks=hooks, finish_seconds=0) as desk:
        stream_id = await desk.ask([Deltas([TEXT]), Stall()])
        viewer = desk.look(stream_id)
        await anext(viewer)
        if way == "close":
            viewer.close()
            viewer.close()
        else:
            del viewer
            gc.collect()

        assert not hooks.one(ViewerLeft).is_complete
        assert ["viewer_joined", "viewer_left"] == hooks.names


async def test_who_finds_nothing_has_not_joined() -> None:
    """A foreign stream, and one that was never opened."""
    hooks = Recorder()
    async with desk_of(hooks=hooks) as desk:
        stream_id = await desk.ask(simple_answer(TEXT))
        with pytest.raises(StreamNotFoundError):
            await all_of(desk.relay.events(stream_id, owner=STRANGER))
        desk.look(stream_id).close()

    assert [] == hooks.names


async def test_viewers_are_served_by_a_relay_whose_hooks_raise() -> None:
    """They read all the same."""
    async with client_and_server() as pair, Relay(pair.client, hooks=[failing()]) as relay:
        pair.server.script_answer(simple_answer(TEXT))
        stream = await relay.ask(await pair.chat(), "Какая высота?", owner=OWNER)

        assert "completed" == (await all_of(relay.events(stream.id, owner=OWNER)))[-1].event.event
