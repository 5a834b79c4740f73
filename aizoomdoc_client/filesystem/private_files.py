"""Files with mode 0600, written completely or not at all, and never through a symbolic link."""

from __future__ import annotations

import contextlib
import itertools
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from ..catalog import LocalizedText, text
from .replacing import replace_file, sync_folder

# Missing on Windows, where the access list of the user's profile folder protects the files in it.
_FLAGS: int = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class UnusableFileError(Exception):
    """A file exists and cannot be used; `text` says why."""

    def __init__(self, reason: LocalizedText) -> None:
        super().__init__(reason.render())
        self.text = reason


def make_private_folder(folder: Path) -> None:
    """Creates `folder` and its missing parents with mode 0700, whatever the umask; does not change existing folders.

    Raises `OSError`.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        with contextlib.suppress(FileExistsError):  # another process has created it meanwhile
            path.mkdir(mode=0o700)
            path.chmod(0o700)


def read_private(path: Path) -> bytes:
    """The content of the regular file `path`.

    Raises `UnusableFileError` if it is a symbolic link or no regular file, and `OSError`.
    """
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        raise UnusableFileError(text("file_is_symlink"))
    if not stat.S_ISREG(mode):
        raise UnusableFileError(text("file_is_no_regular_file"))
    with open(path, "rb", opener=_open_private) as file:
        return file.read()


def write_private(path: Path, content: Callable[[], bytes]) -> None:
    """Replaces the file `path` by a new one of mode 0600; after a failure, or a crash at any moment, the old one is unchanged.

    The caller has to hold a lock, because all writers use the same name for the draft. `content` is a function, so that no
    variable of a traceback holds a secret. Raises `OSError`, and what `content` raises.
    """
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    try:
        with new_private(draft) as file:
            if hasattr(os, "fchmod"):
                os.fchmod(file.fileno(), 0o600)
            file.write(content())
            file.flush()
            os.fsync(file.fileno())
        replace_file(draft, path)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def new_private(path: Path) -> BinaryIO:
    """A new file of mode 0600, open to be written. Raises `OSError`."""
    return open(path, "xb", opener=_open_private)


def set_aside(path: Path) -> Path:
    """Renames `path` to the first free one of ``<path>.corrupt``, ``<path>.corrupt.2`` and so on, and returns the new path.

    The caller has to hold a lock. Raises `OSError`.
    """
    endings = itertools.chain([""], (f".{number}" for number in itertools.count(2)))
    names = (path.with_name(f"{path.name}.corrupt{ending}") for ending in endings)
    return path.rename(next(name for name in names if not os.path.lexists(name)))


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags | _FLAGS, 0o600)
