"""Private files: readable by their owner only, and written completely or not at all."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aizoomdoc_client.filesystem.private_files import UnusableFileError, read_private, set_aside, write_private


def test_a_replaced_file_is_private(tmp_path: Path) -> None:
    """A replaced file has mode 0600 whatever it was before, and no other file is left."""
    path = tmp_path / "secret"
    path.write_bytes(b"old")
    path.chmod(0o644)
    write_private(path, lambda: b"new")

    assert (b"new", 0o600, [path]) == (read_private(path), path.stat().st_mode & 0o777, list(tmp_path.iterdir()))


def test_a_failed_write_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk is full, the old file is unchanged and no draft is left."""

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "secret"
    write_private(path, lambda: b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_private(path, lambda: b"new")

    assert (b"old", [path]) == (path.read_bytes(), list(tmp_path.iterdir()))


def test_a_link_is_neither_read_nor_written_through(tmp_path: Path) -> None:
    """Reading a symbolic link raises an error; writing replaces the link and not its target."""
    other, link = tmp_path / "other", tmp_path / "link"
    other.write_bytes(b"other")
    link.symlink_to(other)
    with pytest.raises(UnusableFileError, match="is a symbolic link"):
        read_private(link)
    write_private(link, lambda: b"new")

    assert (b"other", b"new", False) == (other.read_bytes(), link.read_bytes(), link.is_symlink())


def test_no_file_that_was_set_aside_is_lost(tmp_path: Path) -> None:
    """Files that are set aside later get a number in their names."""
    path, names = tmp_path / "file", []
    for content in (b"one", b"two", b"three"):
        path.write_bytes(content)
        names.append((set_aside(path).name, content))

    assert [("file.corrupt", b"one"), ("file.corrupt.2", b"two"), ("file.corrupt.3", b"three")] == names
    assert dict(names) == {each.name: each.read_bytes() for each in tmp_path.iterdir()}


def test_it_works_without_posix_calls(tmp_path: Path) -> None:
    """The module works where `os` has neither `fchmod` nor the POSIX flags of `open`, as on Windows."""
    source = """
import os, sys
del os.fchmod, os.O_NOFOLLOW, os.O_NONBLOCK
from pathlib import Path
from aizoomdoc_client.filesystem import private_files
private_files.make_private_folder(Path(sys.argv[1]).parent)
private_files.write_private(Path(sys.argv[1]), lambda: b"whole")
print(private_files.read_private(Path(sys.argv[1])))
"""
    command = [sys.executable, "-W", "error", "-c", source, str(tmp_path / "folder" / "file")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=50)

    assert (0, "b'whole'\n", "") == (done.returncode, done.stdout, done.stderr)
