"""What the project tree says of documents: how far they are read, and why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest

from aizoomdoc_client.local.project_nodes import project_node
from aizoomdoc_client.local.project_tree import ProjectTree, node_id, read_project_tree
from aizoomdoc_client.local.reading import Reason, UnreadPart
from aizoomdoc_client.local.searching.fts_index import IndexedDocument

REASON = Reason("файл пуст", "the file is empty")


def document(tree: ProjectTree, relative: str, **known: Any) -> IndexedDocument:
    source = tree.nodes[node_id(relative)].source
    return attrs.evolve(IndexedDocument(key=source.key, version=source.version, name=source.name, page_count=7), **known)


@pytest.mark.parametrize(
    ("unread", "status", "counts"),
    [
        ((), "ready", None),
        ((UnreadPart(kind="no_text", pages=(2, 3, 4)),), "partial", {"no_text": 3}),
        ((UnreadPart(kind="little_text", pages=(1,)),), "partial", {"little_text": 1}),
        (
            (UnreadPart(kind="garbled_text", pages=(1, 2)), UnreadPart(kind="attachments", names=("a.dwg",))),
            "partial",
            {"garbled_text": 2, "attachments": 1},
        ),
    ],
)
def test_a_document_of_which_something_was_not_read_is_partial(
    projects: Path, unread: tuple[UnreadPart, ...], status: str, counts: dict[str, int] | None
) -> None:
    """As a drawing of which only the title block is text; how many pages there are of each kind is told."""
    tree = read_project_tree(projects)
    known = document(tree, "alpha/Записка.md", unread=unread)
    node = project_node(tree.nodes[node_id("alpha/Записка.md")], 0, known)

    assert (status, counts, 7) == (node.status, node.attributes.get("unread"), node.attributes["pages"])


def test_an_unreadable_document_says_why_in_both_languages(projects: Path) -> None:
    """Whoever shows it chooses one."""
    tree = read_project_tree(projects)
    node = project_node(tree.nodes[node_id("beta/пустой.pdf")], 0, document(tree, "beta/пустой.pdf", error=REASON))

    assert ("unreadable", "файл пуст", "the file is empty") == (
        node.status,
        node.attributes["error"],
        node.attributes["error_en"],
    )


def test_a_folder_that_cannot_be_read_says_so(projects: Path) -> None:
    """It looks empty otherwise."""
    folder = attrs.evolve(read_project_tree(projects).nodes[node_id("alpha/ЭОМ")], error=REASON)
    node = project_node(folder, 0, None)

    assert ("unreadable", "файл пуст") == (node.status, node.attributes["error"])
