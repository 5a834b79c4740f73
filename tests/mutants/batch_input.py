"""Mutants of what a batch job is to ask. Each is killed by a test of its module."""

# pyright: reportUnknownLambdaType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (a lambda that replaces a function has the function's parameters)

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from .mutant import Mutant

DOCUMENTS = "tests/batch/test_documents.py::"
QUESTIONS = "tests/batch/test_questions.py::"
TABLES = "tests/batch/task_table/"


def lenient_rows(_: Any) -> Any:
    def rows(table: str, delimiter: str, first: int) -> Iterator[tuple[int, list[str]]]:
        return iter(enumerate(csv.reader(io.StringIO(table, newline=""), delimiter=delimiter), first))

    return rows


def guessed_by_one_byte(original: Any) -> Any:
    def decoded(data: bytes) -> Any:
        return data.decode("cp1251", "replace") if b"\xff" in data else original(data)

    return decoded


BATCH_INPUT: Sequence[Mutant] = (
    Mutant(
        name="names sorted as text",
        description="Plan 10 comes before plan 2",
        target="batch.natural_order:_key",
        mutate=lambda _: lambda part: ((0, 0, part),),
        killers=(f"{DOCUMENTS}test_a_folders_documents_come_in_natural_order",),
    ),
    Mutant(
        name="file known by its path",
        description="A file is asked about once for each link to it",
        target="batch.documents:_identity_at",
        mutate=lambda _: str,
        killers=(f"{DOCUMENTS}test_each_file_is_taken_once",),
    ),
    Mutant(
        name="lock files asked about",
        description="What an office program keeps while a document is open is a document",
        target="batch.documents:is_temporary",
        mutate=lambda _: lambda _name: False,
        killers=(f"{DOCUMENTS}test_a_named_file_is_taken_whatever_its_name",),
    ),
    Mutant(
        name="question paid for twice",
        description="A question that is given twice is asked twice",
        target="batch.questions:repetitions",
        mutate=lambda _: lambda _questions: iter(()),
        killers=(f"{QUESTIONS}test_what_cannot_be_asked_is_refused",),
    ),
    Mutant(
        name="job settings first",
        description="The job's role and model count before a question's own",
        target="batch.questions:merged_settings",
        mutate=lambda original: lambda own, common: original(common, own),
        killers=(f"{QUESTIONS}test_a_questions_own_settings_count_first",),
    ),
    Mutant(
        name="open quotation mark",
        description="The rows after a quotation mark that is not closed become one cell",
        target="batch.task_table.csv_records:_rows",
        mutate=lenient_rows,
        killers=(f"{TABLES}test_csv_records.py::test_a_table_that_would_lose_rows_is_refused",),
    ),
    Mutant(
        name="encoding by one broken byte",
        description="Text in UTF-8 with one broken byte is read as Windows-1251",
        target="batch.task_table.csv_records:decoded",
        mutate=guessed_by_one_byte,
        killers=(f"{TABLES}test_csv_records.py::test_a_broken_byte_does_not_change_the_encoding_of_the_rest",),
    ),
    Mutant(
        name="formula without result",
        description="A formula without a stored result is an empty cell",
        target="batch.task_table.xlsx_records:_cell",
        mutate=lambda original: lambda cell, _formula: original(cell, cell),
        killers=(f"{TABLES}test_xlsx_records.py::test_a_formula_counts_by_its_result_and_not_at_all_without",),
    ),
    Mutant(
        name="names of another system",
        description="A table from Windows or macOS does not find its files",
        target="batch.task_table.named_files:_spellings",
        mutate=lambda _: lambda named: iter((named,)),
        killers=(f"{TABLES}test_named_files.py::test_a_table_from_another_system_finds_its_files",),
    ),
)
