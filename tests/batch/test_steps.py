"""Steps and what comes of them can travel to another process."""

from __future__ import annotations

import pickle
from pathlib import Path

import attrs
import pytest

from aizoomdoc_client.answer import Answer, Timings
from aizoomdoc_client.answer_source import AnswerSource
from aizoomdoc_client.batch import BatchDocument, BatchQuestion, BatchSettings, BatchTask, BatchUnit
from aizoomdoc_client.batch.executor import Work
from aizoomdoc_client.batch.faults import failure
from aizoomdoc_client.batch.journal import StoredFile
from aizoomdoc_client.batch.steps import (
    Answered,
    ChatFound,
    ChatMissing,
    CreateChat,
    Failure,
    Fault,
    FindChat,
    FindMessage,
    MessageFound,
    MessageMissing,
    Post,
    Read,
    Unfit,
)
from aizoomdoc_client.catalog import text
from aizoomdoc_client.events import ImageReady, ProcessingStarted, QueuePosition, ToolCall
from aizoomdoc_client.exceptions import APITimeoutError, RateLimitError
from aizoomdoc_client.models import Message

TASK = BatchTask(
    document=BatchDocument(name="План 1.pdf", path=Path("План 1.pdf")),
    question=BatchQuestion(text="Какая высота этажа?"),
    settings=BatchSettings(role=1, model="complex"),
)
ANSWER = Answer(
    text="3,3 м",
    images=(ImageReady(block_id="b", url="https://example.org/1.png"),),
    tool_calls=(ToolCall(tool="zoom"),),
    sources=(AnswerSource(document="План 1.pdf", page=2),),
    question=Message(id="m", role="user", content="?"),
    timings=Timings(posted=0.0, queued=2.0),
)
WORK = Work(
    unit=BatchUnit.of(TASK, "digest"),
    step=Post("c"),
    file=StoredFile(is_copy=True, fields={"uri": "files/1"}, uploaded_at=1.0),
)
TRAVEL = [
    TASK,
    attrs.evolve(TASK, columns={"шифр": "АР-1", "лист": 3}),
    *(
        attrs.evolve(WORK, step=step)
        for step in (CreateChat("t"), FindChat("t"), Post("c", "ещё раз"), FindMessage("c", 2), Read("c", "m"))
    ),
    *(ChatFound("c"), ChatMissing(), MessageFound("m"), MessageMissing()),
    *(Answered(ANSWER), Answered(ANSWER, {"height": 3.3}), Unfit(ANSWER, "ещё раз", text("unit_crashed", count=2))),
    *(Failure(fault, text("unit_crashed", count=2), "E", retry_after=1.5) for fault in Fault),
    failure(RateLimitError("Too many requests", status_code=429, retry_after=3.0), Post("c")),
    failure(APITimeoutError(text("unit_crashed", count=1), deadline="idle"), Read("c", "m")),
    *(QueuePosition(position=3, estimated_wait_seconds=4.0, data={"position": 3}), ProcessingStarted(request_id="r")),
]


@pytest.mark.parametrize("value", TRAVEL, ids=lambda value: type(value).__name__)
def test_what_travels_between_processes_arrives_as_it_is(value: object) -> None:
    """Tasks, steps with their units, each kind of observation, and the events of the server's queue."""
    assert value == pickle.loads(pickle.dumps(value))
