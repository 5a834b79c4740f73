"""Projects: their tree, a search in it, and what was made of a document."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

from .. import output
from ..framework import CommonOptions, Group, argument, command, json_option, option, whole_number
from ..language import N_, _, term

if TYPE_CHECKING:
    from ...client import AsyncAIZoomDocClient


@command("tree", N_("Show the tree of projects"))
@option("--client-id", metavar="ID", help=N_("of this client only"))
@option("--parent", metavar="ID", help=N_("only what is right below this node"))
@option("--files", is_flag=True, help=N_("with the documents' files"))
@json_option
async def tree(common: CommonOptions, *, client_id: str | None, parent: str | None, files: bool, as_json: bool) -> None:
    from ..tables import of_client, show_tree

    async with common.client() as client:
        found = await client.get_projects_tree(client_id, parent_id=parent, all_nodes=parent is None, include_files=files)
    nodes = of_client(found, client_id)
    if as_json:
        output.as_json(nodes)
    else:
        show_tree(nodes, empty=_("There are no projects"))


@command(
    "search",
    N_(
        "Find documents by name and text\n\n"
        "Those of one client are searched: first their names, in any case, then their text, also for other forms of the words. "
        "Documents that are not read yet, or not readable, are found by their names only."
    ),
)
@argument("query", metavar=N_("WORDS"), help=N_("words of the name or of the text"))
@option("--client-id", required=True, metavar="ID", help=N_("the client in whose projects to search"))
@option("--limit", type=whole_number(1, 100), metavar="N", help=N_("at most N, up to 100"))
@json_option
async def search(common: CommonOptions, *, query: str, client_id: str, limit: int | None, as_json: bool) -> None:
    from ..tables import show_table

    async with common.client() as client:
        found = await client.search_documents(query, client_id, limit=limit)
        if as_json:
            output.as_json(found)
            return
        if sys.stderr.isatty():
            await _note_searched(client, client_id)
    show_table(
        [(node.id, term(node.node_type), node.name, node.code) for node in found],
        [_("Node"), _("Type"), _("Title"), _("Code")],
        empty=_("Nothing found"),
    )


async def _note_searched(client: AsyncAIZoomDocClient, client_id: str) -> None:
    """Notes how many documents were searched, where the server tells which it has read."""
    from ...exceptions import APIError
    from ..tables import of_client

    try:
        tree = await client.get_projects_tree(client_id, all_nodes=True)
    except APIError:  # no reason to lose the results
        return
    documents = Counter(node.status for node in of_client(tree, client_id) if node.node_type == "document")
    total, unread = documents.total(), documents["pending"] + documents["unreadable"]
    if unread or documents["ready"] or documents["partial"]:
        output.note(_("Searched: names of {total} documents, text of {read}").format(total=total, read=total - unread))
    if documents["pending"]:
        output.note(_("Not read yet, and found by name only: {count}").format(count=documents["pending"]))


@command("results", N_("List the files made of a document"))
@argument("document_id", metavar=N_("DOCUMENT"), help=N_("an id of the tree"))
@json_option
async def results(common: CommonOptions, *, document_id: str, as_json: bool) -> None:
    from ..tables import show_table

    async with common.client() as client:
        found = await client.get_document_results(document_id)
    if as_json:
        output.as_json(found)
        return
    show_table(
        [(file.id, term(file.source_type or ""), file.filename, file.size_bytes) for file in found.files],
        [_("File"), _("Type"), _("Title"), _("Bytes")],
        empty=_("There are no files"),
    )


projects: Group = Group("projects", help=N_("Projects: tree, search, results"), commands=[tree, search, results])
