"""The project tree."""

from __future__ import annotations

import asyncio
import contextlib
import mimetypes
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import attrs
from aiohttp import web
from msgspec import Meta

from ...models import DocumentResults, ProjectFile, ProjectNode
from ..failures import Failure
from ..parts import Parts, parts_of
from ..projects import Place, Tree, as_file, as_node
from .downloads import file_response
from .fields import path_uuid, query
from .replies import reply
from .who import current_user

_PATIENCE_SECONDS = 5.0  # how long a request waits for new documents to be read before it shows them as pending
_MOST_RESULTS = 100


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
    limit: Annotated[int, Meta(ge=1, le=_MOST_RESULTS)] = 20


async def tree(request: web.Request) -> web.Response:
    """The nodes asked for: the roots, a folder's children, or with `all_nodes` everything below."""
    await current_user(request)
    wanted, looked = query(request, TreeQuery), await _look(request)
    places = _wanted(looked, wanted)
    return reply(await _nodes(request, places, include_files=wanted.include_files))


def _wanted(looked: Tree, wanted: TreeQuery) -> list[Place]:
    parent = None if wanted.parent_id is None else str(wanted.parent_id)
    if parent is not None and parent not in looked.places:
        raise Failure(404, f"Node {parent} not found")
    if wanted.all_nodes:
        places = list(looked.places.values()) if parent is None else looked.below(parent)
    else:
        places = [place for place in looked.places.values() if place.parent_id == parent]
    return [place for place in places if wanted.client_id in (None, place.client_id) and wanted.node_type in (None, place.kind)]


async def results(request: web.Request) -> web.Response:
    """The files of a document: here the document itself."""
    place = await _document(request)
    return reply(DocumentResults(document_node_id=place.id, files=(_file(request, place),)))


async def content(request: web.Request) -> web.StreamResponse:
    """The document's bytes."""
    place = await _document(request)
    return file_response(place.path, place.name, mimetypes.guess_type(place.name)[0] or "application/octet-stream")


async def search(request: web.Request) -> web.Response:
    """The client's documents that have the words in their name, then those that have them in their text."""
    await current_user(request)
    wanted, looked = query(request, SearchQuery), await _look(request)
    documents = looked.documents(client_id=wanted.client_id)
    named = [place for place in documents if wanted.query.casefold().strip() in place.name.casefold()]
    found = list({place.id: place for place in [*named, *await _by_text(parts_of(request), documents, wanted)]}.values())
    return reply(await _nodes(request, found[: wanted.limit], include_files=True))


async def _by_text(parts: Parts, documents: Sequence[Place], wanted: SearchQuery) -> list[Place]:
    await _read_patiently(parts, documents)
    passages = await parts.documents.search([place.source for place in documents], wanted.query, _MOST_RESULTS)
    by_key = {place.source.key: place for place in documents}
    return [by_key[passage.key] for passage in passages]


async def _nodes(request: web.Request, places: Sequence[Place], *, include_files: bool) -> list[ProjectNode]:
    parts = parts_of(request)
    documents = [place for place in places if place.kind == "document"]
    await _read_patiently(parts, documents)
    known = await parts.documents.known([place.source for place in documents])
    return [
        as_node(
            place,
            order,
            known.get(place.source.key),
            (_file(request, place),) if include_files and place.kind == "document" else (),
        )
        for order, place in enumerate(places)
    ]


async def _read_patiently(parts: Parts, documents: Sequence[Place]) -> None:
    """Waits a little for documents to be read; reading goes on in the background if that was not enough."""
    reading = parts.documents.read_ahead([place.source for place in documents])
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.shield(reading), _PATIENCE_SECONDS)


async def _look(request: web.Request) -> Tree:
    return await asyncio.to_thread(parts_of(request).look_at_projects)


async def _document(request: web.Request) -> Place:
    await current_user(request)
    wanted, looked = path_uuid(request, "document_id"), await _look(request)
    place = looked.places.get(wanted)
    if place is None:
        raise Failure(404, f"Document {wanted} not found")
    if place.kind != "document":
        raise Failure(400, f"Node {wanted} is not a document")
    return place


def _file(request: web.Request, place: Place) -> ProjectFile:
    return as_file(place, f"{request.url.origin()}/projects/documents/{place.id}/content")


ROUTES = (
    web.get("/projects/tree", tree, allow_head=False),
    web.get("/projects/search", search, allow_head=False),
    web.get("/projects/documents/{document_id}/results", results, allow_head=False),
    web.get("/projects/documents/{document_id}/content", content),
)
