"""The endpoints of the project tree."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from aizoomdoc_client.local.project_tree import node_id
from tests.local.support import LAYOUT, Reply, User


def names(nodes: list[dict[str, Any]]) -> list[str]:
    return [node["name"] for node in nodes]


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


@pytest.mark.skipif(os.name == "nt", reason="names are texts there")
async def test_a_file_whose_name_is_no_text_is_read_found_and_downloaded(reader: User, projects: Path) -> None:
    """Under its escaped name; who saves it gets a name without backslashes."""
    (projects / "beta" / os.fsdecode(b"\xef\xeb\xe0\xed\n.txt")).write_text("Котельная на крыше.", encoding="utf-8")
    [node] = (await reader.get("/projects/search", params={"client_id": "beta", "query": "котельная"})).body
    results = (await reader.get(f"/projects/documents/{node['id']}/results")).body
    async with reader.session.get(results["files"][0]["external_url"], headers=reader.bearer) as response:
        content, disposition = await response.text(), response.headers["Content-Disposition"]

    assert (r"\xef\xeb\xe0\xed\x0a.txt", "ready", "Котельная на крыше.") == (node["name"], node["status"], content)
    assert "_xef_xeb_xe0_xed_x0a.txt" == results["files"][0]["filename"] == disposition.partition("UTF-8''")[2]
    assert r"«\xef\xeb\xe0\xed\x0a.txt»" in await reader.answer("Где котельная?")


async def test_files_come_with_the_nodes_when_asked_for(reader: User) -> None:
    """A document's one result file is itself, and can be downloaded."""
    node = (await reader.get(f"/projects/tree?parent_id={node_id('alpha')}&include_files=true&node_type=document")).body[0]
    results = (await reader.get(f"/projects/documents/{node['id']}/results")).body
    async with reader.session.get(results["files"][0]["external_url"], headers=reader.bearer) as response:
        content = await response.text()

    assert (node["id"], LAYOUT) == (results["document_node_id"], content)
    assert ["md", "Записка.md", "projects/alpha/Записка.md", "text/markdown", node["files"][0]["file_size"]] == [
        results["files"][0][key] for key in ("source_type", "filename", "storage_path", "mime_type", "size_bytes")
    ]
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


async def test_without_a_folder_the_tree_is_empty(user: User) -> None:
    """It is no error."""
    assert Reply(200, []) == await user.get("/projects/tree?all_nodes=true")
