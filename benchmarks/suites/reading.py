"""Documents read into the index of the local server, against their bare text by PDFium in one thread."""

from __future__ import annotations

import resource
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from ..figures import Contender, Figure, Group, Sample
from ..worker import AsyncSampler, Sampler

NOTE = Path(__file__).parents[2] / "docs" / "sample" / "note.pdf"
COPIES, QUICK_COPIES = 150, 60
"""Copies of the sample note, each under a name of its own: equal files of one name would be read once."""
PAGES = 7
"""Pages of the note."""


@contextmanager
def documents(copies: int) -> Generator[list[Path]]:
    """The copies in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="reading-") as folder:
        yield [Path(shutil.copy(NOTE, Path(folder) / f"{number}.pdf")) for number in range(copies)]


@asynccontextmanager
async def index(url: str, copies: int = COPIES) -> AsyncGenerator[AsyncSampler]:
    """The index of the local server with two reader processes, which are started before."""
    del url
    from aizoomdoc_client.local.indexing.document_index import DocumentIndex
    from aizoomdoc_client.local.indexing.document_source import DocumentSource

    with documents(copies) as paths:
        found = DocumentIndex(paths[0].with_name("index.sqlite3"), readers=2)
        await found.open()
        await found.ensure_read([DocumentSource(key=f"warm-{n}", name=f"w{n}", path=NOTE, version="1") for n in range(4)])
        runs = 0

        async def sample() -> Sample:
            nonlocal runs
            runs += 1
            sources = [DocumentSource(key=str(path), name=f"{runs}-{path.name}", path=path, version=str(runs)) for path in paths]
            began, used = time.perf_counter(), time.process_time()
            await found.ensure_read(sources)
            return {"rate": copies * PAGES / (time.perf_counter() - began), "cpu": time.process_time() - used}

        yield sample
        await found.close()


@contextmanager
def bare_text(url: str, copies: int = COPIES) -> Generator[Sampler]:
    """The text of each page by pypdfium2, and nothing done with it."""
    del url

    with documents(copies) as paths:

        def sample() -> Sample:
            began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_utime
            for path in paths:
                bare_text_of(path)
            spent = resource.getrusage(resource.RUSAGE_SELF).ru_utime - used
            return {"rate": copies * PAGES / (time.perf_counter() - began), "cpu": spent}

        yield sample


def bare_text_of(path: Path) -> int:
    """Has PDFium give the text of each page; how many they are."""
    import pypdfium2  # type: ignore[import-untyped]

    document = pypdfium2.PdfDocument(path)
    for page in document:
        page.get_textpage().get_text_bounded()
    pages = len(document)
    document.close()
    return pages


GROUPS = (
    Group(
        name="local-reading",
        needs=("pypdfium2", "pymorphy3", "lxml"),
        contenders=(
            Contender("index", "benchmarks.suites.reading:index", quick={"copies": QUICK_COPIES}),
            Contender("bare text", "benchmarks.suites.reading:bare_text", quick={"copies": QUICK_COPIES}),
        ),
        figures=(
            Figure(
                name="local-reading",
                title="documents read, split and indexed by two processes, bare text by PDFium in one thread",
                subject="index",
                reference="bare text",
                target=0.5,
                unit="pages/s",
            ),
        ),
    ),
)
