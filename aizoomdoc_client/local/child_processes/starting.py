"""Starts and ends child processes."""

from __future__ import annotations

import asyncio
import math
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress

_COMMAND = """
import sys
from importlib import import_module
module, count = sys.argv[1], int(sys.argv[2])
paths, sys.argv[1:] = sys.argv[3 : 3 + count], sys.argv[3 + count :]
sys.path[:] = paths
import_module(module).main()
"""

_LARGE_PAGES = "glibc.malloc.hugetlb=1"
"""A setting of glibc, which other systems ignore: PDFium allocates many small objects, in 1 % less time with huge pages."""


async def start_child(module: str, *arguments: str | bytes) -> Process:
    """A process that calls `main` of the module, with these arguments after its name in `sys.argv`.

    Its standard input and output are pipes; the end of its input means that the server is gone. It has the module path of this
    process, and not the working directory, which may be a folder of documents. Ctrl-C does not reach it.
    """
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-c", _COMMAND),
        *(module, str(len(sys.path)), *sys.path),
        *arguments,
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        start_new_session=True,
        env={**os.environ, "GLIBC_TUNABLES": ":".join(filter(None, [os.environ.get("GLIBC_TUNABLES"), _LARGE_PAGES]))},
    )


def processor_seconds(pid: int) -> float:
    """The processor time of the process, without its children, in seconds; NaN where the system does not provide it."""
    try:
        stat = os.open(f"/proc/{pid}/stat", os.O_RDONLY)  # called for each message of a reader; `Path` takes twice as long
        try:
            fields = os.read(stat, 4096).rpartition(b")")[2].split()
        finally:
            os.close(stat)
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return math.nan


async def end_child(process: Process) -> None:
    """Kills the process and its children, and waits for its end."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)  # it is the leader of its session
            else:
                process.kill()
    await process.communicate()  # not `wait`, which hangs while the pipe has unread output
