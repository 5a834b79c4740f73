"""The client's methods: projects."""

from __future__ import annotations

from collections.abc import Sequence

from ..assembled_client import AssembledClient
from ..models import DocumentResults, ProjectNode
from ..notebook import Listing
from ..protocol import requests
from ..protocol.validation import IdLike, as_id
from ..tracebacks import ending_at_user


@ending_at_user
class ProjectMethods(AssembledClient):
    """The project tree."""

    async def get_projects_tree(
        self,
        client_id: str | None = None,
        *,
        parent_id: IdLike | None = None,
        node_type: str | None = None,
        all_nodes: bool = False,
        include_files: bool = False,
    ) -> Sequence[ProjectNode]:
        """Nodes of the project tree: the roots, the children of `parent_id`, or `all_nodes`; with their files if wanted."""
        request = requests.get_projects_tree(
            client_id=client_id,
            parent_id=None if parent_id is None else as_id(parent_id, "parent_id"),
            node_type=node_type,
            all_nodes=all_nodes,
            include_files=include_files,
        )
        return Listing([*await self._parts.caller.call(request)])

    async def get_document_results(self, document_id: IdLike) -> DocumentResults:
        """The files that processing made of a document; raises `ValidationError` for a node that is no document."""
        return await self._parts.caller.call(requests.get_document_results(as_id(document_id, "document_id")))

    async def search_documents(self, query: str, client_id: str, *, limit: int | None = None) -> Sequence[ProjectNode]:
        """Documents of a client that match the words of `query`, at most `limit` (up to 100)."""
        return Listing([*await self._parts.caller.call(requests.search_documents(query, client_id, limit))])
