"""Results are written into a file of any format, or it is said why not."""

from __future__ import annotations

import errno
import os
import subprocess
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from aizoomdoc_client.batch.results.export import (
    ResultFormat,
    check_replaces_nothing,
    check_results_path,
    result_format,
    write_results,
)
from aizoomdoc_client.batch.results.row import ResultRow
from aizoomdoc_client.exceptions import ConfigurationError

from .sample import SUMMARY, answer, failed, row

FORMATS = get_args(ResultFormat)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, check=False)
    if mount.returncode:
        pytest.skip("no file system may be mounted here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def export(path: Path, *rows: ResultRow, **more: Any) -> int:
    return write_results(rows, path, summary=SUMMARY, **more)


def refusal(check: Callable[[Path], object], path: Path) -> str:
    """What is said of a path to which no results can be written."""
    with pytest.raises(ConfigurationError) as raised:
        check(path)
    return str(raised.value)


@pytest.mark.parametrize("name", FORMATS)
def test_the_suffix_tells_the_format(name: str) -> None:
    """In upper and lower case."""
    assert [name, name] == [result_format(Path(f"a.b.{name}")), result_format(Path(f"a.{name.upper()}"))]


@pytest.mark.parametrize("name", ["answers", "answers.txt", "answers.xls", ".csv", "csv"])
def test_another_suffix_is_refused_with_the_choices(name: str, tmp_path: Path) -> None:
    """Before anything is asked, and before anything is written."""
    for refused in (lambda: result_format(Path(name)), lambda: export(tmp_path / name, row())):
        with pytest.raises(ConfigurationError) as caught:
            refused()

        assert all(f".{each}" in caught.value.text.render("ru") and name in caught.value.message for each in FORMATS)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_number_of_rows_is_returned(tmp_path: Path, suffix: str) -> None:
    """Of none, too: a file without rows is a complete one."""
    path = tmp_path / f"answers.{suffix}"

    assert (0, 3, [path]) == (export(path), export(path, row(), failed(), row()), list(tmp_path.iterdir()))


@pytest.mark.parametrize("suffix", FORMATS)
def test_rows_that_fail_leave_the_old_file(tmp_path: Path, suffix: str) -> None:
    """Their error is raised as it is, since it says nothing about the file that was to be written."""

    def rows() -> Iterator[ResultRow]:
        yield row()
        raise OSError("the journal is gone")

    path = tmp_path / f"answers.{suffix}"
    path.write_bytes(b"old")
    with pytest.raises(OSError, match="the journal is gone"):
        write_results(rows(), path, summary=SUMMARY)

    assert ([path], b"old") == (list(tmp_path.iterdir()), path.read_bytes())


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """It is said that a file is to be named."""
    (tmp_path / "answers.csv").mkdir()
    with pytest.raises(ConfigurationError, match="is a folder: name a file"):
        export(tmp_path / "answers.csv", row())


def test_a_symbolic_link_that_leads_to_itself_is_no_file(tmp_path: Path) -> None:
    """It is named and stays as it is; a job that would write there is told so before it begins."""
    path = tmp_path / "answers.csv"
    path.symlink_to(path)
    check_replaces_nothing(path, [tmp_path / "plans.csv"])
    refusals = {refusal(check, path) for check in (check_results_path, export)}

    assert {f"The results cannot be written to {path}: Too many levels of symbolic links"} == refusals
    assert path.is_symlink()


def test_a_name_that_is_too_long_is_refused(tmp_path: Path) -> None:
    """As results that cannot be written, in one line."""
    path = tmp_path / f"{'n' * 300}.csv"
    refusals = {refusal(check, path) for check in (check_results_path, export)}

    assert {f"The results cannot be written to {path}: File name too long"} == refusals


@pytest.mark.parametrize("name", ["link", "hard link", "itself", "the same by a link to the folder"])
def test_results_may_replace_no_file_that_a_job_needs(tmp_path: Path, name: str) -> None:
    """Whatever its name."""
    needed, path = tmp_path / "plans.csv", tmp_path / "answers.csv"
    needed.touch()
    if name == "link":
        path.symlink_to(needed)
    elif name == "hard link":
        path.hardlink_to(needed)
    elif name == "itself":
        path = needed
    else:
        (tmp_path / "link").symlink_to(tmp_path)
        path = tmp_path / "link" / "plans.csv"

    with pytest.raises(ConfigurationError) as raised:
        check_replaces_nothing(path, [needed])
    assert "results_replace_input" == raised.value.code


@pytest.mark.parametrize("folder", ["missing", "file"])
def test_a_missing_folder_is_named(tmp_path: Path, folder: str) -> None:
    """It is not created: its name may be a mistake."""
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match=f"there is no folder .*{folder}$"):
        export(tmp_path / folder / "answers.csv", row())


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_full_disk_is_said(tmp_path: Path, suffix: str, small_disk: Path) -> None:
    """In words of the language, and what was there before is there after."""
    path = small_disk / f"answers.{suffix}"
    path.write_bytes(b"old")
    incompressible = [
        row(answer=answer("".join(chr(0x4E00 + (i * i * 7919 + j) % 20000) for i in range(20000)))) for j in range(40)
    ]
    with pytest.raises(ConfigurationError) as caught:
        export(path, *incompressible)

    assert (True, [path], b"old") == (
        caught.value.text.render("ru").endswith("на диске нет места"),
        list(small_disk.iterdir()),
        path.read_bytes(),
    )


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_disk_that_is_found_full_at_the_end_is_said(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some file systems tell only when a file is to be on disk."""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("aizoomdoc_client.batch.results.replacement.os.fsync", full)
    path = tmp_path / f"answers.{suffix}"
    with pytest.raises(ConfigurationError, match=f"{path}: No space left on device"):
        export(path, row())

    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", FORMATS)
def test_rows_are_not_held_in_memory(tmp_path: Path, suffix: str) -> None:
    """Of thousands of rows some megabytes are in memory at a time, in each format."""
    words = "слово " * 500

    def rows(count: int) -> Iterator[ResultRow]:
        return (row(number, name=f"{number}.pdf", answer=answer(f"{words}{number}")) for number in range(count))

    write_results(rows(10), tmp_path / f"answers.{suffix}", summary=SUMMARY)  # what is imported
    tracemalloc.start()
    try:
        write_results(rows(1500), tmp_path / f"answers.{suffix}", summary=SUMMARY)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 8 * 2**20  # 1,500 answers of 3,000 Cyrillic letters are 9 MB
