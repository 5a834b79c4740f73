"""The project tree: a folder of documents on disk, looked at anew for every request.

Folders of the first level are projects and give all below them their `client_id`. Ids come from the path relative to the
folder, so they outlive restarts. Symbolic links and hidden files are passed over: nothing outside of the folder is reachable.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid5

import attrs

from ..exceptions import ConfigurationError
from ..filesystem.names import is_clean
from ..models import ProjectFile, ProjectNode
from .document_index import DocumentSource
from .searching.fts_index import IndexedDocument

NodeType = Literal["project", "folder", "document"]
KEY_PREFIX = "project:"
R2_PREFIX = "projects/"
_NAMESPACE = UUID("6f6f5a0e-3a0b-5d1c-9f3e-8d0a5c2b7e41")


def node_id(relative: str) -> str:
    """The id of what lies at that path, written with ``/``, relative to the projects folder."""
    return str(uuid5(_NAMESPACE, relative))


@attrs.frozen(kw_only=True)
class Place:
    """A folder or a document in the projects folder."""

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
        """Where the index reads it from."""
        version = f"{self.modified_ns}-{self.size}"
        return DocumentSource(key=KEY_PREFIX + self.id, name=self.name, path=self.path, version=version)

    @property
    def modified(self) -> datetime:
        """When it was changed last."""
        return datetime.fromtimestamp(self.modified_ns // 1000 / 1_000_000, UTC)


@attrs.frozen
class Tree:
    """The projects folder as it was when it was looked at."""

    places: Mapping[str, Place]

    def documents(self, *, client_id: str | None = None) -> list[Place]:
        """All documents, or one client's."""
        return [
            place
            for place in self.places.values()
            if place.kind == "document" and (client_id is None or place.client_id == client_id)
        ]

    def has_client(self, client_id: str) -> bool:
        """Whether there is a folder of that client."""
        return any(place.client_id == client_id for place in self.places.values())

    def below(self, parent_id: str) -> list[Place]:
        """All that lies in that folder, however deep."""
        inside = {parent_id}
        found: list[Place] = []
        for place in self.places.values():  # parents come before children
            if place.parent_id in inside:
                inside.add(place.id)
                found.append(place)
        return found


def checked_folder(path: Path) -> Path:
    """The real path of the projects folder. Raises `ConfigurationError` where there is none."""
    if not path.is_dir():
        raise ConfigurationError(f"The projects folder {path} is not there: create it, or choose another one with --projects")
    return path.resolve()


def look(root: Path | None) -> Tree:
    """The tree as it is now, parents before children, in the order of names; empty without a folder."""
    return Tree({} if root is None else {place.id: place for place in _places(root, "", None, None)})


def _places(folder: Path, prefix: str, parent_id: str | None, client_id: str | None) -> Iterator[Place]:
    try:
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: entry.name.casefold())
    except OSError:
        return  # a folder that went away, or that may not be looked into
    for entry in entries:
        place = _place(entry, prefix, parent_id, client_id)
        if place is not None:
            yield place
            if place.kind != "document":
                yield from _places(place.path, place.relative + "/", place.id, place.client_id)


def _place(entry: os.DirEntry[str], prefix: str, parent_id: str | None, client_id: str | None) -> Place | None:
    try:
        is_folder, is_file = entry.is_dir(follow_symlinks=False), entry.is_file(follow_symlinks=False)
        if entry.name.startswith(".") or not (is_folder or is_file) or not is_clean(entry.name):
            return None
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    kind: NodeType = "document" if is_file else "folder" if prefix else "project"
    return Place(
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


def as_node(place: Place, order: int, known: IndexedDocument | None, files: tuple[ProjectFile, ...] = ()) -> ProjectNode:
    """The place as the wire shows it; `status` says whether a document was read, `attributes.error` why not."""
    status, attributes = _reading(place, known) if place.kind == "document" else ("active", {})
    return ProjectNode(
        id=place.id,
        parent_id=place.parent_id,
        client_id=place.client_id,
        node_type=place.kind,
        name=place.name,
        status=status,
        attributes=attributes,
        sort_order=order,
        created_at=place.modified,
        updated_at=place.modified,
        files=files,
    )


def _reading(place: Place, known: IndexedDocument | None) -> tuple[str, dict[str, Any]]:
    attributes: dict[str, Any] = {"path": place.relative, "size_bytes": place.size}
    if known is None:
        return "pending", attributes
    if known.error:
        return "unreadable", attributes | {"error": known.error}
    return "ready", attributes | {"pages": known.page_count, "pages_without_text": known.blank_pages}


def as_file(place: Place, external_url: str | None) -> ProjectFile:
    """The document itself, as the one file that results of it exist in."""
    return ProjectFile(
        id=place.id,
        job_id=place.id,
        file_type=Path(place.name).suffix.lstrip(".").lower() or "file",
        r2_key=R2_PREFIX + place.relative,
        file_name=place.name,
        file_size=place.size,
        created_at=place.modified,
        external_url=external_url,
    )
