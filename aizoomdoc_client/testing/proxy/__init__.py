"""A TCP proxy that injects network faults between any client and any server.

Contract: knows bytes and connections, nothing of the rest of `testing`, and of AIZoomDoc only where the frames of a streamed
answer begin. `network_faults` are values, `fault_pipeline` decides without I/O what happens to bytes, `connections` and
`fault_proxy` move them.

    async with FaultProxy(server.url) as proxy:
        proxy.next(ResetAfter(2000))                 # the next connection is reset in the middle of its answer
        client = AsyncAIZoomDocClient(proxy.url, server.static_token)

Faults apply to future connections, one by one (`next`), by a plan (`RandomPlan`) or all of them (`always`), or to those that are
open now (`inject`).
"""

from __future__ import annotations

from .connections import ConnectionRecord
from .fault_proxy import FaultProxy, running_proxy
from .network_faults import (
    Bandwidth,
    CloseAfter,
    CutInFrame,
    Direction,
    Fault,
    HalfOpen,
    Latency,
    Plan,
    RandomPlan,
    ResetAfter,
    Slices,
    random_fault,
)

__all__ = [
    "Bandwidth",
    "CloseAfter",
    "ConnectionRecord",
    "CutInFrame",
    "Direction",
    "Fault",
    "FaultProxy",
    "HalfOpen",
    "Latency",
    "Plan",
    "RandomPlan",
    "ResetAfter",
    "Slices",
    "random_fault",
    "running_proxy",
]
