"""Uploaded files and the project tree."""

from __future__ import annotations

import contextlib
import mimetypes
import re
from collections.abc import Iterable, Mapping
from email.message import Message
from typing import Any

from aiohttp import BodyPartReader, MultipartReader, StreamReader, web
from aiohttp.http_exceptions import BadHttpMessage

from ..behavior import ServerBehavior
from ..field_rules import boolean, string, uuid, whole_number
from ..reactions import detail
from ..server_store import StoredFile, StoredNode, new_id
from . import RefusalError, Route, RouteRequest, missing_field

BUCKET = "aizoomdoc"
RESULT_TYPES: Mapping[str, str] = {"result_md": "text/markdown", "ocr_html": "application/octet-stream"}
"""The types that production gives the files made of documents, whatever they are."""


async def upload(request: RouteRequest) -> web.StreamResponse:
    """POST /files/upload."""
    file = await _store(request, request.state.behavior.upload_limit, for_llm=False)
    return request.respond({**_file(file), "created_at": request.state.behavior.date(file.created_at, "file")}, 201)


async def upload_for_llm(request: RouteRequest) -> web.StreamResponse:
    """POST /files/upload-for-llm, if the server has it: a file in the store of the model."""
    if not request.state.behavior.upload_for_llm:
        raise RefusalError(detail(404, "Not Found"))
    file = await _store(request, request.state.behavior.llm_upload_limit, for_llm=True)
    name = f"files/{file.sha256[:12]}"
    in_store = {
        "google_file_uri": f"https://files.example/v1beta/{name}",
        "google_file_name": name,
        "state": "FileState.ACTIVE",
    }
    return request.respond({**_file(file), **in_store}, 201)


async def file_info(request: RouteRequest) -> web.StreamResponse:
    """GET /files/{file_id}."""
    request.user()
    file = request.state.store.files.get(request.uuid("file_id"))
    if file is None:
        raise RefusalError(detail(404, "File not found"))
    return request.respond(
        {
            **_file(file),
            "source_type": "google_file_api" if file.for_llm else "user_upload",
            "external_url": file.external_url or _url(request, file),
            "created_at": request.state.behavior.date(file.created_at, "file"),
        }
    )


def _url(request: RouteRequest, file: StoredFile) -> str | None:
    """Where the file can be downloaded: from a storage, which here is the server itself."""
    if file.storage_path is None or not request.state.behavior.tells_file_urls:
        return None
    return str(request.http.url.origin() / BUCKET / file.storage_path)


async def stored_file(request: RouteRequest) -> web.StreamResponse:
    """GET /aizoomdoc/{folder}/{owner}/{name}: the content of a file, from the storage and without a token."""
    path = "/".join(request.params.values())
    found = next((file for file in request.state.store.files.values() if file.storage_path == path), None)
    if found is None:
        raise RefusalError(detail(404, "Not Found"))
    return web.Response(body=found.content, content_type=found.mime_type.partition(";")[0])


async def _store(request: RouteRequest, limit: int, *, for_llm: bool) -> StoredFile:
    user = request.user()
    found = await _file_in_form(request)
    if found is None:
        raise missing_field("body", "file")
    part, content = found
    if len(content) > limit:
        raise RefusalError(detail(413, f"File too large. Maximum size is {limit // (1024 * 1024)} MB"))
    filename, mime_type = _filename(part) or "", part.headers.get("Content-Type", "application/octet-stream")
    folder = "llm_uploads" if for_llm else "uploads"
    file = StoredFile(
        filename=filename,
        content=content,
        mime_type=mime_type,
        for_llm=for_llm,
        # Production keeps of what the model reads by itself no copy of its own.
        storage_path=None
        if for_llm and mime_type == "application/pdf"
        else f"{folder}/{user.username}/{new_id()}{_suffix(filename)}",
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


def _suffix(filename: str) -> str:
    return "".join(re.findall(r"\.[A-Za-z0-9]{1,16}$", filename))


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
        "storage_path": file.storage_path,
    }


async def tree(request: RouteRequest) -> web.StreamResponse:
    """GET /projects/tree: the children of `parent_id`, or all nodes."""
    request.user()
    request.check_query(known={"client_id": string, "parent_id": uuid, "all_nodes": boolean, "include_files": boolean})
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
        "mime_type": RESULT_TYPES.get(file["file_type"]) or mimetypes.guess_type(file["file_name"])[0],
        "size_bytes": file["file_size"],
        "source_type": file["file_type"],
        "storage_path": file["r2_key"],
        "external_url": None,
        "created_at": date,
    }


async def search(request: RouteRequest) -> web.StreamResponse:
    """GET /projects/search: `client_id` and `query` are both required."""
    request.user()
    request.check_query(needed={"query": string, "client_id": string}, known={"limit": whole_number(most=100)})
    query, limit = request.recorded.query, int(request.recorded.query.get("limit", "20"))
    nodes = _visible_nodes(request, query["client_id"])
    words = query["query"].lower()
    found = [node for node in nodes if words in f"{node.name}\n{node.code or ''}".lower()]
    return request.respond([_node(node, request.state.behavior, with_files=False) for node in found[: max(limit, 0)]])


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
        "version": node.version,
        "status": node.status,
        "attributes": node.attributes,
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
    Route("GET", f"/{BUCKET}/{{folder}}/{{owner}}/{{name}}", stored_file),
    Route("POST", "/files/upload", upload),
    Route("POST", "/files/upload-for-llm", upload_for_llm),
    Route("GET", "/files/{file_id}", file_info),
    Route("GET", "/projects/tree", tree),
    Route("GET", "/projects/documents/{document_id}/results", results),
    Route("GET", "/projects/search", search),
)
