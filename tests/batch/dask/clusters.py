"""Real clusters of several processes on this machine."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs
import distributed


@attrs.frozen
class RealCluster:
    """A scheduler in a thread of this process, and workers that are processes."""

    local: distributed.LocalCluster
    admin: distributed.Client

    @property
    def address(self) -> str:
        return str(self.local.scheduler_address)

    def pids(self) -> dict[str, int]:
        """The processes of the workers, by their addresses."""
        return self.admin.run(os.getpid)

    def kill(self, pid: int) -> None:
        """Kill -9; the worker's nanny starts another one, with another address."""
        os.kill(pid, signal.SIGKILL)


@contextmanager
def real_cluster(**options: Any) -> Iterator[RealCluster]:
    """Three workers, unless `options` say otherwise."""
    given: dict[str, Any] = {"n_workers": 3, "processes": True, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    given = {**given, "preload": ["tests.batch.dask.short_waits"]} | options
    with (
        distributed.LocalCluster(**given) as local,
        distributed.Client(local, set_as_default=False) as admin,
    ):
        yield RealCluster(local, admin)
