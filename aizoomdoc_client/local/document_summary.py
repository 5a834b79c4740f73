"""How many documents a projects folder has, and how many of them could be read."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from .indexing.document_index import DocumentIndex
from .project_tree import TreeNode


@attrs.frozen(kw_only=True)
class DocumentSummary:
    """The number of `documents` in a projects folder, of those `waiting` to be read, and the paths of `unreadable` ones."""

    documents: int
    waiting: int
    unreadable: tuple[str, ...]

    @property
    def readable(self) -> int:
        """How many were read."""
        return self.documents - self.waiting - len(self.unreadable)


async def summary_of(nodes: Sequence[TreeNode], index: DocumentIndex) -> DocumentSummary:
    """The summary by the current state of the index."""
    known = await index.known([node.source for node in nodes])
    return DocumentSummary(
        documents=len(nodes),
        waiting=len(nodes) - len(known),
        unreadable=tuple(sorted(node.relative for node in nodes if (found := known.get(node.source.key)) and found.error)),
    )
