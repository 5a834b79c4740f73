"""Which chat a command means: by id, title or number, the current one, or a new one that a question leaves or not."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from aizoomdoc_client.testing import Hang, ScriptedServer, ServerBehavior, detail
from tests.cli.program import Program, ended
from tests.cli.terminal import Terminal


def titles(server: ScriptedServer) -> list[str]:
    """The titles of the chats that questions went to."""
    return [run.chat.title for run in server.model_runs]


@pytest.fixture
def three(logged_in: Program) -> dict[str, str]:
    """The ids of three chats by title, the last of which is the current one; the list has them newest first."""
    names = ("Вентиляция", "Водопровод", "План")
    return {name: logged_in("chat", "new", name, "--json").json["id"] for name in names}


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(lambda chat: chat, id="id"),
        pytest.param(lambda chat: chat.upper(), id="id in capitals"),
        pytest.param(lambda chat: f"{{{chat}}}", id="id in braces"),
        pytest.param(lambda chat: UUID(chat).hex, id="id without dashes"),
        pytest.param(lambda chat: UUID(chat).urn.upper(), id="id as a URN"),
        pytest.param(lambda chat: chat[:8], id="beginning of the id"),
        pytest.param(lambda chat: "вентиляция", id="title in another case"),
        pytest.param(lambda chat: "Вент", id="beginning of the title"),
        pytest.param(lambda chat: "3", id="number in the list"),
    ],
)
def test_a_chat_is_named_by_id_title_or_number(
    logged_in: Program, server: ScriptedServer, three: dict[str, str], wanted: Callable[[str], str]
) -> None:
    """Wherever a command takes a chat."""
    name = wanted(three["Вентиляция"])

    assert 0 == logged_in("chat", "send", "?", "--chat", name).code
    assert 0 == logged_in("ask", "?", "--chat", name).code
    assert ["You: ?", "You: ?"] == logged_in("chat", "history", name).lines[::2]
    assert ["Current chat: “Вентиляция”"] == logged_in("chat", "use", name).lines
    assert [f"Chat {three['Вентиляция']} is being deleted"] == logged_in("chat", "delete", name).lines
    assert ["Вентиляция", "Вентиляция"] == titles(server)


def test_the_current_chat_is_known_by_any_spelling_of_its_id(logged_in: Program, server: ScriptedServer) -> None:
    """A chat that is gone is forgotten as the current one, in whatever spelling it was named."""
    current = logged_in("chat", "new", "План", "--json").json["id"]
    server.chats.pop(current)
    outcome = logged_in("chat", "send", "?", "--chat", current.upper())

    assert (6, "Error: The current chat 'План' is no longer on the server") == (outcome.code, outcome.errors[0])
    assert "There is no current chat" in logged_in("chat", "history").err


def test_a_name_of_several_chats_is_refused(logged_in: Program, server: ScriptedServer, three: dict[str, str]) -> None:
    """Nothing is sent, and the hint lists them."""
    outcome = logged_in("chat", "send", "?", "--chat", "В")

    assert (2, "Error: There are several chats 'В'") == (outcome.code, outcome.errors[0])
    assert all(three[name] in outcome.errors[1] for name in ("Вентиляция", "Водопровод"))
    assert [] == server.posts


def test_a_name_of_no_chat_is_refused(logged_in: Program, server: ScriptedServer, three: dict[str, str]) -> None:
    """It is not taken for an id."""
    outcome = logged_in("chat", "delete", "Смета")

    assert (6, ["Error: There is no chat 'Смета'", "See aizoomdoc chat list"]) == (outcome.code, outcome.errors)
    assert 3 == len(server.chats)


@pytest.mark.parametrize("width", [80, 60, 40])
def test_a_list_never_breaks_an_id(logged_in: Program, width: int) -> None:
    """However narrow the terminal and long the title, an id can be copied as a whole, and its number stands before it."""
    title = "Проверка разделов ОВ и ВК на соответствие заданию"
    chat = logged_in("chat", "new", title, "--json").json["id"]
    with Terminal(logged_in.environment(), "chat", "list", width=width) as terminal:
        assert 0 == terminal.end()

    assert chat in (terminal.screen.text if width >= 60 else terminal.output)
    assert "1" in terminal.output.split(chat)[0]


def test_ask_makes_its_chat_the_current_one(logged_in: Program, server: ScriptedServer) -> None:
    """So that the next question can go on from it."""
    logged_in("chat", "new", "Старый")
    logged_in("ask", "Высота этажа?")
    logged_in("chat", "send", "А толщина плиты?")
    logged_in("ask", "И марка бетона?", "--continue")

    assert ["Высота этажа?"] * 3 == titles(server)


def test_ask_without_a_current_chat_has_nothing_to_continue(logged_in: Program, server: ScriptedServer) -> None:
    """It says so and asks nothing."""
    outcome = logged_in("ask", "?", "--continue")

    assert (2, "Error: There is no current chat", []) == (outcome.code, outcome.errors[0], server.posts)


@pytest.mark.parametrize("option", [("--continue",), ("--chat", "1")], ids=" ".join)
def test_a_question_without_a_server_has_no_chats(program: Program, tmp_path: Path, option: tuple[str, ...]) -> None:
    """`--local` keeps none."""
    (tmp_path / "план.txt").write_text("План")
    outcome = program("ask", str(tmp_path / "план.txt"), "?", "--local", *option)

    assert (2, "--local" in outcome.err) == (outcome.code, True)


@pytest.mark.parametrize("behavior", [ServerBehavior.CONTRACT, ServerBehavior.PRODUCTION], ids=["contract", "production"])
def test_a_404_about_something_else_does_not_forget_the_chat(
    logged_in: Program, server: ScriptedServer, behavior: ServerBehavior
) -> None:
    """The server's words are shown, and the current chat stays: a look has shown that it is there."""
    server.behavior = behavior
    logged_in("chat", "new", "Первый")
    server.respond("POST", "/chats/*/messages", detail(404, "Client not found"))
    outcome = logged_in("chat", "send", "?", "--client-id", "nosuch")

    assert (6, ["Error: Client not found (HTTP 404)"]) == (outcome.code, outcome.errors)
    assert 0 == logged_in("chat", "history").code


def test_a_chat_that_cannot_be_looked_up_is_not_forgotten(logged_in: Program, server: ScriptedServer) -> None:
    """A 403 and then silence prove nothing about the chat."""
    logged_in("chat", "new", "Первый")
    server.respond("POST", "/chats/*/messages", detail(403, "Access denied"))
    rule = server.respond("GET", "/chats/*", *[detail(500, "Broken")] * 9)
    outcome = logged_in("chat", "send", "?")
    rule.clear()

    assert 5 == outcome.code or "Broken" in outcome.err
    assert 0 == logged_in("chat", "history").code


def test_ctrl_c_in_an_upload_leaves_no_empty_chat(logged_in: Program, server: ScriptedServer, tmp_path: Path) -> None:
    """The chat that was made for the question goes with it, and the current chat stays what it was."""
    (tmp_path / "план.txt").write_text("План")
    server.respond("POST", "/files/**", Hang())
    process = logged_in.start("ask", str(tmp_path / "план.txt"), "?")
    server.until_blocking(lambda: bool(server.requests_to("POST", "/files/**")))
    outcome = ended(process, send=signal.SIGINT)

    assert 130 == outcome.code
    server.until_blocking(lambda: not server.chats)
    assert "Error: There is no current chat" == logged_in("chat", "history").errors[0]


def test_ctrl_c_in_an_answer_keeps_the_chat(logged_in: Program, server: ScriptedServer) -> None:
    """The question is stored in it, so it is the current one, and its answer may still come."""
    server.respond("GET", "/chats/*/stream", Hang())
    server.respond("WS", "/chats/*/stream", Hang())
    process = logged_in.start("ask", "Высота?")
    server.until_blocking(lambda: bool(server.requests_to("*", "/chats/*/stream")))
    outcome = ended(process, send=signal.SIGINT)

    assert 130 == outcome.code
    assert ["You: Высота?"] == logged_in("chat", "history").lines
