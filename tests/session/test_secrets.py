"""A canary: neither token is in any error, log record, warning, repr or pickle, whatever goes wrong."""

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
from tests.visits import Visit, visit

STATIC = "canary-static-5f1d7c"

pytestmark = pytest.mark.usefixtures("library")


async def fail(visited: Visit, method: str, path: str, reaction: Any) -> list[AIZoomDocError]:
    """The error of a question asked while one endpoint reacts so."""
    rule = visited.server.respond(method, path, *[reaction] * 4)
    try:
        await visited.client.ask(await visited.chat(), "Где ВРУ?")
    except AIZoomDocError as error:
        return [error]
    finally:
        rule.clear()
    return []


def echo(visited: Visit) -> list[Any]:
    """Replies that repeat what they should not."""
    jwt = visited.server.issue_token()
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
    """All faults on all ways to an answer, the root logger at DEBUG: 0 hits."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="websockets")
    options: Any = {
        "static_token": STATIC,
        "timeout": 0.1,
        "retry": RetryPolicy(attempts=1, max_reruns=0),
        "stream_timeouts": StreamTimeouts(first_event=0.05, idle=0.05, connect=0.1),
    }
    async with visit(behavior, server={"static_tokens": [STATIC]}, **options) as visited:
        await visited.client.get_me()
        found = list[AIZoomDocError]()
        paths = [("POST", "/auth/exchange"), ("POST", "/chats"), ("POST", "/chats/*/messages"), ("*", "/chats/*/stream")]
        for method, path in paths:
            for reaction in [*FAULTS, *echo(visited)]:
                await visited.client.clear_tokens()
                found += await fail(visited, method, path, reaction)
        for end in ENDS:
            visited.server.script_answer([Deltas(["Высота"]), end, Stall()])
            found += await fail(visited, "*", "/nowhere", Reset())
        found += await close_in_the_middle(visited)
        secrets = visited.server._state.tokens._issued | {STATIC}

    assert len(found) > 40
    shown = [repr(error) + str(error) + repr(vars(error)) + repr(pickle.dumps(error)) for error in found]
    shown += ["".join(traceback.format_exception(error)) for error in found]
    shown += [text for error in found for text in locals_of(error)]
    shown += [
        record.getMessage() + repr(record.__dict__) for record in caplog.records if not record.name.startswith("aiohttp.server")
    ]
    shown += [
        repr(visited.client),
        repr(visited.client.config),
        repr(visited.client._parts),
        repr(visited.client._parts.auth._grant),
    ]
    assert [] == [text for text in shown if any(secret in text for secret in secrets)]


def locals_of(error: BaseException) -> list[str]:
    """What a debugging tool would show of the package's own frames."""
    frames = traceback.TracebackException.from_exception(error, capture_locals=True).stack
    return [str(frame.locals) for frame in frames if "aizoomdoc_client" in frame.filename and "testing" not in frame.filename]


async def close_in_the_middle(visited: Visit) -> list[AIZoomDocError]:
    """The error of a reader whose client is closed."""
    visited.server.script_answer([Deltas(["Высота"]), Stall()])
    patient = visited.client.with_options(stream_timeouts=StreamTimeouts())
    stream = patient.send_message(await visited.chat(), "Где ВРУ?")
    async for event in stream:
        if event.event == "llm_token":
            break
    reading = asyncio.create_task(stream.result())
    await asyncio.sleep(0)
    await visited.client.close()
    try:
        await reading
    except AIZoomDocError as error:
        return [error]
    return []


async def test_the_static_token_travels_to_one_place() -> None:
    """It is in the body of the exchange, and nowhere else: no header, no query, no other body."""
    async with visit(ServerBehavior.PRODUCTION, server={"static_tokens": [STATIC]}, static_token=STATIC) as visited:
        await visited.client.ask(await visited.chat(), "Где ВРУ?")
        await visited.client.upload_file(b"plan")
        seen = [
            request.path
            for request in visited.server.requests
            if STATIC in request.body.decode() + str(request.query) + str(dict(request.headers))
        ]

        assert ["/auth/exchange"] == seen


async def test_a_store_is_keyed_by_a_digest() -> None:
    """The key of a client's tokens does not contain its static token."""
    store = MemoryTokenStore()
    async with visit(server={"static_tokens": [STATIC]}, static_token=STATIC, token_store=store) as visited:
        await visited.client.get_me()

        assert isinstance(visited.client, AsyncAIZoomDocClient)
        assert STATIC not in repr(TokenKey.of_static_token(visited.server.url, STATIC))
        assert [STATIC not in repr(key) + repr(tokens) for key, tokens in store._entries.items()] == [True]
