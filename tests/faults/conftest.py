"""Shared fixtures."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import bytecode, program
from tests.cli.program import Program
from tests.faults.batch_command import BatchCommand
from tests.session.conftest import library

__all__ = ["bytecode", "library", "program"]  # `library`: both WebSocket libraries, for tests that ask for them


@pytest.fixture
def batch(program: Program, tmp_path: Path) -> BatchCommand:
    """``aizoomdoc batch`` in a folder with six documents, not logged in."""
    command = BatchCommand(program, tmp_path)
    command.write(*(f"План {number}.md" for number in range(1, 7)))
    return command
