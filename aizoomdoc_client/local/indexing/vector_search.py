"""Search by meaning: passages get vectors in the background, questions find those nearest to theirs."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from asyncio import sleep
from collections.abc import Sequence
from typing import Protocol

from ..answering.answerer import AnswererError
from ..database import Database
from ..searching import fts_index
from ..searching.fts_index import Candidate
from ..searching.vector_index import DocumentToEmbed, VectorIndex
from ..storage_errors import StorageError

_logger = logging.getLogger("aizoomdoc_client.local")

_PASSAGES_AT_ONCE = 64  # for which vectors are asked, and stored
_PAUSES = (5.0, 15.0, 60.0, 300.0)  # seconds after the first, second, ... failure in a row


class Embedder(Protocol):
    """Makes vectors of texts; its methods raise `AnswererError`."""

    @property
    def model(self) -> str:
        """The name of the model; its vectors are compared with its own only."""
        ...

    async def of_question(self, question: str) -> Sequence[float]:
        """The vector of a question."""
        ...

    async def of_documents(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """The vectors of texts in their order."""
        ...


class VectorSearch:
    """Vectors for the passages of the index, made by `embedder`; whatever fails, the search by words goes on.

    The first failure in a row is logged, and later that the search works again; failures in between are not.
    """

    def __init__(self, index: Database, embedder: Embedder) -> None:
        self._index = index
        self._embedder = embedder
        self._vectors = VectorIndex(embedder.model)
        self._changed = asyncio.Event()
        self._settled = asyncio.Event()
        self._failures = 0
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begins to make vectors for the passages that have none."""
        await self._index.run(self._vectors.prepare)
        self._task = asyncio.create_task(self._work())

    async def close(self) -> None:
        """Ends the making of vectors; passages that have none yet get theirs after the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def wake(self) -> None:
        """To be called when a document was read: its passages get vectors."""
        self._settled.clear()
        self._changed.set()

    async def settled(self) -> bool:
        """Waits until all passages have vectors, or the embedder has failed: True in the first case."""
        await self._settled.wait()
        return not self._failures

    async def vector_of(self, question: str, keys: Sequence[str]) -> Sequence[float] | None:
        """The vector to search those documents with; None while one of them lacks vectors, or the embedder does not work.

        The embedder is not asked then: it may be busy with documents for longer than a question should wait.
        """
        if self._failures or not await self._index.run(self._vectors.covers, keys):
            return None
        try:
            return await self._embedder.of_question(question)
        except AnswererError as error:
            self._failed(error)
            self.wake()  # the task finds out when it works again
            return None

    async def nearest(self, keys: Sequence[str], vector: Sequence[float], limit: int) -> list[Candidate]:
        """The passages of those documents that are nearest to the vector; none while a document lacks vectors."""
        ids = await self._index.run(self._vectors.nearest, keys, vector, limit)
        return await self._index.run(fts_index.passages_by_id, ids) if ids else []

    async def _work(self) -> None:
        """Makes vectors until all passages have some, then waits for `wake`; after a failure pauses and tries again."""
        while True:
            self._changed.clear()
            try:
                while document := await self._index.run(self._vectors.next_document):
                    await self._embed(document)
                if self._failures:
                    await self._embedder.of_question("?")  # nothing is left to embed: finds out whether it works again
                    self._recovered()
            except (AnswererError, StorageError, sqlite3.Error) as error:
                self._failed(error)
            self._settled.set()
            if self._failures:
                await sleep(_PAUSES[min(self._failures, len(_PAUSES)) - 1])
            else:
                await self._changed.wait()

    async def _embed(self, document: DocumentToEmbed) -> None:
        for start in range(0, len(document.passages), _PASSAGES_AT_ONCE):
            step = document.passages[start : start + _PASSAGES_AT_ONCE]
            vectors = await self._embedder.of_documents([passage.text for passage in step])
            await self._index.run(self._vectors.put, step, vectors)
            self._recovered()
        await self._index.run(self._vectors.finish, document.id)

    def _failed(self, error: Exception) -> None:
        self._failures += 1
        if self._failures == 1:
            reason = error.text if isinstance(error, AnswererError) else error
            _logger.warning("Documents are searched by their words only: %s", reason)

    def _recovered(self) -> None:
        if self._failures:
            self._failures = 0
            _logger.warning("Documents are searched by meaning again")
