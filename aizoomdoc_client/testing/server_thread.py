"""A scripted server in a thread, for synchronous tests."""

from __future__ import annotations

import contextlib
from collections.abc import Coroutine, Generator, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from anyio.from_thread import BlockingPortal, start_blocking_portal

from .behavior import ServerBehavior
from .server import DEFAULT_TOKENS, ScriptedServer
from .steps import AfterDrop

T = TypeVar("T")


class ScriptedServerThread:
    """Runs a scripted server in a thread with an event loop of its own; a context manager."""

    def __init__(self, server: ScriptedServer) -> None:
        self.server = server
        self._stack = contextlib.ExitStack()
        self._portal: BlockingPortal | None = None

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine that runs in the server's loop, such as ``server.stop()``."""
        assert self._portal is not None, "the thread has not been started"
        result: T = self._portal.call(_awaited, work)
        return result

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self._portal = stack.enter_context(start_blocking_portal())
            stack.enter_context(self._portal.wrap_async_context_manager(self.server))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()


@contextlib.contextmanager
def running_server(
    behavior: ServerBehavior = ServerBehavior.PRODUCTION,
    *,
    static_tokens: str | Sequence[str] = DEFAULT_TOKENS,
    expires_in: float = 3600,
    on_drop: AfterDrop = "cancel",
    port: int = 0,
) -> Generator[ScriptedServer]:
    """A scripted server in a thread, for synchronous tests; the parameters are those of `ScriptedServer` of the same names."""
    server = ScriptedServer(behavior, static_tokens=static_tokens, expires_in=expires_in, on_drop=on_drop, port=port)
    with ScriptedServerThread(server):
        yield server


async def _awaited(work: Coroutine[Any, Any, T]) -> T:
    return await work
