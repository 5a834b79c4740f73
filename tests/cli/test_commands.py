"""Settings, files, projects."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from aizoomdoc_client.testing import ScriptedServer, ServerBehavior, detail
from tests.cli.program import TOKEN, Program


def test_the_mode_is_changed(logged_in: Program, server: ScriptedServer) -> None:
    """`settings set-model` changes the mode and says which one is in force."""
    assert ["Mode: complex"] == logged_in("settings", "set-model", "complex").lines
    assert "complex" == server.user.settings["model_profile"]


@pytest.mark.parametrize("name", ["Инженер", " инженер", "1", " 1 "])
def test_a_role_is_found_by_name_or_number(logged_in: Program, server: ScriptedServer, name: str) -> None:
    """`settings set-role` takes the name in any case, or the number."""
    assert ["Role: Инженер"] == logged_in("settings", "set-role", name).lines
    assert 1 == server.user.settings["selected_role_prompt_id"]


def test_the_role_can_be_left(logged_in: Program, server: ScriptedServer) -> None:
    """`--none` asks without a role from now on."""
    logged_in("settings", "set-role", "Инженер")

    assert (0, None) == (logged_in("settings", "set-role", "--none").code, server.user.settings["selected_role_prompt_id"])


def test_a_setting_that_is_not_kept_is_told(program: Program, server: ScriptedServer) -> None:
    """Production cannot unset a role, and the user is told so in a line."""
    server.behavior = ServerBehavior.PRODUCTION
    program("login", "--server", server.url, "--token", TOKEN)
    program("settings", "set-role", "Инженер")
    outcome = program("settings", "set-role", "--none")

    assert (0, 1, True) == (outcome.code, len(outcome.errors), outcome.err.startswith("Warning: The server accepted"))


def test_an_unknown_role_is_answered_with_the_known_ones(logged_in: Program) -> None:
    """A role that does not exist is named, and so are those that do."""
    outcome = logged_in("settings", "set-role", "Повар")

    assert (6, ["Error: There is no role 'Повар'", "There are: 1 Инженер, 2 Сметчик"]) == (outcome.code, outcome.errors)


def test_settings_and_roles_are_listed(logged_in: Program) -> None:
    """In a pipe settings and roles are lines with tabs; as JSON they have the server's names."""
    logged_in("settings", "set-role", "Инженер")

    assert ["Mode\tsimple", "Role\tИнженер"] == logged_in("settings", "show").lines[:2]
    assert ["1\tИнженер\t", "2\tСметчик\t"] == logged_in("settings", "list-roles").lines
    assert 1 == logged_in("settings", "show", "--json").json["selected_role_prompt_id"]
    assert ["Инженер", "Сметчик"] == [role["name"] for role in logged_in("settings", "list-roles", "--json").json]


@pytest.mark.parametrize(
    ("language", "mark"),
    [
        ("en", "the server's default; it may keep no other value"),
        ("ru", "значение сервера по умолчанию; другое он может не сохранить"),
    ],
)
@pytest.mark.parametrize("command", [("me",), ("settings", "show")])
def test_a_setting_that_may_not_be_kept_is_marked(
    logged_in: Program, server: ScriptedServer, command: tuple[str, ...], language: str, mark: str
) -> None:
    """While the five settings that production never keeps are at its defaults, nobody can tell whether this server keeps them."""
    untouched = [line.split("\t") for line in logged_in("--lang", language, *command).lines[-5:]]
    server.user.settings["temperature"] = 0.5
    changed = [line.split("\t") for line in logged_in("--lang", language, *command).lines[-5:]]

    assert [["1.0", mark], ["0.95", mark]] == [cells[1:] for cells in untouched[:2]]
    assert {3} == {len(cells) for cells in untouched}
    assert {2} == {len(cells) for cells in changed}


def test_uploading_gives_the_ids(logged_in: Program, server: ScriptedServer, tmp_path: Path) -> None:
    """In a pipe the ids of the uploaded files come alone, a line each."""
    for name in ("План этажа №1.pdf", "б.txt"):
        (tmp_path / name).write_bytes(name.encode())
    outcome = logged_in("file", "upload", str(tmp_path / "План этажа №1.pdf"), str(tmp_path / "б.txt"))

    assert ["План этажа №1.pdf", "б.txt"] == [server.store.files[file_id].filename for file_id in outcome.lines]


def test_what_arrived_is_known_when_an_upload_fails(logged_in: Program, server: ScriptedServer, tmp_path: Path) -> None:
    """The ids of the files before the one that failed are printed."""
    (tmp_path / "а.txt").write_text("а")
    (tmp_path / "б.txt").write_text("б")
    server.behavior = attrs.evolve(server.behavior, upload_limit=100)
    (tmp_path / "б.txt").write_bytes(b"x" * 200)
    outcome = logged_in("file", "upload", str(tmp_path / "а.txt"), str(tmp_path / "б.txt"))

    assert (7, list(server.store.files)) == (outcome.code, outcome.lines)


def test_a_download_is_saved_and_named(logged_in: Program, server: ScriptedServer, tmp_path: Path) -> None:
    """`file get` writes the file into the folder and prints its path; nothing is overwritten."""
    (tmp_path / "план.txt").write_text("План")
    file_id = logged_in("file", "upload", str(tmp_path / "план.txt")).lines[0]
    server.store.files[file_id].external_url = f"/files/{file_id}/content"
    server.respond("GET", "/files/*/content", *[detail(200, "План")] * 2)
    outcomes = [logged_in("file", "get", file_id, "-o", str(tmp_path)) for _ in range(2)]

    assert [[str(tmp_path / "план (2).txt")], [str(tmp_path / "план (3).txt")]] == [outcome.lines for outcome in outcomes]


def test_the_tree_is_a_path_a_line(logged_in: Program) -> None:
    """In a pipe a node is its id, type and path."""
    outcome = logged_in("projects", "tree", "--client-id", "mycompany")

    assert ["Жилой дом №1", "Жилой дом №1/Вентиляция", "Жилой дом №1/Вентиляция/План этажа №1.pdf"] == [
        line.split("\t")[2] for line in outcome.lines
    ]


def test_nodes_whose_parents_form_a_loop_are_in_the_tree(logged_in: Program, server: ScriptedServer) -> None:
    """A server whose tree is damaged hides no document: the loop begins at its first node, and each node is listed once."""
    first = server.store.add_node("Том 1", node_type="folder", client_id="mycompany")
    second = server.store.add_node("Том 2", node_type="folder", client_id="mycompany", parent_id=first.id)
    server.store.add_node("План.pdf", client_id="mycompany", parent_id=second.id)
    first.parent_id = second.id
    outcome = logged_in("projects", "tree", "--client-id", "mycompany")

    assert ["Том 1", "Том 1/Том 2", "Том 1/Том 2/План.pdf"] == [line.split("\t")[2] for line in outcome.lines][3:]


def test_the_tree_has_one_client_where_the_server_sends_all(program: Program, server: ScriptedServer) -> None:
    """A server that does not know `client_id` sends everybody's projects; only those asked for are shown."""
    server.behavior = ServerBehavior.PRODUCTION
    program("login", "--server", server.url, "--token", TOKEN)

    assert {"mycompany"} == {node["client_id"] for node in program("projects", "tree", "--client-id", "mycompany", "--json").json}
    assert {"mycompany", "othercompany"} == {node["client_id"] for node in program("projects", "tree", "--json").json}


def test_documents_are_searched(logged_in: Program) -> None:
    """`projects search` finds documents by words of their names, `results` lists what was made of one."""
    found = logged_in("projects", "search", "План", "--client-id", "mycompany").lines
    results = logged_in("projects", "results", found[0].split("\t")[0])

    assert ("План этажа №1.pdf", "ocr.html") == (found[0].split("\t")[2], results.lines[0].split("\t")[2])


@pytest.mark.parametrize(
    ("host", "warned"), [("127.0.0.1", False), ("localhost", False), ("::1", False), ("0.0.0.0", True), ("192.0.2.7", True)]
)
def test_a_server_that_others_can_reach_is_warned_of(program: Program, tmp_path: Path, host: str, warned: bool) -> None:
    """`serve` on an address of the network says what that means."""
    outcome = program("serve", "--host", host, "--data", str(tmp_path / "data"), "--projects", str(tmp_path / "missing"))

    assert (3, warned) == (
        outcome.code,
        outcome.err.startswith(f"Warning: other machines can reach the server, by plain http ({host})"),
    )


def test_a_missing_extra_is_named_with_the_command_that_installs_it(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the extra `local`, `ask --local` and `serve` are one line that says how to get it."""
    monkeypatch.setattr("aizoomdoc_client.local.find_spec", lambda name: None if name == "jwt" else object())
    (tmp_path / "a.txt").write_text("a")
    outcomes = [program("ask", str(tmp_path / "a.txt"), "?", "--local"), program("serve")]

    expected = "Error: The local server needs pyjwt: run `pip install 'aizoomdoc-client[local]'`"
    assert [(3, [expected])] * 2 == [(outcome.code, outcome.errors) for outcome in outcomes]
