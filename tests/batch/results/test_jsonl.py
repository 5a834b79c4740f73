"""JSON lines hold everything, exactly."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given

from aizoomdoc_client.batch.results.jsonl import row_as_json, write_jsonl
from aizoomdoc_client.batch.results.row import ResultRow

from .sample import ROWS, answer, failed, row


@given(ROWS)
def test_what_is_written_is_read_back_the_same(rows: list[ResultRow]) -> None:
    """Each character of each field, in one line a row however a reader splits lines."""
    file = io.BytesIO()
    count = write_jsonl(rows, file, language="en")
    lines = file.getvalue().decode().splitlines()

    assert (len(rows), [row_as_json(each, "en") for each in rows]) == (count, [json.loads(line) for line in lines])


@given(ROWS)
def test_a_line_has_all_fields_of_the_row(rows: list[ResultRow]) -> None:
    """It is the row's own dictionary, except that the error is its code and its message."""
    for each in rows:
        assert {**each.to_dict(), "error": None} == {**row_as_json(each, "en"), "error": None}


def test_the_whole_answer_is_there() -> None:
    """Its text and the model's thinking, and the columns of the user's own."""
    found = row_as_json(row(columns={"Объект": 7}, answer=answer("да", thinking="хм"), parsed={"height": 2.8}), "en")

    assert ("да", "хм", {"Объект": 7}, {"height": 2.8}) == (
        found["answer"]["text"],
        found["answer"]["thinking"],
        found["task"]["columns"],
        found["parsed"],
    )


@pytest.mark.parametrize("parsed", [{"boards": ["=1+1", "б"]}, [{"height": 2.8}, {"height": 3}]])
def test_fields_are_those_of_the_answer_and_no_cells(parsed: Any) -> None:
    """A list is a list: joined to one text, as in a cell, it could not be taken apart again."""
    cells = {"boards": "=1+1, б"}
    found = row_as_json(row(answer=answer(parsed=parsed), parsed=cells), "en")

    assert (parsed, parsed) == (found["parsed"], found["answer"]["parsed"])


def test_an_error_has_its_code_and_its_message_in_the_language() -> None:
    """The code is for programs, the sentence for people, whatever is inside of it."""
    assert [
        {"code": "results_not_written", "message": "The results cannot be written to x.csv: No space left on device"},
        {"code": "results_not_written", "message": "не удаётся записать результаты в x.csv: на диске нет места"},
    ] == [row_as_json(failed(), language)["error"] for language in ("en", "ru")]
