"""The project tree as it is read from disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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


def relatives(root: Path) -> list[str]:
    return [node.relative for node in read_project_tree(root).nodes.values()]


def test_parents_come_before_their_children(projects: Path) -> None:
    """All that is in a folder follows it, in the order of names."""
    assert ["alpha", "alpha/Записка.md", "alpha/ЭОМ", "alpha/ЭОМ/Щиты.txt", "beta", "beta/Насосы.txt", "beta/пустой.pdf"] == (
        relatives(projects)
    )


@pytest.mark.skipif(os.name == "nt", reason="names are texts there")
def test_a_name_that_is_no_text_is_shown_escaped(projects: Path) -> None:
    """Each such file is there under an id of its own, which stays; its path is the real one."""
    odd = [b"\xef\xeb\xe0\xed.txt", b"\xef\xeb\xe0\xee.txt", b"a\nb\x1b[2J.txt", rb"\xef\xeb\xe0\xed.txt"]
    for name in odd:
        (projects / "beta" / os.fsdecode(name)).write_bytes(name)
    nodes = {node.name: node for node in read_project_tree(projects).nodes.values() if node.parent_id == node_id("beta")}
    escaped = [r"\xef\xeb\xe0\xed.txt", r"\xef\xeb\xe0\xee.txt", r"a\x0ab\x1b[2J.txt", r"\\xef\\xeb\\xe0\\xed.txt"]

    assert odd == [nodes[name].path.read_bytes() for name in escaped]
    assert len({node.id for node in nodes.values()}) == len(nodes) == 6
    assert node_id(r"beta/\xef\xeb\xe0\xed.txt") == nodes[escaped[0]].id


def test_folders_too_deep_are_there_with_the_reason(tmp_path: Path) -> None:
    """The depth of 1,100 is no error; what is not read is not left out in silence."""
    chain = [tmp_path.joinpath(*["d"] * depth) for depth in range(1, 1101)]
    for folder in chain:
        folder.mkdir()
    tree = read_project_tree(tmp_path)
    for folder in reversed(chain):  # what deletes a tree by recursion cannot
        folder.rmdir()
    deepest = max(tree.nodes.values(), key=lambda node: len(node.relative))

    assert 101 == deepest.relative.count("d")
    assert deepest.error is not None
    assert "at most 100 folders" in deepest.error.en


@pytest.mark.skipif(os.name == "nt", reason="paths are not limited by bytes there")
def test_a_path_too_long_for_the_system_is_there_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders of 4,200 bytes can be made step by step."""
    monkeypatch.chdir(tmp_path)
    for _ in range(21):
        Path("d" * 200).mkdir()
        os.chdir("d" * 200)
    tree = read_project_tree(tmp_path)
    for _ in range(21):
        os.chdir("..")
        Path("d" * 200).rmdir()
    errors = [node.error for node in tree.nodes.values() if node.error is not None]

    assert ["папка не открывается (слишком длинное имя файла)"] == [error.ru for error in errors]
    assert len(tree.nodes) > 15


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="there a folder without permissions can be read")
def test_a_folder_without_permission_is_there_with_the_reason(projects: Path) -> None:
    """Others are read."""
    (projects / "alpha" / "ЭОМ").chmod(0)
    nodes = read_project_tree(projects).nodes
    (projects / "alpha" / "ЭОМ").chmod(0o700)
    error = nodes[node_id("alpha/ЭОМ")].error

    assert error is not None
    assert "папка не открывается (нет прав)" == error.ru
    assert node_id("beta/Насосы.txt") in nodes
