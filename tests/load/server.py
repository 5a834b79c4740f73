"""The server of a load run: a scripted server in a process of its own, controlled by lines of JSON.

``python -m tests.load.server [BEHAVIOR]`` prints its address, then answers each line ``{"do": …}`` on standard input with a line.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import attrs
from aiohttp import web

from aizoomdoc_client.testing import Hang, Held, Reply, ScriptedServer, ServerBehavior, SyncPoint
from benchmarks.limits import allow_open_files

from .timed_answer import answer_to


class Commands:
    """The server's commands, one method each; the return value is the reply."""

    def __init__(self, server: ScriptedServer) -> None:
        self._server = server
        self._released = SyncPoint()

    async def counts(self) -> dict[str, int]:
        """Numbers of requests by kind, and of refresh tokens received more than once."""
        return self._counts()

    def _counts(self) -> dict[str, int]:
        requests = self._server.requests
        refreshes = [request for request in requests if request.path == "/auth/refresh" and request.received]
        shown = Counter(str(request.json["refresh_token"]) for request in refreshes)
        return {
            "exchanges": sum(request.path == "/auth/exchange" for request in requests),
            "refreshes": shown.total(),
            "shown twice": shown.total() - len(shown),
            "calls": sum(request.path == "/me" for request in requests),
            "posts": sum(request.path == "/chats" and request.method == "POST" for request in requests),
        }

    async def until(self, name: str, count: int) -> None:
        """Waits until the count `name` reaches `count`."""
        await self._server.until(lambda: self._counts()[name] >= count, timeout=60)

    async def expire(self) -> None:
        """Expires all access tokens."""
        self._server.expire_tokens()

    async def expire_refresh_tokens(self) -> None:
        self._server.expire_refresh_tokens()

    async def redeploy(self) -> None:
        """Changes the signing key, so that no token can be verified."""
        self._server.change_secret()

    async def skew(self, seconds: float) -> None:
        """Sets the error of the server's clock."""
        self._server.clock_skew = seconds

    async def answer(self, method: str, path: str, status: int, times: int = 50_000) -> None:
        """Answers the next requests of this kind with a bare status, or never if it is 0."""
        reaction = Reply(status, {"detail": "scripted"}) if status else Hang()
        self._server.respond(method, path, *[reaction] * times)

    async def hold(self, method: str, path: str) -> None:
        """Holds the next request of this kind until `release`; its client may have disconnected by then."""
        self._released = SyncPoint()
        self._server.respond(method, path, Held(self._released))

    async def heartbeat(self, seconds: float | None) -> None:
        """Pings later WebSockets at this interval; they are closed after half of it without a pong."""
        HeartbeatWebSocket.seconds = seconds

    async def runs(self, chat_id: str) -> int:
        """Number of model runs in a chat."""
        return sum(run.chat_id == chat_id for run in self._server.model_runs)

    async def release(self) -> None:
        self._released.set()


class HeartbeatWebSocket(web.WebSocketResponse):
    """A WebSocket whose server sends pings and closes it if no pong arrives."""

    seconds: ClassVar[float | None] = None

    def __init__(self, **options: Any) -> None:
        super().__init__(heartbeat=self.seconds, **options)


async def serve(name: str) -> None:
    """Performs the commands until standard input ends."""
    # A long keep-alive time: closed idle connections on a busy machine would change the counts.
    behavior = attrs.evolve(ServerBehavior.PRESETS[name], keepalive_seconds=75.0)
    async with ScriptedServer(behavior) as server:
        commands = Commands(server)
        server.answer_with(answer_to)
        write_line(server.url)
        async for line in lines():
            command: dict[str, Any] = json.loads(line)
            write_line(json.dumps(await getattr(commands, command.pop("do"))(**command)))


async def lines() -> AsyncIterator[bytes]:
    """Yields the lines of standard input."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield line


def write_line(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    allow_open_files()
    web.WebSocketResponse = HeartbeatWebSocket
    asyncio.run(serve(sys.argv[1] if len(sys.argv) > 1 else "production"))
