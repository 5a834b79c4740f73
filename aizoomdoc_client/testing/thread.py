"""Servers in threads with a loop of their own, for tests without one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Generator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

from .guise import Guise
from .server import DEFAULT_TOKENS, ScriptedServer
from .steps import AfterDrop

T = TypeVar("T")


class LoopThread:
    """A thread that runs an event loop; a context manager."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine on the thread's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@contextmanager
def in_thread(service: AbstractAsyncContextManager[T], name: str) -> Generator[T]:
    """What an asynchronous context manager gives, entered and left in a thread of its own."""
    with LoopThread(name) as thread:
        entered = thread.run(_entering(service))
        try:
            yield entered
        finally:
            thread.run(_leaving(service))


async def _entering(service: AbstractAsyncContextManager[T]) -> T:
    return await service.__aenter__()


async def _leaving(service: AbstractAsyncContextManager[Any]) -> None:
    await service.__aexit__(None, None, None)


class ScriptedServerThread:
    """Runs a scripted server in a thread; a context manager. `server` is what to script and to look at."""

    def __init__(self, server: ScriptedServer) -> None:
        self.server = server
        self._thread = LoopThread("scripted-server")

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine on the server's loop, such as ``server.stop()``."""
        return self._thread.run(work)

    def __enter__(self) -> Self:
        self._thread.__enter__()
        self.run(self.server.start())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.run(self.server.stop())
        self._thread.__exit__(kind, error, trace)


@contextmanager
def running_server(
    guise: Guise = Guise.PRODUCTION,
    *,
    static_tokens: Sequence[str] = DEFAULT_TOKENS,
    expires_in: float = 3600,
    on_drop: AfterDrop = "cancel",
    port: int = 0,
) -> Generator[ScriptedServer]:
    """A scripted server that runs in a thread; the options are those of `ScriptedServer`."""
    server = ScriptedServer(guise, static_tokens=static_tokens, expires_in=expires_in, on_drop=on_drop, port=port)
    with ScriptedServerThread(server):
        yield server
