"""The model's client behaves like the real session, which keeps the invariants, too, when it is cancelled and goes on."""

from __future__ import annotations

import functools
import random

import attrs
import pytest

from tests.client_and_server import folded
from tests.model.assumptions import Assumptions
from tests.model.model_server import ModelServer
from tests.model.question_record import QuestionRecord
from tests.model.real_session import Cancellations, Ending, run_session
from tests.model.schedule import Schedule
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
        schedule = attrs.evolve(schedule_of(1, number), resumes=False)
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


def test_a_consumer_that_comes_back_gets_its_own_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it was cancelled: one message, no more runs than are allowed, the text of a run of its own, rarely none."""
    monkeypatch.setattr("aizoomdoc_client.session.stream_reader.random", MEAN_RNG)
    answered, expected = 0, 0
    for number in range(SCHEDULES):
        schedule, cancellations = schedule_of(2, number), functools.partial(Cancellations, random.Random(number))
        server = ModelServer(schedule, Assumptions())
        endings = run(run_session(schedule, server, MEAN_RNG, cancellations=cancellations), server)
        server.drain()
        for asker, ending in enumerate(endings):
            check(asker, ending, schedule, server)
        answered += [ending.outcome for ending in endings].count("end")
        undisturbed = run(run_session(schedule, server := ModelServer(schedule, Assumptions()), MEAN_RNG), server)
        expected += [ending.outcome for ending in undisturbed].count("end")
    assert answered > 0.97 * expected


def check(asker: int, ending: Ending, schedule: Schedule, server: ModelServer) -> None:
    """Checks I1, I4, I6 and I8 by the server's own records."""
    posted = [message for author, message in server.posted if author == asker]
    assert len(posted) <= 1
    assert server.runs_started_by(asker) <= 1 + schedule.max_reruns
    if ending.outcome == "end" and not any(event.event == "error" for event in ending.events):
        assert folded(list(ending.events)) in {run.script.final for run in server.runs if run.question is posted[0]}
