"""A backend whose users ask about their documents in a browser: `uvicorn main:app`, with AIZOOMDOC_SERVER and AIZOOMDOC_TOKEN.

Where REDIS_URL is set, several of them share their answers, and a restarted one goes on with those that ran.
"""

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Cookie, FastAPI, Form, Request, UploadFile
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles

from aizoomdoc_client import AIZoomDocError, AsyncAIZoomDocClient, MemoryTokenStore
from aizoomdoc_client.page import FOLDER, HEADERS
from aizoomdoc_client.relay import Relay, StreamNotFoundError
from aizoomdoc_client.relay.error_codes import error_event
from aizoomdoc_client.relay.redis import RedisBackplane
from aizoomdoc_client.relay.starlette import EventsResponse, lifespan

REDIS = os.environ.get("REDIS_URL")
client = AsyncAIZoomDocClient(token_store=MemoryTokenStore())
relay = Relay(client, backplane=RedisBackplane(REDIS) if REDIS else None)
Owner = Annotated[str, Cookie()]


@asynccontextmanager
async def running(_: FastAPI) -> AsyncIterator[None]:
    async with client, lifespan(relay):
        yield


app = FastAPI(lifespan=running)


@app.get("/")
async def page(owner: Annotated[str | None, Cookie()] = None) -> FileResponse:
    response = FileResponse(FOLDER / "index.html", headers=dict(HEADERS))
    response.set_cookie("owner", owner or secrets.token_urlsafe(), httponly=True, samesite="strict")
    return response


@app.post("/answers")
async def ask(
    owner: Owner, question: Annotated[str, Form()], chat: Annotated[str, Form()] = "", files: list[UploadFile] | None = None
) -> dict[str, str]:
    # Nobody can guess a chat's id; where users may learn those of others, check here that it is the owner's.
    chat = chat or (await client.create_chat(question[:80])).id
    stream = await relay.ask(chat, question, owner=owner, files=[(file.filename or "file", file.file) for file in files or []])
    return {"chat": chat, "stream": stream.id}


@app.get("/answers/{stream}")
async def events(owner: Owner, stream: str, after: str | None = None) -> EventsResponse:
    return EventsResponse(relay, stream, owner=owner, after=after)


@app.delete("/answers/{stream}")
async def stop(owner: Owner, stream: str) -> None:
    await relay.stop(stream, owner=owner)


@app.exception_handler(AIZoomDocError)
async def failed(_: Request, error: AIZoomDocError) -> JSONResponse:
    status = 404 if isinstance(error, StreamNotFoundError) else 502
    return JSONResponse(error_event(error).data, status)  # a code that the page translates, no internals


app.mount("/page", StaticFiles(directory=FOLDER))
