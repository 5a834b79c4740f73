"""Uploaded files and the project tree."""

from __future__ import annotations

import contextlib
import mimetypes
from collections.abc import Iterable, Mapping
from email.message import Message
from typing import Any

from aiohttp import BodyPartReader, MultipartReader, StreamReader, web
from aiohttp.http_exceptions import BadHttpMessage

from ..behavior import ServerBehavior
from ..reactions import detail
from ..server_store import StoredFile, StoredNode
from . import RefusalError, Route, RouteRequest, missing_field, unprocessable


async def upload(request: RouteRequest) -> web.StreamResponse:
    """POST /files/upload."""
    file = await _store(request, request.state.behavior.upload_limit, for_llm=False)
    return request.respond({**_file(file), "created_at": request.state.behavior.date(file.created_at, "file")}, 201)


async def upload_for_llm(request: RouteRequest) -> web.StreamResponse:
    """POST /files/upload-for-llm, if the server has it: a file in the store of the model."""
    if not request.state.behavior.upload_for_llm:
        raise RefusalError(detail(404, "Not Found"))
    file = await _store(request, request.state.behavior.llm_upload_limit, for_llm=True)
    in_store = {
        "google_file_uri": f"https://files.example/v1beta/files/{file.id[:12]}",
        "google_file_name": f"files/{file.id[:12]}",
        "state": "FileState.ACTIVE",
    }
    return request.respond({**_file(file), **in_store}, 201)


async def file_info(request: RouteRequest) -> web.StreamResponse:
    """GET /files/{file_id}."""
    request.user()
    file = request.state.store.files.get(request.uuid("file_id"))
    if file is None:
        raise RefusalError(detail(404, "File not found"))
    created_at = request.state.behavior.date(file.created_at, "file")
    return request.respond({**_file(file), "created_at": created_at, "source_type": "upload", "external_url": file.external_url})


async def _store(request: RouteRequest, limit: int, *, for_llm: bool) -> StoredFile:
    request.user()
    found = await _file_in_form(request)
    if found is None:
        raise missing_field("body", "file")
    part, content = found
    if len(content) > limit:
        raise RefusalError(detail(413, f"File too large. Maximum size is {limit // (1024 * 1024)} MB"))
    file = StoredFile(
        filename=_filename(part) or "",
        content=content,
        mime_type=part.headers.get("Content-Type", "application/octet-stream"),
        for_llm=for_llm,
    )
    request.state.store.files[file.id] = file
    return file


async def _file_in_form(request: RouteRequest) -> tuple[BodyPartReader, bytes] | None:
    """The file in the field ``file``, with its content; None if the body is no form, is malformed, or has no such file."""
    body, content_type = request.recorded.body, request.recorded.headers.get("Content-Type", "")
    if not content_type.startswith("multipart/form-data"):
        return None
    # In form-data aiohttp parses the file names itself, and emits a warning for one with two semicolons.
    headers = {"Content-Type": content_type.replace("form-data", "mixed", 1)}
    # The limit is that of a buffer which pauses the connection when it is full; this one has the whole body at once.
    buffered = StreamReader(request.http.protocol, limit=len(body) + 1)
    buffered.feed_data(body)
    buffered.feed_eof()
    with contextlib.suppress(ValueError, BadHttpMessage):
        async for part in MultipartReader(headers, buffered):
            if isinstance(part, BodyPartReader) and _parameter(part, "name") == "file" and _filename(part) is not None:
                return part, bytes(await part.read())
    return None


def _filename(part: BodyPartReader) -> str | None:
    return _parameter(part, "filename")


def _parameter(part: BodyPartReader, name: str) -> str | None:
    """A parameter of `Content-Disposition` as it was sent; aiohttp's own parser changes some file names and rejects others."""
    message = Message()
    message["Content-Disposition"] = part.headers.get("Content-Disposition", "")
    value = message.get_param(name, header="Content-Disposition")
    return value if isinstance(value, str) else None


def _file(file: StoredFile) -> dict[str, Any]:
    return {
        "id": file.id,
        "filename": file.filename,
        "mime_type": file.mime_type,
        "size_bytes": len(file.content),
        "storage_path": f"uploads/{file.id}",
    }


async def tree(request: RouteRequest) -> web.StreamResponse:
    """GET /projects/tree: the children of `parent_id`, or all nodes."""
    request.user()
    query, with_files = request.recorded.query, request.flag("include_files")
    nodes = _visible_nodes(request, query.get("client_id"))
    if not request.flag("all_nodes"):
        nodes = [node for node in nodes if node.parent_id == query.get("parent_id")]
    types = query.getall("node_type", [])
    shown = [node for node in nodes if not types or node.node_type in types]
    return request.respond([_node(node, request.state.behavior, with_files=with_files) for node in shown])


async def results(request: RouteRequest) -> web.StreamResponse:
    """GET /projects/documents/{document_id}/results."""
    request.user()
    node = request.state.store.nodes.get(request.uuid("document_id"))
    if node is None:
        raise RefusalError(detail(404, "Document not found"))
    if node.node_type != "document":
        raise RefusalError(detail(400, "Node is not a document"))
    date = request.state.behavior.date(node.created_at, "node")
    return request.respond({"document_node_id": node.id, "files": [_result(file, date) for file in node.files]})


def _result(file: Mapping[str, Any], date: str) -> dict[str, Any]:
    """A file of the tree as the results of its document have it: in the shape of GET /files/{file_id}."""
    return {
        "id": file["id"],
        "filename": file["file_name"],
        "mime_type": mimetypes.guess_type(file["file_name"])[0] or "application/octet-stream",
        "size_bytes": file["file_size"],
        "source_type": file["file_type"],
        "storage_path": file["r2_key"],
        "external_url": None,
        "created_at": date,
    }


async def search(request: RouteRequest) -> web.StreamResponse:
    """GET /projects/search: `client_id` and `query` are both required."""
    request.user()
    query = request.recorded.query
    for name in ("client_id", "query"):
        if name not in query:
            raise missing_field("query", name)
    limit = _limit(query.get("limit", "20"))
    nodes = _visible_nodes(request, query["client_id"])
    found = [node for node in nodes if query["query"].lower() in node.name.lower()]
    return request.respond([_node(node, request.state.behavior, with_files=False) for node in found[:limit]])


def _limit(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise unprocessable("query", "limit", echo=text, reason="Input should be from 1 to 100", kind="less_than_equal")
    return int(text)


def _visible_nodes(request: RouteRequest, client_id: str | None) -> list[StoredNode]:
    nodes: Iterable[StoredNode] = () if request.state.database_down else request.state.store.nodes.values()
    if client_id is None or not request.state.behavior.filters_by_client:
        return list(nodes)
    return [node for node in nodes if node.client_id == client_id]


def _node(node: StoredNode, behavior: ServerBehavior, *, with_files: bool) -> dict[str, Any]:
    date = behavior.date(node.created_at, "node")
    return {
        "id": node.id,
        "parent_id": node.parent_id,
        "client_id": node.client_id,
        "node_type": node.node_type,
        "name": node.name,
        "code": node.code,
        "version": 1,
        "status": "active",
        "attributes": {},
        "sort_order": 0,
        "created_at": date,
        "updated_at": date,
        "files": _result_files(node, behavior) if with_files else [],
    }


def _result_files(node: StoredNode, behavior: ServerBehavior) -> list[dict[str, Any]]:
    """The files that processing made of a document."""
    date = behavior.date(node.created_at, "node")
    return [{**file, "created_at": date} for file in node.files]


ROUTES = (
    Route("POST", "/files/upload", upload),
    Route("POST", "/files/upload-for-llm", upload_for_llm),
    Route("GET", "/files/{file_id}", file_info),
    Route("GET", "/projects/tree", tree),
    Route("GET", "/projects/documents/{document_id}/results", results),
    Route("GET", "/projects/search", search),
)
