"""The server of a load run: a scripted server in a process of its own, which is told what to do by lines of JSON.

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

from .speech import answer_to


class Desk:
    """What the server can be told, a method each; what a method returns is the reply."""

    def __init__(self, server: ScriptedServer) -> None:
        self._server = server
        self._released = SyncPoint()

    async def counts(self) -> dict[str, int]:
        """How often the server was asked for what, and how many refresh tokens were shown to it more than once."""
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
        """Waits until something was asked for so often."""
        await self._server.until(lambda: self._counts()[name] >= count, timeout=60)

    async def expire(self) -> None:
        """All access tokens are over."""
        self._server.expire_tokens()

    async def expire_refresh_tokens(self) -> None:
        self._server.expire_refresh_tokens()

    async def redeploy(self) -> None:
        """All tokens are garbage."""
        self._server.change_secret()

    async def skew(self, seconds: float) -> None:
        """The server's clock is wrong."""
        self._server.clock_skew = seconds

    async def answer(self, method: str, path: str, status: int, times: int = 50_000) -> None:
        """The next requests of this kind get a bare status, or no answer at all if that is 0."""
        reaction = Reply(status, {"detail": "as was said"}) if status else Hang()
        self._server.respond(method, path, *[reaction] * times)

    async def hold(self, method: str, path: str) -> None:
        """The next request of this kind waits until `release`; its own end of the line may be gone by then."""
        self._released = SyncPoint()
        self._server.respond(method, path, Held(self._released))

    async def beat(self, seconds: float | None) -> None:
        """WebSockets from now on are pinged so often, and closed when half of that passes without an answer."""
        Beating.seconds = seconds

    async def runs(self, chat_id: str) -> int:
        """How often an answer was begun in a chat."""
        return sum(run.chat_id == chat_id for run in self._server.model_runs)

    async def release(self) -> None:
        self._released.set()


class Beating(web.WebSocketResponse):
    """A WebSocket whose server pings, and leaves who does not answer."""

    seconds: ClassVar[float | None] = None

    def __init__(self, **options: Any) -> None:
        super().__init__(heartbeat=self.seconds, **options)


async def serve(name: str) -> None:
    """Does what it is told until its standard input ends."""
    # Who counts needs no server that hangs up on connections which a busy machine has no time to use.
    behavior = attrs.evolve(ServerBehavior.PRESETS[name], keepalive_seconds=75.0)
    async with ScriptedServer(behavior) as server:
        desk = Desk(server)
        server.answer_with(answer_to)
        say(server.url)
        async for line in lines():
            told: dict[str, Any] = json.loads(line)
            say(json.dumps(await getattr(desk, told.pop("do"))(**told)))


async def lines() -> AsyncIterator[bytes]:
    """The lines of standard input, as they come."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield line


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    allow_open_files()
    web.WebSocketResponse = Beating
    asyncio.run(serve(sys.argv[1] if len(sys.argv) > 1 else "production"))
