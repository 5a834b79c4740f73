"""The model's client behaves like the real session: both end the same schedules in the same way."""

from __future__ import annotations

import pytest

from tests.model.assumptions import Assumptions
from tests.model.model_server import ModelServer
from tests.model.question_record import QuestionRecord
from tests.model.real_session import Ending, run_session
from tests.model.simulation import MEAN_RNG, schedule_of, simulate
from tests.model.virtual_loop import run

SCHEDULES = 500


def ending_of(record: QuestionRecord) -> Ending:
    return Ending.of(record.error or ("left" if record.outcomes == ["left"] else "end"), record.events)


def chat(server: ModelServer) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in server.messages]


def test_the_session_does_what_the_model_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Session and model deliver the same events and errors, and the chat has the same messages afterwards.

    Some questions are given up in the middle of an exchange, at the same moment: posting, opening, reading, waiting, renewing.
    """
    monkeypatch.setattr("aizoomdoc_client.session.stream_reader.random", MEAN_RNG)
    left = 0
    for number in range(SCHEDULES):
        schedule = schedule_of(1, number)
        simulation = simulate(schedule)
        if any(record.left_between for record in simulation.records):
            continue  # at such a moment the real one may have begun the next exchange
        server, left_at = ModelServer(schedule, Assumptions()), [record.left_at for record in simulation.records]
        endings = run(run_session(schedule, server, MEAN_RNG, left_at=left_at), server)
        server.drain()
        left += len(left_at) - left_at.count(None)

        assert [ending_of(record) for record in simulation.records] == endings, number
        assert chat(simulation.server) == chat(server), number
        assert server.live is None, number
    assert left > SCHEDULES / 10
