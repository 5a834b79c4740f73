"""An answer that another process takes up by its ids, a synchronous copy of session/question_resumer.py."""

from __future__ import annotations

import attrs

from aizoomdoc_client.exceptions import APIError
from aizoomdoc_client.models import Message
from aizoomdoc_client.protocol.question_search import Found, QuestionSearch
from aizoomdoc_client.protocol.recovery import GiveUp, Look
from aizoomdoc_client.session.chat_queue import ChatState

from .client import Client, TooManyExchangesError
from .question_record import QuestionRecord
from .schedule import Schedule
from .stream_reader import Reader

RESUMED_NUMBERS = 1000
"""The number of a question that is taken up is so much higher, which tells its runs from those of the process before."""


def take_up(died: Client, before: QuestionRecord, chat_state: ChatState, schedule: Schedule) -> QuestionRecord:
    """The record of the answer, taken up in a process with `chat_state` after the client of `before` is gone."""
    assert before.message is not None
    ask = attrs.evolve(before.ask, leaves_within=0.0)
    record = QuestionRecord(before.number + RESUMED_NUMBERS, ask, asked_by=before.number)
    client = Client(attrs.evolve(ask, leaves_after=None), record, died.server, died.choice, died.rng)
    client.plans = died.plans
    try:
        record.message = _find(client, before.message.id)
        chat_state.add_posted(record.message)
        Reader(
            client,
            record.message,
            chat_state,
            max_reruns=schedule.max_reruns,
            total=schedule.total,
            resumed=True,
            may_run=ask.resumed == "with a run",
        ).read()
    except APIError as error:
        record.failed(error)
    except TooManyExchangesError:
        record.never_ended()
    return record


def _find(client: Client, message_id: str) -> Message:
    """As `QuestionResumer._find`."""
    search = QuestionSearch(message_id)
    while isinstance(search.step, Look):
        client.wait(search.step.seconds)
        try:
            search.looked(client.history())
        except APIError as error:
            search.look_failed(error)
    match search.step:
        case Found(message):
            return message
        case GiveUp(reason):
            raise reason
