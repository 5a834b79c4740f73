"""The project tree: its nodes, its documents, and the search in them."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import attrs
from aiohttp import web
from msgspec import Meta

from ...models import DocumentResults, ProjectFile, ProjectNode
from ..app_state import AppState, state_of
from ..project_nodes import project_file, project_node, result_file
from ..project_tree import ProjectTree, TreeNode
from ..request_errors import RequestError
from .http_responses import file_response, json_response
from .request_data import current_user, read_path_uuid, read_query

_READING_SECONDS = 5.0  # how long a request waits for new documents to be read before it shows them as pending
_MAX_RESULTS = 100


@attrs.frozen(kw_only=True)
class TreeQuery:
    """Query of GET /projects/tree."""

    client_id: str | None = None
    parent_id: UUID | None = None
    node_type: str | None = None
    all_nodes: bool = False
    include_files: bool = False


@attrs.frozen(kw_only=True)
class SearchQuery:
    """Query of GET /projects/search."""

    client_id: Annotated[str, Meta(min_length=1)]
    query: Annotated[str, Meta(min_length=1)]
    limit: Annotated[int, Meta(ge=1, le=_MAX_RESULTS)] = 20


async def list_nodes(request: web.Request) -> web.Response:
    """The roots, the children of a folder, or with `all_nodes` all descendants."""
    await current_user(request)
    query = read_query(request, TreeQuery)
    nodes = _select(await state_of(request).project_tree(), query)
    return json_response(await _project_nodes(request, nodes, include_files=query.include_files))


def _select(tree: ProjectTree, query: TreeQuery) -> list[TreeNode]:
    parent = None if query.parent_id is None else str(query.parent_id)
    if parent is not None and parent not in tree.nodes:
        raise RequestError(404, f"Node {parent} not found")
    if query.all_nodes:
        nodes = list(tree.nodes.values()) if parent is None else tree.descendants(parent)
    else:
        nodes = [node for node in tree.nodes.values() if node.parent_id == parent]
    return [node for node in nodes if query.client_id in (None, node.client_id) and query.node_type in (None, node.kind)]


async def results(request: web.Request) -> web.Response:
    """The files of a document, which is only the document itself."""
    node = await _document(request)
    return json_response(DocumentResults(document_node_id=node.id, files=(result_file(node, _content_url(request, node)),)))


async def content(request: web.Request) -> web.StreamResponse:
    """The document's bytes."""
    node = await _document(request)
    return file_response(node.path, node.name, mimetypes.guess_type(node.name)[0] or "application/octet-stream")


async def search(request: web.Request) -> web.Response:
    """The client's documents that have the words in their name, then those that have them in their text."""
    await current_user(request)
    query = read_query(request, SearchQuery)
    documents = (await state_of(request).project_tree()).documents(client_id=query.client_id)
    named = [node for node in documents if query.query.casefold().strip() in node.name.casefold()]
    found = list({node.id: node for node in [*named, *await _search_text(state_of(request), documents, query)]}.values())
    return json_response(await _project_nodes(request, found[: query.limit], include_files=True))


async def _search_text(state: AppState, documents: Sequence[TreeNode], query: SearchQuery) -> list[TreeNode]:
    await _read_documents(state, documents)
    passages = await state.documents.search([node.source for node in documents], query.query, _MAX_RESULTS)
    by_key = {node.source.key: node for node in documents}
    return [by_key[passage.key] for passage in passages]


async def _project_nodes(request: web.Request, nodes: Sequence[TreeNode], *, include_files: bool) -> list[ProjectNode]:
    state = state_of(request)
    documents = [node for node in nodes if node.kind == "document"]
    await _read_documents(state, documents)
    indexed = await state.documents.known([node.source for node in documents])
    return [
        project_node(
            node,
            order,
            indexed.get(node.source.key),
            (_file(request, node),) if include_files and node.kind == "document" else (),
        )
        for order, node in enumerate(nodes)
    ]


async def _read_documents(state: AppState, documents: Sequence[TreeNode]) -> None:
    """Waits up to 5 s until the documents are read; those that are not are read in the background."""
    await state.documents.ensure_read([node.source for node in documents], patience=_READING_SECONDS)


async def _document(request: web.Request) -> TreeNode:
    await current_user(request)
    document_id, tree = read_path_uuid(request, "document_id"), await state_of(request).project_tree()
    node = tree.nodes.get(document_id)
    if node is None:
        raise RequestError(404, f"Document {document_id} not found")
    if node.kind != "document":
        raise RequestError(400, f"Node {document_id} is not a document")
    return node


def _file(request: web.Request, node: TreeNode) -> ProjectFile:
    return project_file(node, _content_url(request, node))


def _content_url(request: web.Request, node: TreeNode) -> str:
    return f"{request.url.origin()}/projects/documents/{node.id}/content"


ROUTES = (
    web.get("/projects/tree", list_nodes, allow_head=False),
    web.get("/projects/search", search, allow_head=False),
    web.get("/projects/documents/{document_id}/results", results, allow_head=False),
    web.get("/projects/documents/{document_id}/content", content),
)
