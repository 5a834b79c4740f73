"""Replacing a file, for all that write complete ones."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from aizoomdoc_client.batch.results.replacement import replacing
from aizoomdoc_client.filesystem import replacing as replacing_files
from aizoomdoc_client.filesystem.private_files import write_private


def write_results(path: Path) -> None:
    with replacing(path) as file:
        file.write(b"new")


@pytest.mark.parametrize("write", [lambda path: write_private(path, lambda: b"new"), write_results], ids=["private", "results"])
def test_replacing_a_busy_file_is_retried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path], None]) -> None:
    """On a system that does not replace a file which another process reads, the writer waits and tries again."""
    refusals = [PermissionError(), PermissionError()]
    real = os.replace

    def busy(*names: object) -> None:
        if refusals:
            raise refusals.pop()
        real(*names)

    monkeypatch.setattr(replacing_files, "_BUSY_DELAYS", (0.0, 0.0, 0.0))
    monkeypatch.setattr(os, "replace", busy)
    write(tmp_path / "file")

    assert ([], b"new", ["file"]) == (refusals, (tmp_path / "file").read_bytes(), [each.name for each in tmp_path.iterdir()])
