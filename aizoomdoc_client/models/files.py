"""Uploaded files."""

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
    filename: str
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
    filename: str
    mime_type: str = "application/octet-stream"
    size_bytes: int = 0
    google_file_name: str | None = None
    state: str | None = None
    storage_path: str | None = None
    id: str | None = None


@attrs.frozen(kw_only=True)
class FileInfo(Serializable):
    """A stored file's metadata; `external_url` is its download URL, or None if it cannot be downloaded."""

    id: str
    filename: str
    mime_type: str = "application/octet-stream"
    size_bytes: int = 0
    source_type: str | None = None
    storage_path: str | None = None
    external_url: str | None = None
    created_at: datetime | None = None

    __attrs_post_init__: ClassVar[PostInit] = naive_as_utc("created_at")
