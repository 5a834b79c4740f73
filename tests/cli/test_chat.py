"""Chats: which one is the current, what is sent and what is shown."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from aizoomdoc_client.cli import output
from aizoomdoc_client.session import stream_opener
from aizoomdoc_client.testing import (
    ScriptedServer,
    ServerBehavior,
    complex_answer,
    diverging_answer,
    error_answer,
    followup_answer,
    queue_full,
    queued_answer,
    simple_answer,
)
from tests.cli.program import TOKEN, Program

NOBODYS_CHAT = "00000000-0000-4000-8000-000000000000"


def asked(server: ScriptedServer) -> list[tuple[str, str]]:
    """The titles of the chats that questions went to, and the questions."""
    return [(run.chat.title, run.question.text) for run in server.model_runs]


def test_a_new_chat_is_the_current_one(logged_in: Program, server: ScriptedServer) -> None:
    """What is sent goes to the chat made last."""
    for title in ("Первый", "Анализ ВРУ"):
        logged_in("chat", "new", title)
    logged_in("chat", "send", "Где находится ВРУ-1?")

    assert [("Анализ ВРУ", "Где находится ВРУ-1?")] == asked(server)


def test_a_chat_can_be_made_the_current_one(logged_in: Program, server: ScriptedServer) -> None:
    """`chat use` changes where questions go."""
    first = logged_in("chat", "new", "Первый", "--json").json["id"]
    logged_in("chat", "new", "Второй")
    assert ["Current chat: “Первый”"] == logged_in("chat", "use", first).lines

    logged_in("chat", "send", "?")
    assert [("Первый", "?")] == asked(server)


def test_another_chat_can_be_named(logged_in: Program, server: ScriptedServer) -> None:
    """`--chat` sends to another chat, and the current one stays."""
    first = logged_in("chat", "new", "Первый", "--json").json["id"]
    logged_in("chat", "new", "Второй")
    logged_in("chat", "send", "раз", "--chat", first)
    logged_in("chat", "send", "два")

    assert [("Первый", "раз"), ("Второй", "два")] == asked(server)


def test_without_a_chat_one_is_made_and_named(logged_in: Program, server: ScriptedServer) -> None:
    """A question without a chat makes one that is called like the question, and says so."""
    outcome = logged_in("chat", "send", "Какая высота этажа?")

    assert ["Made the chat “Какая высота этажа?”"] == outcome.errors
    assert [("Какая высота этажа?", "Какая высота этажа?")] == asked(server)


def test_current_chats_are_kept_by_server_and_profile(logged_in: Program, server: ScriptedServer) -> None:
    """Another profile has another current chat."""
    logged_in("chat", "new", "Первый")
    logged_in("--profile", "two", "login", "--server", server.url, "--token", TOKEN)
    outcome = logged_in("--profile", "two", "chat", "history")

    assert (2, "Error: There is no current chat") == (outcome.code, outcome.errors[0])


def test_deleting_the_current_chat_forgets_it(logged_in: Program) -> None:
    """After the current chat is deleted there is none."""
    chat = logged_in("chat", "new", "Первый", "--json").json["id"]
    assert [f"Chat {chat} is being deleted"] == logged_in("chat", "delete", chat).lines

    assert "Error: There is no current chat" == logged_in("chat", "history").errors[0]


@pytest.mark.parametrize("command", [("chat", "send", "?"), ("chat", "history")], ids=["send", "history"])
def test_a_current_chat_that_is_gone_is_explained(logged_in: Program, server: ScriptedServer, command: tuple[str, ...]) -> None:
    """A current chat that the server no longer knows is named by its title, and is the current one no more."""
    logged_in("chat", "new", "Первый")
    server.chats.clear()
    outcome = logged_in(*command)

    assert (6, "Error: The current chat 'Первый' is no longer on the server") == (outcome.code, outcome.errors[0])
    assert "There is no current chat" in logged_in("chat", "history").err


def test_an_unknown_chat_is_one_line(logged_in: Program) -> None:
    """A chat that does not exist is told in a line, with a code of its own."""
    outcome = logged_in("chat", "use", NOBODYS_CHAT)

    assert (6, ["Error: Chat not found (HTTP 404)"]) == (outcome.code, outcome.errors)


@pytest.mark.parametrize("behavior", [ServerBehavior.CONTRACT, ServerBehavior.PRODUCTION], ids=["contract", "production"])
@pytest.mark.parametrize(
    "answer",
    [
        simple_answer("Ответ: «3,3 м»."),
        complex_answer("Ответ: «3,3 м»."),
        queued_answer(complex_answer("Ответ: «3,3 м».")),
        followup_answer("Черновик, который длиннее ответа.", "Ответ: «3,3 м»."),
        diverging_answer("Ответ: «3,4 м» и ещё что-то", "Ответ: «3,3 м»."),
    ],
    ids=["simple", "complex", "queued", "followup", "diverging"],
)
def test_a_pipe_gets_the_answer_and_nothing_else(
    logged_in: Program, server: ScriptedServer, behavior: ServerBehavior, answer: object
) -> None:
    """Whatever happens on the way, standard output is the final text with one line end."""
    server.behavior = behavior
    server.answer_with(answer)
    logged_in("chat", "new", "x")
    outcome = logged_in("chat", "send", "Высота?")

    assert (0, "Ответ: «3,3 м».\n", "") == (outcome.code, outcome.out, outcome.err)


def test_a_pipe_gets_control_characters_as_they_are(logged_in: Program, server: ScriptedServer) -> None:
    """Only a terminal is protected; a pipe gets the exact text."""
    server.answer_with(complex_answer("а\x1b[31mб\x00\u202eв\u2028г\x85д"))

    assert "а\x1b[31mб\x00\u202eв\u2028г\x85д\n" == logged_in("chat", "send", "?").out


def test_a_failed_answer_leaves_the_pipe_empty(logged_in: Program, server: ScriptedServer) -> None:
    """A draft is no answer: after an error nothing is on standard output, and the code says what happened."""
    server.answer_with(error_answer("Модель упала", draft="Половина отве"))
    outcome = logged_in("chat", "send", "?")

    assert (8, "", "Error: Модель упала") == (outcome.code, outcome.out, outcome.errors[1])


def test_a_full_queue_has_a_code_of_its_own(logged_in: Program, server: ScriptedServer) -> None:
    """A full queue is told as such, with the advice to wait."""
    server.answer_with(queue_full(7))
    outcome = logged_in("chat", "send", "?")

    assert (9, "Try again later") == (outcome.code, outcome.errors[-1])


def test_plain_text_comes_as_it_is_made(logged_in: Program, server: ScriptedServer) -> None:
    """`--plain` writes deltas; text that is replaced is written anew after a warning."""
    server.answer_with(followup_answer("Черновик", "Ответ"))
    outcome = logged_in("chat", "send", "?", "--plain")

    assert (0, "Черновик\nОтвет\n", "Warning: The answer begins anew:") == (
        outcome.code,
        outcome.out,
        outcome.errors[-1],
    )


def test_a_pipe_can_have_the_answer_laid_out(logged_in: Program, server: ScriptedServer) -> None:
    """`--markdown` lays the answer out for a pipe, too, and writes nothing else there."""
    server.answer_with(complex_answer("**Да**:\n\n- раз\n- два", images=()))
    lines = logged_in("chat", "send", "?", "--markdown").lines

    assert ["Да:", "", " – раз", " – два"] == [line.rstrip() for line in lines]


def test_json_is_an_event_a_line(logged_in: Program, server: ScriptedServer) -> None:
    """`--json` writes every event with name, data and time."""
    server.answer_with(complex_answer("Ответ", pieces=["От", "вет"]))
    events = [json.loads(line) for line in logged_in("chat", "send", "?", "--json").lines]

    assert {("data", "event", "timestamp")} == {tuple(sorted(event)) for event in events}
    assert ["От", "вет"] == [event["data"]["token"] for event in events if event["event"] == "llm_token"]
    assert ["llm_final", "completed"] == [event["event"] for event in events][-2:]


def test_json_of_a_long_answer_does_not_repeat_its_text(logged_in: Program, server: ScriptedServer) -> None:
    """The lines of 1,000 deltas take space in proportion to the text: none has what came before it."""
    server.answer_with(complex_answer("слово " * 1000, pieces=["слово "] * 1000))
    lines = logged_in("chat", "send", "?", "--json").lines

    assert 200_000 > sum(map(len, lines))
    assert ["слово "] * 1000 == [json.loads(line)["data"]["token"] for line in lines if "llm_token" in line]


def test_the_question_may_come_through_standard_input(logged_in: Program, server: ScriptedServer) -> None:
    """A dash reads the question, without the line end that a shell adds."""
    logged_in("chat", "send", "-", stdin="Первая строка\nВторая\n")

    assert ["Первая строка\nВторая"] == [question for _, question in asked(server)]


def test_an_empty_question_is_not_sent(logged_in: Program, server: ScriptedServer) -> None:
    """Nothing to ask is an error of use."""
    outcome = logged_in("chat", "send", "-", stdin=" \n")

    assert (2, ["Error: The question is empty"], []) == (outcome.code, outcome.errors, server.posts)


def test_what_narrows_a_question_is_passed_on(logged_in: Program, server: ScriptedServer, tmp_path: Path) -> None:
    """Files, documents and a client given with the question reach the server."""
    (tmp_path / "план.txt").write_text("План")
    document = next(node.id for node in server.store.nodes.values() if node.node_type == "document")
    options = ("--file", str(tmp_path / "план.txt"), "--document", document, "--client-id", "mycompany")
    logged_in("chat", "send", "?", *options)
    question = server.model_runs[0].question

    assert ["план.txt"] == [server.store.files[file_id].filename for file_id in question.attached_file_ids]
    assert ([document], ["mycompany"]) == (question.query["document_ids"], question.query["client_id"])


def test_a_file_that_is_not_there_is_one_line(logged_in: Program) -> None:
    """A wrong path is told before anything is sent."""
    outcome = logged_in("chat", "send", "?", "--file", "нет.pdf")

    assert (2, "Error: Invalid value for --file: File 'нет.pdf' does not exist") == (outcome.code, outcome.errors[0])


def test_the_history_is_who_said_what(logged_in: Program, server: ScriptedServer) -> None:
    """In a pipe every message stands behind who said it, in the reader's language."""
    server.answer_with(complex_answer("3,3 м"))
    logged_in("chat", "send", "Высота?")

    assert ["You: Высота?", "Answer: 3,3 м"] == logged_in("chat", "history").lines
    assert ["Вы: Высота?", "Ответ: 3,3 м"] == logged_in("chat", "history", "--lang", "ru").lines


def test_a_history_that_is_cut_off_is_told(logged_in: Program, server: ScriptedServer) -> None:
    """Where the server shows the first hundred messages only, a warning says so."""
    chat = server.chats[logged_in("chat", "new", "x", "--json").json["id"]]
    for number in range(120):
        chat.add("user", f"{number}")
    outcome = logged_in("chat", "history")

    assert (100, ["Warning: the server shows the first 100 messages only"]) == (len(outcome.lines), outcome.errors)


def test_the_list_marks_the_current_chat(logged_in: Program) -> None:
    """In a pipe a chat is a line with tabs, the current one behind a star."""
    for title in ("Первый", "Второй"):
        logged_in("chat", "new", title)
    cells = [line.split("\t") for line in logged_in("chat", "list").lines]

    assert {("", "Первый"), ("*", "Второй")} == {(mark, title) for mark, _, title, _ in cells}
    assert ["Второй"] == [chat["title"] for chat in logged_in("chat", "list", "--limit", "1", "--json").json]


def test_a_title_with_tabs_and_lines_stays_one_cell(logged_in: Program) -> None:
    """What a title has in it cannot make columns or lines of its own."""
    logged_in("chat", "new", "а\tб\nв")

    assert [4] == [len(line.split("\t")) for line in logged_in("chat", "list").lines]


def test_an_unreadable_state_file_is_told_and_replaced(logged_in: Program) -> None:
    """A broken state file costs the current chat, and a warning says so."""
    (logged_in.folder / "chats.json").write_text("{")
    outcome = logged_in("chat", "new", "Первый")

    assert (0, True) == (outcome.code, bool(re.match(r"Warning: .*chats\.json cannot be read", outcome.err)))
    assert 0 == logged_in("chat", "history").code


def test_a_wait_for_a_websocket_is_told(logged_in: Program, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a terminal a line says what the first answer of a server waits for, in the reader's language."""
    notes = list[str]()
    monkeypatch.setattr(stream_opener, "NOTICE_SECONDS", 0.0)
    monkeypatch.setattr(output, "note", notes.append)
    logged_in("chat", "send", "?", "--lang", "ru")

    assert any(note.startswith("ожидание ответа сервера на соединение WebSocket") for note in notes)
