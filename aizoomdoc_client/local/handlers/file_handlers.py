"""Uploads and downloads of files."""

from __future__ import annotations

import sqlite3
from typing import Any

from aiohttp import web

from ...models import FileInfo, LLMFile, UploadedFile, User
from ..app_state import state_of
from ..repository import stored_files
from ..repository.stored_files import StoredFile
from ..request_errors import RequestError
from .http_responses import file_response, idempotent_response, json_response
from .request_data import current_user, read_path_uuid
from .upload_part import file_part

_MULTIPART_OVERHEAD = 64 * 1024  # bytes that multipart adds to a file at most


async def upload(request: web.Request) -> web.Response:
    """Stores a file."""
    user = await current_user(request)
    return await _store(request, user, "upload", state_of(request).settings.max_upload_bytes)


async def upload_for_llm(request: web.Request) -> web.Response:
    """Stores a file and gives it a URI for `google_files`."""
    user = await current_user(request)
    return await _store(request, user, "llm_upload", state_of(request).settings.max_llm_upload_bytes)


async def _store(request: web.Request, user: User, source_type: str, limit: int) -> web.Response:
    if (request.content_length or 0) > limit + _MULTIPART_OVERHEAD:
        raise RequestError(413, f"File too large: at most {limit} bytes are taken")
    state, part = state_of(request), await file_part(request)
    received = await state.uploads.receive(part.chunks(), limit)
    file = stored_files.new(part.filename, part.mime_type, received.size, source_type)

    def work(db: sqlite3.Connection) -> Any:
        stored_files.add(db, user, file)
        received.path.replace(state.uploads.path(file))
        return _as_llm_file(file) if source_type == "llm_upload" else _as_upload(file)

    try:
        digest = f"{part.filename}:{received.digest}"  # not the body's: its multipart boundary differs each time
        response, is_new = await idempotent_response(request, user.id, 201, work, digest=digest)
    finally:
        await state.uploads.discard(received)
    if is_new:
        state.documents.read_ahead([state.uploads.source(file)])
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


async def file_info(request: web.Request) -> web.Response:
    """The file's metadata, with the URL to download it from."""
    file = await _owned(request)
    info = FileInfo(
        id=file.id,
        filename=file.filename,
        mime_type=file.mime_type,
        size_bytes=file.size_bytes,
        source_type=file.source_type,
        storage_path=file.storage_path,
        external_url=f"{request.url.origin()}/files/{file.id}/content",
        created_at=file.created_at,
    )
    return json_response(info)


async def file_content(request: web.Request) -> web.StreamResponse:
    """The file's bytes."""
    file = await _owned(request)
    return file_response(state_of(request).uploads.path(file), file.filename, file.mime_type)


async def _owned(request: web.Request) -> StoredFile:
    user, file_id = await current_user(request), read_path_uuid(request, "file_id")
    return await state_of(request).database.run(stored_files.owned, user, file_id)


ROUTES = (
    web.post("/files/upload", upload),
    web.post("/files/upload-for-llm", upload_for_llm),
    web.get("/files/{file_id}", file_info, allow_head=False),
    web.get("/files/{file_id}/content", file_content),
)
