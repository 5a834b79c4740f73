"""The project tree as it is read from disk."""

from __future__ import annotations

from pathlib import Path

from aizoomdoc_client.local.project_tree import node_id, read_project_tree


def test_links_and_hidden_files_are_left_out(projects: Path, tmp_path: Path) -> None:
    """Nothing outside of the folder can be read, and a link to a parent does not repeat it."""
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    (projects / "alpha" / "link.txt").symlink_to(tmp_path / "secret.txt")
    (projects / "alpha" / "outside").symlink_to(tmp_path)
    (projects / "alpha" / "circle").symlink_to(projects)
    (projects / "alpha" / ".hidden.txt").write_text("hidden", encoding="utf-8")

    assert {"alpha", "alpha/Записка.md", "alpha/ЭОМ", "alpha/ЭОМ/Щиты.txt", "beta", "beta/Насосы.txt", "beta/пустой.pdf"} == {
        node.relative for node in read_project_tree(projects).nodes.values()
    }


def test_a_node_keeps_its_id(projects: Path) -> None:
    """It depends on the path in the folder only: users keep ids in their own databases."""
    assert "16c4714e-8732-51fa-816c-674b765fac20" == node_id("alpha/Записка.md")
    assert node_id("alpha/Записка.md") in read_project_tree(projects).nodes
