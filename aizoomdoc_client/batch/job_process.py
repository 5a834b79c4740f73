"""The process that runs a job. Its PID alone is not enough: a journal may be on a share, or in a folder of a container."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

import attrs

__all__ = ["NO_PROCESS", "JobProcess"]

_PROC = Path("/proc")
_STATE_AT, _STARTED_AT = 0, 19
"""Indexes of state and start time in the fields of ``/proc/PID/stat`` after the program's name: the 3rd and 22nd of all."""
_ENDED = {"Z", "X", "x"}
"""States of a process that has ended and that its parent has not waited for yet."""


@attrs.frozen(kw_only=True)
class JobProcess:
    """A process, its machine and its container; a detail that the system or an older version does not provide is None."""

    pid: int
    host: str | None = None
    boot: str | None = None
    """The id of this run of the machine's kernel."""
    namespace: str | None = None
    """The PID namespace of the process: a container has its own."""
    started: str | None = None
    """When the process was started, in ticks of the kernel."""
    lock: str | None = None
    """Identifies the lock file that it took, among files of the same name."""

    @classmethod
    def own(cls, lock: str | None = None) -> Self:
        """This process, which took the lock file `lock`."""
        return cls(
            pid=os.getpid(),
            host=socket.gethostname(),
            boot=_text(_PROC / "sys" / "kernel" / "random" / "boot_id"),
            namespace=_namespace(),
            started=_started(os.getpid()),
            lock=lock,
        )

    @classmethod
    def of(cls, fact: Callable[[str], str | None]) -> Self | None:
        """The process in the facts of a journal; None where there is none."""
        pid = fact("pid")
        return None if pid is None else cls(pid=int(pid), **{name: fact(f"process_{name}") for name in _DETAILS})

    @property
    def facts(self) -> Mapping[str, str | None]:
        """The facts that a journal stores about the process."""
        details: dict[str, str | None] = {f"process_{name}": getattr(self, name) for name in _DETAILS}
        return {"pid": str(self.pid), **details}

    @property
    def is_running(self) -> bool:
        """Whether it is known to run on this machine now; False where the system does not provide start times of processes."""
        return self.started is not None and self.is_here and _started(self.pid) == self.started

    def has_job(self, lock: str | None) -> bool:
        """Whether it is known to run the job still, although the caller holds the lock file `lock`.

        If that is the file that the process had locked, it has released it, so its job has ended, even if the process runs.
        """
        return (lock is None or lock != self.lock) and self.is_running

    @property
    def is_here(self) -> bool:
        """Whether its PID denotes it in this process, too: the same machine and namespace; True without these details."""
        if self.host is None:
            return True
        here = type(self).own()
        place, our_place = (self.boot, self.namespace), (here.boot, here.namespace)
        is_same_machine = self.boot is not None or self.host == here.host  # a machine may get another name while it runs
        return is_same_machine and place == our_place and _started(self.pid) in {None, self.started}


_DETAILS = ("host", "boot", "namespace", "started", "lock")
NO_PROCESS: Mapping[str, str | None] = dict.fromkeys(["pid", *(f"process_{name}" for name in _DETAILS)])
"""The facts of a journal of which no process runs the job."""


def _namespace() -> str | None:
    try:
        return str((_PROC / "self" / "ns" / "pid").readlink())
    except OSError:
        return None


def _started(pid: int) -> str | None:
    stat = _text(_PROC / str(pid) / "stat")
    fields = [] if stat is None else stat.rpartition(")")[2].split()
    return None if not fields or fields[_STATE_AT] in _ENDED else fields[_STARTED_AT]


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None
