"""A stand-in for an OpenAI-compatible endpoint: a real server on a real socket that answers as a test says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

Respond = Callable[[web.Request], Awaitable[web.StreamResponse]]


def chunk(content: str | None = None, /, *, finish: str | None = None, **delta: Any) -> bytes:
    """One chunk of a completion as a server-sent event."""
    choice = {"index": 0, "delta": delta | ({} if content is None else {"content": content}), "finish_reason": finish}
    return event({"id": "c", "object": "chat.completion.chunk", "choices": [choice]})


def event(data: Any) -> bytes:
    return b"data: %b\n\n" % json.dumps(data, ensure_ascii=False).encode()


DONE = b"data: [DONE]\n\n"
STOP = chunk(finish="stop") + DONE


def streamed(*pieces: bytes, content_type: str = "text/event-stream", aborts: bool = False) -> Respond:
    """Sends the pieces one by one; then the response ends, or its connection breaks."""

    async def respond(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": content_type})
        await response.prepare(request)
        for piece in pieces:
            await response.write(piece)
        if aborts:
            assert request.transport is not None
            request.transport.abort()
        return response

    return respond


def said(*contents: str) -> Respond:
    """Streams these deltas, and the usual end."""
    return streamed(*map(chunk, contents), STOP)


def refused(status: int, body: Any = None, **headers: str) -> Respond:
    """A response of that status, with the body as JSON."""

    async def respond(request: web.Request) -> web.StreamResponse:
        return web.json_response(body, status=status, headers=headers)

    return respond


class EndpointStandIn:
    """Its server answers requests by `responses` in their order, the last one again and again.

    `requests` are pairs of path and body, `keys` their Authorization headers. A response of `hang` sends the bytes that it is
    given and then waits; `waiting` is set then, and `left` once the client closes the connection.
    """

    def __init__(self) -> None:
        self.responses: list[Respond] = [said("Ответ.")]
        self.embed: Callable[[str], Sequence[float]] | None = None
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.keys: list[str | None] = []
        self.waiting = asyncio.Event()
        self.left = asyncio.Event()
        self.url = ""

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [body for path, body in self.requests if path.endswith("/chat/completions")]

    @property
    def embedded(self) -> list[list[str]]:
        return [body["input"] for path, body in self.requests if path.endswith("/embeddings")]

    def hang(self, *pieces: bytes, headers: bool = True) -> Respond:
        async def respond(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
            if headers:
                await response.prepare(request)
            for piece in pieces:
                await response.write(piece)
            self.waiting.set()
            try:
                await asyncio.Event().wait()
            finally:
                self.left.set()
            return response

        return respond

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request.path, await request.json()))
        self.keys.append(request.headers.get("Authorization"))
        if request.path.endswith("/embeddings") and self.embed is not None:
            texts = self.requests[-1][1]["input"]
            found = [{"index": index, "embedding": list(self.embed(text))} for index, text in enumerate(texts)]
            return web.json_response({"object": "list", "data": found})
        respond = self.responses.pop(0) if len(self.responses) > 1 else self.responses[0]
        return await respond(request)


@asynccontextmanager
async def endpoint_stand_in() -> AsyncIterator[EndpointStandIn]:
    """A stand-in that listens."""
    stand_in = EndpointStandIn()
    app = web.Application()
    app.router.add_post("/{path:.*}", stand_in.handle)
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    stand_in.url = f"http://127.0.0.1:{site.port}"
    try:
        yield stand_in
    finally:
        await runner.cleanup()
