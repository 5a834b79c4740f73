"""The proxy in a thread with a loop of its own, for tests without one."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from ..thread import in_thread
from .faults import Fault
from .plans import Plan
from .proxy import FaultProxy


@contextmanager
def running_proxy(
    target_url: str, *faults: Fault, plan: Plan | None = None, seed: int | str = 0, port: int = 0
) -> Generator[FaultProxy]:
    """A proxy that runs in a thread; the parameters are those of `FaultProxy`."""
    with in_thread(FaultProxy(target_url, *faults, plan=plan, seed=seed, port=port), "fault-proxy") as proxy:
        yield proxy
