"""The project tree: a folder of documents on disk, read anew for every request.

Folders of the first level are projects; their name is the `client_id` of all that is in them. An id is made of the path relative
to the folder, so it is the same after a restart. Symbolic links and hidden files are left out: nothing outside of the folder can
be read.
"""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid5

import attrs

from ..catalog import text
from ..exceptions import ConfigurationError
from ..filesystem.names import is_clean
from ..models import FileInfo, ProjectFile, ProjectNode
from .indexing.document_source import DocumentSource
from .searching.fts_index import IndexedDocument

NodeType = Literal["project", "folder", "document"]
KEY_PREFIX = "project:"
R2_PREFIX = "projects/"
_NAMESPACE = UUID("6f6f5a0e-3a0b-5d1c-9f3e-8d0a5c2b7e41")


def node_id(relative: str) -> str:
    """The id of the node at that path, written with ``/`` and relative to the projects folder."""
    return str(uuid5(_NAMESPACE, relative))


@attrs.frozen(kw_only=True)
class TreeNode:
    """A folder or a document of the project tree."""

    id: str
    kind: NodeType
    name: str
    relative: str
    path: Path
    parent_id: str | None
    client_id: str | None
    size: int
    modified_ns: int

    @property
    def source(self) -> DocumentSource:
        """The document as the index reads it."""
        version = f"{self.modified_ns}-{self.size}"
        return DocumentSource(key=KEY_PREFIX + self.id, name=self.name, path=self.path, version=version)

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
    return ProjectTree({} if root is None else {node.id: node for node in _nodes(root, "", None, None)})


def _nodes(folder: Path, prefix: str, parent_id: str | None, client_id: str | None) -> Iterator[TreeNode]:
    try:
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: entry.name.casefold())
    except OSError:
        return  # deleted meanwhile, or not readable
    for entry in entries:
        node = _node(entry, prefix, parent_id, client_id)
        if node is not None:
            yield node
            if node.kind != "document":
                yield from _nodes(node.path, node.relative + "/", node.id, node.client_id)


def _node(entry: os.DirEntry[str], prefix: str, parent_id: str | None, client_id: str | None) -> TreeNode | None:
    try:
        is_folder, is_file = entry.is_dir(follow_symlinks=False), entry.is_file(follow_symlinks=False)
        if entry.name.startswith(".") or not (is_folder or is_file) or not is_clean(entry.name):
            return None
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    kind: NodeType = "document" if is_file else "folder" if prefix else "project"
    return TreeNode(
        id=node_id(prefix + entry.name),
        kind=kind,
        name=entry.name,
        relative=prefix + entry.name,
        path=Path(entry.path),
        parent_id=parent_id,
        client_id=entry.name if kind == "project" else client_id,
        size=status.st_size if is_file else 0,
        modified_ns=status.st_mtime_ns,
    )


def project_node(node: TreeNode, order: int, indexed: IndexedDocument | None, files: tuple[ProjectFile, ...] = ()) -> ProjectNode:
    """The node as on the wire; `status` tells whether a document was read, `attributes.error` why it could not be."""
    status, attributes = _reading_status(node, indexed) if node.kind == "document" else ("active", {})
    return ProjectNode(
        id=node.id,
        parent_id=node.parent_id,
        client_id=node.client_id,
        node_type=node.kind,
        name=node.name,
        status=status,
        attributes=attributes,
        sort_order=order,
        created_at=node.modified,
        updated_at=node.modified,
        files=files,
    )


def _reading_status(node: TreeNode, indexed: IndexedDocument | None) -> tuple[str, dict[str, Any]]:
    attributes: dict[str, Any] = {"path": node.relative, "size_bytes": node.size}
    if indexed is None:
        return "pending", attributes
    if indexed.error:
        return "unreadable", attributes | {"error": indexed.error.ru}
    return "ready", attributes | {"pages": indexed.page_count, "pages_without_text": indexed.blank_pages}


def project_file(node: TreeNode, external_url: str | None) -> ProjectFile:
    """The document as the only file of its results, as the tree has it."""
    return ProjectFile(
        id=node.id,
        job_id=node.id,
        file_type=_file_type(node),
        r2_key=R2_PREFIX + node.relative,
        file_name=node.name,
        file_size=node.size,
        created_at=node.modified,
        external_url=external_url,
    )


def result_file(node: TreeNode, external_url: str | None) -> FileInfo:
    """The document as the only file of its results, as a stored file."""
    return FileInfo(
        id=node.id,
        filename=node.name,
        mime_type=mimetypes.guess_type(node.name)[0] or "application/octet-stream",
        size_bytes=node.size,
        source_type=_file_type(node),
        storage_path=R2_PREFIX + node.relative,
        external_url=external_url,
        created_at=node.modified,
    )


def _file_type(node: TreeNode) -> str:
    return Path(node.name).suffix.lstrip(".").lower() or "file"
