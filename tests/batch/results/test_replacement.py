"""A file is replaced by a complete one, or stays as it is."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from aizoomdoc_client.batch.results.replacement import replacing, scratch_folder

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes and links of POSIX")


def write(path: Path, content: bytes = b"new") -> None:
    with replacing(path) as file:
        file.write(content)


def test_the_new_file_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    """And nothing else is left in the folder."""
    path = tmp_path / "answers.csv"
    path.write_bytes(b"old")
    write(path)

    assert ([path], b"new") == (list(tmp_path.iterdir()), path.read_bytes())


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, GeneratorExit])
def test_after_an_interruption_the_old_file_is_there(tmp_path: Path, error: type[BaseException]) -> None:
    """Unchanged, and alone."""
    path = tmp_path / "answers.csv"
    path.write_bytes(b"old")

    def interrupted() -> None:
        with replacing(path) as file:
            file.write(b"half")
            raise error

    with pytest.raises(error):
        interrupted()

    assert ([path], b"old") == (list(tmp_path.iterdir()), path.read_bytes())


def test_until_the_end_the_old_file_can_be_read(tmp_path: Path) -> None:
    """Whoever opens it meanwhile finds a complete one."""
    path = tmp_path / "answers.csv"
    path.write_bytes(b"old")
    with replacing(path) as file:
        file.write(b"half")
        file.flush()

        assert path.read_bytes() == b"old"


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666])
def test_the_mode_of_the_old_file_is_kept(tmp_path: Path, mode: int) -> None:
    """Who could not read the results before cannot now."""
    path = tmp_path / "answers.csv"
    path.touch()
    path.chmod(mode)
    write(path)

    assert mode == stat.S_IMODE(path.stat().st_mode)


@posix
def test_a_new_file_has_the_mode_that_other_files_have(tmp_path: Path) -> None:
    """That of the umask."""
    old = os.umask(0o027)
    try:
        write(tmp_path / "answers.csv")
    finally:
        os.umask(old)

    assert 0o640 == stat.S_IMODE((tmp_path / "answers.csv").stat().st_mode)


@posix
def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    """What it leads to is replaced, there."""
    target = tmp_path / "real" / "answers.csv"
    target.parent.mkdir()
    target.write_bytes(b"old")
    link = tmp_path / "answers.csv"
    link.symlink_to(target)
    write(link)

    assert (True, b"new") == (link.is_symlink(), target.read_bytes())


def test_what_a_killed_process_left_is_removed_after_a_day(tmp_path: Path) -> None:
    """What is younger may be another process's, and what has another name is not ours."""
    names = [".answers.csv.0123abcd.part", ".answers.csv.4567abcd.part", ".other.csv.0123abcd.part"]
    for name in names:
        (tmp_path / name).touch()
    for name in (names[0], names[2]):
        os.utime(tmp_path / name, (0, 0))
    write(tmp_path / "answers.csv")

    assert sorted([names[1], names[2], "answers.csv"]) == sorted(path.name for path in tmp_path.iterdir())


@posix
def test_what_another_one_writes_stays_however_the_clock_jumps(tmp_path: Path) -> None:
    """Both its draft and its folder for temporary files, although they look a day old."""
    path = tmp_path / "answers.csv"
    with replacing(path) as file, scratch_folder(path) as folder:
        file.write(b"first")
        file.flush()
        for each in tmp_path.iterdir():
            os.utime(each, (0, 0))
        write(path, b"second")
        is_there = folder.is_dir()

    assert (True, [path], b"first") == (is_there, list(tmp_path.iterdir()), path.read_bytes())


def test_two_may_write_the_same_file(tmp_path: Path) -> None:
    """The one that ends last wins, and each is complete."""
    path = tmp_path / "answers.csv"
    with replacing(path) as first:
        first.write(b"first")
        write(path, b"second")

    assert ([path], b"first") == (list(tmp_path.iterdir()), path.read_bytes())


@pytest.mark.parametrize("name", ["x" * 251, "🏗" * 62, "图" * 83])
def test_a_long_name_is_no_hindrance(tmp_path: Path, name: str) -> None:
    """A file system has a limit for a name, and the unfinished file has a name of its own."""
    path = tmp_path / f"{name}.csv"
    write(path)

    assert path.read_bytes() == b"new"
