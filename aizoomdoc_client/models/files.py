"""Files that were uploaded."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import attrs

from .dates import PostInit, naive_as_utc


@attrs.frozen(kw_only=True)
class UploadedFile:
    """A file as the server stored it; pass it, or its `id`, in `attached_file_ids` or `files` of a question."""

    id: str
    filename: str
    mime_type: str = "application/octet-stream"
    size_bytes: int = 0
    storage_path: str | None = None
    created_at: datetime | None = None

    __attrs_post_init__: ClassVar[PostInit] = naive_as_utc("created_at")


@attrs.frozen(kw_only=True)
class LLMFile:
    """A file handed to the model's own store; pass it in `files` or `google_files` of a question.

    `id` is None where the server keeps no copy of its own.
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
class FileInfo:
    """What the server knows of a stored file; `external_url` is where it can be downloaded, if anywhere."""

    id: str
    filename: str
    mime_type: str = "application/octet-stream"
    size_bytes: int = 0
    source_type: str | None = None
    storage_path: str | None = None
    external_url: str | None = None
    created_at: datetime | None = None

    __attrs_post_init__: ClassVar[PostInit] = naive_as_utc("created_at")
