"""The model's client behaves like the real session: both end the same schedules in the same way."""

from __future__ import annotations

import attrs
import pytest

from tests.model.assumptions import Assumptions
from tests.model.model_server import ModelServer
from tests.model.real_session import Ending, run_session
from tests.model.schedule import Schedule
from tests.model.simulation import MEAN_RNG, schedule_of, simulate
from tests.model.virtual_loop import run

SCHEDULES = 500


def read_completely(number: int) -> Schedule:
    """A schedule whose consumer never leaves: when it leaves is counted in exchanges, which only the model has."""
    schedule = schedule_of(1, number)
    return attrs.evolve(schedule, asks=tuple(attrs.evolve(ask, leaves_after=None) for ask in schedule.asks))


def chat(server: ModelServer) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in server.messages]


def test_the_session_does_what_the_model_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Session and model deliver the same events and errors, and the chat has the same messages afterwards."""
    monkeypatch.setattr("aizoomdoc_client.session.stream_reader.random", MEAN_RNG)
    for number in range(SCHEDULES):
        schedule = read_completely(number)
        simulation, server = simulate(schedule), ModelServer(schedule, Assumptions())
        endings = run(run_session(schedule, server, MEAN_RNG), server)
        server.drain()

        assert [Ending.of(record.error, record.events) for record in simulation.records] == endings, number
        assert chat(simulation.server) == chat(server), number
        assert server.live is None, number
