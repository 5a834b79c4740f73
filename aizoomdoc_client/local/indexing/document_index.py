"""Documents read, indexed and searched; each version of a document is read once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import attrs

from ..database import Database
from ..reading import Document, UnreadableDocumentError, read_document
from ..searching import fts_index
from ..searching.fts_index import Candidate, IndexedDocument, IndexedPassage
from ..searching.passages import HEADING_SEPARATOR, passages
from ..searching.ranking import choose
from ..searching.search_terms import asks_to_compare, question_terms, terms

_LOG = logging.getLogger("aizoomdoc_client.local")

Progress = Callable[[int, int], Awaitable[None]]
"""Called with the number of documents read so far and the number of those to read."""


@attrs.frozen(kw_only=True)
class DocumentSource:
    """Where a document is read from; its `key` never changes, its `version` changes with its content."""

    key: str
    name: str
    path: Path
    version: str


async def _ignore_progress(_done: int, _of: int) -> None:
    pass


class DocumentIndex:
    """The documents of one server, in SQLite FTS5; one thread reads them one by one, because PDFium is not thread-safe."""

    def __init__(self, path: Path) -> None:
        self._index = Database(path, fts_index.MIGRATIONS, durable=False)
        self._reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="aizoomdoc-reader")
        self._reader_lock = asyncio.Lock()
        self._background: set[asyncio.Task[object]] = set()

    async def open(self) -> None:
        """Opens the index; raises `ConfigurationError` where `Database.open` does."""
        await self._index.open()

    async def close(self) -> None:
        """Waits for the document that is being read, drops those still to be read, and closes the index."""
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await asyncio.get_running_loop().run_in_executor(self._reader, lambda: None)
        self._reader.shutdown()
        await self._index.close()

    def read_ahead(self, sources: Sequence[DocumentSource]) -> asyncio.Task[object]:
        """A task that reads the documents and ends when all are in the index; `close` cancels it."""
        task: asyncio.Task[object] = asyncio.create_task(self.ensure_read(sources))
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    async def ensure_read(
        self, sources: Sequence[DocumentSource], progress: Progress = _ignore_progress
    ) -> list[IndexedDocument]:
        """The documents as the index has them, in their order; those that are missing or out of date are read first."""
        fresh = await self.known(sources)
        stale = [source for source in sources if source.key not in fresh]
        for done, source in enumerate(stale):
            await progress(done, len(stale))
            fresh[source.key] = await self._read(source)
        return [fresh[source.key] for source in sources]

    async def known(self, sources: Iterable[DocumentSource]) -> dict[str, IndexedDocument]:
        """The documents that the index has in their current version, by key."""
        versions = {source.key: source.version for source in sources}
        found = await self._index.run(fts_index.known_documents, list(versions))
        return {key: entry for key, entry in found.items() if entry.version == versions[key]}

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
        if asks_to_compare(question) and 1 < len(keys) <= limit:
            return [found for key in keys for found in await self._best_passages([key], searched, limit // len(keys))]
        return await self._best_passages(keys, searched, limit)

    async def _best_passages(self, keys: Sequence[str], searched: Sequence[str], limit: int) -> list[Candidate]:
        found = await self._index.run(fts_index.matching_passages, keys, searched)
        return choose(found, searched, await self._index.run(fts_index.passage_count, keys), limit)

    async def _read(self, source: DocumentSource) -> IndexedDocument:
        async with self._reader_lock:
            if already := (await self.known([source])).get(source.key):
                return already
            document, entries = await asyncio.get_running_loop().run_in_executor(self._reader, _read_and_stem, source)
            await self._index.run(fts_index.put_document, document, entries)
        return document


def _read_and_stem(source: DocumentSource) -> tuple[IndexedDocument, list[IndexedPassage]]:
    """Reads and stems a document; runs in the reader's thread, because both would block the event loop for too long."""
    try:
        document = read_document(source.path, source.name)
        entries = list(_passages_of(document))
    except UnreadableDocumentError as error:
        return IndexedDocument(key=source.key, version=source.version, name=source.name, error=error.reason.render("ru")), []
    except Exception:  # noqa: BLE001 (one document must not stop the server)
        _LOG.exception("A document could not be read")
        return IndexedDocument(key=source.key, version=source.version, name=source.name, error="файл не удалось прочитать"), []
    known = IndexedDocument(
        key=source.key,
        version=source.version,
        name=source.name,
        page_count=document.page_count,
        unread=document.unread,
    )
    return known, entries


def _passages_of(document: Document) -> Iterable[IndexedPassage]:
    name_terms = terms(Path(document.name).stem)
    for passage in passages(document):
        yield IndexedPassage(
            page=passage.page,
            heading=HEADING_SEPARATOR.join(passage.headings),
            text=passage.text,
            heading_terms=" ".join([*name_terms, *terms(". ".join(passage.headings))]),
            body_terms=" ".join(terms(passage.text)),
        )
