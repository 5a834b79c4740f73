"""Files that take the place of others at once, and stay in it: what writers of complete files have in common."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path

_BUSY_DELAYS = (0.01, 0.05, 0.25) if sys.platform == "win32" else ()


def replace_file(draft: Path, path: Path) -> None:
    """Renames `draft` to `path`, in the place of what is there.

    On Windows that fails while another program reads `path`, so it is tried again there, for 0.3 s. Raises `OSError`.
    """
    for delay in _BUSY_DELAYS:
        try:
            draft.replace(path)
        except PermissionError:
            time.sleep(delay)
        else:
            return
    draft.replace(path)


def sync_folder(folder: Path) -> None:
    """Syncs the entries of `folder`, so that a new name survives a power failure; not every system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
