"""The search of the local server, by the public methods of `DocumentIndex`: a question over a whole tree of documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from aizoomdoc_client.local.indexing.document_index import DocumentIndex
from aizoomdoc_client.local.indexing.document_source import DocumentSource

from .pages_bm25 import Found
from .questions import Question

QUOTES = 4
"""How many passages an answer quotes at most."""


async def ask_all(
    documents: Mapping[str, Path], questions: Sequence[Question], index_path: Path
) -> tuple[list[Sequence[Found]], dict[str, str]]:
    """For each question the passages that an answer would quote, the best first; and why which documents cannot be read."""
    sources = [DocumentSource(key=name, name=path.name, path=path, version="1") for name, path in documents.items()]
    index = DocumentIndex(index_path)
    await index.open()
    try:
        entries = await index.ensure_read(sources)
        unread = {entry.key: entry.error.en for entry in entries if entry.error}
        found = [[_found(each) for each in await index.search(sources, asked.text, QUOTES)] for asked in questions]
    finally:
        await index.close()
    return list(found), unread


def _found(candidate: object) -> Found:
    key, page, heading, text = (getattr(candidate, name) for name in ("key", "page", "heading", "text"))
    return Found(key, page, f"{heading}\n{text}")
