"""The project tree."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from ..call import Call, RefusalError, unprocessable
from ..responses import detail
from ..store import StoredNode


async def tree(call: Call) -> web.StreamResponse:
    """GET /projects/tree: the children of `parent_id`, or all nodes."""
    call.user()
    query = call.recorded.query
    nodes = _visible(call, query.get("client_id"))
    if not call.flag("all_nodes"):
        nodes = [node for node in nodes if node.parent_id == query.get("parent_id")]
    kinds = query.getall("node_type", [])
    shown = [node for node in nodes if not kinds or node.node_type in kinds]
    return call.json([call.backend.views.node(node, with_files=call.flag("include_files")) for node in shown])


async def results(call: Call) -> web.StreamResponse:
    """GET /projects/documents/{document_id}/results."""
    call.user()
    node = call.backend.store.nodes.get(call.uuid("document_id"))
    if node is None:
        raise RefusalError(detail(404, "Document not found"))
    if node.node_type != "document":
        raise RefusalError(detail(400, "Node is not a document"))
    files = [{**file, "external_url": None} for file in call.backend.views.node_files(node)]
    return call.json({"document_node_id": node.id, "files": files})


async def search(call: Call) -> web.StreamResponse:
    """GET /projects/search: `client_id` and `query` are both required."""
    call.user()
    query = call.recorded.query
    for name in ("client_id", "query"):
        if name not in query:
            raise unprocessable("query", name, echo=None, reason="Field required", kind="missing")
    limit = _limit(query.get("limit", "20"))
    found = [node for node in _visible(call, query["client_id"]) if query["query"].lower() in node.name.lower()]
    return call.json([call.backend.views.node(node, with_files=False) for node in found[:limit]])


def _limit(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise unprocessable("query", "limit", echo=text, reason="Input should be from 1 to 100", kind="less_than_equal")
    return int(text)


def _visible(call: Call, client_id: str | None) -> list[StoredNode]:
    nodes: Iterable[StoredNode] = () if call.backend.database_down else call.backend.store.nodes.values()
    if client_id is None or not call.backend.guise.filters_by_client:
        return list(nodes)
    return [node for node in nodes if node.client_id == client_id]
