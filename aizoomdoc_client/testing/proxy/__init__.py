"""A TCP proxy that makes trouble between any client and any server.

RULE: knows bytes and connections, nothing of AIZoomDoc but how a response's frames are told apart. `faults` are values, `course`
and `frames` decide without I/O what becomes of bytes, `link` and `proxy` move them; nothing of the rest of `testing` is needed,
but for the thread.

    async with FaultProxy(server.url) as proxy:
        proxy.next(ResetAfter(2000))                 # the next connection breaks in the middle of its answer
        client = AsyncAIZoomDocClient(proxy.url, server.static_token)

Faults are for connections to come, one by one (`next`), by a plan (`RandomPlan`), or all (`always`), and for those that are open
(`strike`).
"""

from __future__ import annotations

from .faults import (
    Bandwidth,
    CloseAfter,
    CutInFrame,
    Direction,
    Fault,
    HalfOpen,
    Latency,
    ResetAfter,
    Slices,
)
from .link import LinkRecord
from .plans import Plan, RandomPlan, random_fault
from .proxy import FaultProxy
from .thread import running_proxy

__all__ = [
    "Bandwidth",
    "CloseAfter",
    "CutInFrame",
    "Direction",
    "Fault",
    "FaultProxy",
    "HalfOpen",
    "Latency",
    "LinkRecord",
    "Plan",
    "RandomPlan",
    "ResetAfter",
    "Slices",
    "random_fault",
    "running_proxy",
]
