"""What of a document was not read, in words."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from aizoomdoc_client import ProjectNode
from aizoomdoc_client.cli.language import speaking
from aizoomdoc_client.cli.reading_status import unread_words
from aizoomdoc_client.local import LocalSettings
from aizoomdoc_client.testing import ScriptedServer
from tests.cli.program import TOKEN, Program
from tests.cli.servers import running_local_server
from tests.cli.terminal import Terminal


def node(status: str | None, kind: str = "document", **attributes: Any) -> ProjectNode:
    return ProjectNode(id="1", node_type=kind, name="a.pdf", status=status, attributes=attributes)


@pytest.mark.parametrize(
    ("found", "english", "russian"),
    [
        (node("ready", pages=7), "", ""),
        (node("active"), "", ""),
        (node(None), "", ""),
        (node("pending"), "not read yet", "ещё не прочитан"),
        (node("active", "folder"), "", ""),
        (
            node("unreadable", error="файл пуст", error_en="the file is empty"),
            "not readable: the file is empty",
            "не читается: файл пуст",
        ),
        (node("unreadable", "folder", error="нет прав"), "not readable: нет прав", "не читается: нет прав"),
        (node("unreadable", error=5), "not readable", "не читается"),
        (
            node("partial", pages=7, unread={"attachments": 2, "no_text": 6, "newer": 1}),
            "pages without text: 6 of 7; attachments not read: 2",
            "страниц без текста: 6 из 7; непрочитанных вложений: 2",
        ),
        (
            node("partial", pages=3, unread={"little_text": 1, "garbled_text": 1, "too_many_pages": 1}),
            "pages with hardly any text: 1 of 3; pages with garbled text: 1 of 3; pages beyond the limit: 1 of 3",
            "страниц почти без текста: 1 из 3; страниц с неразборчивым текстом: 1 из 3; страниц сверх предела: 1 из 3",
        ),
        (
            node("partial", pages=3, unread={"uncalculated": 2, "hidden_sheets": 1}),
            "sheets with formulas without results: 2 of 3; hidden sheets, read: 1",
            "листов с формулами без результатов: 2 из 3; прочитано скрытых листов: 1",
        ),
        (node("partial", unread=[]), "read in part", "прочитан не весь"),
    ],
)
def test_the_status_is_said_in_the_language_of_the_person(found: ProjectNode, english: str, russian: str) -> None:
    """With the reason or the counts, where the server tells; whatever other servers mean by these fields."""
    assert english == unread_words(found)
    with speaking("ru"):
        assert russian == unread_words(found)


def test_the_tree_marks_documents_and_the_search_says_what_was_searched(program: Program, tmp_path: Path) -> None:
    """In a pipe in a cell of their own, at a terminal behind the name; what is fine has no mark."""
    folder = tmp_path / "projects" / "alpha"
    folder.mkdir(parents=True)
    (folder / "Записка.txt").write_text("Щит ВРУ-1 стоит в подвале.", encoding="utf-8")
    (folder / "пустой.pdf").write_bytes(b"")
    (folder / os.fsdecode(b"\xef\xeb\xe0\xed\x1b[2J.txt")).write_text("План.", encoding="utf-8")
    settings = LocalSettings(port=0, data_dir=tmp_path / "data", projects_dir=folder.parent, tokens=(TOKEN,), pace_seconds=0)
    with running_local_server(settings) as server:
        program("login", "--server", server.url, "--token", TOKEN)
        piped = [line.split("\t")[2:] for line in program("projects", "tree").lines]
        with Terminal(program.environment(AIZOOMDOC_LANG="ru"), "projects", "tree", width=130) as terminal:
            terminal.end()
        with Terminal(program.environment(), "projects", "search", "подвал", "--client-id", "alpha", width=130) as search:
            search.end()

    assert [
        ["alpha"],
        ["alpha/Записка.txt"],
        ["alpha/пустой.pdf", "not readable: the file is empty; upload it again"],
        [r"alpha/\xef\xeb\xe0\xed\x1b[2J.txt"],
    ] == piped
    assert "не читается: файл пуст; загрузите его снова" in terminal.screen.text
    assert r"\xef\xeb\xe0\xed\x1b[2J.txt" in terminal.screen.text
    assert "Searched: names of 3 documents, text of 2" in search.screen.text
    assert "Записка.txt" in search.screen.text


def test_the_search_says_how_many_documents_it_could_search_by_name_only(logged_in: Program, server: ScriptedServer) -> None:
    """Where the server tells how far it has read them; a server that does not is not spoken for."""
    arguments = ("projects", "search", "План", "--client-id", "mycompany")
    with Terminal(logged_in.environment(), *arguments, width=130) as before:
        before.end()
    for number, status in enumerate(["ready", "partial", "pending", "pending", "unreadable"]):
        server.store.add_node(f"{number}.pdf", node_type="document", client_id="mycompany", status=status)
    with Terminal(logged_in.environment(), *arguments, width=130) as after:
        after.end()

    assert "Searched" not in before.screen.text
    assert "text of 3" in after.screen.text
    assert "Not read yet, and found by name only: 2" in after.screen.text
