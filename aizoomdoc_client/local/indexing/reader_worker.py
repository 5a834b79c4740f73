"""A reader process: reads documents one by one, as the server that started it says on standard input.

It limits its own memory, and ends when the server is gone, also while a document is being read.
"""

from __future__ import annotations

import gc
import hashlib
import math
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import BinaryIO

import attrs

from ...catalog import text
from ..child_processes.limits import end_process, limit_memory, memory_in_use, own_output
from ..reading import Document, Limits, Reason, UnreadableDocumentError, read_document
from ..reading.ocr import Recognizer, installed_recognizer
from ..searching.fts_index import IndexedPassage
from ..searching.passages import HEADING_SEPARATOR, passages
from ..searching.search_terms import joined_terms
from .reader_messages import (
    DocumentRead,
    DocumentUnreadable,
    FromReader,
    GoOn,
    Opened,
    PagesRead,
    PassagesRead,
    ReadDocument,
    ToReader,
    encoded,
    received,
)

Send = Callable[[FromReader], None]

_PASSAGES_AT_ONCE = 1_000
"""Of a message, which the server stores in one transaction: FTS5 writes the terms of each, and later merges them with others."""
_OBJECTS_UNTIL_COLLECTION = 20_000
"""Reading makes many objects and hardly any cycles; Python's usual 700 would have it look at the same ones again and again."""
_PROGRESS_SECONDS = 0.1
"""From one report of progress to the next, at least: one for each page would take the server longer than storing its passages."""


def main() -> None:
    """Reads documents until standard input ends or much memory is in use; the first argument is the limit of it in bytes."""
    limit = int(sys.argv[1])
    limit_memory(limit)
    gc.freeze()
    gc.set_threshold(_OBJECTS_UNTIL_COLLECTION)
    requests: queue.SimpleQueue[ToReader] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, requests), daemon=True).start()
    output = own_output()

    def send(message: FromReader) -> None:
        output.write(encoded(message))
        output.flush()

    while memory_in_use() < limit // 2:
        request = requests.get()
        assert isinstance(request, ReadDocument)
        if _is_wanted(request, send, requests):
            send(read(request, send))


def _listen(stream: BinaryIO, requests: queue.SimpleQueue[ToReader]) -> None:
    """Puts requests into the queue; ends the process when the server is gone, even while the main thread is inside a library."""
    while request := received(stream):
        requests.put(request)
    end_process()


def _is_wanted(request: ReadDocument, send: Send, requests: queue.SimpleQueue[ToReader]) -> bool:
    """Tells the server the digest and the size of the document, and waits for its answer whether to read it."""
    try:
        with Path(os.fsdecode(request.path)).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    except OSError:
        digest, size = "", 0  # `read_document` says why it cannot be opened
    send(Opened(digest, size))
    answer = requests.get()
    assert isinstance(answer, GoOn)
    return answer.wanted


def read(request: ReadDocument, send: Send, clock: Callable[[], float] = time.monotonic) -> DocumentRead | DocumentUnreadable:
    """Reads the document, sends its passages, and returns the last message about it, which is not sent."""
    last, next_time = PagesRead(0, 0), -math.inf

    def progress(done: int, of: int) -> None:
        nonlocal last, next_time
        last = PagesRead(done, of)
        now = clock()
        if now >= next_time:
            next_time = now + _PROGRESS_SECONDS
            send(last)

    def before_picture(seconds: float) -> None:
        send(PagesRead(last.done, last.of, recognizing_seconds=seconds))

    found = _recognizer() if request.recognize else None
    recognizer = found and attrs.evolve(found, before_picture=before_picture)
    limits = Limits(pages=request.pages, recognize=request.recognize)
    try:
        document = read_document(os.fsdecode(request.path), request.name, limits=limits, progress=progress, recognizer=recognizer)
        for batch in _batches(indexed_passages(document)):
            send(PassagesRead(batch))
    except UnreadableDocumentError as error:
        return DocumentUnreadable(Reason.of(error.reason))
    except MemoryError:
        return DocumentUnreadable(Reason.of(text("document_needs_memory")), is_unexpected=True)
    except Exception:  # noqa: BLE001 (a fault of one document must not stop the reading of others)
        return DocumentUnreadable(Reason.of(text("document_not_read")), is_unexpected=True)
    return DocumentRead(document.page_count, document.unread)


@cache
def _recognizer() -> Recognizer | None:
    return installed_recognizer()


def indexed_passages(document: Document) -> Iterator[IndexedPassage]:
    """The passages of a document with their search terms."""
    name_terms = joined_terms(Path(document.name).stem)
    for passage in passages(document):
        yield IndexedPassage(
            page=passage.page,
            heading=HEADING_SEPARATOR.join(passage.headings),
            text=passage.text,
            heading_terms=_heading_terms(name_terms, passage.headings, passage.table_head, passage.left_out),
            body_terms=joined_terms(passage.body),
            left_out=passage.left_out,
            is_contents=passage.is_contents,
        )


@lru_cache(maxsize=256)
def _heading_terms(name_terms: str, headings: tuple[str, ...], table_head: str, left_out: str) -> str:
    """The terms of what stands above a passage, which is the same above many."""
    return " ".join(filter(None, (name_terms, joined_terms(". ".join(headings)), joined_terms(f"{table_head}\n{left_out}"))))


def _batches(entries: Iterable[IndexedPassage]) -> Iterator[tuple[IndexedPassage, ...]]:
    batch: list[IndexedPassage] = []
    for entry in entries:
        batch.append(entry)
        if len(batch) == _PASSAGES_AT_ONCE:
            yield tuple(batch)
            batch = []
    if batch:
        yield tuple(batch)


if __name__ == "__main__":
    main()
