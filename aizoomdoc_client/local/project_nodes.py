"""Nodes of the project tree as the wire has them, with the state of their reading and their files."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Any

from ..filesystem.names import saved_name
from ..models import FileInfo, ProjectFile, ProjectNode
from .project_tree import TreeNode
from .reading import Reason
from .searching.fts_index import IndexedDocument

R2_PREFIX = "projects/"


def project_node(node: TreeNode, order: int, indexed: IndexedDocument | None, files: tuple[ProjectFile, ...] = ()) -> ProjectNode:
    """The node as on the wire; `status` tells whether it was read, `attributes` why not, or which parts were not."""
    status, attributes = _reading_status(node, indexed)
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
    if node.kind != "document":
        return ("active", {}) if node.error is None else ("unreadable", {"path": node.relative, **_error(node.error)})
    attributes: dict[str, Any] = {"path": node.relative, "size_bytes": node.size}
    if indexed is None:
        return "pending", attributes
    if indexed.error:
        return "unreadable", attributes | _error(indexed.error)
    attributes |= {"pages": indexed.page_count, "pages_without_text": indexed.blank_pages}
    if not indexed.unread:
        return "ready", attributes
    unread = {part.kind: len(part.pages) or len(part.names) for part in indexed.unread}
    return "partial", attributes | {"unread": unread}


def _error(reason: Reason) -> dict[str, str]:
    return {"error": reason.ru, "error_en": reason.en}


def project_file(node: TreeNode, external_url: str | None) -> ProjectFile:
    """The document as the only file of its results, in the form of the tree."""
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
    """The document as the only file of its results, in the form of a stored file, whose name is safe for saving."""
    return FileInfo(
        id=node.id,
        filename=saved_name(node.name),
        mime_type=mimetypes.guess_type(node.name)[0] or "application/octet-stream",
        size_bytes=node.size,
        source_type=_file_type(node),
        storage_path=R2_PREFIX + node.relative,
        external_url=external_url,
        created_at=node.modified,
    )


def _file_type(node: TreeNode) -> str:
    return Path(node.name).suffix.lstrip(".").lower() or "file"
