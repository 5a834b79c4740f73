"""``aizoomdoc batch run --out``: what results must not replace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from aizoomdoc_client.batch.journal_export import export
from aizoomdoc_client.exceptions import ConfigurationError
from aizoomdoc_client.testing import ScriptedServer
from tests.cli.program import Program

PLAN = "Высота этажа 3,3 м"
TABLE = "file,question\nПлан.md,Высота?\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "План.md").write_text(PLAN, encoding="utf-8")
    (tmp_path / "tasks.csv").write_text(TABLE, encoding="utf-8")
    (tmp_path / "questions.toml").write_text('[[question]]\nname = "h"\ntext = "Высота?"\n', encoding="utf-8")
    (tmp_path / "link.csv").symlink_to(tmp_path / "tasks.csv")
    (tmp_path / "hard.csv").hardlink_to(tmp_path / "tasks.csv")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "out"),
    [
        (lambda folder: [folder / "План.md", "--question", "?", "--journal", folder / "run.csv"], "run.csv"),
        (lambda folder: ["--tasks", folder / "tasks.csv"], "tasks.csv"),
        (lambda folder: ["--tasks", folder / "tasks.csv"], "link.csv"),
        (lambda folder: ["--tasks", folder / "tasks.csv"], "hard.csv"),
        (lambda folder: ["--tasks", folder / "tasks.csv"], "План.md"),
        (lambda folder: ["--tasks", folder / "tasks.csv", "--dry-run"], "План.md"),
        (lambda folder: [folder / "План.md", "--question", "?"], "План.md"),
    ],
    ids=["journal", "table", "link to the table", "other name of it", "document of it", "dry run", "document"],
)
def test_results_replace_nothing_that_the_job_needs(
    logged_in: Program, server: ScriptedServer, folder: Path, arguments: Callable[[Path], list[object]], out: str
) -> None:
    """Said before anything is asked; the file stays as it is."""
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    outcome = logged_in("batch", "run", *map(str, arguments(folder)), "--out", str(folder / out))

    said = f"Error: The results would replace {folder / out}, which the job needs: name another file (--out)"
    assert (3, said) == (outcome.code, outcome.errors[0])
    assert before == {path: path.read_bytes() for path in before}
    assert [] == server.posts


def test_results_do_not_replace_their_journal(tmp_path: Path) -> None:
    """Whatever it is called."""
    journal = tmp_path / "run.csv"
    journal.touch()
    with pytest.raises(ConfigurationError, match="would replace"):
        export(journal, journal)
