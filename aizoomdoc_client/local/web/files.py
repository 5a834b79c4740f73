"""Uploads and downloads."""

from __future__ import annotations

import sqlite3
from typing import Any

from aiohttp import web

from ...models import FileInfo, LLMFile, UploadedFile, User
from ..failures import Failure
from ..parts import parts_of
from ..store import files
from ..store.files import StoredFile
from .downloads import file_response
from .fields import path_uuid
from .multipart import file_part
from .replies import once, reply
from .who import current_user

_ENVELOPE = 64 * 1024  # what multipart adds to a file, at the most


async def upload(request: web.Request) -> web.Response:
    """Stores a file."""
    user = await current_user(request)
    return await _store(request, user, "upload", parts_of(request).settings.max_upload_bytes)


async def upload_for_llm(request: web.Request) -> web.Response:
    """Stores a file and gives it a URI for `google_files`."""
    user = await current_user(request)
    return await _store(request, user, "llm_upload", parts_of(request).settings.max_llm_upload_bytes)


async def _store(request: web.Request, user: User, source_type: str, limit: int) -> web.Response:
    if (request.content_length or 0) > limit + _ENVELOPE:
        raise Failure(413, f"File too large: at most {limit} bytes are taken")
    parts, part = parts_of(request), await file_part(request)
    draft = await parts.uploads.receive(part.chunks(), limit)
    file = files.new(part.filename, part.mime_type, draft.size, source_type)

    def work(db: sqlite3.Connection) -> Any:
        files.add(db, user, file)
        draft.path.replace(parts.uploads.path(file))
        return _as_llm_file(file) if source_type == "llm_upload" else _as_upload(file)

    try:
        response, new = await once(request, user.id, 201, work, digest=f"{part.filename}:{draft.digest}")
    finally:
        await parts.uploads.drop(draft)
    if new:
        parts.documents.read_ahead([parts.uploads.source(file)])
    return response


def _as_upload(file: StoredFile) -> UploadedFile:
    return UploadedFile(
        id=file.id,
        filename=file.filename,
        mime_type=file.mime_type,
        size_bytes=file.size_bytes,
        storage_path=file.storage_path,
        created_at=file.created_at,
    )


def _as_llm_file(file: StoredFile) -> LLMFile:
    return LLMFile(
        id=file.id,
        filename=file.filename,
        mime_type=file.mime_type,
        size_bytes=file.size_bytes,
        google_file_uri=file.uri,
        google_file_name=f"files/{file.id}",
        state="FileState.ACTIVE",
        storage_path=file.storage_path,
    )


async def info(request: web.Request) -> web.Response:
    """What is known of a file, and where it can be downloaded."""
    file = await _owned(request)
    shown = FileInfo(
        id=file.id,
        filename=file.filename,
        mime_type=file.mime_type,
        size_bytes=file.size_bytes,
        source_type=file.source_type,
        storage_path=file.storage_path,
        external_url=f"{request.url.origin()}/files/{file.id}/content",
        created_at=file.created_at,
    )
    return reply(shown)


async def content(request: web.Request) -> web.StreamResponse:
    """The file's bytes."""
    file = await _owned(request)
    return file_response(parts_of(request).uploads.path(file), file.filename, file.mime_type)


async def _owned(request: web.Request) -> StoredFile:
    user, file_id = await current_user(request), path_uuid(request, "file_id")
    return await parts_of(request).database.run(files.owned, user, file_id)


ROUTES = (
    web.post("/files/upload", upload),
    web.post("/files/upload-for-llm", upload_for_llm),
    web.get("/files/{file_id}", info, allow_head=False),
    web.get("/files/{file_id}/content", content),
)
