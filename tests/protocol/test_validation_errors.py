"""A 422 echoes the input, tokens included: the error keeps only field paths and reasons."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from aizoomdoc_client import exceptions as exc
from aizoomdoc_client.protocol.errors import Failure, from_response
from tests.protocol.samples import JSON

CANARY = "canary-7Hk2pQ"


def failure(status: int, body: Any = b"") -> Failure:
    content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return Failure(status=status, headers={}, body=content, method="GET", path="/me")


def everything(error: exc.APIError) -> str:
    """All texts of an error."""
    return repr((str(error), vars(error), error.args))


ECHOES = {
    "the input": {"type": "missing", "loc": ["body", "title"], "msg": "Field required", "input": {"static_token": CANARY}},
    "a list as input": {"loc": ["body"], "msg": "no", "input": [{"deep": [CANARY]}]},
    "the reason": {"loc": ["body", "static_token"], "msg": f"Value error, {CANARY} is no token", "input": CANARY},
    "the reason, twice": {"loc": ["body", "x"], "msg": f"'{CANARY}' or {CANARY}!", "input": {"x": CANARY}},
    "the reason, with other white space": {"loc": ["body", "x"], "msg": f"{CANARY} {CANARY}", "input": f" {CANARY}\n{CANARY} "},
    "the path": {"loc": ["body", CANARY], "msg": "Extra inputs are not permitted", "input": {"x": CANARY}},
    "the path, not in the input": {"loc": ["body", f"token {CANARY}"], "msg": "Extra inputs are not permitted", "input": 5},
    "the context": {"loc": ["body", "x"], "msg": "no", "ctx": {"error": CANARY, "given": [CANARY]}},
    "the link": {"loc": ["body", "x"], "msg": "no", "url": f"https://errors.example/{CANARY}"},
    "an unknown field": {"loc": ["body", "x"], "msg": "no", "newer": CANARY, CANARY: 1},
    "a token in the reason": {"loc": ["body", "x"], "msg": f"static_token={CANARY} is wrong"},
    "a bearer in the reason": {"loc": ["header", "authorization"], "msg": f"Bearer {CANARY} is wrong"},
    "a path of other types": {"loc": [{"a": CANARY}, None, ["x", CANARY]], "msg": {"a": CANARY}},
    "a path that is none": {"loc": CANARY, "msg": [CANARY]},
}


@pytest.mark.parametrize("problem", ECHOES.values(), ids=ECHOES)
@pytest.mark.parametrize("status", [400, 422])
def test_validation_error_never_echoes_the_input(status: int, problem: dict[str, Any]) -> None:
    """Wherever a server repeats what it was sent, the error does not."""
    error = from_response(failure(status, {"detail": [problem, {"loc": ["body", "y"], "msg": "Field required"}]}))

    assert isinstance(error, exc.ValidationError)
    assert CANARY not in everything(error)
    assert ("y", "Field required") == error.fields[-1]


@pytest.mark.parametrize(
    "body",
    [
        f'"{CANARY}',
        f"token {CANARY}",
        json.dumps(CANARY),
        json.dumps({"errors": [CANARY], "body": {"x": CANARY}}),
        json.dumps({"detail": {"input": CANARY}}),
        json.dumps({"detail": [CANARY, [CANARY]]}),
    ],
)
def test_422_of_another_shape_is_not_quoted(body: str) -> None:
    """A body of unknown structure is not quoted."""
    error = from_response(failure(422, body.encode()))

    assert CANARY not in everything(error)
    assert error.message


def test_422_names_fields_and_reasons() -> None:
    """Field paths without their location (body, query), each with its reason."""
    problems = [
        {"loc": ["body", "title"], "msg": "Field required", "input": {"description": "длинный текст"}},
        {"loc": ["query", "limit"], "msg": "Input should be less than or equal to 100", "input": "1000"},
        {"loc": ["path", "chat_id"], "msg": "Input should be a valid UUID", "input": "x"},
        {"loc": ["body", "files", 2, "name"], "msg": "Input should be a valid string", "input": None},
        {"loc": [], "msg": "JSON decode error"},
        {"loc": ["body", "x"]},
    ]
    error = from_response(failure(422, {"detail": problems}))

    assert isinstance(error, exc.ValidationError)
    assert error.fields == (
        ("title", "Field required"),
        ("limit", "Input should be less than or equal to 100"),
        ("chat_id", "Input should be a valid UUID"),
        ("files.2.name", "Input should be a valid string"),
        ("request", "JSON decode error"),
        ("x", "is not valid"),
    )
    assert "title: Field required; limit: Input should be less" in error.message


def test_422_with_a_flood_of_problems_stays_one_short_line() -> None:
    """However many fields are wrong and however long the reasons are."""
    problems = [{"loc": ["body", f"field{number}"], "msg": "no " * 500, "input": {"x": "y" * 50}} for number in range(5000)]
    error = from_response(failure(422, {"detail": problems}))

    assert isinstance(error, exc.ValidationError)
    assert (300, 50) == (len(error.message), len(error.fields))


def test_422_with_a_flood_of_input_gives_no_reasons() -> None:
    """If too much input was echoed to search the reasons for it, the reasons are omitted."""
    echo = [f"value number {number}" for number in range(2000)]
    error = from_response(failure(422, {"detail": [{"loc": ["body", "x"], "msg": "value number 7 is wrong", "input": echo}] * 5}))

    assert isinstance(error, exc.ValidationError)
    assert (("x", "is not valid"),) * 5 == error.fields


@given(
    st.lists(st.fixed_dictionaries({}, optional={"loc": JSON, "msg": JSON, "input": JSON, "ctx": JSON, "type": JSON}), max_size=3)
)
@settings(max_examples=50)
def test_any_422_is_a_validation_error(problems: list[Any]) -> None:
    """Any list of problems gives a `ValidationError`."""
    error = from_response(failure(422, json.dumps({"detail": problems}).encode()))

    assert isinstance(error, exc.ValidationError)
    assert 0 < len(error.message) <= 300
    assert error.message.isprintable()
