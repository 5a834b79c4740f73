"""The project tree: a folder of documents on disk, read anew for every request.

Folders of the first level are projects; their name is the `client_id` of all that is in them. An id is made of the path relative
to the folder, so it is the same after a restart. Symbolic links and hidden files are left out: nothing outside of the folder can
be read. Names are those that `visible_name` returns; a folder that cannot be read is a node with the reason.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from uuid import UUID, uuid5

import attrs

from ..catalog import system_reason, text
from ..exceptions import ConfigurationError
from ..filesystem.names import visible_name
from .indexing.document_source import DocumentSource
from .reading import Reason

NodeType = Literal["project", "folder", "document"]
KEY_PREFIX = "project:"
_DEEPEST = 100  # folders below the first one
_NAMESPACE = UUID("6f6f5a0e-3a0b-5d1c-9f3e-8d0a5c2b7e41")


def node_id(relative: str) -> str:
    """The id of the node at that path, written with ``/`` and relative to the projects folder."""
    return str(uuid5(_NAMESPACE, relative))


@attrs.frozen(kw_only=True)
class TreeNode:
    """A folder or a document of the project tree; `error` says why a folder could not be read."""

    id: str
    kind: NodeType
    name: str
    relative: str
    path: Path
    parent_id: str | None
    client_id: str | None
    size: int
    modified_ns: int
    error: Reason | None = None

    @property
    def source(self) -> DocumentSource:
        """The document as a source for the index; its version changes with the file's time and size."""
        version = f"{self.modified_ns}-{self.size}"
        folder = self.relative.rpartition("/")[0]
        return DocumentSource(key=KEY_PREFIX + self.id, name=self.name, path=self.path, version=version, folder=folder)

    @property
    def modified(self) -> datetime:
        """The time of the last change."""
        return datetime.fromtimestamp(self.modified_ns // 1000 / 1_000_000, UTC)


@attrs.frozen
class ProjectTree:
    """The projects folder as it was when it was read; parents come before their children."""

    nodes: Mapping[str, TreeNode]

    def documents(self, *, client_id: str | None = None) -> list[TreeNode]:
        """All documents, or one client's."""
        return [
            node for node in self.nodes.values() if node.kind == "document" and (client_id is None or node.client_id == client_id)
        ]

    def unread_folders(self, *, client_id: str | None = None) -> list[TreeNode]:
        """The folders that could not be read, all or one client's."""
        return [node for node in self.nodes.values() if node.error and client_id in (None, node.client_id)]

    def has_client(self, client_id: str) -> bool:
        """Whether there is a folder of that client."""
        return any(node.client_id == client_id for node in self.nodes.values())

    def descendants(self, parent_id: str) -> list[TreeNode]:
        """All nodes in that folder and in those below it."""
        inside = {parent_id}
        found: list[TreeNode] = []
        for node in self.nodes.values():  # parents come before children
            if node.parent_id in inside:
                inside.add(node.id)
                found.append(node)
        return found


def checked_folder(path: Path) -> Path:
    """The projects folder with symbolic links resolved. Raises `ConfigurationError` where there is none."""
    if not path.is_dir():
        raise ConfigurationError(text("projects_folder_missing", path=path))
    return path.resolve()


def read_project_tree(root: Path | None) -> ProjectTree:
    """The tree as it is on disk now, in the order of names; empty without a folder. Blocks."""
    return ProjectTree({} if root is None else {node.id: node for node in _nodes(root)})


def _nodes(root: Path) -> Iterator[TreeNode]:
    """All nodes below `root`, parents first; without recursion, because folders may be nested deeper than Python's calls."""
    entries, _ = _entries(root, 0)
    waiting: list[tuple[os.DirEntry[str], TreeNode | None]] = [(entry, None) for entry in reversed(entries)]
    depths: dict[str, int] = {}
    while waiting:
        node = _node(*waiting.pop())
        if node is None:
            continue
        if node.kind != "document":
            depths[node.id] = depth = 1 + depths.get(node.parent_id or "", 0)
            entries, error = _entries(node.path, depth)
            waiting += [(entry, node) for entry in reversed(entries)]
            node = node if error is None else attrs.evolve(node, error=error)
        yield node


def _entries(folder: Path, depth: int) -> tuple[list[os.DirEntry[str]], Reason | None]:
    """The entries of the folder in the order of names, or the reason why it cannot be read."""
    if depth > _DEEPEST:
        return [], Reason.of(text("folder_too_deep", most=_DEEPEST))
    try:
        with os.scandir(folder) as scan:
            return sorted(scan, key=lambda entry: entry.name.casefold()), None
    except FileNotFoundError:
        return [], None  # deleted meanwhile
    except OSError as error:
        return [], Reason.of(text("folder_cannot_be_opened", reason=system_reason(error)))


def _node(entry: os.DirEntry[str], parent: TreeNode | None) -> TreeNode | None:
    try:
        is_folder, is_file = entry.is_dir(follow_symlinks=False), entry.is_file(follow_symlinks=False)
        if entry.name.startswith(".") or not (is_folder or is_file):
            return None
        size, modified_ns = _status(entry)
    except OSError:
        return None
    name = visible_name(entry.name)
    kind: NodeType = "document" if is_file else "project" if parent is None else "folder"
    relative = name if parent is None else f"{parent.relative}/{name}"
    return TreeNode(
        id=node_id(relative),
        kind=kind,
        name=name,
        relative=relative,
        path=Path(entry.path),
        parent_id=None if parent is None else parent.id,
        client_id=name if kind == "project" else None if parent is None else parent.client_id,
        size=size if is_file else 0,
        modified_ns=modified_ns,
    )


def _status(entry: os.DirEntry[str]) -> tuple[int, int]:
    """The size and the time of the last change; zeros where the system refuses them, as reading the file will give the reason."""
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        raise  # deleted meanwhile
    except OSError:
        return 0, 0
    return status.st_size, status.st_mtime_ns
