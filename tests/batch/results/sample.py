"""Rows of results for tests, made by hand and by hypothesis."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from aizoomdoc_client.answer import Answer, Timings
from aizoomdoc_client.answer_source import AnswerSource
from aizoomdoc_client.batch.results.row import ResultRow
from aizoomdoc_client.batch.results.summary import ResultSummary
from aizoomdoc_client.batch.task import BatchDocument, BatchQuestion, BatchTask
from aizoomdoc_client.catalog import text
from aizoomdoc_client.models import Message

MOMENT = datetime(2026, 3, 1, 20, 17, 5, tzinfo=UTC)
SUMMARY = ResultSummary(
    server_url="https://docs.example.org",
    started_at=datetime(2026, 3, 1, 20, 15, tzinfo=UTC),
    counts={"done": 2, "failed": 1},
    questions=("Какая высота этажа?",),
    title="Корпус 3",
)


def answer(words: str = "Высота этажа — 2,8 м.", **more: Any) -> Answer:
    return Answer(text=words, question=Message(id="m1"), timings=Timings(posted=0), **more)


def row(
    number: int = 1,
    *,
    name: str = "АР.pdf",
    question: str = "Какая высота этажа?",
    path: Path | None = None,
    columns: Any = None,
    **more: Any,
) -> ResultRow:
    task = BatchTask(document=BatchDocument(name=name, path=path), question=BatchQuestion(text=question), columns=columns or {})
    return ResultRow(number=number, task=task, **{"state": "done", "answer": answer(), "attempts": 1, **more})


def failed(number: int = 1, **more: Any) -> ResultRow:
    error = text("results_not_written", path="x.csv", reason=text("errno_ENOSPC"))
    return row(number, **{"state": "failed", "answer": None, "error": error, "error_type": "ConfigurationError", **more})


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
HOSTILE = st.sampled_from(["=1+1", "+1", "-1", "-2,5", "@a", "\t=1", "\r=1", "'=1", " =1", '"', ";", "_x0041_", "http://a", "1"])
TEXTS = HOSTILE | ANY_TEXT
VALUES = TEXTS | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.none()
COLUMNS = st.dictionaries(st.text("abВ =-", min_size=1, max_size=3), VALUES, max_size=3)
SOURCES = st.lists(st.builds(AnswerSource, document=TEXTS, page=st.none() | st.integers(1, 99)), max_size=2).map(tuple)
ANSWERS = st.builds(answer, TEXTS, sources=SOURCES, notes=st.lists(TEXTS, max_size=2).map(tuple))
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - as Hypothesis wants bounds
ROWS = st.lists(
    st.builds(
        row,
        st.integers(1, 9),
        name=TEXTS,
        question=TEXTS,
        columns=COLUMNS,
        state=st.sampled_from(["done", "failed"]),
        answer=st.none() | ANSWERS,
        parsed=st.none() | COLUMNS,
        raw_text=st.none() | TEXTS,
        error=st.none() | st.builds(lambda path: text("results_path_is_folder", path=path), TEXTS),
        seconds=st.none() | st.floats(0, 1e6),
        finished_at=st.none() | MOMENTS,
    ),
    max_size=4,
)
