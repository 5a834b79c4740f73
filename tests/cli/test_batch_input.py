"""What a batch job is to ask, from the command line's options; at servers where roles and the project tree are needed."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Sequence
from pathlib import Path

import click
import pytest

from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore
from aizoomdoc_client.batch.task import BatchTask
from aizoomdoc_client.cli.batch_input import BatchInput, batch_input_options, read_tasks
from aizoomdoc_client.cli.errors import CommandError, ExitCode, report
from aizoomdoc_client.cli.framework import Command
from aizoomdoc_client.local import LocalServer
from tests.cli.program import TOKEN

NOWHERE = "http://127.0.0.1:9"


def given(*arguments: str) -> BatchInput:
    """What a command with the options gets."""
    found: list[BatchInput] = []

    def run(given: BatchInput) -> None:
        found.append(given)

    command = click.command("run", cls=Command)(batch_input_options(run))
    command.main(list(arguments), standalone_mode=False)
    return found[0]


def tasks(*arguments: str, url: str = NOWHERE, exclude: Sequence[Path] = ()) -> list[BatchTask]:
    """The tasks; without a server that answers, unless one is named."""

    async def run() -> list[BatchTask]:
        async with AsyncAIZoomDocClient(url, TOKEN, token_store=MemoryTokenStore()) as client:
            return await read_tasks(given(*arguments), client, exclude=exclude)

    return asyncio.run(run())


def asked(found: Sequence[BatchTask]) -> list[tuple[str, str]]:
    return [(each.document.name, each.question.heading) for each in found]


def failure(*arguments: str, url: str = NOWHERE) -> tuple[str, ExitCode]:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever the command line reports
        tasks(*arguments, url=url)
    told = report(caught.value)
    assert told is not None, caught.value
    return told[0], told[1]


@pytest.fixture
def plans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with documents in folders, questions, and a table."""
    for name in ("plans/План 10.pdf", "plans/План 2.pdf", "plans/АР/План 1.pdf", "plans/a.dwg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"%PDF-")
    (tmp_path / "questions.toml").write_text('[questions]\nheight = "Какая высота этажа?"', encoding="utf-8")
    (tmp_path / "tasks.csv").write_text(
        "файл;вопрос;шифр\nplans/План 2.pdf;;АР-1\nplans/План 10.pdf;Где?;АР-2", encoding="cp1251"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path / "plans"


def test_each_question_is_asked_about_each_document(plans: Path) -> None:
    """Those of the command line before those of the file; no server is needed."""
    found = tasks("plans", "--question", "Где ВРУ?", "--question", "Сколько этажей?", "--questions", "questions.toml")

    assert [(f"План {number}.pdf", heading) for number in (2, 10) for heading in ("Где ВРУ?", "Сколько этажей?", "height")] == (
        asked(found)
    )


def test_folders_below_are_read_when_that_is_wanted(plans: Path) -> None:
    """And files once, however they were named."""
    found = tasks("plans", "plans/*.pdf", "-r", "--question", "Где?", "--model", "complex")

    assert ["АР/План 1.pdf", "План 2.pdf", "План 10.pdf"] == [each.document.name for each in found]
    assert {"complex"} == {each.settings.model for each in found}


def test_the_jobs_own_results_are_no_documents(plans: Path) -> None:
    """A second run does not ask about what the first one wrote into the folder."""
    (plans / "answers.html").write_text("<p>")

    assert ["План 2.pdf", "План 10.pdf"] == [
        each.document.name for each in tasks("plans", "--question", "Где?", exclude=[plans / "answers.html"])
    ]


def test_a_table_brings_questions_and_columns_of_its_own(plans: Path) -> None:
    """The common ones are for rows without."""
    found = tasks("--tasks", "tasks.csv", "--questions", "questions.toml")

    assert [("plans/План 2.pdf", "height"), ("plans/План 10.pdf", "Где?")] == asked(found)
    assert [{"шифр": "АР-1"}, {"шифр": "АР-2"}] == [dict(each.columns) for each in found]


def test_roles_are_looked_up_at_the_server(plans: Path, local_server: LocalServer) -> None:
    """By name or number, wherever they are named."""
    (plans.parent / "roles.jsonl").write_text('{"file": "plans/План 2.pdf", "role": 1}\n{"file": "plans/План 2.pdf"}')
    [first, second] = tasks("--tasks", "roles.jsonl", "--question", "Где?", "--role", "2", url=local_server.url)
    name = "Нет такой"

    assert (1, 2) == (first.settings.role, second.settings.role)
    told, code = failure("plans", "--question", "Где?", "--role", name, url=local_server.url)
    assert (f"--role: there is no role '{name}'; there are: 1 ", ExitCode.CONFIGURATION) == (told[: told.index("1 ") + 2], code)


def test_documents_of_the_project_tree(plans: Path, local_server: LocalServer) -> None:
    """Together with files; only a client's, or below a node."""
    found = tasks("plans/План 2.pdf", "--tree", "--question", "Где?", url=local_server.url)
    one, *tree = [each.document for each in found]

    assert ("План 2.pdf", None) == (one.name, one.document_id)
    assert all(each.document_id and each.path is None for each in tree)
    for document in tree:
        only = tasks("--tree", "--node", document.name, "--question", "Где?", url=local_server.url)
        assert [document] == [each.document for each in only]
    nobody = failure("--tree", "--client-id", "nobody", "--node", tree[0].name, "--question", "Где?", url=local_server.url)
    assert nobody[0].startswith("The project tree: there ")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "A document and a question are needed"),
        (["plans"], "A document and a question are needed"),
        (["--question", "Где?"], "A document and a question are needed"),
        (["--tasks", "tasks.csv", "plans"], "--tasks names the documents itself: leave out paths and --tree"),
        (["--tasks", "tasks.csv", "--tree"], "--tasks names the documents itself: leave out paths and --tree"),
        (["plans", "--question", "Где?", "--node", "x"], "--client-id and --node go with --tree only"),
    ],
)
def test_options_that_do_not_fit_together(plans: Path, arguments: list[str], expected: str) -> None:
    """Are told before anything is read."""
    assert (expected, ExitCode.USAGE) == failure(*arguments)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["none.pdf", "--question", "Где?"], "Documents: 'none.pdf': No such file or directory"),
        (["plans", "--question", " "], "Questions: question 1 is empty"),
        (["plans", "--question", "Где?", "--question", "Где?"], "Questions: 'Где?' is asked twice; leave one out"),
        (
            ["plans", "--questions", "questions.toml", "--question", "Какая высота этажа?"],
            "Questions: 'height' is asked twice; leave one out",
        ),
        (["~$План.docx", "--question", "Где?"], "Documents: there are none"),
        (["--tasks", "tasks.csv"], "tasks.csv: row 2, column 'вопрос': no question is there, and none for all rows was given"),
    ],
)
def test_what_cannot_be_asked_is_named(plans: Path, arguments: list[str], expected: str) -> None:
    """With what to do."""
    (plans.parent / "~$План.docx").touch()

    assert (expected, ExitCode.CONFIGURATION) == failure(*arguments)


def test_several_problems_have_a_line_each(plans: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line of ten could not be read; the last one says that nothing was asked."""
    (plans / "empty.pdf").touch()
    told, code = failure("plans", *(f"{number}.pdf" for number in range(12)), "--question", "Где?")
    lines = capsys.readouterr().err.splitlines()

    assert ("Documents: nothing was asked; mend what the lines above name", ExitCode.CONFIGURATION) == (told, code)
    assert ["'plans/empty.pdf': the file is empty", "'0.pdf': No such file or directory", "and 3 more"] == [*lines[:2], lines[-1]]
    assert 11 == len(lines)


def test_unreadable_documents_can_be_left_out(plans: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A night's work does not wait for an empty file; each is named."""
    (plans / "empty.pdf").touch()
    found = tasks("plans", "none.pdf", "--question", "Где?", "--skip-unreadable")

    assert ["План 2.pdf", "План 10.pdf"] == [each.document.name for each in found]
    assert [
        "Warning: Left out: 'plans/empty.pdf': the file is empty",
        "Warning: Left out: 'none.pdf': No such file or directory",
    ] == capsys.readouterr().err.splitlines()
    with pytest.raises(CommandError, match="A document and a question"):
        tasks("--skip-unreadable")


def test_ctrl_c_does_not_wait_for_a_slow_disk(plans: Path) -> None:
    """Here a file that gives nothing; the thread that reads it does not keep the program from ending."""
    os.mkfifo(plans / "slow.toml")

    async def interrupted() -> int:
        async with AsyncAIZoomDocClient(NOWHERE, TOKEN, token_store=MemoryTokenStore()) as client:
            reading = asyncio.create_task(read_tasks(given("plans", "--questions", "plans/slow.toml"), client))
            writer = await asyncio.to_thread(os.open, plans / "slow.toml", os.O_WRONLY)  # returns when it is being read
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
        return writer

    writer = asyncio.run(interrupted())
    try:
        assert [True] == [each.daemon for each in threading.enumerate() if each.name == "aizoomdoc-batch-input"]
    finally:
        os.close(writer)
