"""The documents that can be asked about: read once, kept in the index, searched."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import attrs

from .database import Database
from .reading import Document, UnreadableDocumentError, read_document
from .searching import index
from .searching.index import Candidate, Entry, Indexed
from .searching.passages import HEADING_SEPARATOR, passages
from .searching.ranking import choose
from .searching.words import asks_to_compare, question_terms, terms

_LOG = logging.getLogger("aizoomdoc_client.local")

Progress = Callable[[int, int], Awaitable[None]]
"""Told how many documents of how many have been read."""


@attrs.frozen(kw_only=True)
class Source:
    """Where a document comes from; `key` is for ever, `version` changes with the content."""

    key: str
    name: str
    path: Path
    version: str


async def _nobody(_done: int, _of: int) -> None:
    pass


class Library:
    """Reads documents in a thread of its own, one at a time (PDFium is not thread-safe), and searches them."""

    def __init__(self, path: Path) -> None:
        self._index = Database(path, index.MIGRATIONS, durable=False)
        self._reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="aizoomdoc-reader")
        self._turn = asyncio.Lock()
        self._background: set[asyncio.Task[object]] = set()

    async def open(self) -> None:
        """Opens the index. Raises `ConfigurationError` when it cannot be."""
        await self._index.open()

    async def close(self) -> None:
        """Stops reading after the document under way, and closes the index."""
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await asyncio.get_running_loop().run_in_executor(self._reader, lambda: None)
        self._reader.shutdown()
        await self._index.close()

    def read_ahead(self, sources: Sequence[Source]) -> asyncio.Task[object]:
        """Reads the documents in the background; the task ends when all are in the index."""
        task: asyncio.Task[object] = asyncio.create_task(self.ensure(sources))
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    async def ensure(self, sources: Sequence[Source], progress: Progress = _nobody) -> list[Indexed]:
        """What is known of the documents, all of them read by then, in their order."""
        fresh = await self.known(sources)
        stale = [source for source in sources if source.key not in fresh]
        for done, source in enumerate(stale):
            await progress(done, len(stale))
            fresh[source.key] = await self._read(source)
        return [fresh[source.key] for source in sources]

    async def known(self, sources: Iterable[Source]) -> dict[str, Indexed]:
        """What is known already, by key; documents that were changed since are left out."""
        versions = {source.key: source.version for source in sources}
        found = await self._index.run(index.known, list(versions))
        return {key: entry for key, entry in found.items() if entry.version == versions[key]}

    async def forget_others(self, prefix: str, sources: Iterable[Source]) -> None:
        """Takes documents out whose key begins with `prefix` and which are no longer among the sources."""
        kept = {source.key for source in sources}
        gone = [key for key in await self._index.run(index.all_keys, prefix) if key not in kept]
        if gone:
            await self._index.run(index.forget, gone)

    async def search(self, sources: Sequence[Source], question: str, limit: int) -> list[Candidate]:
        """The passages of those documents that say most about the question, the best first.

        A question about the documents as such gets their first passages, one that compares a few documents gets some of each.
        """
        keys = [source.key for source in sources]
        wanted = question_terms(question)
        if not wanted:
            return await self._index.run(index.openings, keys, limit)
        if asks_to_compare(question) and 1 < len(keys) <= limit:
            return [found for key in keys for found in await self._choose([key], wanted, limit // len(keys))]
        return await self._choose(keys, wanted, limit)

    async def _choose(self, keys: Sequence[str], wanted: Sequence[str], limit: int) -> list[Candidate]:
        found = await self._index.run(index.search, keys, wanted)
        return choose(found, wanted, await self._index.run(index.passage_count, keys), limit)

    async def _read(self, source: Source) -> Indexed:
        async with self._turn:
            if already := (await self.known([source])).get(source.key):
                return already
            document, entries = await asyncio.get_running_loop().run_in_executor(self._reader, _digest, source)
            await self._index.run(index.put, document, entries)
        return document


def _digest(source: Source) -> tuple[Indexed, list[Entry]]:
    """Runs in the reader's thread: stemming is too slow for the event loop, too."""
    try:
        document = read_document(source.path, source.name)
        entries = list(_entries(document))
    except UnreadableDocumentError as error:
        return Indexed(key=source.key, version=source.version, name=source.name, error=error.reason_ru), []
    except Exception:  # noqa: BLE001 (one odd document must not end the service for all others)
        _LOG.exception("A document could not be read")
        return Indexed(key=source.key, version=source.version, name=source.name, error="файл не удалось прочитать"), []
    known = Indexed(
        key=source.key,
        version=source.version,
        name=source.name,
        page_count=document.page_count,
        blank_pages=document.blank_pages,
    )
    return known, entries


def _entries(document: Document) -> Iterable[Entry]:
    name_terms = terms(Path(document.name).stem)
    for passage in passages(document):
        yield Entry(
            page=passage.page,
            heading=HEADING_SEPARATOR.join(passage.headings),
            text=passage.text,
            heading_terms=" ".join([*name_terms, *terms(". ".join(passage.headings))]),
            body_terms=" ".join(terms(passage.text)),
        )
