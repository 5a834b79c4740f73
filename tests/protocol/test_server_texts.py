"""What servers say, as texts of the catalogue."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client.catalog import placeholders, templates
from aizoomdoc_client.protocol import server_texts
from aizoomdoc_client.protocol.server_texts import field_problem, server_text, status_text

SENTENCES = [
    ("Chat not found", "chat_not_found", {}),
    ("File d90 not found", "named_file_not_found", {"file": "d90"}),
    ("Queue is full (12 requests). Please try again later.", "queue_full", {"requests": 12}),
    (
        "Host a.example is not allowed: start the server with --allowed-host a.example",
        "host_not_allowed",
        {"host": "a.example", "name": "a.example"},
    ),
    ("File too large: at most 104857600 bytes are taken", "file_over_limit", {"limit": 104857600}),
    ("503 UNAVAILABLE. overloaded", "model_overloaded", {"problem": "overloaded"}),
    ("502 Bad Gateway", "bad_gateway", {"said": "502 Bad Gateway"}),
    ("Service Unavailable", "service_unavailable", {"said": "Service Unavailable"}),
    ("Could not validate credentials", "access_token_refused", {"said": "Could not validate credentials"}),
    ("Нет ключа", "server_said", {"text": "Нет ключа"}),
    ("Chat not found, or lost", "server_said", {"text": "Chat not found, or lost"}),
]


@pytest.mark.parametrize(("line", "code", "values"), SENTENCES)
def test_a_sentence_of_a_server_has_a_code(line: str, code: str, values: dict[str, Any]) -> None:
    """Known sentences are recognised, with their values; any other is not changed."""
    assert (code, values) == ((found := server_text(line)).code, found.values)


@given(st.one_of(st.text(min_size=1), st.sampled_from([line for line, *_ in SENTENCES])))
def test_english_shows_what_the_server_said(line: str) -> None:
    """Whatever is recognised, an English message is the server's own sentence."""
    assert line == server_text(line).render("en")


@pytest.mark.parametrize("code", server_texts._SENTENCES)
def test_each_sentence_is_recognised_as_itself(code: str) -> None:
    """No sentence of the table is taken for another one."""
    template = templates("en")[code]

    assert code == server_text(template.format_map(dict.fromkeys(placeholders(template), "5"))).code


PROBLEMS = [
    ("missing", "Field required", "field_missing", "обязательное поле"),
    ("uuid_parsing", "Input should be a valid UUID, invalid character: found `x` at 1", "field_not_uuid", "нужен UUID"),
    ("less_than_equal", "Input should be less than or equal to 2", "field_above_limit", "не больше 2"),
    ("greater_than_equal", "Input should be greater than or equal to 0.5", "field_below_limit", "не меньше 0.5"),
    ("string_too_long", "String should have at most 100 characters", "field_too_long", "не длиннее 100 символов"),
    ("literal_error", "Input should be 'simple' or 'complex'", "field_not_one_of", "можно: simple, complex"),
    ("string_too_short", "The message is empty", "message_empty", "сообщение пустое"),
    ("value_error", "Value error, odd", "server_said", "сервер ответил: Value error, odd"),
    (["missing"], "Odd", "server_said", "сервер ответил: Odd"),
]


@pytest.mark.parametrize(("kind", "said", "code", "russian"), PROBLEMS)
def test_a_problem_with_a_field_has_a_code(kind: object, said: str, code: str, russian: str) -> None:
    """What pydantic says of a field is known by its kind; English users see the server's sentence."""
    found = field_problem(kind, said)

    assert (code, said, russian) == (found.code, found.render("en"), found.render("ru"))


@pytest.mark.parametrize(
    ("status", "code", "english"),
    [
        (404, "not_found", "Not Found"),
        (418, "other_status", "I'm a Teapot"),
        (599, "no_reason", "The server gave no reason"),
    ],
)
def test_a_status_without_words_has_a_code(status: int, code: str, english: str) -> None:
    """An error without a body has the message of its status."""
    assert (code, english) == ((found := status_text(status)).code, found.render("en"))
