"""What the system allows a process."""

from __future__ import annotations

import contextlib
import resource
from pathlib import Path

WANTED = 65_536


def allow_open_files() -> int:
    """Lets this process have as many open files as the system allows it, and says how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in (WANTED, hard):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, max(limit, hard)))
            return limit
    return soft


def peak_memory() -> int:
    """The most memory that this process has had, in bytes, since it began or since `forget_peak_memory`."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


def forget_peak_memory() -> None:
    """Counts the peak from now on, where the system allows it."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
