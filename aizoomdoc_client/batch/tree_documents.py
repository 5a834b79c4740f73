"""Documents of a job from the server's project tree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ..catalog import LocalizedText, text
from ..client import AsyncAIZoomDocClient
from ..exceptions import ConfigurationError
from ..filesystem.names import visible_name
from ..models import ProjectNode
from ..models.ids import id_key
from .natural_order import NaturalKey, natural_key
from .task import BatchDocument

__all__ = ["documents_of_tree", "tree_documents"]

_MOST_NAMED = 10  # nodes, in an error


async def tree_documents(
    client: AsyncAIZoomDocClient, client_id: str | None = None, *, node: str | None = None
) -> tuple[BatchDocument, ...]:
    """The documents of the project tree, of one client or all, in the natural order of their paths.

    `node` narrows that to a node and what is below it: its id, or its path of names divided by ``/``. Raises
    `ConfigurationError` where there is no such node, more than one, or no document; and what the request raises.
    """
    return documents_of_tree(await client.get_projects_tree(client_id, all_nodes=True), client_id, node=node)


def documents_of_tree(
    nodes: Sequence[ProjectNode], client_id: str | None = None, *, node: str | None = None
) -> tuple[BatchDocument, ...]:
    """As `tree_documents`, for nodes that a server has returned, which may include those of other clients."""
    by_id = {each.id: each for each in nodes}
    chains = (_chain(each, by_id) for each in nodes)
    own = [chain for chain in chains if client_id is None or _client(chain) in {None, client_id}]
    top = None if node is None else _find_node(node, own)
    documents = [
        chain for chain in own if chain[-1].node_type == "document" and (top is None or any(each.id == top.id for each in chain))
    ]
    if not documents:
        raise _unusable(text("tree_without_documents"))
    documents.sort(key=_order)
    counts = Counter(map(_path, documents))
    return tuple(
        BatchDocument(
            name=path if counts[path] == 1 else f"{path} ({chain[-1].id})",
            document_id=chain[-1].id,
            client_id=_client(chain) or client_id,
        )
        for chain in documents
        for path in [_path(chain)]
    )


def _chain(node: ProjectNode, by_id: Mapping[str, ProjectNode]) -> list[ProjectNode]:
    """The nodes from the root to `node`; where parents form a loop, from anywhere in it."""
    chain = {node.id: node}
    above = by_id.get(node.parent_id or "")
    while above is not None and above.id not in chain:
        chain[above.id] = above
        above = by_id.get(above.parent_id or "")
    return list(reversed(chain.values()))


def _client(chain: Sequence[ProjectNode]) -> str | None:
    return next((each.client_id for each in reversed(chain) if each.client_id is not None), None)


def _find_node(name_or_id: str, chains: Sequence[Sequence[ProjectNode]]) -> ProjectNode:
    """The node with that id, or with that path, if there is none also in another case."""
    by_id = [chain for chain in chains if id_key(chain[-1].id) == id_key(name_or_id.strip())]
    path = name_or_id.strip().strip("/")
    exactly = by_id or [chain for chain in chains if _path(chain) == path]
    found = exactly or [chain for chain in chains if _path(chain).casefold() == path.casefold()]
    if not found:
        raise _unusable(text("tree_node_unknown", node=name_or_id))
    if len(found) > 1:
        raise _unusable(text("tree_node_ambiguous", node=name_or_id, ids=[chain[-1].id for chain in found[:_MOST_NAMED]]))
    return found[0][-1]


def _path(chain: Sequence[ProjectNode]) -> str:
    return "/".join(visible_name(each.name) for each in chain)


def _order(chain: Sequence[ProjectNode]) -> tuple[tuple[NaturalKey, ...], str]:
    return tuple(natural_key(each.name) for each in chain), chain[-1].id


def _unusable(problem: LocalizedText) -> ConfigurationError:
    return ConfigurationError(text("batch_input_unusable", source=text("the_project_tree"), problems=[problem], more=""))
