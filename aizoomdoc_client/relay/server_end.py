"""When the web server of an ASGI application begins to end, which is long before it tells the application."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from types import FrameType
from typing import Any

__all__ = ["when_server_ends"]

LOOK_SECONDS = 0.25
"""Seconds between looks whether the server still accepts connections."""
TIME_LIMIT_SHARE = 0.75
"""What of a server's time limit is for waiting; the rest is for sending the last events."""
_SIGNALS = [getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGQUIT", "SIGBREAK") if hasattr(signal, name)]


@asynccontextmanager
async def when_server_ends(notify: Callable[[float | None], object]) -> AsyncGenerator[None, None]:
    """Calls `notify` when the server begins to end, maybe several times, with the seconds that there are; None if unlimited.

    That is when a signal comes that the server handles, and, under uvicorn, when it no longer accepts connections: a worker with
    a limit of requests ends without a signal.
    """
    loop = asyncio.get_running_loop()
    server: Any = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)  # uvicorn's, which names itself nowhere else
    limit: float | None = getattr(getattr(server, "config", None), "timeout_graceful_shutdown", None)
    ended = partial(notify, None if limit is None else limit * TIME_LIMIT_SHARE)
    looking = asyncio.create_task(_call_at_end(server, ended), name="server ends")
    try:
        with _at_signals(partial(loop.call_soon_threadsafe, ended)):
            yield
    finally:
        looking.cancel()


async def _call_at_end(server: Any, ended: Callable[[], object]) -> None:
    """Calls `ended` once none of the server's sockets accepts connections, if it is a server that has some."""
    while server is not None:
        listening: list[asyncio.Server] = getattr(server, "servers", [])  # it has them from the end of its startup on
        if listening and not any(each.is_serving() for each in listening):
            ended()
            return
        await asyncio.sleep(LOOK_SECONDS)


@contextmanager
def _at_signals(notify: Callable[[], object]) -> Generator[None]:
    """Calls `notify` before what handles the signals already; only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def handle(number: int, frame: FrameType | None) -> None:
        notify()
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    ours = [number for number, handler in before.items() if callable(handler)]  # else the process would no longer end
    for number in ours:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number in ours:
            if signal.getsignal(number) is handle:
                with contextlib.suppress(TypeError):
                    signal.signal(number, before[number])
