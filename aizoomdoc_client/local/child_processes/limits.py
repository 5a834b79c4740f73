"""For child processes: limits their memory, reserves their standard output, and ends them with the server."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import BinaryIO


def limit_memory(size: int) -> None:
    """Sets the largest size of this process's address space, where the system has such a limit, and forbids core dumps."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # elsewhere the limit is refused or ignored
        resource.setrlimit(resource.RLIMIT_AS, (size, size))


def memory_in_use() -> int:
    """The resident memory of this process in bytes; 0 where the system does not tell.

    The peak of `getrusage` is no use: that of a process begins with the memory of its parent.
    """
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def own_output() -> BinaryIO:
    """Standard output as a file of its own; what libraries print goes to standard error from now on."""
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return output


def end_process() -> None:
    """Ends this process and its children at once, whatever its other threads do."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)  # with its children
    os._exit(0)
