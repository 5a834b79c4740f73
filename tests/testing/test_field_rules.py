"""What the scripted server refuses of bodies and queries, in the words of production's framework."""

from __future__ import annotations

from typing import Any

import pytest

from aizoomdoc_client.testing.field_rules import (
    FieldRule,
    boolean,
    choice,
    list_of,
    number,
    optional,
    required,
    string,
    uuid,
    whole_number,
)

ID = "00000000-0000-0000-0000-000000000001"
LETTERS = "invalid character: expected an optional prefix of `urn:uuid:` followed by [0-9a-fA-F-], found"
NO_FRACTION = "Input should be a valid integer, got a number with a fractional part"
NO_NUMBER = "Input should be a valid number, unable to parse string as a number"
NO_INTEGER = "Input should be a valid integer, unable to parse string as an integer"
NO_BOOLEAN = "Input should be a valid boolean, unable to interpret input"


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        (string, ["", "а"]),
        (boolean, [True, False, 0, 1, 1.0, "true", "ON", "n", "F"]),
        (choice("simple", "complex"), ["simple", "complex"]),
        (number(0, 2), [0, 2, 0.5, "0.5", True]),
        (whole_number(0, 24576), [0, 24576, 2.0, "7", True]),
        (whole_number(most=100), [0, -1, "0", "100"]),
        (uuid, [ID, ID.upper(), ID.replace("-", ""), f"{{{ID}}}", f"urn:uuid:{ID}"]),
        (list_of(uuid), [[], [ID, ID]]),
    ],
)
def test_what_fits_has_no_problems(rule: FieldRule, values: list[Any]) -> None:
    """Also what is only another way to write a value: a number as text, a UUID in braces."""
    assert [] == [problem for value in values for problem in rule(value, ("body", "x"))]


@pytest.mark.parametrize(
    ("rule", "value", "kind", "reason", "context"),
    [
        (string, 5, "string_type", "Input should be a valid string", None),
        (boolean, [], "bool_type", "Input should be a valid boolean", None),
        (boolean, "maybe", "bool_parsing", NO_BOOLEAN, None),
        (boolean, 2, "bool_parsing", NO_BOOLEAN, None),
        (choice("a", "b"), 3, "literal_error", "Input should be 'a' or 'b'", {"expected": "'a' or 'b'"}),
        (choice("a", "b", "c"), "d", "literal_error", "Input should be 'a', 'b' or 'c'", {"expected": "'a', 'b' or 'c'"}),
        (number(0, 2), [], "float_type", "Input should be a valid number", None),
        (number(0, 2), "a", "float_parsing", NO_NUMBER, None),
        (number(0, 2), -1, "greater_than_equal", "Input should be greater than or equal to 0", {"ge": 0.0}),
        (number(0, 2), 9, "less_than_equal", "Input should be less than or equal to 2", {"le": 2.0}),
        (whole_number(), {}, "int_type", "Input should be a valid integer", None),
        (whole_number(), "x", "int_parsing", NO_INTEGER, None),
        (whole_number(), "1.5", "int_parsing", NO_INTEGER, None),
        (whole_number(), 1.5, "int_from_float", NO_FRACTION, None),
        (whole_number(0, 24576), 24577, "less_than_equal", "Input should be less than or equal to 24576", {"le": 24576}),
        (list_of(uuid), "x", "list_type", "Input should be a valid list", None),
        (uuid, 1, "uuid_type", "UUID input should be a string, bytes or UUID object", None),
    ],
)
def test_what_does_not_fit_is_named(rule: FieldRule, value: Any, kind: str, reason: str, context: dict[str, Any] | None) -> None:
    """By its place, the kind of problem, a sentence, the value, and the limit that the sentence tells."""
    problem = {"type": kind, "loc": ["body", "x"], "msg": reason, "input": value}

    assert [problem if context is None else problem | {"ctx": context}] == list(rule(value, ("body", "x")))


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("xx", f"{LETTERS} `x` at 1"),
        ("жx", f"{LETTERS} `ж` at 1"),
        (f"{ID} ", f"{LETTERS} ` ` at 37"),
        ("{abc", f"{LETTERS} `{{` at 1"),
        ("{xx}", f"{LETTERS} `x` at 2"),
        ("urn:uuid:x", f"{LETTERS} `x` at 10"),
        ("", "invalid length: expected length 32 for simple format, found 0"),
        ("a" * 33, "invalid length: expected length 32 for simple format, found 33"),
        (f"{{{'a' * 32}}}", "invalid group count: expected 5, found 1"),
        ("0000-0000", "invalid group count: expected 5, found 2"),
        (ID[:-1], "invalid group length in group 4: expected 12, found 11"),
        ("0000000-00000-0000-0000-000000000000", "invalid group length in group 0: expected 8, found 7"),
    ],
)
def test_what_is_no_uuid_is_explained(value: str, error: str) -> None:
    """In the sentence and again as its context; Python's own reader would take some of them."""
    [problem] = uuid(value, ("path", "id"))

    assert ("uuid_parsing", f"Input should be a valid UUID, {error}", {"error": error}) == (
        problem["type"],
        problem["msg"],
        problem["ctx"],
    )


def test_fields_may_be_needed_or_not() -> None:
    """A missing field is a problem only where it is needed; None stands for a missing one where it is not."""
    given = {"a": 1, "b": None}

    assert [] == list(optional({"b": string, "c": string}, given, ("body",)))
    assert [("a", "string_type"), ("c", "missing")] == [
        (problem["loc"][-1], problem["type"]) for problem in required({"a": string, "c": string}, given, ("body",), echo=given)
    ]


@pytest.mark.parametrize(
    ("method", "path", "body", "places"),
    [
        ("POST", "/chats", '{"title": 5}', [["body", "title"]]),
        ("POST", "/chats", "", [["body"]]),
        ("POST", "/chats", "[]", [["body"]]),
        ("POST", "/chats", "{", [["body", 1]]),
        ("PATCH", "/me/settings", '{"top_p": 2, "thinking_budget": -1}', [["body", "top_p"], ["body", "thinking_budget"]]),
        ("PATCH", "/me/settings", '{"thinking_enabled": "perhaps"}', [["body", "thinking_enabled"]]),
        ("GET", "/projects/tree?parent_id=x&all_nodes=perhaps", "", [["query", "parent_id"], ["query", "all_nodes"]]),
        ("GET", "/projects/search?limit=x", "", [["query", "query"], ["query", "client_id"], ["query", "limit"]]),
        ("GET", "/files/x", "", [["path", "file_id"]]),
        ("GET", "/projects/documents/x/results", "", [["path", "document_id"]]),
        ("POST", f"/chats/{ID}/messages", '{"content": "x", "attached_document_ids": "x"}', [["body", "attached_document_ids"]]),
        (
            "GET",
            f"/chats/{ID}/stream?compare_document_ids_a={ID}&compare_document_ids_a=2",
            "",
            [["query", "compare_document_ids_a", 1]],
        ),
    ],
)
async def test_an_endpoint_refuses_what_production_would(caller: Any, method: str, path: str, body: str, places: Any) -> None:
    """All that does not fit at once, before anything is looked up; without credentials it is not even looked at."""
    status, error = await caller.call(method, path, data=body or None)

    assert (422, places) == (status, [entry["loc"] for entry in error["detail"]])
    assert 403 == (await caller.call(method, path, data=body or None, headers={}))[0]
