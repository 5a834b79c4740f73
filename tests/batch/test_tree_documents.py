"""Documents of the project tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from aizoomdoc_client import AsyncAIZoomDocClient, ConfigurationError, MemoryTokenStore
from aizoomdoc_client.batch.task import BatchDocument
from aizoomdoc_client.batch.tree_documents import documents_of_tree, tree_documents
from aizoomdoc_client.local import LocalServer, LocalSettings
from aizoomdoc_client.models import ProjectNode


def node(own: str, name: str, parent: str | None, kind: str = "folder", client: str | None = None) -> ProjectNode:
    return ProjectNode(id=own, name=name, parent_id=parent, node_type=kind, client_id=client)


TREE = [
    node("d10", "План 10", "ar", "document"),
    node("d2", "План 2", "ar", "document"),
    node("sub", "Альбом", "ar"),
    node("last", "Лист 1", "sub", "document"),
    node("ar", "АР", "p"),
    node("p", "Школа", None, "project", "one"),
    node("d3", "Смета", "p2", "document", "two"),
    node("p2", "Школа", None, "project", "two"),
    node("lost", "Без папки", "gone", "document"),
]


def test_documents_have_their_path_and_client(tmp_path: Path) -> None:
    """Also those that know neither; they stand in natural order."""
    assert [
        BatchDocument(name="Без папки", document_id="lost", client_id=None),
        BatchDocument(name="Школа/АР/Альбом/Лист 1", document_id="last", client_id="one"),
        BatchDocument(name="Школа/АР/План 2", document_id="d2", client_id="one"),
        BatchDocument(name="Школа/АР/План 10", document_id="d10", client_id="one"),
        BatchDocument(name="Школа/Смета", document_id="d3", client_id="two"),
    ] == list(documents_of_tree(TREE))


def test_other_clients_documents_are_left_out() -> None:
    """Some servers return everybody's, whatever client was named."""
    assert ["lost", "d3"] == [each.document_id for each in documents_of_tree(TREE, "two")]


@pytest.mark.parametrize("wanted", ["ar", "Школа/АР", "/школа/ар/"])
def test_a_node_stands_for_what_is_below_it(wanted: str) -> None:
    """By its id or its path."""
    assert ["last", "d2", "d10"] == [each.document_id for each in documents_of_tree(TREE, node=wanted)]


def test_a_document_is_a_node_too() -> None:
    """It stands for itself."""
    assert ["d2"] == [each.document_id for each in documents_of_tree(TREE, node="Школа/АР/План 2")]


@pytest.mark.parametrize(
    ("client_id", "wanted", "expected"),
    [
        (None, "Школа", "there are several nodes 'Школа', give an id: p, p2"),
        (None, "КЖ", "there is no node 'КЖ'; aizoomdoc projects tree shows what is there"),
        ("two", "ar", "there is no node 'ar'"),
        ("one", "", "there is no node ''"),
    ],
)
def test_a_node_that_cannot_be_told_is_named(client_id: str | None, wanted: str, expected: str) -> None:
    """With what to do about it."""
    with pytest.raises(ConfigurationError) as caught:
        documents_of_tree(TREE, client_id, node=wanted)

    assert caught.value.message.startswith(f"The project tree: {expected}")


def test_a_tree_without_documents_is_no_empty_job() -> None:
    """The error says where to look."""
    with pytest.raises(ConfigurationError, match="there are no documents"):
        documents_of_tree([node("p", "Школа", None)])


def test_documents_of_the_same_path_are_told_apart() -> None:
    """By their ids."""
    tree = [node("1", "План", None, "document"), node("2", "План", None, "document")]

    assert ["План (1)", "План (2)"] == [each.name for each in documents_of_tree(tree)]


def test_parents_that_form_a_loop_do_not_hang() -> None:
    """Whatever a server returns."""
    tree = [node("a", "А", "b"), node("b", "Б", "a"), node("d", "План", "a", "document"), node("e", "Сам", "e", "document")]

    assert {"d", "e"} == {each.document_id for each in documents_of_tree(tree)}


async def test_the_tree_is_asked_of_the_server(tmp_path: Path) -> None:
    """A real one, whose projects are folders."""
    for name in ("Школа/План 10.md", "Школа/План 2.md", "Сад/План 1.md"):
        (tmp_path / "projects" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "projects" / name).write_text("# План")
    settings = LocalSettings(port=0, data_dir=tmp_path / "data", projects_dir=tmp_path / "projects", tokens=("t" * 20,))
    async with (
        LocalServer(settings) as server,
        AsyncAIZoomDocClient(server.url, "t" * 20, token_store=MemoryTokenStore()) as client,
    ):
        found = await tree_documents(client, "Школа")
        one = await tree_documents(client, node="Сад")

    assert [("Школа/План 2.md", "Школа"), ("Школа/План 10.md", "Школа")] == [(each.name, each.client_id) for each in found]
    assert ["Сад/План 1.md"] == [each.name for each in one]
