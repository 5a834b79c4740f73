"""Whether the cost of an event stays the same when the answer is ten and a hundred times as long."""

from __future__ import annotations

from ..figures import Contender, Figure, Group
from .events import PLAIN, ours

SIZES = (1_000, 10_000, 100_000)
TARGET = 0.9
"""The longest answer may lose a tenth of the events a second of the shortest one."""


def _contenders(name: str, transport: str, *blocked: str) -> tuple[Contender, ...]:
    return tuple(ours(f"{name}, {size:,}", f"small-{size}", transport, blocked=blocked) for size in SIZES)


def _figure(name: str, subject: str) -> Figure:
    return Figure(
        name=name,
        title=f"events/s at 100,000 an answer against 1,000, {subject}",
        subject=f"{subject}, 100,000",
        reference=f"{subject}, 1,000",
        target=TARGET,
        unit="events/s",
        also=(f"{subject}, 10,000",),
        is_slow=True,
    )


GROUPS = (
    Group(
        name="growth",
        contenders=(
            *_contenders("client", "websocket", *PLAIN),
            *_contenders("client with speed", "websocket"),
            *_contenders("client over SSE", "sse", *PLAIN),
        ),
        figures=(
            _figure("growth-ws", "client"),
            _figure("growth-ws-speed", "client with speed"),
            _figure("growth-sse", "client over SSE"),
        ),
    ),
)
