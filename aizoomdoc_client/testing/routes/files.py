"""Uploads, and what is known of a file."""

from __future__ import annotations

from aiohttp import web

from ..call import Call, RefusalError, unprocessable
from ..multipart import parts_of
from ..responses import detail
from ..store import StoredFile


async def upload(call: Call) -> web.StreamResponse:
    """POST /files/upload."""
    file = _store(call, call.backend.guise.upload_limit, for_llm=False)
    return call.json(call.backend.views.upload(file), 201)


async def upload_for_llm(call: Call) -> web.StreamResponse:
    """POST /files/upload-for-llm, where the guise has it."""
    if not call.backend.guise.upload_for_llm:
        raise RefusalError(detail(404, "Not Found"))
    file = _store(call, call.backend.guise.llm_upload_limit, for_llm=True)
    return call.json(call.backend.views.llm_file(file), 201)


def _store(call: Call, limit: int, *, for_llm: bool) -> StoredFile:
    call.user()
    parts = parts_of(call.recorded.headers.get("Content-Type", ""), call.recorded.body)
    part = next((part for part in parts if part.field == "file" and part.filename is not None), None)
    if part is None or part.filename is None:
        raise unprocessable("body", "file", echo=None, reason="Field required", kind="missing")
    if len(part.content) > limit:
        raise RefusalError(detail(413, f"File too large. Maximum size is {limit // (1024 * 1024)} MB"))
    file = StoredFile(filename=part.filename, content=part.content, mime_type=part.mime_type, for_llm=for_llm)
    call.backend.store.files[file.id] = file
    return file


async def info(call: Call) -> web.StreamResponse:
    """GET /files/{file_id}."""
    call.user()
    file = call.backend.store.files.get(call.uuid("file_id"))
    if file is None:
        raise RefusalError(detail(404, "File not found"))
    return call.json(call.backend.views.file(file))
