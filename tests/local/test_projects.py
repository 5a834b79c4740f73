"""The project tree: a folder of documents on the disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aizoomdoc_client.local.projects import look, node_id
from tests.local.people import LAYOUT, NOTE, Reply, Serve, User


def names(nodes: list[dict[str, Any]]) -> list[str]:
    return [node["name"] for node in nodes]


@pytest.fixture
async def reader(serve: Serve, projects: Path) -> User:
    return await serve(projects_dir=projects)


async def test_the_roots_are_the_projects(reader: User) -> None:
    """One a client, named as the folder."""
    nodes = (await reader.get("/projects/tree")).body

    assert [("alpha", "alpha", "project", None), ("beta", "beta", "project", None)] == [
        (node["name"], node["client_id"], node["node_type"], node["parent_id"]) for node in nodes
    ]


async def test_children_are_asked_for_by_their_parent(reader: User) -> None:
    """Level by level."""
    children = (await reader.get(f"/projects/tree?parent_id={node_id('alpha')}")).body
    grandchildren = (await reader.get(f"/projects/tree?parent_id={node_id('alpha/ЭОМ')}")).body

    assert [("Записка.md", "document"), ("ЭОМ", "folder")] == [(node["name"], node["node_type"]) for node in children]
    assert ["Щиты.txt"] == names(grandchildren)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("all_nodes=true&client_id=alpha", ["alpha", "Записка.md", "ЭОМ", "Щиты.txt"]),
        ("all_nodes=true&node_type=document", ["Записка.md", "Щиты.txt", "Насосы.txt", "пустой.pdf"]),
        ("client_id=beta", ["beta"]),
        ("client_id=nobody", []),
        ("all_nodes=true&node_type=folder", ["ЭОМ"]),
    ],
)
async def test_the_tree_can_be_filtered(reader: User, query: str, expected: list[str]) -> None:
    """By client and by kind; parents come before children."""
    assert expected == names((await reader.get(f"/projects/tree?{query}")).body)


async def test_a_document_says_whether_it_could_be_read(reader: User) -> None:
    """And if not, why."""
    nodes = {node["name"]: node for node in (await reader.get("/projects/tree?all_nodes=true&node_type=document")).body}

    assert ("ready", 1) == (nodes["Записка.md"]["status"], nodes["Записка.md"]["attributes"]["pages"])
    assert ("unreadable", "файл пуст; загрузите его снова") == (
        nodes["пустой.pdf"]["status"],
        nodes["пустой.pdf"]["attributes"]["error"],
    )


async def test_files_come_with_the_nodes_when_asked_for(reader: User) -> None:
    """A document's one result file is itself, and can be downloaded."""
    node = (await reader.get(f"/projects/tree?parent_id={node_id('alpha')}&include_files=true&node_type=document")).body[0]
    results = (await reader.get(f"/projects/documents/{node['id']}/results")).body
    async with reader.session.get(results["files"][0]["external_url"], headers=reader.bearer) as response:
        content = await response.text()

    assert (node["id"], node["files"], LAYOUT) == (results["document_node_id"], results["files"], content)
    assert ("md", "Записка.md", "projects/alpha/Записка.md") == tuple(
        node["files"][0][key] for key in ("file_type", "file_name", "r2_key")
    )


async def test_results_of_a_folder_are_400(reader: User) -> None:
    """As the wire has it."""
    assert 400 == (await reader.get(f"/projects/documents/{node_id('alpha')}/results")).status


@pytest.mark.parametrize("query", ["parent_id=x", "all_nodes=perhaps"])
async def test_a_query_that_does_not_fit_is_422(reader: User, query: str) -> None:
    """The detail says which part of it."""
    reply = await reader.get(f"/projects/tree?{query}")

    assert (422, ["query", query.partition("=")[0]]) == (reply.status, reply.body["detail"][0]["loc"])


async def test_documents_are_found_by_name_and_by_content(reader: User) -> None:
    """Inflected words too, those with the name first, one client's only."""
    by_name = await reader.get("/projects/search", params={"client_id": "alpha", "query": "щиты"})
    by_text = await reader.get("/projects/search", params={"client_id": "alpha", "query": "электрощитовая"})
    elsewhere = await reader.get("/projects/search", params={"client_id": "beta", "query": "электрощитовая"})

    assert (["Щиты.txt", "Записка.md"], ["Записка.md"], []) == (names(by_name.body), names(by_text.body), names(elsewhere.body))


@pytest.mark.parametrize(
    "query", [{"query": "щит"}, {"client_id": "alpha"}, {"client_id": "alpha", "query": "щит", "limit": "101"}]
)
async def test_searching_needs_client_and_query(reader: User, query: dict[str, str]) -> None:
    """Both are required, and the limit ends at a hundred."""
    assert 422 == (await reader.get("/projects/search", params=query)).status


async def test_new_and_changed_files_are_noticed(reader: User, projects: Path) -> None:
    """With the next request, without a restart."""
    (projects / "alpha" / "Новый.txt").write_text("Котельная на крыше.", encoding="utf-8")
    found = await reader.get("/projects/search", params={"client_id": "alpha", "query": "котельная"})
    (projects / "alpha" / "Новый.txt").write_text("Бассейн.", encoding="utf-8")
    lost = await reader.get("/projects/search", params={"client_id": "alpha", "query": "котельная"})
    (projects / "alpha" / "Новый.txt").unlink()

    assert (["Новый.txt"], []) == (names(found.body), names(lost.body))
    assert ["Записка.md", "ЭОМ"] == names((await reader.get(f"/projects/tree?parent_id={node_id('alpha')}")).body)


def test_links_and_hidden_files_are_passed_over(projects: Path, tmp_path: Path) -> None:
    """Nothing outside of the folder is reachable, and no circle is walked."""
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    (projects / "alpha" / "link.txt").symlink_to(tmp_path / "secret.txt")
    (projects / "alpha" / "outside").symlink_to(tmp_path)
    (projects / "alpha" / "circle").symlink_to(projects)
    (projects / "alpha" / ".hidden.txt").write_text("hidden", encoding="utf-8")

    assert {"alpha", "alpha/Записка.md", "alpha/ЭОМ", "alpha/ЭОМ/Щиты.txt", "beta", "beta/Насосы.txt", "beta/пустой.pdf"} == {
        place.relative for place in look(projects).places.values()
    }


def test_a_node_keeps_its_id(projects: Path) -> None:
    """It depends on the path in the folder only: users keep ids in their own databases."""
    assert "16c4714e-8732-51fa-816c-674b765fac20" == node_id("alpha/Записка.md")
    assert node_id("alpha/Записка.md") in look(projects).places


async def test_without_a_folder_the_tree_is_empty(user: User) -> None:
    """It is no error."""
    assert Reply(200, []) == await user.get("/projects/tree?all_nodes=true")


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
