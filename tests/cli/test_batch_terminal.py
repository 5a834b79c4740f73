"""``aizoomdoc batch run`` at a terminal: what is said while the progress is drawn."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from aizoomdoc_client.testing import ScriptedServer, Stall, simple_answer
from tests.cli.program import Program

if sys.platform == "win32":
    pytest.skip("pseudo-terminals of POSIX systems", allow_module_level=True)

from tests.cli.terminal import Terminal


def test_what_is_said_stays_above_the_progress(logged_in: Program, server: ScriptedServer, tmp_path: Path) -> None:
    """The line after Ctrl-C stands above the progress, which goes on below it and leaves nothing behind."""
    (tmp_path / "План.md").write_text("Высота этажа 3,3 м", encoding="utf-8")
    journal = tmp_path / "мой журнал.sqlite"
    server.answer_with(simple_answer("3,3 м").interrupted(2, Stall()))
    arguments = ("batch", "run", str(tmp_path / "План.md"), "--question", "Высота?", "--journal", str(journal))
    with Terminal(logged_in.environment(), *arguments, width=200) as terminal:
        terminal.until("План.md: Высота?")
        terminal.type("\x03")
        terminal.until_shown("Stopping: the questions that run are finished first.")
        terminal.type("\x03")

        assert 130 == terminal.end()
    stopping = "Stopping: the questions that run are finished first. Ctrl-C again stops at once; nothing is lost."
    export = f"Results as a file: aizoomdoc batch export '{journal}' --out answers.xlsx"
    said = terminal.screen.text.split("\n")

    assert [stopping, "done 0 of 1", export, "Stopped. The same command goes on where it was."] == said
