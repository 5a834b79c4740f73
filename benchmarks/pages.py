"""How many pages a second the local server reads into its index: ``python -m benchmarks.pages``.

The documents are the manuals that ``nox -s search`` asks about. In each round PDFium first gives the bare text of their pages in
one thread; then ``--readers`` reader processes read all documents into a new index. The start of these processes is not timed:
each reads the sample note before.

``--folder DIR`` reads the PDFs of a folder instead; the rate depends on what they contain.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import attrs

from .search.corpus import manuals
from .suites.reading import NOTE, bare_text_of

ROUNDS, READERS = 5, 2
TARGET = 800
"""Pages a second on two cores."""


@attrs.frozen
class Round:
    """One round: pages a second of bare text and into the index, and the `milliseconds` of processor time a page of the index."""

    bare: float
    indexed: float
    milliseconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where the median of the rounds reaches the target, else 1."""
    options = _parser().parse_args(arguments)
    paths = manuals(options.cache) if options.cache else readable(options.folder)
    rounds = list[Round]()
    for number in range(1, options.rounds + 1):
        rounds.append(measured(paths, options.readers))
        print(f"round {number}: {_told(rounds[-1])}", flush=True)
    middle = Round(*(median(getattr(each, field.name) for each in rounds) for field in attrs.fields(Round)))
    ratio = median(each.indexed / each.bare for each in rounds)
    print(f"median: {_told(middle)}; {ratio:.2f} of the bare text's rate; target {TARGET}")
    return 0 if middle.indexed >= TARGET else 1


def readable(folder: Path) -> dict[str, Path]:
    """The PDFs in the folder and below that are read, by their places in it; tells of those that are not."""
    paths = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*.pdf"))}
    if not paths:
        raise SystemExit(f"no PDF in {folder}")
    with tempfile.TemporaryDirectory(prefix="pages-") as index:
        _, unread = asyncio.run(_read(paths, READERS, Path(index) / "index.sqlite"))
    if unread:
        print(f"left out, because they are not read: {', '.join(unread)}")
    return {name: path for name, path in paths.items() if name not in unread}


def measured(paths: dict[str, Path], readers: int) -> Round:
    """One round over the documents."""
    began = time.perf_counter()
    pages = sum(map(bare_text_of, paths.values()))
    bare = pages / (time.perf_counter() - began)
    before = _processor_seconds()
    with tempfile.TemporaryDirectory(prefix="pages-") as folder:
        seconds, unread = asyncio.run(_read(paths, readers, Path(folder) / "index.sqlite"))
    if unread:
        raise SystemExit(f"not read: {', '.join(unread)}")
    return Round(bare, pages / seconds, 1000 * (_processor_seconds() - before) / pages)


async def _read(paths: dict[str, Path], readers: int, index_path: Path) -> tuple[float, list[str]]:
    """The seconds until all documents are read, by processes that run, and which are not read; pictures are not recognized."""
    from aizoomdoc_client.local.indexing.document_index import DocumentIndex
    from aizoomdoc_client.local.indexing.document_source import DocumentSource
    from aizoomdoc_client.local.indexing.reader_limits import ReaderLimits

    index = DocumentIndex(index_path, readers=readers, limits=ReaderLimits(recognize=False))
    await index.open()
    try:
        first = [DocumentSource(key=f"first-{number}", name=f"{number}.pdf", path=NOTE, version="1") for number in range(readers)]
        await index.reading_ended(first)
        sources = [DocumentSource(key=name, name=path.name, path=path, version="1") for name, path in paths.items()]
        began = time.perf_counter()
        await index.reading_ended(sources)
        seconds = time.perf_counter() - began
        return seconds, [key for key, entry in (await index.known(sources)).items() if entry.error]
    finally:
        await index.close()


def _processor_seconds() -> float:
    """Of this process and of those that it started and that have ended."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _told(found: Round) -> str:
    spent = f"{found.milliseconds:.2f} ms of processor time a page"
    return f"{found.indexed:.0f} pages/s into the index, {spent}; bare text {found.bare:.0f}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description="Pages a second read into the index.")
    documents = parser.add_mutually_exclusive_group(required=True)
    documents.add_argument("--cache", type=Path, metavar="DIR", help="where the manuals are kept")
    documents.add_argument("--folder", type=Path, metavar="DIR", help="the PDFs of this folder instead of the manuals")
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N", help="how often")
    parser.add_argument("--readers", type=int, default=READERS, metavar="N", help="how many processes read")
    return parser


if __name__ == "__main__":
    sys.exit(main())
