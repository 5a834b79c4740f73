"""A small backend on a relay, for uvicorn (`application`), and for aiohttp.web by itself: ``python backends.py PORT``."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiohttp import web
from starlette.applications import Starlette
from starlette.middleware import Middleware, gzip
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from aizoomdoc_client import AIZoomDocError, AsyncAIZoomDocClient, MemoryTokenStore
from aizoomdoc_client.relay import Relay, StreamNotFoundError, aiohttp as on_aiohttp, starlette as on_starlette
from aizoomdoc_client.relay.redis import RedisBackplane

HEARTBEAT = "0.3"


def made() -> tuple[AsyncAIZoomDocClient, Relay]:
    client = AsyncAIZoomDocClient(token_store=MemoryTokenStore())
    url = os.environ.get("REDIS")
    backplane = None if url is None else RedisBackplane(url, lease_seconds=float(os.environ.get("LEASE", "1")))
    return client, Relay(client, finish_seconds=float(os.environ.get("FINISH", "0.3")), backplane=backplane)


def owner_of(request: Request | WebSocket | web.Request) -> str:
    return request.headers.get("x-owner", "")


def headers_of(request: Request | web.Request) -> dict[str, str]:
    """Headers of a backend's own, here one that the relay sends as well, written otherwise."""
    given = request.headers.get("x-cache-control")
    return {} if given is None else {"cache-control": given, "x-own": "yes"}


def application() -> Starlette:
    around = [Middleware(BaseHTTPMiddleware, dispatch=passed_on)]
    if hasattr(gzip, "DEFAULT_EXCLUDED_CONTENT_TYPES"):  # older versions of Starlette compress, and collect, everything
        around.append(Middleware(gzip.GZipMiddleware, minimum_size=1))
    return starlette_application(*made(), around if "MIDDLEWARE" in os.environ else [])


def starlette_application(client: AsyncAIZoomDocClient, relay: Relay, middleware: Sequence[Middleware] = ()) -> Starlette:
    async def ask(request: Request) -> Response:
        question = request.query_params.get("question", "Какая высота?")
        chat = await client.create_chat(question)
        stream = await relay.ask(chat, question, owner=owner_of(request))
        return JSONResponse({"stream": stream.id, "chat": chat.id})

    async def events(request: Request) -> Response:
        return on_starlette.EventsResponse(
            relay,
            request.path_params["stream"],
            owner=owner_of(request),
            after=request.query_params.get("after"),
            heartbeat=float(request.headers.get("x-heartbeat", HEARTBEAT)),
            headers=headers_of(request),
        )

    async def stop(request: Request) -> Response:
        try:
            await relay.stop(request.path_params["stream"], owner=owner_of(request))
        except StreamNotFoundError:
            return Response(status_code=404)
        return Response(status_code=204)

    async def viewers(_: Request) -> Response:
        return JSONResponse(sum(answer.viewers for answer in relay._answers.values()))

    async def failed(_: Request, error: Exception) -> Response:
        return PlainTextResponse(type(error).__name__, 502)

    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await on_starlette.send_events(websocket, relay.events(websocket.path_params["stream"], owner=owner_of(websocket)))

    @asynccontextmanager
    async def running(_: Starlette) -> AsyncIterator[None]:
        async with client, on_starlette.lifespan(relay):
            yield

    routes = [
        Route("/answers", ask, methods=["POST"]),
        Route("/answers/{stream}", events),
        Route("/answers/{stream}", stop, methods=["DELETE"]),
        Route("/viewers", viewers),
        WebSocketRoute("/sockets/{stream}", socket),
    ]
    return Starlette(routes=routes, lifespan=running, middleware=middleware, exception_handlers={AIZoomDocError: failed})


async def passed_on(request: Request, call_next: RequestResponseEndpoint) -> Response:
    return await call_next(request)


def aiohttp_application() -> web.Application:
    client, relay = made()

    async def ask(request: web.Request) -> web.Response:
        chat = await client.create_chat("Тест")
        stream = await relay.ask(chat, "Какая высота?", owner=owner_of(request))
        return web.json_response({"stream": stream.id})

    async def events(request: web.Request) -> web.StreamResponse:
        stream = request.match_info["stream"]
        return await on_aiohttp.respond_events(
            request,
            relay,
            stream,
            owner=owner_of(request),
            after=request.query.get("after"),
            heartbeat=float(request.headers.get("x-heartbeat", HEARTBEAT)),
            headers=headers_of(request),
        )

    async def stop(request: web.Request) -> web.Response:
        try:
            await relay.stop(request.match_info["stream"], owner=owner_of(request))
        except StreamNotFoundError:
            return web.Response(status=404)
        return web.Response(status=204)

    async def viewers(_: web.Request) -> web.Response:
        return web.json_response(sum(answer.viewers for answer in relay._answers.values()))

    async def socket(request: web.Request) -> web.WebSocketResponse:
        websocket = web.WebSocketResponse()
        await websocket.prepare(request)
        await on_aiohttp.send_events(websocket, relay.events(request.match_info["stream"], owner=owner_of(request)))
        return websocket

    app = web.Application()
    app.add_routes(
        [
            web.post("/answers", ask),
            web.get("/answers/{stream}", events),
            web.delete("/answers/{stream}", stop),
            web.get("/viewers", viewers),
            web.get("/sockets/{stream}", socket),
        ]
    )
    on_aiohttp.setup(app, relay)
    app.on_cleanup.append(lambda _: client.close())
    return app


if __name__ == "__main__":
    web.run_app(aiohttp_application(), host="127.0.0.1", port=int(sys.argv[1]), shutdown_timeout=5)
