"""Documents read, indexed and searched; each version of a document is read once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from ...catalog import text
from ...exceptions import ConfigurationError
from ..database import Database
from ..reading.ocr import installed_recognizer
from ..searching import fts_index
from ..searching.fts_index import Candidate, IndexedDocument
from ..searching.quoting import narrowed
from ..searching.rank_fusion import concatenated, fused
from ..searching.ranking import choose
from ..searching.search_terms import asks_to_compare, names_exactly, question_terms
from . import reading_marks
from .document_source import DocumentSource
from .reader_limits import ReaderLimits
from .reader_pool import ReaderPool
from .reading_schedule import Reading, Urgency

if TYPE_CHECKING:
    from .vector_search import Embedder, VectorSearch


@attrs.frozen(kw_only=True)
class ReadingProgress:
    """How much of what is waited for is read.

    `pages` are those of the documents that are being read now; `share` is that of the whole, from 0 to 1, each document counting
    alike.
    """

    documents_done: int
    documents: int
    pages_done: int
    pages: int
    share: float


_COPIES_KEPT_SECONDS = 3600

Progress = Callable[[ReadingProgress], Awaitable[None]]


async def _ignore_progress(_: ReadingProgress) -> None:
    pass


class DocumentIndex:
    """The documents of one server, in SQLite FTS5, read by `readers` processes; with an `embedder` searched by meaning, too.

    What another `version` of this package gave up is tried again; `clock` gives the seconds since 1970.
    """

    def __init__(
        self,
        path: Path,
        *,
        readers: int = 2,
        limits: ReaderLimits | None = None,
        embedder: Embedder | None = None,
        version: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._version = version
        self._index = Database(path, fts_index.MIGRATIONS, durable=False)
        self._vectors = None if embedder is None else _vector_search(self._index, embedder)
        on_read = self._vectors.wake if self._vectors else lambda: None
        self._limits = limits or ReaderLimits()
        self._pool = ReaderPool(self._index, self._limits, readers, on_read=on_read, clock=clock, version=version)

    async def open(self) -> None:
        """Opens the index; raises `ConfigurationError` where `Database.open` does."""
        await self._index.open()
        await self._index.run(reading_marks.retry_after_update, self._version)
        self._pool.recognizes = self._limits.recognize and await asyncio.to_thread(installed_recognizer) is not None
        if self._vectors:
            await self._vectors.open()

    async def close(self) -> None:
        """Ends the reading, whatever is being read, and closes the index."""
        if self._vectors:
            await self._vectors.close()
        await self._pool.close()
        await self._index.close()

    async def delete_older_copies(self) -> None:
        """Deletes of documents with the same bytes and name all but the one read last.

        Those of the last hour stay: another server may be searching them.
        """
        await self._index.run(fts_index.delete_older_copies, _COPIES_KEPT_SECONDS)

    def read_ahead(self, sources: Iterable[DocumentSource]) -> None:
        """Has the documents read in this order, whenever nobody waits for others."""
        for source in sources:
            self._pool.reading(source, Urgency.AHEAD)

    async def reading_ended(self, sources: Sequence[DocumentSource]) -> None:
        """Waits until none of the documents is still to be read; what others wait for goes before them."""
        fresh = await self.known(sources)
        if readings := [self._pool.reading(source, Urgency.AHEAD) for source in sources if source.key not in fresh]:
            await asyncio.wait([reading.ended for reading in readings])

    async def ensure_read(
        self, sources: Sequence[DocumentSource], progress: Progress = _ignore_progress, *, patience: float | None = None
    ) -> list[IndexedDocument]:
        """The documents as the index has them, in their order; those that are missing or out of date are read first.

        After `patience` seconds those that are not read by then are left out; they are read later, after what others wait for
        without such a limit.
        """
        fresh = await self.known(sources)
        urgency = Urgency.WAITED_FOR if patience is None else Urgency.ASKED_FOR
        readings = [self._pool.reading(source, urgency) for source in sources if source.key not in fresh]
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._wait(readings, progress)
        fresh |= {reading.source.key: reading.ended.result() for reading in readings if reading.ended.done()}
        return [fresh[source.key] for source in sources if source.key in fresh]

    async def _wait(self, readings: Sequence[Reading], progress: Progress) -> None:
        """Waits until all have ended; reports each document that is opened or has ended, and each hundredth of the whole."""
        told: tuple[int, int, int] | None = None
        while not all(reading.ended.done() for reading in readings):
            progressed = self._pool.next_progress  # taken before looking: what happens while `progress` waits is not missed
            now = _progress_of(readings)
            news = now.documents_done, now.pages, int(100 * now.share)
            if told != news:
                told = news
                await progress(now)
            await progressed.wait()

    async def embedded(self) -> bool:
        """Waits until all passages read so far have vectors; False without an embedder, or where it fails."""
        return self._vectors is not None and await self._vectors.settled()

    async def known(self, sources: Iterable[DocumentSource]) -> dict[str, IndexedDocument]:
        """The documents that the index has in their current version, by key."""
        by_key = {source.key: source for source in sources}
        found = await self._index.run(fts_index.known_documents, list(by_key))
        return {key: entry for key, entry in found.items() if self._pool.is_current(entry, by_key[key])}

    async def delete_missing(self, prefix: str, sources: Iterable[DocumentSource]) -> None:
        """Deletes the documents whose key begins with `prefix` and is not that of one of the sources."""
        kept = {source.key for source in sources}
        gone = [key for key in await self._index.run(fts_index.document_keys, prefix) if key not in kept]
        if gone:
            await self._index.run(fts_index.delete_documents, gone)

    async def search(self, sources: Sequence[DocumentSource], question: str, limit: int) -> list[Candidate]:
        """At most `limit` passages of those documents that fit the question, the best first.

        For a question about documents as such they are the first passages of each; for one that compares up to `limit` documents
        each contributes its own best.
        """
        keys = [source.key for source in sources]
        searched = question_terms(question)
        if not searched:
            return await self._index.run(fts_index.first_passages, keys, limit)
        vector = await self._vectors.vector_of(question, keys) if self._vectors else None
        by_name = names_exactly(question)
        if asks_to_compare(question) and 1 < len(keys) <= limit:
            share = limit // len(keys)
            return [found for key in keys for found in await self._best_passages([key], searched, vector, share, by_name=by_name)]
        return await self._best_passages(keys, searched, vector, limit, by_name=by_name)

    async def _best_passages(
        self,
        keys: Sequence[str],
        searched: Mapping[str, float],
        vector: Sequence[float] | None,
        limit: int,
        *,
        by_name: bool,
    ) -> list[Candidate]:
        """At most `limit` passages found by words, or by the question's vector where it has one.

        With `by_name` those found by words come first: embedding models know little of codes, abbreviations and names.
        """
        nearest = await self._vectors.nearest(keys, vector, limit) if self._vectors and vector else []
        found = await self._index.run(fts_index.matching_passages, keys, searched)
        counts = await self._index.run(fts_index.passage_frequencies, searched)
        by_words = choose(found, searched, counts, await self._index.run(fts_index.passage_count, keys), limit)
        best = (concatenated if by_name else fused)([by_words, nearest], _identity, limit) if nearest else by_words
        return [narrowed(candidate, searched) for candidate in best]


def _vector_search(index: Database, embedder: Embedder) -> VectorSearch:
    if find_spec("numpy") is None:
        needs = text("extra_missing", part=text("the_search_by_meaning"), packages=["numpy"], extra="llm")
        raise ConfigurationError(needs, details={"missing": ["numpy"]})
    from .vector_search import VectorSearch

    return VectorSearch(index, embedder)


def _identity(found: Candidate) -> tuple[str, int, str]:
    return found.key, found.page, found.text


def _progress_of(readings: Sequence[Reading]) -> ReadingProgress:
    """How far these readings are, of which there is at least one."""
    done = [reading for reading in readings if reading.ended.done()]
    under_way = [reading for reading in readings if not reading.ended.done()]
    return ReadingProgress(
        documents_done=len(done),
        documents=len(readings),
        pages_done=sum(reading.pages_done for reading in under_way),
        pages=sum(reading.pages for reading in under_way),
        share=sum(reading.share for reading in readings) / len(readings),
    )
