"""A real HTTP server that gives recorded responses, and a client that calls it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import attrs
from aiohttp import web

from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore, RetryPolicy
from tests.production.recording import EXCHANGES, Exchange


@attrs.define
class ReplayServer:
    """Answers a request to the place of a recorded one with the recorded response; the last one given for a place counts."""

    replies: dict[tuple[str, str], Exchange] = attrs.field(factory=dict[tuple[str, str], Exchange])
    received: list[tuple[str, str, tuple[tuple[str, str], ...]]] = attrs.field(factory=list[Any])

    def give(self, exchange: Exchange, *, method: str | None = None, path: str | None = None) -> None:
        """Answers with `exchange`, at another place if one is named."""
        self.replies[method or exchange.method, path or exchange.path] = exchange

    async def answer(self, request: web.BaseRequest) -> web.Response:
        await request.read()
        self.received.append((request.method, request.path, tuple(request.query.items())))
        exchange = self.replies.get((request.method, request.path), EXCHANGES["no such path"])
        return web.Response(status=exchange.status, body=exchange.reply, headers={"Content-Type": exchange.content_type})


@asynccontextmanager
async def replaying(*exchanges: Exchange) -> AsyncIterator[tuple[ReplayServer, AsyncAIZoomDocClient]]:
    """A server that gives these exchanges, and a client that logs in at it with the recorded exchange; it sends once only."""
    server = ReplayServer()
    for exchange in (EXCHANGES["exchange"], *exchanges):
        server.give(exchange)
    runner = web.ServerRunner(web.Server(server.answer, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with client_at(runner.addresses[0][1]) as client:
            yield server, client
    finally:
        await runner.cleanup()


def client_at(port: int) -> AsyncAIZoomDocClient:
    options: Mapping[str, Any] = {"token_store": MemoryTokenStore(), "transport": "sse", "timeout": 10.0}
    return AsyncAIZoomDocClient(
        f"http://127.0.0.1:{port}", "static-token", retry=RetryPolicy(attempts=1, max_reruns=0), **options
    )
