"""Which documents a question is about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aizoomdoc_client.local.project_tree import node_id
from tests.local.support import NOTE, Serve, User

QUESTION = "Где стоит щит ВРУ-1?"


async def test_a_question_without_attachments_searches_files_and_projects(reader: User) -> None:
    """All the user's files and all projects, or one client's."""
    await reader.upload("Моя.txt", "Щит ВРУ-1 стоит у меня.".encode())
    everywhere = await reader.answer(QUESTION)
    one_client = await reader.answer(QUESTION, query={"client_id": "beta"})

    assert (True, True) == ("«Моя.txt»" in everywhere, "«Записка.md»" in everywhere)
    assert (True, False) == ("«Моя.txt»" in one_client, "«Записка.md»" in one_client)


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
    answers = []
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
