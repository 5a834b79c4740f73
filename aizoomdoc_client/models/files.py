"""Stored files: uploaded ones, and those that processing made of documents."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import attrs

from ..serializable import Serializable
from .dates import PostInit, naive_as_utc


@attrs.frozen(kw_only=True)
class UploadedFile(Serializable):
    """A file stored on the server; pass it, or its `id`, in `attached_file_ids` or `files` of a question."""

    id: str
    filename: str = attrs.field(metadata={"missing": ""})
    mime_type: str = "application/octet-stream"
    size_bytes: int = 0
    storage_path: str | None = None
    created_at: datetime | None = None

    __attrs_post_init__: ClassVar[PostInit] = naive_as_utc("created_at")


@attrs.frozen(kw_only=True)
class LLMFile(Serializable):
    """A file in the model's own file store; pass it in `files` or `google_files` of a question.

    `id` is None if the server keeps no copy.
    """

    google_file_uri: str
    filename: str = attrs.field(metadata={"missing": ""})
    mime_type: str = "application/octet-stream"
    size_bytes: int = 0
    google_file_name: str | None = None
    state: str | None = None
    storage_path: str | None = None
    id: str | None = None


@attrs.frozen(kw_only=True)
class FileInfo(Serializable):
    """A stored file's metadata; `external_url` is its download URL, or None if it cannot be downloaded.

    `source_type` tells where the file is from: an upload, or a kind of result of a document (``result_md``, ``ocr_html``,
    ``crop``, ``annotation``). A result can be passed in `tree_files` of a question.
    """

    id: str
    filename: str = attrs.field(metadata={"also": "file_name", "missing": ""})
    mime_type: str = "application/octet-stream"
    size_bytes: int = attrs.field(default=0, metadata={"also": "file_size"})
    source_type: str | None = attrs.field(default=None, metadata={"also": "file_type"})
    storage_path: str | None = attrs.field(default=None, metadata={"also": "r2_key"})
    external_url: str | None = None
    created_at: datetime | None = None

    __attrs_post_init__: ClassVar[PostInit] = naive_as_utc("created_at")


@attrs.frozen(kw_only=True)
class DocumentResults(Serializable):
    """The files that processing made of one document."""

    document_node_id: str
    files: tuple[FileInfo, ...] = ()
