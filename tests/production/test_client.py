"""The client told what production said: each recorded exchange through a real connection."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs
import pytest

from aizoomdoc_client import AsyncAIZoomDocClient, ProjectNode, exceptions as exc
from aizoomdoc_client.events import AnswerEvent
from aizoomdoc_client.protocol import requests
from tests.production.recording import EXCHANGES, Exchange, history_after, question_of
from tests.production.replaying import replaying

Call = Callable[[AsyncAIZoomDocClient, Exchange], Awaitable[object]]


def _id(exchange: Exchange) -> str:
    """The last id in the exchange's path."""
    return exchange.path.strip("/").removesuffix("/results").rpartition("/")[2]


async def _request(client: AsyncAIZoomDocClient, exchange: Exchange) -> object:
    """The request as it was recorded, for what no method sends."""
    return await client._parts.caller.call(requests.Request(method=exchange.method, path=exchange.path, response=object))


async def _upload(client: AsyncAIZoomDocClient, exchange: Exchange) -> object:
    name, size, _ = exchange.sent.get("multipart", {"file": ("a.pdf", 8, "")})["file"]
    upload = client.upload_file_for_llm if exchange.path.endswith("for-llm") else client.upload_file
    return await upload(b"x" * size, filename=name)


async def _post(client: AsyncAIZoomDocClient, exchange: Exchange) -> object:
    content: dict[str, Any] = {"content": "x"} | exchange.sent["json"]
    return await client._parts.caller.call(requests.post_message(exchange.chat_id, **content, idempotency_key="1"))


def _exchange(client: AsyncAIZoomDocClient, exchange: Exchange) -> Awaitable[object]:
    return client.authenticate(exchange.sent.get("json", {}).get("static_token", "static-token"))


def _settings(client: AsyncAIZoomDocClient, exchange: Exchange) -> Awaitable[object]:
    return client.update_settings(**(exchange.sent["json"] or {"model_profile": "complex"}))


def _search(client: AsyncAIZoomDocClient, exchange: Exchange) -> Awaitable[object]:
    return client.search_documents("x", "y")


CALLS: Mapping[str, Call] = {
    "health": lambda client, _: client.health(),
    "root": _request,
    "exchange": _exchange,
    "me": lambda client, _: client.get_me(),
    "settings": _settings,
    "roles": lambda client, _: client.get_available_roles(),
    "chat": lambda client, exchange: client.create_chat(**exchange.sent["json"]),
    "chat without title": lambda client, _: client.create_chat(),
    "chats": lambda client, _: client.list_chats(),
    "history": lambda client, exchange: client.get_chat_history(_id(exchange)),
    "message": _post,
    "upload": _upload,
    "upload for the model": _upload,
    "file": lambda client, exchange: client.get_file(_id(exchange)),
    "file of the model": lambda client, exchange: client.get_file(_id(exchange)),
    "tree": lambda client, exchange: client.get_projects_tree(),
    "results": lambda client, exchange: client.get_document_results(_id(exchange)),
    "results of no document": lambda client, exchange: client.get_document_results(_id(exchange)),
    "search": _search,
    "delete": lambda client, exchange: client.delete_chat(_id(exchange)),
    "method not allowed": _request,
    "no such path": _request,
    "somebody else's chat": lambda client, exchange: client.get_chat(_id(exchange)),
    "logout": _request,
}
"""How the client sends each request, by the exchange's name or the part of it before a comma or "after"."""

ERRORS: Mapping[str, tuple[type[exc.APIError], str, str]] = {
    "exchange, wrong token": (exc.AuthenticationError, "static_token_unknown", "Invalid static token"),
    "exchange, no token": (exc.ValidationError, "invalid_fields", "static_token: Field required"),
    "exchange, inactive account": (exc.PermissionDeniedError, "account_inactive", "User account is not active"),
    "exchange, bad JSON": (exc.ValidationError, "invalid_fields", "1: JSON decode error"),
    "me, no token": (exc.PermissionDeniedError, "access_token_missing", "Not authenticated"),
    "me, garbage token": (exc.ServerError, "internal_error", "An unexpected error occurred"),
    "settings, out of range": (exc.ValidationError, "invalid_fields", "temperature: Input should be less than or equal to 2"),
    "settings, unknown role": (exc.NotFoundError, "role_not_found", "Role prompt not found"),
    "history, unknown chat": (exc.NotFoundError, "chat_not_found", "Chat not found"),
    "history, malformed id": (exc.ValidationError, "invalid_fields", "chat_id: Input should be a valid UUID"),
    "stream, no message yet": (exc.NotFoundError, "question_not_found", "User message not found"),
    "message, empty object": (exc.ValidationError, "invalid_fields", "content: Field required"),
    "message, malformed file id": (exc.ValidationError, "invalid_fields", "attached_file_ids.0: Input should be a valid UUID"),
    "message, unknown chat": (exc.NotFoundError, "chat_not_found", "Chat not found"),
    "stream, the model fails in the middle": (exc.AnswerError, "", ""),
    "stream, the model fails at once": (exc.AnswerError, "", "429 RESOURCE_EXHAUSTED. quota"),
    "stream, unknown chat": (exc.NotFoundError, "question_not_found", "User message not found"),
    "stream, malformed chat id": (exc.ValidationError, "invalid_fields", "chat_id: Input should be a valid UUID"),
    "stream, malformed document id": (exc.ValidationError, "invalid_fields", "document_ids.0: Input should be a valid UUID"),
    "stream, no token": (exc.PermissionDeniedError, "access_token_missing", "Not authenticated"),
    "upload, no file": (exc.ValidationError, "invalid_fields", "file: Field required"),
    "file, unknown": (exc.NotFoundError, "file_not_found", "File not found"),
    "results of no document": (exc.ValidationError, "not_a_document", "Node is not a document"),
    "results, unknown": (exc.NotFoundError, "document_not_found", "Document not found"),
    "search without client": (exc.ValidationError, "invalid_fields", "client_id: Field required"),
    "search, limit too large": (exc.ValidationError, "invalid_fields", "limit: Input should be less than or equal to 100"),
    "delete, unknown": (exc.NotFoundError, "chat_not_found", "Chat not found"),
    "method not allowed": (exc.APIError, "method_not_allowed", "Method Not Allowed"),
    "no such path": (exc.NotFoundError, "not_found", "Not Found"),
    "somebody else's chat": (exc.NotFoundError, "chat_not_found", "Chat not found"),
}
"""What each refusal is raised as: the class, the code of its text, and words of it."""

STREAMS = [name for name in EXCHANGES if name.startswith("stream,")]
ANSWERED = [name for name in STREAMS if EXCHANGES[name].is_stream]
PLAIN = [name for name in EXCHANGES if name not in STREAMS]


async def called(exchange: Exchange) -> object:
    family = exchange.name.partition(",")[0].partition(" after")[0].partition(" without client")[0]
    async with replaying(exchange) as (_, client):
        if exchange.name.startswith("chats"):
            with pytest.warns(match="50"):
                return await client.list_chats()
        return await CALLS[exchange.name if exchange.name in CALLS else family](client, exchange)


def seen(value: object, recorded: Any) -> Any:
    """`value` in the shape of what was recorded, to be compared with it: fields by name, dates as they are written."""
    if isinstance(recorded, dict):
        given = value if isinstance(value, Mapping) else None
        return {name: seen(getattr(value, name) if given is None else given[name], item) for name, item in recorded.items()}
    if isinstance(recorded, list):
        assert isinstance(value, Sequence)
        return [seen(item, other) for item, other in zip(value, recorded, strict=True)]
    if isinstance(value, datetime):
        assert value.utcoffset() is not None
        return value.isoformat().replace("+00:00", "Z" if str(recorded).endswith("Z") else "")
    return value


@pytest.mark.filterwarnings("ignore::aizoomdoc_client.exceptions.SettingNotKeptWarning")
@pytest.mark.parametrize("name", [name for name in PLAIN if name not in ERRORS])
async def test_all_that_was_said_is_returned(name: str) -> None:
    """Each field of the response is an attribute of the model with the same value, and every date has its time zone."""
    exchange = EXCHANGES[name]
    value = await called(exchange)

    assert exchange.body == seen(value, exchange.body)
    assert isinstance(exchange.body, list) or attrs.has(type(value)) or type(value) is dict


@pytest.mark.parametrize("name", [name for name in PLAIN if name in ERRORS])
async def test_a_refusal_is_raised_as_what_it_means(name: str) -> None:
    """The class, the status, and the server's own reason, which has a code and so can be told in both languages."""
    kind, code, words = ERRORS[name]
    with pytest.raises(exc.APIError) as caught:
        await called(EXCHANGES[name])

    assert (kind, EXCHANGES[name].status, code) == (type(caught.value), caught.value.status_code, caught.value.code)
    assert words in str(caught.value)


async def asked(exchange: Exchange) -> tuple[list[AnswerEvent], str, BaseException | None]:
    """A question whose stream is the recorded one: its events, the answer's text, and the error."""
    events: list[AnswerEvent] = []
    scope: dict[str, list[str]] = {}
    for name, value in exchange.query:
        scope.setdefault(name, []).append(value)
    history = history_after(exchange.name) if exchange.is_stream else EXCHANGES["history, empty"]
    async with replaying(exchange) as (server, client):
        server.give(history, path=f"/chats/{exchange.chat_id}")
        message = question_of(exchange.name) if exchange.is_stream else EXCHANGES["message"].body
        posted = attrs.evolve(EXCHANGES["message"], body=dict(message, chat_id=exchange.chat_id))
        server.give(posted, path=f"/chats/{exchange.chat_id}/messages")
        stream = client.send_message(exchange.chat_id, message["content"], **scope)  # type: ignore[arg-type]
        try:
            async with stream:
                async for event in stream:
                    events.append(event)  # noqa: PERF401 - those before an error count
        except exc.APIError as error:
            return events, stream.text, error
        assert ("GET", exchange.path, exchange.query) in server.received
        return events, stream.text, None


@pytest.mark.parametrize("name", ANSWERED)
async def test_a_stream_is_handed_out_event_by_event(name: str) -> None:
    """All events of production in their order, with their data, whatever the client adds; the text is the one that was stored."""
    exchange, stored = EXCHANGES[name], history_after(name).body["messages"][1:]
    events, said, error = await asked(exchange)
    sent = [(event.event, dict(event.data)) for event in events if not getattr(event, "synthetic", False)]
    own = {"answer_restarted", "stream_resumed"}

    assert [pair for pair in exchange.events if pair[0] != "llm_token"] == [
        pair for pair in sent if pair[0] not in {"llm_token", *own}
    ]
    assert (None if name not in ERRORS else ERRORS[name][0]) == (None if error is None else type(error))
    assert not stored or [said] == [message["content"] for message in stored]


@pytest.mark.parametrize("name", [name for name in STREAMS if name not in ANSWERED])
async def test_a_refused_stream_is_raised_as_what_it_means(name: str) -> None:
    """As every other refusal; the message was posted before."""
    kind, code, words = ERRORS[name]
    events, _, error = await asked(EXCHANGES[name])

    assert isinstance(error, exc.APIError)
    assert ([], kind, EXCHANGES[name].status, code) == (events, type(error), error.status_code, error.code)
    assert words in str(error)


@pytest.mark.parametrize("source", ["results", "tree, all with files"])
async def test_files_of_documents_can_be_asked_about(source: str) -> None:
    """Results and the tree's files go into `tree_files` as they came: each by its place and its kind."""
    recorded = EXCHANGES[source]
    files = (await called(recorded)).files if source == "results" else (await tree_of(recorded))[0].files  # type: ignore[attr-defined]
    stream, history = EXCHANGES["stream, simple profile"], history_after("stream, simple profile")
    posted = attrs.evolve(EXCHANGES["message"], body=question_of(stream.name))
    async with replaying(stream, history) as (server, client):
        server.give(posted, path=f"/chats/{stream.chat_id}/messages")
        await client.ask(stream.chat_id, question_of(stream.name)["content"], tree_files=files)
        query = dict(server.received[-1][2])

    document = "tree_docs/00000000-0000-0000-0000-00000000000a"
    assert [(f"{document}/doc_document.md", "result_md"), (f"{document}/doc.html", "ocr_html")] == [
        (file["r2_key"], file["file_type"]) for file in json.loads(query["tree_files"])
    ]


async def tree_of(exchange: Exchange) -> Sequence[ProjectNode]:
    async with replaying(exchange) as (_, client):
        return await client.get_projects_tree(all_nodes=True, include_files=True)


def test_every_exchange_is_replayed() -> None:
    """All 73 are told apart by name, and each belongs to one of the tests above."""
    assert 73 == len(EXCHANGES) == len(PLAIN) + len(STREAMS)
    assert set(ERRORS) == {name for name, exchange in EXCHANGES.items() if exchange.status >= 400} | {
        name for name in ANSWERED if exchange_fails(name)
    }


def exchange_fails(name: str) -> bool:
    return EXCHANGES[name].events[-1][0] == "error"


async def test_settings_that_production_does_not_keep_are_told() -> None:
    """By name when they are set, and by what came back: all but two are at production's defaults."""
    async with replaying(EXCHANGES["settings, profile and temperature"]) as (_, client):
        with pytest.warns(exc.SettingNotKeptWarning, match="did not keep them: temperature$"):
            settings = await client.update_settings(model_profile="complex", temperature=0.5)

    assert {"model_profile", "selected_role_prompt_id"} == settings.known_kept
