"""This process's limit of open files, and its peak memory."""

from __future__ import annotations

import contextlib
import resource
from pathlib import Path

WANTED = 65_536


def allow_open_files() -> int:
    """Raises the limit of open files as far as the system allows, at most to `WANTED`, and returns it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in (WANTED, hard):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, max(limit, hard)))
            return limit
    return soft


def peak_memory() -> int:
    """The most memory that this process has used, in bytes, since its start or since `forget_peak_memory`."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


def forget_peak_memory() -> None:
    """Restarts the peak at the memory in use now, where the system allows it."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
