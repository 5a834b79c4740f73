"""The model's client is the true one: both play the same schedules to the same ends."""

from __future__ import annotations

import attrs
import pytest

from tests.model.actual import Ending, play_actually
from tests.model.assumptions import Assumptions
from tests.model.play import DICE, play, schedule_of
from tests.model.schedule import Schedule
from tests.model.virtual import run
from tests.model.world import World

SCHEDULES = 500


def to_the_end(number: int) -> Schedule:
    """A schedule whose consumer never leaves: how far it is read before that is counted in the model's dealings."""
    schedule = schedule_of(1, number)
    return attrs.evolve(schedule, asks=tuple(attrs.evolve(ask, leaves_after=None) for ask in schedule.asks))


def chat(world: World) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in world.messages]


def test_the_session_does_what_the_model_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Session and model give their consumers the same events and errors, and leave the same chat behind."""
    monkeypatch.setattr("aizoomdoc_client.session.stream_reader.random", DICE)
    for number in range(SCHEDULES):
        schedule = to_the_end(number)
        game, world = play(schedule), World(schedule, Assumptions())
        endings = run(play_actually(schedule, world, DICE), world)
        world.drain()

        assert [Ending.of(told.error, told.events) for told in game.tolds] == endings, number
        assert chat(game.world) == chat(world), number
        assert world.live is None, number
