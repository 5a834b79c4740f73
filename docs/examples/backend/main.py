"""A backend whose users ask about their documents in a browser: `uvicorn main:app`, with AIZOOMDOC_SERVER and AIZOOMDOC_TOKEN."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

from fastapi import Cookie, FastAPI, Form, UploadFile
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore
from aizoomdoc_client.relay import Relay
from aizoomdoc_client.relay.starlette import EventsResponse, lifespan

client = AsyncAIZoomDocClient(token_store=MemoryTokenStore())
relay = Relay(client)
PAGE = Path(__file__).parent / "page"
Owner = Annotated[str, Cookie()]


@asynccontextmanager
async def running(_: FastAPI) -> AsyncIterator[None]:
    async with client, lifespan(relay):
        yield


app = FastAPI(lifespan=running)


@app.get("/")
async def page(owner: Annotated[str | None, Cookie()] = None) -> FileResponse:
    response = FileResponse(PAGE / "index.html")
    response.set_cookie("owner", owner or secrets.token_urlsafe(), httponly=True, samesite="strict")
    return response


@app.post("/answers")
async def ask(
    owner: Owner, question: Annotated[str, Form()], chat: Annotated[str, Form()] = "", files: list[UploadFile] | None = None
) -> dict[str, str]:
    chat = chat or (await client.create_chat(question[:80])).id
    stream = await relay.ask(chat, question, owner=owner, files=[(file.filename or "file", file.file) for file in files or []])
    return {"chat": chat, "stream": stream.id}


@app.get("/answers/{stream}")
async def events(owner: Owner, stream: str) -> EventsResponse:
    return EventsResponse(relay, stream, owner=owner)


@app.delete("/answers/{stream}")
async def stop(owner: Owner, stream: str) -> None:
    await relay.stop(stream, owner=owner)


app.mount("/page", StaticFiles(directory=PAGE))
