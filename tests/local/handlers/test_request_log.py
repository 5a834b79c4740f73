"""One record a request, without what is secret or private."""

from __future__ import annotations

import logging
import re

import pytest

from tests.local.support import PausedAnswerer, Serve, User, ask_about_note, frames, raw_reply


def requests(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The records of requests, without times, ids and the lengths of answers."""
    said = [record.getMessage() for record in caplog.records if record.name == "aizoomdoc_client.local.requests"]
    return [re.sub(r"[0-9a-f]{8}-[-0-9a-f]{27}", "ID", re.sub(r"\d+ (ms|characters)", r"N \1", line)) for line in said]


@pytest.fixture
def records(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


async def test_each_request_is_one_record(serve: Serve, records: pytest.LogCaptureFixture) -> None:
    """Method, path, status, time and user; an answer with its length, whichever way it was streamed."""
    user = await serve()
    chat = await ask_about_note(user)
    await user.events(chat)
    await frames(user, chat)
    await user.get(f"/chats/{chat}?limit=5&token=x")
    await user.get("/me", headers={"Authorization": "Bearer x"})
    await user.get("/nowhere")
    await user.server.__aexit__(None, None, None)

    assert [
        "POST /auth/exchange 200 N ms user1",
        "POST /files/upload 201 N ms user1",
        "POST /chats 201 N ms user1",
        "POST /chats/ID/messages 201 N ms user1",
        "GET /chats/ID/stream 200 N ms user1 answer of N characters",
        "GET /chats/ID/stream 101 closed with 1000 N ms user1 answer of N characters",
        "GET /chats/ID 200 N ms user1",
        "GET /me 401 N ms -",
        "GET /nowhere 404 N ms -",
    ] == requests(records)


async def test_no_record_has_a_token_a_query_or_a_question(serve: Serve, records: pytest.LogCaptureFixture) -> None:
    """Not even a static token that somebody took for a path."""
    user = await serve()
    chat = await user.chat()
    await user.say(chat, "Где стоит ВРУ-1?")
    await user.events(chat)
    await frames(user, chat)
    await user.get("/first-token", params={"query": "CANARY"})
    await raw_reply(user, "GET /a%0Ab HTTP/1.1", {"Host": "127.0.0.1"})
    await user.server.__aexit__(None, None, None)
    said = requests(records)

    assert [] == [word for word in ("first-token", user.login["access_token"], "CANARY", "ВРУ", "\n") if word in "".join(said)]
    assert ["GET /*** 404 N ms -", "GET /a%0Ab 404 N ms -"] == said[-2:]


async def test_why_a_request_had_no_response_is_told(
    serve: Serve, paused: PausedAnswerer, records: pytest.LogCaptureFixture
) -> None:
    """The client left, or the server stops."""
    user = await serve(answerer=paused)
    chat = await ask_about_note(user)
    async with user.listen(chat) as events:
        await anext(events)
        await paused.entered.wait()
    await paused.left.wait()
    async with user.listen(chat) as events:
        await anext(events)
        await user.server.__aexit__(None, None, None)

    assert ["GET /chats/ID/stream client left N ms user1", "GET /chats/ID/stream server stops N ms user1"] == requests(records)[
        -2:
    ]


async def test_without_a_reader_nothing_is_recorded(user: User, caplog: pytest.LogCaptureFixture) -> None:
    """At INFO and above requests are no news."""
    caplog.set_level(logging.INFO)
    await user.get("/me")

    assert [] == requests(caplog)
