"""The project tree: folders, documents and the files that processing made of documents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

import attrs

from ..serializable import Serializable
from .dates import PostInit, naive_as_utc


@attrs.frozen(kw_only=True)
class ProjectFile(Serializable):
    """A file that processing made of a document, as the project tree has it; pass it in `tree_files` of a question."""

    id: str
    file_type: str = attrs.field(metadata={"also": "source_type", "missing": ""})
    r2_key: str = attrs.field(metadata={"also": "storage_path", "missing": ""})
    file_name: str = attrs.field(default="", metadata={"also": "filename"})
    job_id: str | None = None
    file_size: int | None = attrs.field(default=None, metadata={"also": "size_bytes"})
    created_at: datetime | None = None
    external_url: str | None = None

    __attrs_post_init__: ClassVar[PostInit] = naive_as_utc("created_at")


@attrs.frozen(kw_only=True)
class ProjectNode(Serializable):
    """A node of the project tree; `node_type` is ``document`` for what can be asked about, `parent_id` is None at the root."""

    id: str
    node_type: str = attrs.field(metadata={"missing": ""})
    name: str = attrs.field(metadata={"missing": ""})
    parent_id: str | None = attrs.field(default=None, metadata={"optional": False})
    client_id: str | None = None
    code: str | None = None
    version: int | str | None = None
    status: str | None = None
    attributes: Mapping[str, Any] = attrs.field(factory=dict[str, Any], metadata={"optional": True})
    sort_order: int = attrs.field(default=0, metadata={"optional": True})
    created_at: datetime | None = None
    updated_at: datetime | None = None
    files: tuple[ProjectFile, ...] = ()

    __attrs_post_init__: ClassVar[PostInit] = naive_as_utc("created_at", "updated_at")
