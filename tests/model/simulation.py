"""Simulates one schedule."""

from __future__ import annotations

import random

from aizoomdoc_client.protocol.transport_choice import TransportChoice
from aizoomdoc_client.session.chat_queue import ChatStates

from .assumptions import Assumptions
from .client import Client
from .invariants import Simulation
from .model_server import CHAT, CHAT_SPELLINGS, ModelServer
from .question_record import QuestionRecord
from .question_resumer import take_up
from .question_sender import QuestionSender
from .schedule import WEIGHTS, Schedule, Weights, draw


class MeanRandom:
    """RandomSource that returns the mean, so that the schedule alone determines the simulation."""

    def uniform(self, a: float, b: float) -> float:
        """The mean of `a` and `b`."""
        return (a + b) / 2


MEAN_RNG = MeanRandom()


def simulate(schedule: Schedule, lifted: frozenset[str] = frozenset()) -> Simulation:
    """Simulates all questions of a schedule, then runs the server's remaining events."""
    server = ModelServer(schedule, Assumptions(lifted))
    chats = chat_states(schedule)
    choice, records = TransportChoice("auto"), list[QuestionRecord]()
    for number, ask in enumerate(schedule.asks):
        server.advance(server.now + ask.pause)
        record = QuestionRecord(number, ask)
        chat_state, client = chats.of(CHAT_SPELLINGS[ask.spelling]), Client(ask, record, server, choice, MEAN_RNG)
        sender = QuestionSender(client, chat_state, max_reruns=schedule.max_reruns, total=schedule.total)
        sender.ask()
        records.append(record)
        if schedule.resumes and record.message is not None and record.outcomes == ["left"] and ask.resumed != "not":
            chats = ChatStates()  # of another process, which knows the ids only
            server.assumptions.taken_over(number)
            records.append(take_up(client, record, chats.of(CHAT.id), schedule))
    server.drain()
    return Simulation(schedule, server, records)


def chat_states(schedule: Schedule) -> ChatStates:
    """What our client knows of its chats before the first question."""
    chats = ChatStates()
    if schedule.made_here:
        chats.add_created(CHAT.id)
    return chats


def schedule_of(seed: int, number: int, rng: random.Random | None = None) -> Schedule:
    """Schedule `number` of `seed`."""
    rng = rng or random.Random()
    rng.seed(seed << 40 | number)
    return draw(rng, weights_of(number))


def weights_of(number: int) -> Weights:
    """The weights that schedule `number` is drawn with."""
    return WEIGHTS[number % len(WEIGHTS)]
