"""The scripted server held against production: each recorded request, sent to it in the same circumstances."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from aizoomdoc_client.testing import Answer, Emit, ScriptedServer, complex_answer, error_answer, followup_answer
from aizoomdoc_client.testing.server_store import StoredChat, StoredFile, StoredMessage, StoredNode, StoredUser
from tests.production.kinds import kinds, masked, shape_of
from tests.production.recording import EXCHANGES, Exchange, events_of, history_after, question_of

CHAT = "5eed0000-0000-4000-8000-000000000001"
EMPTY = {"history, empty", "stream, no message yet"}
"""What was asked of the chat while it was empty."""
GONE = {"somebody else's chat"}
"""What was asked of the chat after it had been deleted."""
COMPLEX = {"settings, role null", "settings, role 1", "settings, empty", "settings, back to simple"}
"""What was asked while the profile was complex."""

ODD_DATE = {"url": {"updated_at": "2026-01-02T03:04:05.672485Z"}}
"""The one date in the recording that has no ``Z``."""


def fill(server: ScriptedServer, exchange: Exchange) -> None:
    """Gives the server the records that production had when the exchange was made."""
    store, user = server.store, server.user
    user.settings["selected_role_prompt_id"] = 1
    if exchange.name in COMPLEX or "complex" in exchange.name or "in the middle" in exchange.name:
        user.settings["model_profile"] = "complex"
    store.add_user("inactive-token", "user-2", status="inactive")
    store.roles[:] = [{key: role[key] for key in role if not key.endswith("_at")} for role in EXCHANGES["roles"].body]
    store.nodes.clear()
    store.nodes.update({node["id"]: tree_node(node) for node in EXCHANGES["tree, all with files"].body})
    if exchange.name == "results":  # of which the sizes are not those that the tree told
        files, told = store.nodes[exchange.body["document_node_id"]].files, exchange.body["files"]
        for file, result in zip(files, told, strict=True):
            file["file_size"] = result["size_bytes"]
    uploads = [
        (EXCHANGES[name].body, EXCHANGES[name].sent["multipart"]["file"]) for name in ("upload", "upload for the model, text")
    ]
    for file, (_, size, _) in uploads:
        store.files[file["id"]] = StoredFile(
            id=file["id"],
            filename=file["filename"],
            content=b"x" * size,
            mime_type=file["mime_type"],
            storage_path=file["storage_path"],
            for_llm="google_file_uri" in file,
        )
    if exchange.name == "chats":
        # Newest first; the recorded times do not tell, because they were replaced.
        times = {"updated_at": "2026-01-02T03:04:{:02}.000001Z"}
        store.chats.update(
            {
                entry["id"]: chat(user, entry | {"updated_at": times["updated_at"].format(59 - at)})
                for at, entry in enumerate(exchange.body)
            }
        )
    elif exchange.name not in GONE:
        store.chats[CHAT] = chat(user, EXCHANGES["chat"].body, () if exchange.name in EMPTY else (EXCHANGES["message"].body,))
    stream = exchange.name.removeprefix("history after: ")
    if stream in EXCHANGES and EXCHANGES[stream].is_stream:
        history = history_after(stream).body
        messages = [{**question_of(stream), "images": []}] if exchange.is_stream else history["messages"]
        store.chats[exchange.chat_id] = chat(user, history["chat"], messages)


def tree_node(node: Mapping[str, Any]) -> StoredNode:
    names = ("id", "parent_id", "client_id", "node_type", "name", "code", "version", "attributes")
    files = [{key: file[key] for key in file if key != "created_at"} for file in node["files"]]
    return StoredNode(**{name: node[name] for name in names}, files=files)


def chat(user: StoredUser, entry: Mapping[str, Any], messages: Any = ()) -> StoredChat:
    stored = [
        StoredMessage(**{name: message[name] for name in ("id", "chat_id", "role", "content", "images")}) for message in messages
    ]
    names = ("id", "title", "description")
    dates = {name: datetime.fromisoformat(entry[name]).replace(tzinfo=UTC) for name in ("created_at", "updated_at")}
    return StoredChat(owner=user, messages=stored, **{name: entry[name] for name in names}, **dates)


@asynccontextmanager
async def filled(exchange: Exchange) -> AsyncIterator[ScriptedServer]:
    async with ScriptedServer(static_tokens=("static-token",)) as server:
        fill(server, exchange)
        yield server


async def sent(server: ScriptedServer, exchange: Exchange) -> tuple[int, str, Any]:
    """Status, content type and body of the server's response to the recorded request."""
    headers = {"bearer": f"Bearer {server.issue_token()}", None: None}.get(exchange.authorization, exchange.authorization)
    if headers == "Bearer JWT":
        headers = f"Bearer {server.issue_token(server.store.add_user('other', 'user-3'))}"
    options: dict[str, Any] = {"headers": {} if headers is None else {"Authorization": headers}}
    if "json" in exchange.sent:
        options["json"] = exchange.sent["json"]
    elif "body" in exchange.sent:
        options |= {"data": exchange.sent["body"], "headers": {**options["headers"], "Content-Type": "application/json"}}
    elif "multipart" in exchange.sent:
        name, size, kind = exchange.sent["multipart"]["file"]
        options["data"] = aiohttp.FormData(quote_fields=False)
        options["data"].add_field("file", b"x" * size, filename=name, content_type=kind)
    async with (
        aiohttp.ClientSession(server.url) as session,
        session.request(exchange.method, exchange.path, params=exchange.query, **options) as response,
    ):
        text = await response.text()
        is_json = response.content_type == "application/json"
        return response.status, response.headers["Content-Type"], json.loads(text) if is_json else text


@pytest.mark.parametrize("name", [name for name, exchange in EXCHANGES.items() if not exchange.is_stream])
async def test_a_response_is_the_same_but_for_what_is_made_anew(name: str) -> None:
    """Status, content type, all fields, their types and values; only ids, dates, tokens and places in a storage may differ."""
    exchange = EXCHANGES[name]
    recorded = [entry | ODD_DATE.get(entry["title"], {}) for entry in exchange.body] if name == "chats" else exchange.body
    async with filled(exchange) as server:
        status, content_type, body = await sent(server, exchange)

    assert (exchange.status, exchange.content_type) == (status, content_type)
    assert masked(recorded) == masked(body)


def answers(name: str) -> Mapping[str, Answer]:
    """The presets for some streams; the others are the server's own answers. There are no images, as there were no documents."""
    text = next((data["content"] for kind, data in EXCHANGES[name].events if kind == "llm_final"), "Ответ")
    return {
        "stream, complex profile": complex_answer(text, images=()),
        "stream, complex profile, one follow-up round": followup_answer("Черновик", text, tool="request_images", images=()),
        "stream, the model fails in the middle": failing(complex_answer(text, images=())),
        "stream, the model fails at once": error_answer("429 RESOURCE_EXHAUSTED. quota"),
    }


def failing(answer: Answer) -> Answer:
    """The same answer with an error in place of its end."""
    return answer.without("llm_final").without("completed").followed_by(Emit("error", {"message": "503 UNAVAILABLE"}))


@pytest.mark.parametrize("name", [name for name, exchange in EXCHANGES.items() if exchange.is_stream])
async def test_a_stream_has_the_same_events_and_leaves_the_same_messages(name: str) -> None:
    """The same events in the same order, with the same fields of the same types, of the same phases; then the same history."""
    exchange, answer = EXCHANGES[name], answers(name).get(name)
    async with filled(exchange) as server:
        if answer is not None:
            server.script_answer(answer)
        status, content_type, body = await sent(server, exchange)
        _, _, history = await sent(server, history_after(name))

    recorded = history_after(name).body
    assert kinds(recorded) == kinds(history)
    assert [message["role"] for message in recorded["messages"]] == [message["role"] for message in history["messages"]]
    assert (exchange.status, exchange.content_type) == (status, content_type)
    assert shape_of(exchange.events) == shape_of(events_of(body))
