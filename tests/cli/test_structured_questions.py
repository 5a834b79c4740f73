"""Questions whose answers are data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aizoomdoc_client.testing import ScriptedServer, detail, error_answer, simple_answer
from tests.cli.conftest import SAMPLE
from tests.cli.program import Program

FIELDS = (
    '[fields.height]\ntype = "number"\ndescription = "Высота этажа, м"\nrequired = true\n[fields.boards]\ntype = "list of text"\n'
)
REPLY = 'Вот:\n```json\n{"height": "3,3", "boards": ["ВРУ-1"]}\n```\n'


@pytest.fixture
def fields(tmp_path: Path) -> str:
    path = tmp_path / "fields.toml"
    path.write_text(FIELDS, encoding="utf-8")
    return str(path)


def test_the_fields_are_printed_as_json(logged_in: Program, server: ScriptedServer, fields: str) -> None:
    """Nothing else is written; the chat becomes the current one."""
    server.script_answer(simple_answer(REPLY))
    outcome = logged_in("ask", str(SAMPLE / "note.pdf"), "Какая высота?", "--schema", fields)
    current = logged_in("chat", "history", "--json")

    assert (0, {"height": 3.3, "boards": ["ВРУ-1"]}, "") == (outcome.code, outcome.json, outcome.err)
    assert (0, True) == (current.code, "Какая высота?" in current.out)


def test_a_program_gets_the_whole_answer(logged_in: Program, server: ScriptedServer, fields: str) -> None:
    """In one line, with its text and `parsed`."""
    server.script_answer(simple_answer(REPLY))
    outcome = logged_in("ask", "Какая высота?", "--schema", fields, "--json")
    [line] = outcome.lines

    assert (REPLY, {"height": 3.3, "boards": ["ВРУ-1"]}) == (json.loads(line)["text"], json.loads(line)["parsed"])


def test_what_does_not_fit_is_one_line(logged_in: Program, server: ScriptedServer, fields: str) -> None:
    """In Russian for who speaks it, with the exit code of a failed answer and where to see the answer."""
    server.answer_with(simple_answer('{"height": "17,300"}'))
    outcome = logged_in("ask", "Какая высота?", "--schema", fields, env={"LC_ALL": "ru_RU.UTF-8"})

    assert (8, "") == (outcome.code, outcome.out)
    assert "ответ не подходит под схему: height: «17,300» — это тысячи или дробь? Нужно число JSON" in outcome.err
    assert "Что ответила модель: aizoomdoc chat history" in outcome.err


def test_a_question_that_was_not_sent_leaves_no_chat(
    logged_in: Program, server: ScriptedServer, fields: str, tmp_path: Path
) -> None:
    """The chat would stay empty, and be the current one."""
    logged_in("chat", "new", "Вентиляция")
    server.respond("POST", "/files/*", detail(413, "File too large: at most 10 bytes are taken"))
    outcome = logged_in("ask", str(SAMPLE / "note.pdf"), "Какая высота?", "--schema", fields)

    assert (7, ["Вентиляция"]) == (outcome.code, [chat.title for chat in server.chats.values()])
    assert "Вентиляция" in logged_in("chat", "list").out
    assert 0 == logged_in("chat", "history").code


def test_a_question_whose_answer_failed_stays(logged_in: Program, server: ScriptedServer, fields: str) -> None:
    """Its chat is the current one."""
    server.answer_with(error_answer("no"))
    outcome = logged_in("ask", "Какая высота?", "--schema", fields)
    current = logged_in("chat", "history", "--json")

    assert (8, True) == (outcome.code, "Какая высота?" in current.out)


def test_a_file_of_fields_that_cannot_be_used_asks_nothing(logged_in: Program, server: ScriptedServer, tmp_path: Path) -> None:
    """The line names the file; no chat is made."""
    outcome = logged_in("ask", "Какая высота?", "--schema", str(tmp_path / "none.toml"))

    assert (3, True) == (outcome.code, "none.toml" in outcome.err)
    assert ([], {}) == (server.posts, server.chats)


def test_without_a_model_there_are_no_fields(program: Program, fields: str) -> None:
    """--local quotes documents."""
    outcome = program("ask", str(SAMPLE / "note.pdf"), "Какая высота?", "--local", "--schema", fields)

    assert (2, True) == (outcome.code, "--schema needs a language model" in outcome.err)
