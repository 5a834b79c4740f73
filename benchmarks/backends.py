"""Backends whose pages show answers, as their users would write them: the relay, and what one would write or use otherwise.

Contract: each gives a Starlette application and the paths at which browsers read; peers are imported where they are used.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, get_args

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request

    from aizoomdoc_client import AsyncAIZoomDocClient

Kind: TypeAlias = Literal[
    "relay", "sse-starlette", "StreamingResponse", "relay with Redis", "resumable-stream", "fastapi-resumable-stream"
]
KINDS: Sequence[Kind] = get_args(Kind)
NEED_REDIS: Sequence[Kind] = ("relay with Redis", "resumable-stream", "fastapi-resumable-stream")
OWNER = "user"
CONNECTIONS = 10_000
"""The most connections of a peer to Redis: so many that it never waits for one, or fails for want of one."""


class Backend(Protocol):
    """One way to show answers; with `is_shared` several viewers can read the same one."""

    app: Starlette
    is_shared: bool

    async def ask(self, chats: Sequence[str], viewers: int) -> list[str]:
        """Asks in each chat, where viewers do not do so themselves, and returns the path of each viewer: the chats in turns."""
        ...

    async def finished(self) -> None:
        """Waits until all work for the answers is done."""
        ...


class RelayBackend:
    """The relay, with its adapter for Starlette."""

    is_shared = True

    def __init__(self, client: AsyncAIZoomDocClient, redis_url: str | None = None) -> None:
        from starlette.applications import Starlette
        from starlette.routing import Route

        from aizoomdoc_client.relay import Relay
        from aizoomdoc_client.relay.starlette import EventsResponse

        backplane = None
        if redis_url is not None:
            from aizoomdoc_client.relay.redis import RedisBackplane

            backplane = RedisBackplane(redis_url)
        self.relay = Relay(client, backplane=backplane, finish_seconds=0, replay_seconds=1)

        async def events(request: Request) -> EventsResponse:
            return EventsResponse(self.relay, request.path_params["stream"], owner=OWNER)

        self.app = Starlette(routes=[Route("/answers/{stream}", events)])

    async def ask(self, chats: Sequence[str], viewers: int) -> list[str]:
        streams = [await self.relay.ask(chat, "?", owner=OWNER) for chat in chats]
        for stream in streams:  # memory that the answers take is not to be counted as their viewers'
            async with self.relay.events(stream.id, owner=OWNER) as viewer:
                await viewer.read()
        return [f"/answers/{streams[number % len(streams)].id}" for number in range(viewers)]

    async def finished(self) -> None:
        for answer in [*self.relay._answers.values()]:  # noqa: SLF001 - what it still publishes is its cost, too
            await answer.finished()


class SSEStarletteBackend:
    """sse-starlette around the client: nothing is shared, so that each viewer has an answer of its own."""

    is_shared = False

    def __init__(self, client: AsyncAIZoomDocClient) -> None:
        from sse_starlette import EventSourceResponse
        from starlette.applications import Starlette
        from starlette.routing import Route

        async def shown(chat: str) -> AsyncIterator[dict[str, str]]:
            number = 0
            async with client.send_message(chat, "?") as answer:
                async for event in answer:
                    number += 1
                    data = json.dumps(event.to_dict()["data"], ensure_ascii=False, separators=(",", ":"))
                    yield {"id": str(number), "event": event.event, "data": data}

        async def events(request: Request) -> EventSourceResponse:
            return EventSourceResponse(shown(request.path_params["chat"]))

        self.app = Starlette(routes=[Route("/chats/{chat}", events)])

    async def ask(self, chats: Sequence[str], viewers: int) -> list[str]:
        return [f"/chats/{chats[number % len(chats)]}.{number}" for number in range(viewers)]

    async def finished(self) -> None:
        pass


class StreamingBackend:
    """Starlette's own streaming response around the client, the least that one can write; an answer a viewer, too."""

    is_shared = False

    def __init__(self, client: AsyncAIZoomDocClient) -> None:
        from starlette.applications import Starlette
        from starlette.responses import StreamingResponse
        from starlette.routing import Route

        async def shown(chat: str) -> AsyncIterator[str]:
            async with client.send_message(chat, "?") as answer:
                async for event in answer:
                    yield event.to_sse()

        async def events(request: Request) -> StreamingResponse:
            return StreamingResponse(shown(request.path_params["chat"]), media_type="text/event-stream")

        self.app = Starlette(routes=[Route("/chats/{chat}", events)])

    async def ask(self, chats: Sequence[str], viewers: int) -> list[str]:
        return [f"/chats/{chats[number % len(chats)]}.{number}" for number in range(viewers)]

    async def finished(self) -> None:
        pass


class ResumableStreamBackend:
    """The package resumable-stream as its manual has it: the first viewer's request makes the stream, others resume it."""

    is_shared = True

    def __init__(self, client: AsyncAIZoomDocClient, redis_url: str) -> None:
        from resumable_stream import create_resumable_stream_context
        from resumable_stream.redis_adapter import RedisPublisher, RedisSubscriber
        from starlette.applications import Starlette
        from starlette.responses import StreamingResponse
        from starlette.routing import Route

        # As its manual says, with the address alone, it raises TypeError in 0.2.0.
        self._connections: Any = (RedisPublisher(f"{redis_url}?max_connections={CONNECTIONS}"), RedisSubscriber(redis_url))
        publisher, subscriber = self._connections
        self.context: Any = create_resumable_stream_context(publisher=publisher, subscriber=subscriber)

        async def shown(chat: str) -> AsyncIterator[str]:
            async def produced() -> AsyncIterator[str]:
                async with client.send_message(chat, "?") as answer:
                    async for event in answer:
                        yield event.to_sse()

            stream = await self.context.resumable_stream(chat, produced)
            async for piece in stream:
                yield piece

        async def events(request: Request) -> StreamingResponse:
            return StreamingResponse(shown(request.path_params["chat"]), media_type="text/event-stream")

        self.app = Starlette(routes=[Route("/chats/{chat}", events)])

    async def ask(self, chats: Sequence[str], viewers: int) -> list[str]:
        for connection in self._connections:
            await connection.connect()
        return [f"/chats/{chats[number % len(chats)]}" for number in range(viewers)]

    async def finished(self) -> None:
        pass


class FastAPIResumableStreamBackend:
    """The package fastapi-resumable-stream, whose viewers all read a list in Redis."""

    is_shared = True

    def __init__(self, client: AsyncAIZoomDocClient, redis_url: str) -> None:
        from fastapi_resumable_stream import ResumableStream
        from redis.asyncio import Redis
        from starlette.applications import Starlette
        from starlette.responses import StreamingResponse
        from starlette.routing import Route

        streams: Any = ResumableStream(Redis.from_url(redis_url, max_connections=CONNECTIONS))

        async def events(request: Request) -> StreamingResponse:
            chat = request.path_params["chat"]

            async def produced() -> AsyncIterator[str]:
                async with client.send_message(chat, "?") as answer:
                    async for event in answer:
                        yield event.to_sse()

            return StreamingResponse(await streams.start(chat, produced), media_type="text/event-stream")

        self.app = Starlette(routes=[Route("/chats/{chat}", events)])

    async def ask(self, chats: Sequence[str], viewers: int) -> list[str]:
        return [f"/chats/{chats[number % len(chats)]}" for number in range(viewers)]

    async def finished(self) -> None:
        pass


@asynccontextmanager
async def open_backend(kind: Kind, client: AsyncAIZoomDocClient, redis_url: str | None) -> AsyncGenerator[Backend]:
    """The backend of that kind."""
    match kind:
        case "relay" | "relay with Redis":
            backend = RelayBackend(client, redis_url)
            async with backend.relay:
                yield backend
        case "sse-starlette":
            yield SSEStarletteBackend(client)
        case "StreamingResponse":
            yield StreamingBackend(client)
        case "resumable-stream":
            yield ResumableStreamBackend(client, _given(redis_url))
        case "fastapi-resumable-stream":
            yield FastAPIResumableStreamBackend(client, _given(redis_url))


def _given(redis_url: str | None) -> str:
    assert redis_url is not None
    return redis_url


@asynccontextmanager
async def serve(backend: Backend) -> AsyncGenerator[int]:
    """Serves a backend by uvicorn, in this event loop, on a free port, which is returned."""
    import uvicorn

    class Server(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Any:
            yield

    server = Server(uvicorn.Config(backend.app, port=0, log_level="error", lifespan="off", access_log=False, backlog=4096))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = server.force_exit = True
        await running
