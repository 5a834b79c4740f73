"""Tasks from tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from aizoomdoc_client.batch.questions import QuestionWithSettings
from aizoomdoc_client.batch.task import BatchDocument, BatchQuestion, BatchSettings, BatchTask
from aizoomdoc_client.batch.task_table import read_task_table
from aizoomdoc_client.exceptions import ConfigurationError
from aizoomdoc_client.models import Role

ROLES = [Role(id=1, name="ГИП"), Role(id=7, name="Сметчик")]
HEIGHT = BatchQuestion(text="Какая высота?", name="высота")
WHERE = BatchQuestion(text="Где ВРУ?")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with documents in one below it."""
    (tmp_path / "plans").mkdir()
    for name in ("План 1.pdf", "План 2.pdf"):
        (tmp_path / "plans" / name).write_bytes(b"%PDF-")
    return tmp_path


def written(path: Path, rows: Sequence[Sequence[Any]]) -> Path:
    """A table of one of the three kinds, by the end of its name."""
    if path.suffix == ".xlsx":
        from openpyxl import Workbook

        workbook: Any = Workbook()
        for row in rows:
            workbook.active.append(list(row))
        workbook.save(path)
    elif path.suffix == ".jsonl":
        path.write_text("\n".join(json.dumps(dict(zip(rows[0], row, strict=False))) for row in rows[1:]))
    else:
        path.write_text("\n".join(";".join("" if cell is None else str(cell) for cell in row) for row in rows))
    return path


def tasks(path: Path, *questions: BatchQuestion | QuestionWithSettings, settings: BatchSettings | None = None) -> list[BatchTask]:
    return read_task_table(path).tasks(questions, settings or BatchSettings(), ROLES)


def message(path: Path, *questions: BatchQuestion) -> str:
    with pytest.raises(ConfigurationError) as caught:
        tasks(path, *questions)
    assert caught.value.message.startswith(f"{path}: "), caught.value.message
    return caught.value.message.removeprefix(f"{path}: ")


each_kind = pytest.mark.parametrize("kind", [".csv", ".jsonl", ".xlsx"])


@each_kind
def test_a_row_is_a_task(folder: Path, kind: str) -> None:
    """With a document beside the table, a question, settings, and columns of the user's own, which come out unchanged."""
    head = ["Файл", "вопрос", "Роль", "модель", "шифр", " note"]
    path = written(
        folder / f"tasks{kind}",
        [
            head,
            ["plans/План 1.pdf", "Какая высота?", "сметчик", "complex", "АР-1", "x "],
            ["plans/План 2.pdf", " Где ВРУ? ", "1", "", "АР-2", ""],
        ],
    )
    note = " note" if kind == ".jsonl" else "note"
    nothing = None if kind == ".xlsx" else ""

    assert read_task_table(path).names_roles
    assert [
        BatchTask(
            document=BatchDocument(name="plans/План 1.pdf", path=folder / "plans/План 1.pdf"),
            question=BatchQuestion(text="Какая высота?"),
            settings=BatchSettings(role=7, model="complex"),
            columns={"шифр": "АР-1", note: "x "},
        ),
        BatchTask(
            document=BatchDocument(name="plans/План 2.pdf", path=folder / "plans/План 2.pdf"),
            question=WHERE,
            settings=BatchSettings(role=1),
            columns={"шифр": "АР-2", note: nothing},
        ),
    ] == tasks(path)


@each_kind
def test_rows_without_a_question_ask_those_of_all_rows(folder: Path, kind: str) -> None:
    """A row's own role counts first, then the question's, then the job's."""
    path = written(
        folder / f"tasks{kind}",
        [["document", "question", "role"], ["plans/План 1.pdf", "", 7], ["plans/План 2.pdf", "Сколько этажей?", None]],
    )
    questions = (HEIGHT, QuestionWithSettings(question=WHERE, settings=BatchSettings(role=1, model="simple")))
    made = tasks(path, *questions, settings=BatchSettings(role=3, model="complex"))

    assert [
        ("plans/План 1.pdf", HEIGHT, 7, "complex"),
        ("plans/План 1.pdf", WHERE, 7, "simple"),
        ("plans/План 2.pdf", BatchQuestion(text="Сколько этажей?"), 3, "complex"),
    ] == [(each.document.name, each.question, each.settings.role, each.settings.model) for each in made]


@each_kind
def test_a_table_of_files_alone_asks_the_common_questions(folder: Path, kind: str) -> None:
    """And needs no roles."""
    path = written(folder / f"tasks{kind}", [["file"], ["plans/План 2.pdf"], ["plans/План 1.pdf"]])

    assert not read_task_table(path).names_roles
    assert ["plans/План 2.pdf", "plans/План 1.pdf"] == [each.document.name for each in tasks(path, HEIGHT)]


@each_kind
def test_all_that_is_wrong_is_told_at_once(folder: Path, kind: str) -> None:
    """By row and column, so that a table is mended once."""
    (folder / "empty.pdf").touch()
    path = written(
        folder / f"tasks{kind}",
        [
            ["file", "question", "role", "model"],
            ["plans/План 9.pdf", "А?", "", ""],
            ["plans/План 1.pdf", "А?", "Повар", "best"],
            ["", "А?", "", ""],
            ["empty.pdf", "", "", ""],
            ["plans", "А?", "", ""],
        ],
    )
    row, column, first = ("line", "", 1) if kind == ".jsonl" else ("row", "column ", 2)
    roles, models = "there are: 1 ГИП, 7 Сметчик", "there are: simple, complex"

    assert [
        f"{row} {first}, {column}'file': 'plans/План 9.pdf': No such file or directory",
        f"{row} {first + 1}, {column}'role': there is no role 'Повар'",
        roles,
        f"{row} {first + 1}, {column}'model': there is no model 'best'",
        models,
        f"{row} {first + 2}, {column}'file': no document is named (of merged cells only the first one has the text)",
        f"{row} {first + 3}, {column}'file': 'empty.pdf': the file is empty",
        f"{row} {first + 3}, {column}'question': no question is there, and none for all rows was given",
        f"{row} {first + 4}, {column}'file': 'plans': this is a folder, and a row names one file",
    ] == message(path).split("; ")


def test_of_many_wrong_rows_ten_are_named(folder: Path) -> None:
    """And the others counted."""
    path = written(folder / "tasks.csv", [["file"], *([f"{number}.pdf"] for number in range(307))])
    shown = message(path, HEIGHT)

    assert shown.startswith("row 2, column 'file': '0.pdf': No such file or directory; ")
    assert shown.endswith("row 11, column 'file': '9.pdf': No such file or directory; and 297 more")


@each_kind
def test_documents_of_the_project_tree_have_ids(folder: Path, kind: str) -> None:
    """In a table without a column of files; beside one such ids are the user's own."""
    path = written(folder / f"tree{kind}", [["document_id", "client_id"], ["d1", "c1"], ["d2", ""]])
    other = written(folder / f"own{kind}", [["файл", "document_id"], ["plans/План 1.pdf", "d1"]])

    assert [
        BatchDocument(name="d1", document_id="d1", client_id="c1"),
        BatchDocument(name="d2", document_id="d2"),
    ] == [each.document for each in tasks(path, HEIGHT)]
    assert [{"document_id": "d1"}] == [dict(each.columns) for each in tasks(other, HEIGHT)]


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("tasks.xls", b"", "the name of a table ends in .csv, .tsv, .txt, .jsonl, .ndjson, .xlsx, .xlsm"),
        ("tasks.csv", b"", "no column is headed 'file' or 'document'; the first row has: —"),
        ("tasks.csv", b"plan 1.pdf,height\n", "no column is headed 'file' or 'document'; the first row has: plan 1.pdf, height"),
        ("tasks.csv", b"file,question\n\n,,\n", "there are no rows below the heads"),
        (
            "tasks.jsonl",
            b'{"question": "A?"}\n\n[]\n',
            "line 1: no document is named; that is done by 'file'; line 3: this is no JSON",
        ),
        ("tasks.jsonl", b"\n\n", "there are no rows below the heads"),
    ],
)
def test_what_is_no_table_of_tasks_is_named(folder: Path, name: str, data: bytes, expected: str) -> None:
    """With what would be one."""
    (folder / name).write_bytes(data)

    assert message(folder / name).startswith(expected)


def test_a_missing_table_is_named(folder: Path) -> None:
    """With what the system says."""
    assert "the file cannot be opened (No such file or directory)" == message(folder / "none.csv")
