"""How many documents a minute a job gets answered by the local server: ``python -m benchmarks.documents``.

The documents are the short ones of the manuals that ``nox -s search`` asks about, and copies of them that differ in their last
bytes, so that each is read, kept and searched as a document of its own. Each concurrency has a new server in a process of its
own, with `SLOTS` answers at a time, a new client and a new journal.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from .search.corpus import manuals

QUESTION = "What is the name of the package, and who maintains it?"
SLOTS = 4
COUNT, MOST_PAGES = 1000, 10
CONCURRENCIES = ("1", "2", "8", "auto")


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every document of every run was answered, else 1."""
    options = _parser().parse_args(arguments)
    sources = [path for path in manuals(options.cache).values() if _pages(path) <= options.most_pages]
    are_all_answered = True
    with tempfile.TemporaryDirectory() as folder:
        plans = Path(folder) / "plans"
        make_copies(sources, plans, options.count)
        print(f"{options.count:,} documents, copies of {len(sources)} manuals of at most {options.most_pages} pages", flush=True)
        for concurrency in options.concurrency:
            own = Path(folder) / concurrency
            own.mkdir()
            seconds, counts = measured(plans, own, "auto" if concurrency == "auto" else int(concurrency))
            are_all_answered &= counts == {"Done": options.count}
            told = ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items()))
            print(f"concurrency {concurrency:>4}: {60 * options.count / seconds:6.0f} documents a minute; {told}", flush=True)
    return 0 if are_all_answered else 1


def make_copies(sources: Sequence[Path], folder: Path, count: int) -> None:
    """Copies of the PDFs, in turns, each with a comment of its own behind its end, which readers skip."""
    folder.mkdir()
    for number in range(count):
        source = sources[number % len(sources)]
        (folder / f"{source.stem} {number:04}.pdf").write_bytes(source.read_bytes() + f"\n%{number}\n".encode())


def measured(plans: Path, own: Path, concurrency: int | Literal["auto"]) -> tuple[float, Counter[str]]:
    """The seconds of a job about `plans`, and how many of its units had which outcome; `own` is for files of this run."""
    command = [sys.executable, "-m", "aizoomdoc_client", "serve", "--port", "0", "--data", str(own / "server")]
    command += ["--token", "token", "--slots", str(SLOTS), "--no-ocr", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            return asyncio.run(_job(_address(server.stdout.readline()), plans, own / "run.sqlite", concurrency))
        finally:
            server.terminate()


async def _job(url: str, plans: Path, journal: Path, concurrency: int | Literal["auto"]) -> tuple[float, Counter[str]]:
    from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore
    from aizoomdoc_client.batch import BatchJob

    async with AsyncAIZoomDocClient(url, "token", token_store=MemoryTokenStore()) as client:
        began = time.perf_counter()
        job = BatchJob(client, documents=plans, questions=QUESTION, journal=journal, concurrency=concurrency)
        async with job:
            counts = Counter([type(outcome).__name__ async for outcome in job])
        return time.perf_counter() - began, counts


def _address(line: str) -> str:
    url: str = json.loads(line)["url"]
    return url


def _pages(path: Path) -> int:
    pdfium: Any = import_module("pypdfium2")  # it has no types
    with pdfium.PdfDocument(str(path)) as document:
        return len(document)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.documents", description="Documents a minute of a batch job.")
    parser.add_argument("--cache", type=Path, required=True, metavar="DIR", help="where the manuals are kept")
    parser.add_argument("--count", type=int, default=COUNT, metavar="N", help="how many documents")
    parser.add_argument("--most-pages", type=int, default=MOST_PAGES, metavar="N", help="the longest manuals that are taken")
    parser.add_argument("concurrency", nargs="*", default=CONCURRENCIES, help="how many questions at a time, or auto")
    return parser


if __name__ == "__main__":
    sys.exit(main())
