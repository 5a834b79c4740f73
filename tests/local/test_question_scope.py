"""Which documents a question is about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from aizoomdoc_client.local.project_tree import node_id
from tests.local.support import NOTE, Serve, User

QUESTION = "Где стоит щит ВРУ-1?"
Second = Callable[[User], Awaitable[User]]


async def upload(user: User) -> str:
    return str((await user.upload("Моя.txt", "Щит ВРУ-1 стоит у меня.".encode())).body["id"])


async def test_a_question_without_attachments_searches_the_projects(reader: User) -> None:
    """All of them, or one client's; no uploaded file, which answers where it is attached."""
    await reader.answer(QUESTION, attached_file_ids=[await upload(reader)])
    everywhere = await reader.answer(QUESTION)
    one_client = await reader.answer(QUESTION, query={"client_id": "beta"})

    assert (False, True) == ("«Моя.txt»" in everywhere, "«Записка.md»" in everywhere)
    assert (False, False) == ("«Моя.txt»" in one_client, "«Записка.md»," in one_client)


async def test_a_file_given_to_one_chat_answers_in_that_chat_only(user: User) -> None:
    """In another chat there is no document, and the answer says what to do."""
    file = await upload(user)
    here, there = await user.chat(), await user.chat()
    await user.say(here, QUESTION, attached_file_ids=[file])
    await user.events(here)
    answers = list[dict[str, Any]]()
    for chat in (here, there):
        await user.say(chat, "Где стоит ВРУ-1?")
        answers.append((await user.events(chat))[-2].data)

    assert ["documents", "no_documents"] == [answer["grounding"] for answer in answers]
    assert "Прикрепите файл к вопросу" in answers[1]["content"]
    assert "Моя.txt" not in answers[1]["content"]


async def test_files_are_shared_where_the_server_is_told_so(serve: Serve, projects: Path) -> None:
    """Those of other chats, those that were only uploaded, and the projects."""
    user = await serve(projects_dir=projects, share_uploads=True)
    await upload(user)
    answer = await user.answer(QUESTION)

    assert (True, True) == ("«Моя.txt»" in answer, "«Записка.md»" in answer)


async def test_a_file_that_is_attached_nowhere_is_named_where_nothing_was_found(reader: User) -> None:
    """Whoever uploaded it expects it to be searched."""
    await upload(reader)
    chat, told = await reader.chat(), list[dict[str, Any]]()
    for question in ("Какого цвета кровля?", "Where is the roof?", QUESTION):
        await reader.say(chat, question)
        told.append((await reader.events(chat))[-2].data)
    notes = [[note for note in final.get("notes", []) if "Моя.txt" in note] for final in told]

    assert [
        ["Загруженные файлы, не прикреплённые ни к одному вопросу, не просматривались: «Моя.txt»."],
        ["Uploaded files that are attached to no question were not searched: “Моя.txt”."],
        [],
    ] == notes


async def test_without_any_document_a_file_attached_nowhere_is_named_in_the_text(user: User, second: Second) -> None:
    """Not to another user, and no longer once a message has it."""
    file, other = await upload(user), await second(user)
    before, of_other = await user.answer(QUESTION), await other.answer(QUESTION)
    await user.answer(QUESTION, attached_file_ids=[file])

    assert ("Моя.txt" in before, "Моя.txt" in of_other, "Моя.txt" in await user.answer(QUESTION)) == (True, False, False)


@pytest.mark.parametrize(
    ("attached", "query"),
    [
        ({"attached_document_ids": [node_id("alpha/ЭОМ/Щиты.txt")]}, {}),
        ({}, {"document_ids": node_id("alpha/ЭОМ/Щиты.txt")}),
        ({}, {"document_ids": node_id("alpha/ЭОМ")}),
        ({}, {"tree_files": '[{"r2_key": "projects/alpha/ЭОМ/Щиты.txt", "file_type": "txt"}]'}),
    ],
)
async def test_documents_given_narrow_the_search(reader: User, attached: dict[str, Any], query: dict[str, str]) -> None:
    """With the message or with the stream; a folder stands for what lies in it."""
    answer = await reader.answer(QUESTION, query=query, **attached)

    assert (True, False) == ("«Щиты.txt»" in answer, "«Записка.md»" in answer)


async def test_comparing_shows_both_groups(reader: User) -> None:
    """Each with its own passages."""
    query = {"compare_document_ids_a": node_id("alpha/Записка.md"), "compare_document_ids_b": node_id("alpha/ЭОМ/Щиты.txt")}
    answer = await reader.answer("Что сказано о ВРУ-1?", query=query)
    first, second = answer.split("### ")[1:]

    assert (True, False) == ("«Записка.md», стр. 1" in first, "Щиты" in first)
    assert (True, False) == ("«Щиты.txt», стр. 1" in second, "Записка" in second)


async def test_files_given_to_the_model_narrow_the_search(reader: User) -> None:
    """By the URI that the upload gave."""
    uri = (await reader.upload("Моя.txt", "Щит ВРУ-1 стоит у меня.".encode(), "/files/upload-for-llm")).body["google_file_uri"]
    by_stream = await reader.answer(QUESTION, query={"google_files": f'[{{"uri": "{uri}", "mime_type": "text/plain"}}]'})
    by_message = await reader.answer(QUESTION, google_file_uris=[uri])

    assert by_stream == by_message
    assert (True, False) == ("«Моя.txt»" in by_stream, "«Записка.md»" in by_stream)


async def test_attachments_stay_in_force(reader: User) -> None:
    """Until a later message of the chat brings its own."""
    file = (await reader.upload("Моя.txt", "Щит ВРУ-1 стоит у меня.".encode())).body["id"]
    other = (await reader.upload("Другая.txt", "Щит ВРУ-1 стоит у соседа.".encode())).body["id"]
    chat = await reader.chat()
    answers = list[str]()
    for attached in ({"attached_file_ids": [file]}, {}, {"attached_file_ids": [other]}):
        await reader.say(chat, QUESTION, **attached)
        await reader.events(chat)
        answers.append((await reader.history(chat))[-1]["content"])

    assert [(True, False), (True, False), (False, True)] == [("«Моя.txt»" in text, "«Другая.txt»" in text) for text in answers]


async def test_a_pdf_is_quoted_with_its_page(serve: Serve, tmp_path: Path) -> None:
    """From the file on the disk to the answer."""
    folder = tmp_path / "projects" / "mycompany"
    folder.mkdir(parents=True)
    (folder / "Пояснительная записка.pdf").write_bytes(NOTE.read_bytes())
    user = await serve(projects_dir=folder.parent)

    assert "«Пояснительная записка.pdf», стр. 6" in await user.answer("Где находится ВРУ-1?")
