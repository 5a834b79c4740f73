"""Pages of documents as pictures: an addition of the local server, which other servers do not have."""

from __future__ import annotations

from typing import Annotated

import attrs
from aiohttp import web
from msgspec import Meta

from ..app_state import state_of
from ..child_processes.page_images import PageImageError
from ..indexing.document_source import DocumentSource
from ..repository import stored_files
from ..request_errors import RequestError, invalid_field
from .request_data import current_user, read_path_uuid, read_query


@attrs.frozen(kw_only=True)
class PictureQuery:
    """Query of a page's picture; the width in pixels."""

    width: Annotated[int, Meta(ge=64, le=4096)] = 1200


async def project_page(request: web.Request) -> web.Response:
    """A page of a document of the project tree."""
    await current_user(request)
    document_id, tree = read_path_uuid(request, "document_id"), await state_of(request).project_tree()
    node = tree.nodes.get(document_id)
    if node is None or node.kind != "document":
        raise RequestError(404, f"Document {document_id} not found")
    return await _picture(request, node.source)


async def file_page(request: web.Request) -> web.Response:
    """A page of an uploaded file."""
    user, file_id, state = await current_user(request), read_path_uuid(request, "file_id"), state_of(request)
    file = await state.database.run(stored_files.owned, user, file_id)
    return await _picture(request, state.uploads.source(file))


async def _picture(request: web.Request, source: DocumentSource) -> web.Response:
    query = read_query(request, PictureQuery)
    number = request.match_info["number"]
    if not (number.isascii() and number.isdigit() and len(number) < 8):
        raise invalid_field(("path", "number"), "int_parsing", "Input should be the number of a page, from 1", number)
    try:
        picture = await state_of(request).page_images.png(f"{source.key} {source.version}", source.path, int(number), query.width)
    except PageImageError as error:
        raise RequestError(404 if error.is_missing else 415, str(error)) from None
    headers = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return web.Response(body=picture, content_type="image/png", headers=headers)


ROUTES = (
    web.get("/projects/documents/{document_id}/pages/{number}.png", project_page, allow_head=False),
    web.get("/files/{file_id}/pages/{number}.png", file_page, allow_head=False),
)
