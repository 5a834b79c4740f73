"""Results as JSON lines: everything that is known, exactly."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, BinaryIO

from ...catalog import Language
from ...serializable import as_json
from .row import ResultRow

__all__ = ["row_as_json", "write_jsonl"]


def write_jsonl(rows: Iterable[ResultRow], file: BinaryIO, *, language: Language) -> int:
    """Writes a line for each row, in UTF-8, and returns how many; `language` is that of the errors' messages."""
    count = 0
    for row in rows:
        file.write(f"{as_json(row_as_json(row, language))}\n".encode())
        count += 1
    return count


def row_as_json(row: ResultRow, language: Language) -> dict[str, Any]:
    """What `to_dict` gives of the row, with the error as its code and its message."""
    error = None if row.error is None else {"code": row.error.code, "message": row.error.render(language)}
    return {**row.to_dict(), "error": error}
