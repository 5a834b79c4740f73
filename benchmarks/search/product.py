"""The search of the local server, by the public methods of `DocumentIndex`: a question over a whole tree of documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from aizoomdoc_client.local import AnswererError, LLMSettings
from aizoomdoc_client.local.answering.embeddings import Embeddings, Vector
from aizoomdoc_client.local.answering.model_endpoint import ModelEndpoint
from aizoomdoc_client.local.indexing.document_index import DocumentIndex
from aizoomdoc_client.local.indexing.document_source import DocumentSource

from .pages_bm25 import Found
from .questions import Question

QUOTES = 4
"""How many passages an answer quotes at most."""

_QUESTION_SECONDS = 300.0  # an endpoint may be slow here


class EmbeddingsError(Exception):
    """The endpoint did not make a vector of each passage and question."""


class _Embeddings(Embeddings):
    failures = 0

    async def of_question(self, question: str) -> Vector:
        try:
            return await super().of_question(question)
        except AnswererError:
            self.failures += 1  # the search goes on by words alone
            raise


async def ask_all(
    documents: Mapping[str, Path], questions: Sequence[Question], index_path: Path, *, model: LLMSettings | None = None
) -> tuple[list[Sequence[Found]], dict[str, str]]:
    """For each question the passages that an answer would quote, the best first; and why which documents cannot be read.

    With the embeddings of a `model` they are searched by meaning, too, once all passages have vectors. Raises `EmbeddingsError`.
    """
    sources = [DocumentSource(key=name, name=path.name, path=path, version="1") for name, path in documents.items()]
    async with AsyncExitStack() as stack:
        embeddings = None
        if model is not None:
            endpoint = await stack.enter_async_context(ModelEndpoint(model))
            embeddings = _Embeddings(endpoint, question_seconds=_QUESTION_SECONDS)
        index = DocumentIndex(index_path, embedder=embeddings)
        await index.open()
        stack.push_async_callback(index.close)
        entries = await index.ensure_read(sources)
        unread = {entry.key: entry.error.en for entry in entries if entry.error}
        complete = embeddings is None or await index.embedded()
        found = [[_found(each) for each in await index.search(sources, asked.text, QUOTES)] for asked in questions if complete]
    if not complete or (embeddings and embeddings.failures):
        raise EmbeddingsError("not each passage and question got a vector from the endpoint: nothing was measured")
    return list(found), unread


def _found(candidate: object) -> Found:
    key, page, heading, text = (getattr(candidate, name) for name in ("key", "page", "heading", "text"))
    return Found(key, page, f"{heading}\n{text}")
