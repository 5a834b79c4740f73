"""The command line."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from aizoomdoc_client.local import LLMSettings
from aizoomdoc_client.local.reading import Document, UnreadableDocumentError, read_document

from . import made
from .corpus import CorpusError, manuals
from .pages_bm25 import PagesBM25, stems, words
from .product import QUOTES, EmbeddingsError, ask_all
from .questions import Part, Question, load
from .recall import Outcome, misses, table

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "aizoomdoc-benchmarks/manuals"


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when the questions were asked, whatever was found; 2 when the documents are not to be had."""
    options = _parser().parse_args(arguments)
    part: Part = "held_out" if options.held_out else "development"
    if options.verbose and part == "held_out":
        print("what is put aside is counted and not shown: whoever saw its misses would work at them", file=sys.stderr)
        return 2
    model = _model(options)
    if model is None and (options.llm_url or options.embed_model):
        print("--llm-url and --embed-model go together", file=sys.stderr)
        return 2
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="search-") as folder:
        try:
            documents = {**({} if options.short else manuals(options.cache)), **made.build(Path(folder) / "made")}
        except (CorpusError, FileNotFoundError) as error:
            print(error, file=sys.stderr)
            return 2
        questions = [each for each in load(part) if all(place.document in documents for place in each.places)]
        try:
            outcomes = measure(
                documents, questions, options.index or Path(folder) / "index.sqlite", stemmed=options.stems, model=model
            )
        except EmbeddingsError as error:
            print(error, file=sys.stderr)
            return 2
    print(f"{len(questions)} questions of the part {part} over {len(documents)} documents\n")
    print("\n".join(table(outcomes)))
    if options.verbose:
        print("\nNot at the first place:\n")
        print("\n".join(misses(next(iter(outcomes.values())))))
    return 0


def measure(
    documents: Mapping[str, Path],
    questions: Sequence[Question],
    index: Path,
    *,
    stemmed: bool = False,
    model: LLMSettings | None = None,
) -> dict[str, list[Outcome]]:
    """What the server's search and BM25 over pages find for each question; with a `model` first its search by meaning, too."""
    began = time.monotonic()
    server, unread = asyncio.run(ask_all(documents, questions, index))
    print(f"read and asked in {time.monotonic() - began:.0f} s", file=sys.stderr)
    for name, reason in unread.items():
        print(f"not read: {name}: {reason}", file=sys.stderr)
    texts = [(name, text) for name, path in documents.items() if (text := _text(path))]
    references = {"pages": PagesBM25(texts, words)} | ({"stems of pages": PagesBM25(texts, stems)} if stemmed else {})
    with_meaning = {} if model is None else {"with meaning": asyncio.run(ask_all(documents, questions, index, model=model))[0]}
    found = (
        with_meaning
        | {"server": server}
        | {name: [reference.search(each.text, QUOTES) for each in questions] for name, reference in references.items()}
    )
    return {
        name: [Outcome(question, each) for question, each in zip(questions, places, strict=True)]
        for name, places in found.items()
    }


def _model(options: argparse.Namespace) -> LLMSettings | None:
    if not (options.llm_url and options.embed_model):
        return None
    return LLMSettings(url=options.llm_url, model=options.embed_model, embed_model=options.embed_model)


def _text(path: Path) -> Document | None:
    try:
        return read_document(path)
    except UnreadableDocumentError:
        return None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description="Measures what the local server finds.")
    parser.add_argument(
        "--cache", type=Path, default=CACHE, metavar="FOLDER", help="keeps the manuals that apt fetched (%(default)s)"
    )
    parser.add_argument("--short", action="store_true", help="only the construction documents, which need no apt")
    parser.add_argument("--stems", action="store_true", help="compares with stems of words, too")
    parser.add_argument("--llm-url", metavar="URL", help="with --embed-model, also searches by meaning")
    parser.add_argument("--embed-model", metavar="NAME", help="the model for embeddings at that endpoint")
    parser.add_argument(
        "--index", type=Path, metavar="FILE", help="keeps the index there: vectors of thousands of pages take hours"
    )
    parser.add_argument("--verbose", action="store_true", help="lists the questions that have no answer at the first place")
    parser.add_argument("--held-out", action="store_true", help="asks the part that was put aside: only for a release")
    return parser


if __name__ == "__main__":
    sys.exit(main())
