"""What an answer rests on: told with the answer, stored with it, and seen by a client."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from aizoomdoc_client import AnswerSource, AsyncAIZoomDocClient, MemoryTokenStore
from aizoomdoc_client.local import LocalServer
from aizoomdoc_client.local.answering.answerer import Group, Quote
from aizoomdoc_client.local.answering.grounding import grounding_of, sources_of
from aizoomdoc_client.local.database import Database
from aizoomdoc_client.local.repository import schema, stored_chats
from tests.local.support import LAYOUT, User, ask_about_note, settings

QUOTE = Quote(document="a.pdf", page=2, heading="", text="x", document_id="d")
FOUND = Group(documents=("a.pdf",), quotes=(QUOTE, QUOTE))
READ = Group(documents=("a.pdf",))
BROKEN = Group(documents=("b.pdf",), unreadable=(("b.pdf", "damaged"),))
NONE = Group(documents=())


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ((FOUND,), "documents"),
        ((BROKEN, FOUND), "documents"),
        ((READ,), "nothing_found"),
        ((READ, BROKEN), "nothing_found"),
        ((BROKEN,), "unreadable"),
        ((BROKEN, NONE), "unreadable"),
        ((NONE,), "no_documents"),
        ((), "no_documents"),
    ],
)
def test_an_answer_without_passages_says_why(groups: tuple[Group, ...], expected: str) -> None:
    """That nothing fits, that nothing could be read, and that there is nothing, are three answers."""
    assert expected == grounding_of(groups)


def test_each_place_is_named_once() -> None:
    """Two passages of one page are one source."""
    assert (AnswerSource(document="a.pdf", page=2, document_id="d"),) == sources_of((FOUND, READ, FOUND))


async def test_the_final_event_and_the_history_tell_sources(user: User) -> None:
    """Both have the document's name and page, and the id of the uploaded file."""
    chat = await ask_about_note(user)
    final = next(event.data for event in await user.events(chat) if event.name == "llm_final")
    question, answer = await user.history(chat)
    [file_id] = question["attached_file_ids"]
    expected = [{"document": "Записка.md", "page": 1, "document_id": None, "file_id": file_id}]

    assert (expected, "documents") == (final["sources"], final["grounding"])
    assert (expected, "documents", []) == (answer["sources"], answer["grounding"], question["sources"])


async def test_a_client_has_the_sources(tmp_path: Path) -> None:
    """`sources` and `grounding` of the answer, of its stream and of the stored message; a document of the tree has its id."""
    root = tmp_path / "projects"
    root.mkdir()
    (root / "Записка.md").write_text(LAYOUT, encoding="utf-8")
    async with LocalServer(settings(tmp_path, projects_dir=root)) as server:
        client = AsyncAIZoomDocClient(server.url, server.tokens[0], token_store=MemoryTokenStore())
        [node] = [node for node in await client.get_projects_tree(all_nodes=True) if node.node_type == "document"]
        chat = await client.create_chat()
        async with client.send_message(chat, "Где ВРУ-1?") as stream:
            assert ((), None) == (stream.sources, stream.grounding)
            answer = await stream.result()
        stored = (await client.get_chat_history(chat)).messages[-1]
        await client.close()

    expected = (AnswerSource(document="Записка.md", page=1, document_id=node.id),)
    assert (expected, "documents") == (answer.sources, answer.grounding)
    assert (expected, "documents") == (stream.sources, stream.grounding)
    assert (expected, "documents") == (stored.sources, stored.grounding)


async def test_an_answer_from_unreadable_documents_is_told_from_an_answer(user: User) -> None:
    """The flag says that no document could be read; its text names them."""
    file = await user.upload("скан.pdf", b"%PDF-1.7 broken")
    chat = await user.chat()
    await user.say(chat, "Где ВРУ-1?", attached_file_ids=[file.body["id"]])
    final = next(event.data for event in await user.events(chat) if event.name == "llm_final")

    assert ("unreadable", False) == (final["grounding"], "sources" in final)


async def test_messages_of_an_older_database_have_no_sources(tmp_path: Path) -> None:
    """A data folder of an earlier version is taken over as it is."""
    path = tmp_path / "server.sqlite3"
    older = Database(path, schema.MIGRATIONS[:1])
    await older.open()

    def fill(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO users VALUES ('u', 'n', 'd', 'active', '{}', 't')")
        db.execute("INSERT INTO chats VALUES ('c', 'u', '', NULL, 't', 't')")
        moment = schema.time_text(schema.utc_now())
        db.execute("INSERT INTO messages (id, chat_id, role, content, created_at) VALUES ('m', 'c', 'user', 'x', ?)", (moment,))

    await older.run(fill)
    await older.close()
    newer = Database(path, schema.MIGRATIONS)
    await newer.open()
    [message] = await newer.run(stored_chats.first_messages, "c", 10)
    await newer.close()

    assert ("x", (), None, ()) == (message.content, message.sources, message.grounding, message.notes)
