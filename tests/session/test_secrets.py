"""Neither token is in any error, log record, warning, repr or pickle, under all failures."""

from __future__ import annotations

import asyncio
import logging
import pickle
import traceback
from typing import Any

import pytest

from aizoomdoc_client import AIZoomDocError, AsyncAIZoomDocClient, MemoryTokenStore, RetryPolicy, StreamTimeouts
from aizoomdoc_client.storage.base import TokenKey
from aizoomdoc_client.testing import (
    Close,
    Deltas,
    Drop,
    Hang,
    Raw,
    RawReply,
    Reply,
    Reset,
    ServerBehavior,
    Stall,
    html_page,
    internal_error,
    validation_error,
)
from tests.client_and_server import ClientAndServer, client_and_server

STATIC = "canary-static-5f1d7c"

pytestmark = pytest.mark.usefixtures("library")


async def fail(pair: ClientAndServer, method: str, path: str, reaction: Any) -> list[AIZoomDocError]:
    """The error of a question while one endpoint answers with `reaction`."""
    rule = pair.server.respond(method, path, *[reaction] * 4)
    try:
        await pair.client.ask(await pair.chat(), "Где ВРУ?")
    except AIZoomDocError as error:
        return [error]
    finally:
        rule.clear()
    return []


def echo(pair: ClientAndServer) -> list[Any]:
    """Replies that echo credentials."""
    jwt = pair.server.issue_token()
    said = f"token={jwt} Authorization: Bearer {jwt} static_token: {STATIC}"
    return [
        Reply(400, {"detail": said}),
        Reply(401, {"detail": said}),
        Reply(500, {"error": said, "message": said}),
        Reply(502, f"<title>{said}</title>"),
        Reply(200, said),
        Reply(404, said),
        validation_error(("body", "static_token"), echo={"static_token": STATIC}),
        RawReply(f"HTTP/1.1 200 {said}\r\n{said}\r\n\r\n".encode()),
        RawReply(said.encode()),
    ]


FAULTS: list[Any] = [
    Reset(),
    Reset(reset=False),
    Hang(),
    html_page(502),
    internal_error(),
    Reply(302, b"", {"Location": "http://x/"}),
]
ENDS: list[Any] = [
    Drop(),
    Close(4401),
    Close(1008, "Bearer x"),
    Close(1011),
    Raw(b"{"),
    Raw(b"event: llm_final\ndata: [\n\n"),
    Stall(),
]


@pytest.mark.parametrize("behavior", [ServerBehavior.PRODUCTION, ServerBehavior.CONTRACT], ids=["production", "contract"])
async def test_no_token_comes_out(behavior: ServerBehavior, caplog: pytest.LogCaptureFixture) -> None:
    """All faults on all transports, with the root logger at DEBUG, expose no token."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="websockets")
    options: Any = {
        "static_token": STATIC,
        "timeout": 0.1,
        "retry": RetryPolicy(attempts=1, max_reruns=0),
        "stream_timeouts": StreamTimeouts(first_event=0.05, idle=0.05, connect=0.1),
    }
    async with client_and_server(behavior, server={"static_tokens": [STATIC]}, **options) as pair:
        await pair.client.get_me()
        found = list[AIZoomDocError]()
        paths = [("POST", "/auth/exchange"), ("POST", "/chats"), ("POST", "/chats/*/messages"), ("*", "/chats/*/stream")]
        for method, path in paths:
            for reaction in [*FAULTS, *echo(pair)]:
                await pair.client.clear_tokens()
                found += await fail(pair, method, path, reaction)
        for end in ENDS:
            pair.server.script_answer([Deltas(["Высота"]), end, Stall()])
            found += await fail(pair, "*", "/nowhere", Reset())
        found += await close_in_the_middle(pair)
        secrets = pair.server._state.tokens._issued | {STATIC}

    assert len(found) > 40
    shown = [repr(error) + str(error) + repr(vars(error)) + repr(pickle.dumps(error)) for error in found]
    shown += ["".join(traceback.format_exception(error)) for error in found]
    shown += [text for error in found for text in locals_of(error)]
    shown += [
        record.getMessage() + repr(record.__dict__) for record in caplog.records if not record.name.startswith("aiohttp.server")
    ]
    shown += [
        repr(pair.client),
        repr(pair.client.config),
        repr(pair.client._parts),
        repr(pair.client._parts.auth._grant),
    ]
    assert [] == [text for text in shown if any(secret in text for secret in secrets)]


def locals_of(error: BaseException) -> list[str]:
    """What a debugging tool would show of the package's own frames."""
    frames = traceback.TracebackException.from_exception(error, capture_locals=True).stack
    return [str(frame.locals) for frame in frames if "aizoomdoc_client" in frame.filename and "testing" not in frame.filename]


async def close_in_the_middle(pair: ClientAndServer) -> list[AIZoomDocError]:
    """The error of a reader whose client is closed."""
    pair.server.script_answer([Deltas(["Высота"]), Stall()])
    patient = pair.client.with_options(stream_timeouts=StreamTimeouts())
    stream = patient.send_message(await pair.chat(), "Где ВРУ?")
    async for event in stream:
        if event.event == "llm_token":
            break
    reading = asyncio.create_task(stream.result())
    await asyncio.sleep(0)
    await pair.client.close()
    try:
        await reading
    except AIZoomDocError as error:
        return [error]
    return []


async def test_the_static_token_travels_to_one_place() -> None:
    """The static token is only in the body of the exchange: in no header, query or other body."""
    async with client_and_server(ServerBehavior.PRODUCTION, server={"static_tokens": [STATIC]}, static_token=STATIC) as pair:
        await pair.client.ask(await pair.chat(), "Где ВРУ?")
        await pair.client.upload_file(b"plan")
        seen = [
            request.path
            for request in pair.server.requests
            if STATIC in request.body.decode() + str(request.query) + str(dict(request.headers))
        ]

        assert ["/auth/exchange"] == seen


async def test_a_store_is_keyed_by_a_digest() -> None:
    """The key of a client's tokens does not contain its static token."""
    store = MemoryTokenStore()
    async with client_and_server(server={"static_tokens": [STATIC]}, static_token=STATIC, token_store=store) as pair:
        await pair.client.get_me()

        assert isinstance(pair.client, AsyncAIZoomDocClient)
        assert STATIC not in repr(TokenKey.of_static_token(pair.server.url, STATIC))
        assert [STATIC not in repr(key) + repr(tokens) for key, tokens in store._entries.items()] == [True]
