"""The workers of a backend, killed: ``python -m tests.relay_kill.worker_process`` forks one for each line of its input."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore, RetryPolicy
from aizoomdoc_client.protocol import recovery
from aizoomdoc_client.relay import Relay
from aizoomdoc_client.relay.redis import RedisBackplane
from tests.kill.forking import fork_for_each_line, say_ready
from tests.relay.backends import starlette_application
from tests.relay_kill.planted_bugs import PLANTED
from tests.relay_kill.server_process import TOKEN

LEASE_SECONDS = 1.0
MAX_RERUNS = 2
BUFFER = 16 * 1024
"""Bytes of events, so few that who comes back after a while gets a snapshot."""
LOOKS = (0.0, 0.1, 0.2, 0.4, 0.8)
"""Seconds between looks into the history: the server of the campaign stores the answer of a run that goes on within a second."""


def application(url: str, redis_url: str) -> Starlette:
    """The backend."""
    client = AsyncAIZoomDocClient(url, TOKEN, token_store=MemoryTokenStore(), retry=RetryPolicy(max_reruns=MAX_RERUNS))
    backplane = RedisBackplane(redis_url, lease_seconds=LEASE_SECONDS)
    relay = Relay(client, backplane=backplane, buffer=BUFFER, finish_seconds=1)

    async def open_now(_: Request) -> Response:
        answers = [*relay._answers.values()]
        return JSONResponse([sum(answer.is_running for answer in answers), sum(answer.viewers for answer in answers)])

    app = starlette_application(client, relay)
    app.router.routes.append(Route("/open", open_now))
    return app


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
