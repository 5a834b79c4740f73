"""The results of a job as a file, made from its journal at any time."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from ..catalog import Language
from .journal_reader import JournalReader
from .results.export import check_replaces_nothing, write_results
from .results.summary import ResultSummary

__all__ = ["export"]


def export(journal: Path, out: Path, *, language: Language = "en") -> int:
    """Writes the results as `out` says by its suffix, .jsonl, .csv, .xlsx, .md or .html; how many rows there are. Blocks.

    An old file is replaced once the new one is whole. Raises `ConfigurationError` for another suffix, a journal that cannot be
    read or that the results would replace, and a file that cannot be written.
    """
    check_replaces_nothing(out, [journal])
    with JournalReader(journal) as reader:
        started_at = reader.fact("started_at")
        summary = ResultSummary(
            server_url=reader.fact("server") or "",
            started_at=None if started_at is None else datetime.fromisoformat(started_at),
            counts=reader.states(),
            questions=reader.questions(),
            title=journal.stem,
        )
        return write_results(reader.rows(), out, summary=summary, language=language)
