"""One game, from its schedule to its record."""

from __future__ import annotations

import random

from aizoomdoc_client.protocol.transport_choice import TransportChoice
from aizoomdoc_client.session.chat_queue import ChatState

from .asking import QuestionSender
from .assumptions import Assumptions
from .client import Client
from .invariants import Game
from .schedule import ODDS, Odds, Schedule, draw
from .told import Told
from .world import CHAT, World


class Loaded:
    """RandomSource that always show the middle, so that a schedule alone says how a game goes."""

    def uniform(self, a: float, b: float) -> float:
        """The middle."""
        return (a + b) / 2


DICE = Loaded()


def play(schedule: Schedule, lifted: frozenset[str] = frozenset()) -> Game:
    """Plays all questions of a schedule, then lets happen what is still to come."""
    world = World(schedule, Assumptions(lifted))
    record = ChatState(CHAT.id, made_here=schedule.made_here)
    choice, tolds = TransportChoice("auto"), list[Told]()
    for number, ask in enumerate(schedule.asks):
        world.advance(world.now + ask.pause)
        told = Told(number, ask)
        asking = QuestionSender(
            Client(ask, told, world, choice, DICE), record, max_reruns=schedule.max_reruns, total=schedule.total
        )
        asking.ask()
        tolds.append(told)
    world.drain()
    return Game(schedule, world, tolds)


def schedule_of(seed: int, number: int, rng: random.Random | None = None) -> Schedule:
    """Schedule `number` of those that `seed` gives."""
    dice = rng or random.Random()
    dice.seed(seed << 40 | number)
    return draw(dice, odds_of(number))


def odds_of(number: int) -> Odds:
    """The odds that schedule `number` is drawn with."""
    return ODDS[number % len(ODDS)]
