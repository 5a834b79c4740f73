"""The files that a table names."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from aizoomdoc_client.batch.task_table.named_files import NamedFiles

NAME = "План йода.pdf"


@pytest.mark.parametrize("on_disk", ["NFC", "NFD"])
@pytest.mark.parametrize("in_table", ["NFC", "NFD"])
@pytest.mark.parametrize("separator", ["/", "\\"])
def test_a_table_from_another_system_finds_its_files(tmp_path: Path, on_disk: str, in_table: str, separator: str) -> None:
    """One takes letters apart, another one has its own separator."""
    path = tmp_path / "plans" / unicodedata.normalize(on_disk, NAME)  # type: ignore[arg-type]
    path.parent.mkdir()
    path.write_bytes(b"%PDF-")

    found = NamedFiles(tmp_path).find(f"plans{separator}{unicodedata.normalize(in_table, NAME)}")  # type: ignore[arg-type]

    assert path == found


def test_a_name_with_a_backslash_is_found_first(tmp_path: Path) -> None:
    """On systems where it may have one."""
    for name in ("a\\b.pdf", "a/b.pdf"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"%PDF-")

    assert tmp_path / "a\\b.pdf" == NamedFiles(tmp_path).find("a\\b.pdf")


def test_paths_are_relative_to_the_tables_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever folder is the working one later; whole paths stay."""
    (tmp_path / "a.pdf").write_bytes(b"%PDF-")
    monkeypatch.chdir(tmp_path)
    files = NamedFiles(Path())
    monkeypatch.chdir("/")

    assert [tmp_path / "a.pdf"] * 2 == [files.find("a.pdf"), files.find(str(tmp_path / "a.pdf"))]


@pytest.mark.parametrize("odd", ["\0", "x" * 300, "\ud800", "a.pdf/b"])
def test_no_name_is_more_than_a_reason(tmp_path: Path, odd: str) -> None:
    """Whatever a cell has."""
    (tmp_path / "a.pdf").write_bytes(b"%PDF-")

    assert not isinstance(NamedFiles(tmp_path).find(odd), Path)
