"""Results as a table: a line for each task, a column for each field."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import attrs

from ...catalog import Language
from ..task import CellValue
from .row import ResultRow
from .wording import Word, local_time, place, state_word, word

__all__ = ["Cell", "Column", "ColumnKind", "ResultTable"]

Cell = CellValue | datetime
"""What a cell holds; a moment is in local time and has no time zone."""

ColumnKind = Literal["document", "own", "question", "answer", "parsed", "list", "state", "number", "moment"]
"""The content of a column, which decides its width and format."""

_MEMORY_BYTES = 4 * 2**20  # beyond which the cells are on the disk

_BEFORE: Sequence[tuple[Word, ColumnKind]] = (("question", "question"), ("answer", "answer"))
_AFTER: Sequence[tuple[Word, ColumnKind]] = (
    ("sources", "list"),
    ("notes", "list"),
    ("state", "state"),
    ("error", "list"),
    ("seconds", "number"),
    ("attempts", "number"),
    ("finished", "moment"),
)


@attrs.frozen
class Column:
    """A column of the table; no two have the same heading."""

    heading: str
    kind: ColumnKind


class ResultTable:
    """All rows as cells, with one column for each field that any row has.

    The columns are known only after the last row, and `rows` can be read only once. So the cells are stored in an unnamed
    temporary file in `folder`, and only the names of columns are in memory. A context manager.
    """

    def __init__(self, rows: Iterable[ResultRow], *, language: Language, folder: Path) -> None:
        self._language: Language = language
        self._file = tempfile.SpooledTemporaryFile(_MEMORY_BYTES, mode="w+", encoding="ascii", dir=str(folder))  # noqa: SIM115  # `__exit__` closes it
        self._own: dict[str, None] = {}
        self._parsed: dict[str, None] = {}
        self._count = 0
        try:
            for row in rows:
                self._add(row)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._count

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns in their order: the document, the user's own, question and answer, the parsed fields, state and effort."""

        def named(names: Sequence[tuple[Word, ColumnKind]]) -> list[tuple[str, ColumnKind]]:
            return [(word(name, self._language), kind) for name, kind in names]

        wanted: list[tuple[str, ColumnKind]] = [
            *named([("document", "document")]),
            *((name, "own") for name in self._own),
            *named(_BEFORE),
            *((name, "parsed") for name in self._parsed),
            *named(_AFTER),
        ]
        taken: set[str] = set()
        return tuple(Column(_unique(heading, taken), kind) for heading, kind in wanted)

    def __iter__(self) -> Iterator[tuple[Path | None, list[Cell]]]:
        """For each row the document's path, where it is a file, and the cells, one for each column."""
        self._file.seek(0)
        for line in self._file:
            path, document, own, before, parsed, after, finished = json.loads(line)
            cells: list[Cell] = [document, *map(own.get, self._own), *before, *map(parsed.get, self._parsed), *after]
            cells.append(None if finished is None else datetime.fromisoformat(finished))
            yield None if path is None else Path(path), cells

    def _add(self, row: ResultRow) -> None:
        own, parsed = dict(row.task.columns), dict(row.parsed or {})
        self._own.update(dict.fromkeys(own))
        self._parsed.update(dict.fromkeys(parsed))
        document = row.task.document
        path = None if document.path is None else str(document.path)
        question = row.task.question.heading
        finished = None if row.finished_at is None else local_time(row.finished_at).isoformat()
        cells = [path, document.name, own, [question, answer_text(row)], parsed, self._state_and_effort(row), finished]
        self._file.write(f"{json.dumps(cells)}\n")
        self._count += 1

    def _state_and_effort(self, row: ResultRow) -> list[CellValue]:
        language, answer = self._language, row.answer
        sources = () if answer is None else answer.sources
        return [
            "\n".join(dict.fromkeys(place(source.document, source.page, language) for source in sources)),
            "\n".join(() if answer is None else answer.notes),
            state_word(row.state, language),
            "" if row.error is None else row.error.render(language),
            row.seconds if row.seconds is None else round(row.seconds, 2),
            row.attempts,
        ]


def answer_text(row: ResultRow) -> str:
    """The answer's text, or the model's text that did not fit the fields."""
    return row.answer.text if row.answer is not None else row.raw_text or ""


def _unique(heading: str, taken: set[str]) -> str:
    """`heading`, with a number if another column has it already, in any case."""
    free, number = heading, 1
    while free.casefold() in taken:
        number += 1
        free = f"{heading} ({number})"
    taken.add(free.casefold())
    return free


def is_number(value: Any) -> bool:
    """Whether a cell's value is a number; true and false are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)
