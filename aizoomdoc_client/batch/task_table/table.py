"""Tasks of a table's rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from ...catalog import LocalizedText, system_reason, text
from ...exceptions import ConfigurationError
from ...filesystem.names import visible_name
from ...models import Role
from ..problems import Problems
from ..questions import QuestionWithSettings, merged_settings
from ..roles import model_profile, role_number
from ..task import BatchDocument, BatchQuestion, BatchSettings, BatchTask, CellValue
from .csv_records import csv_records
from .jsonl_records import jsonl_records
from .named_files import NamedFiles
from .records import Record, UnusableTableError
from .xlsx_records import xlsx_records

__all__ = ["TaskTable", "read_task_table"]

MOST_BYTES = 256 * 1024 * 1024
"""The largest table that is read."""
_READERS: Mapping[str, Callable[[bytes], Iterator[Record]]] = {
    ".csv": csv_records,
    ".tsv": csv_records,
    ".txt": csv_records,
    ".jsonl": jsonl_records,
    ".ndjson": jsonl_records,
    ".xlsx": xlsx_records,
    ".xlsm": xlsx_records,
}
_LINES = (jsonl_records,)
_AS_IT_IS = BatchSettings()


@attrs.frozen
class TaskTable:
    """The rows of a table; `tasks` checks them."""

    path: Path
    records: tuple[Record, ...]

    @property
    def names_roles(self) -> bool:
        """Whether a row names a role, so that the server's roles are needed."""
        return any(record.columns.role and _cell_text(record.cells.get(record.columns.role)) for record in self.records)

    def tasks(
        self,
        questions: Sequence[BatchQuestion | QuestionWithSettings] = (),
        settings: BatchSettings = _AS_IT_IS,
        roles: Sequence[Role] = (),
    ) -> list[BatchTask]:
        """The tasks in the order of the rows; a row without a question of its own asks all `questions`.

        Role and model of a row override those of a question, which override `settings`. Blocks while the files are looked up.
        Raises `ConfigurationError` that names all rows that cannot be asked, with their columns.
        """
        problems = Problems()
        rows = _Rows(self, [_with_settings(each) for each in questions], settings, roles, problems)
        tasks = [task for record in self.records for task in rows.tasks(record)]
        if not self.records:
            problems.add(text("table_without_rows"))
        problems.raise_if_any(visible_name(str(self.path)))
        return tasks


def read_task_table(path: Path) -> TaskTable:
    """The table at `path`: CSV, JSON lines or XLSX by the end of its name. Blocks.

    The column of documents is headed ``file``, ``document``, ``файл`` or ``документ``, their paths are relative to the table's
    folder; ``question``, ``role`` and ``model`` (``вопрос``, ``роль``, ``модель``) may be there, and any others, which are the
    user's own. Raises `ConfigurationError` that names the table and what to do.
    """
    try:
        return TaskTable(path, tuple(_records(path)))
    except UnusableTableError as error:
        shown = visible_name(str(path))
        raise ConfigurationError(text("batch_input_unusable", source=shown, problems=[error.reason], more="")) from error


def _records(path: Path) -> Iterator[Record]:
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise UnusableTableError(text("table_of_unknown_kind", kinds=tuple(_READERS)))
    return reader(_data(path))


def _data(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = system_reason(error) if isinstance(error, OSError) else text("errno_ENOENT")
        raise UnusableTableError(text("batch_file_not_opened", reason=reason)) from error
    if len(data) > MOST_BYTES:
        raise UnusableTableError(text("batch_file_too_large", size=MOST_BYTES))
    return data


class _Rows:
    def __init__(
        self,
        table: TaskTable,
        questions: Sequence[QuestionWithSettings],
        settings: BatchSettings,
        roles: Sequence[Role],
        problems: Problems,
    ) -> None:
        self._files = NamedFiles(table.path.parent)
        self._in_lines = _READERS.get(table.path.suffix.lower()) in _LINES
        self._questions = questions
        self._settings = settings
        self._roles = roles
        self._problems = problems

    def tasks(self, record: Record) -> list[BatchTask]:
        """The tasks of one row; none of a row with problems, which are added."""
        if record.problem is not None:
            self._report(record, record.problem)
            return []
        before = self._problems.count
        document, questions, own = self._document(record), self._questions_of(record), self._own_settings(record)
        if document is None or self._problems.count > before:
            return []
        columns = {name: record.cells.get(name) for name in record.columns.own}
        return [
            BatchTask(
                document=document,
                question=each.question,
                settings=merged_settings(own, merged_settings(each.settings, self._settings)),
                columns=columns,
            )
            for each in questions
        ]

    def _document(self, record: Record) -> BatchDocument | None:
        columns = record.columns
        if (column := columns.file or columns.document_id) is None:
            self._report(record, text("row_without_document"))
            return None
        if not (named := _cell_text(record.cells.get(column))):
            self._report(record, text("cell_without_document"), column)
            return None
        if columns.file is None:
            client_id = _cell_text(record.cells.get(columns.client_id or "")) or None
            return BatchDocument(name=named, document_id=named, client_id=client_id)
        found = self._files.find(named)
        if isinstance(found, Path):
            return BatchDocument(name=visible_name(named), path=found)
        self._report(record, text("document_unusable", path=visible_name(named), reason=found), column)
        return None

    def _questions_of(self, record: Record) -> Sequence[QuestionWithSettings]:
        column = record.columns.question
        asked = _cell_text(record.cells.get(column)) if column else ""
        if asked:
            return [QuestionWithSettings(question=BatchQuestion(text=asked))]
        if not self._questions:
            self._report(record, text("row_without_question"), column)
        return self._questions

    def _own_settings(self, record: Record) -> BatchSettings:
        wanted_role, wanted_model = (
            _cell_text(record.cells.get(column or "")) for column in (record.columns.role, record.columns.model)
        )
        role = role_number(wanted_role, self._roles) if wanted_role else None
        model = model_profile(wanted_model) if wanted_model else None
        if isinstance(role, LocalizedText):
            self._report(record, role, record.columns.role)
            role = None
        if isinstance(model, LocalizedText):
            self._report(record, model, record.columns.model)
            model = None
        return BatchSettings(role=role, model=model)

    def _report(self, record: Record, problem: LocalizedText, column: str | None = None) -> None:
        number = record.number
        if column is None:
            where = (
                text("at_line", line=number, problem=problem) if self._in_lines else text("at_row", row=number, problem=problem)
            )
        elif self._in_lines:
            where = text("at_line_and_column", line=number, column=column, problem=problem)
        else:
            where = text("at_row_and_column", row=number, column=column, problem=problem)
        self._problems.add(where)


def _cell_text(cell: CellValue) -> str:
    """A cell's text, stripped; a whole number without decimals, as a spreadsheet shows it."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _with_settings(question: BatchQuestion | QuestionWithSettings) -> QuestionWithSettings:
    return question if isinstance(question, QuestionWithSettings) else QuestionWithSettings(question=question)
