"""Replaces a file atomically by a complete new one, or leaves it unchanged."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO

from ...filesystem.locks import in_use, is_in_use
from ...filesystem.replacing import replace_file, sync_folder

__all__ = ["replacing", "scratch_folder"]

_NAME = 59  # characters; if each has four bytes, the rest still fits into the 255 bytes of a name
_ABANDONED_SECONDS = 24 * 3600
_BINARY: int = getattr(os, "O_BINARY", 0)


@contextlib.contextmanager
def replacing(path: Path) -> Generator[BinaryIO]:
    """A new file, which replaces `path` when the block ends; after an exception or a crash `path` is unchanged.

    Until then the new file is beside `path`; it is synced to disk before it is renamed, and has the mode of the old one. A
    symbolic link is kept, and its target replaced. Raises `OSError`.
    """
    target = path.resolve()
    _remove_abandoned(target)
    draft = target.with_name(f".{target.name[:_NAME]}.{secrets.token_hex(4)}.part")
    file = open(draft, "x+b", opener=_open_new)  # noqa: SIM115  # closed below, where a failure must not hide the first one
    with in_use(draft):
        try:
            yield file
            file.flush()
            _take_mode(file, target)
            os.fsync(file.fileno())
            file.close()
            replace_file(draft, target)
        except BaseException:
            with contextlib.suppress(OSError):  # what is still buffered may find the disk full again
                file.close()
            with contextlib.suppress(OSError):
                draft.unlink()
            raise
    sync_folder(target.parent)


@contextlib.contextmanager
def scratch_folder(path: Path) -> Generator[Path]:
    """A folder for temporary files beside `path`, removed at the end; `replacing` later removes that of a killed process.

    Raises `OSError`.
    """
    target = path.resolve()
    prefix = f".{target.name[:_NAME]}."
    made = tempfile.TemporaryDirectory(prefix=prefix, suffix=".part", dir=target.parent, ignore_cleanup_errors=True)
    with made as folder, in_use(Path(folder)):
        yield Path(folder)


def _open_new(path: str, flags: int) -> int:
    return os.open(path, flags | _BINARY, 0o666)  # reduced by the umask, as for any other file


def _take_mode(file: BinaryIO, target: Path) -> None:
    """Gives `file` the mode of the file that it replaces, if there is one; not every system and file system has modes."""
    if hasattr(os, "fchmod"):
        with contextlib.suppress(OSError):
            os.fchmod(file.fileno(), stat.S_IMODE(target.stat().st_mode))


def _remove_abandoned(target: Path) -> None:
    """Removes files of processes that were killed while they wrote.

    No file takes a day to write; a clock that jumps does not matter where the system tells which files are in use.
    """
    for draft in target.parent.glob(f".{_literal(target.name[:_NAME])}.????????.part"):
        with contextlib.suppress(OSError):
            if draft.stat().st_mtime < time.time() - _ABANDONED_SECONDS and not is_in_use(draft):
                shutil.rmtree(draft) if draft.is_dir() else draft.unlink()


def _literal(name: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in name)
