"""The workers of a backend, killed: ``python -m tests.relay_kill.worker_process`` forks one for each line of its input."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from aizoomdoc_client import AIZoomDocError, AsyncAIZoomDocClient, MemoryTokenStore, RetryPolicy
from aizoomdoc_client.protocol import recovery
from aizoomdoc_client.relay import Relay, StreamNotFoundError
from aizoomdoc_client.relay.redis import RedisBackplane
from aizoomdoc_client.relay.starlette import EventsResponse, lifespan
from tests.kill.forking import fork_for_each_line, say_ready
from tests.relay_kill.planted_bugs import PLANTED
from tests.relay_kill.server_process import TOKEN

LEASE_SECONDS = 1.0
MAX_RERUNS = 2
BUFFER = 16 * 1024
"""Bytes of events, so few that who comes back after a while gets a snapshot."""
HEARTBEAT = 1.0
LOOKS = (0.0, 0.1, 0.2, 0.4, 0.8)
"""Seconds between looks into the history: the server of the campaign stores the answer of a run that goes on within a second."""


def application(url: str, redis_url: str) -> Starlette:
    """The backend."""
    client = AsyncAIZoomDocClient(url, TOKEN, token_store=MemoryTokenStore(), retry=RetryPolicy(max_reruns=MAX_RERUNS))
    backplane = RedisBackplane(redis_url, lease_seconds=LEASE_SECONDS)
    relay = Relay(client, backplane=backplane, buffer=BUFFER, finish_seconds=1)

    async def ask(request: Request) -> Response:
        question = request.query_params["question"]
        chat = await client.create_chat(question)
        stream = await relay.ask(chat, question, owner=_owner(request))
        return JSONResponse({"stream": stream.id})

    async def events(request: Request) -> Response:
        return EventsResponse(relay, request.path_params["stream"], owner=_owner(request), heartbeat=HEARTBEAT)

    async def stop(request: Request) -> Response:
        await relay.stop(request.path_params["stream"], owner=_owner(request))
        return Response(status_code=204)

    async def open_now(_: Request) -> Response:
        answers = [*relay._answers.values()]
        return JSONResponse([sum(answer.is_running for answer in answers), sum(answer.viewers for answer in answers)])

    async def failed(_: Request, error: Exception) -> Response:
        return PlainTextResponse(type(error).__name__, 404 if isinstance(error, StreamNotFoundError) else 502)

    @asynccontextmanager
    async def running(_: Starlette) -> AsyncGenerator[None, None]:
        async with client, lifespan(relay):
            yield

    routes = [
        Route("/answers", ask, methods=["POST"]),
        Route("/answers/{stream}", events),
        Route("/answers/{stream}", stop, methods=["DELETE"]),
        Route("/open", open_now),
    ]
    return Starlette(routes=routes, lifespan=running, exception_handlers={AIZoomDocError: failed})


def _owner(request: Request) -> str:
    return request.headers["x-owner"]


class Worker(uvicorn.Server):
    """Says when it can be reached."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts to listen."""
        await super().startup(sockets)
        say_ready()


def live(arguments: Mapping[str, Any]) -> None:
    """One process of a worker."""
    recovery.LOOKS = LOOKS
    if arguments["bug"] is not None:
        PLANTED[arguments["bug"]].plant()
    app = application(arguments["url"], arguments["redis"])
    config = uvicorn.Config(app, port=arguments["port"], log_level="warning", timeout_graceful_shutdown=5)
    asyncio.run(Worker(config).serve())


if __name__ == "__main__":
    fork_for_each_line(live)
