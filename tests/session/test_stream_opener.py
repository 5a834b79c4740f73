"""The choice of the transport, without a second model run and without sending the token in a header."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Any

import pytest

from aizoomdoc_client import (
    AsyncAIZoomDocClient,
    FileTokenStore,
    NotFoundError,
    PermissionDeniedError,
    RetryPolicy,
    StreamInterruptedError,
    StreamTimeouts,
    TokenExpiredError,
)
from aizoomdoc_client.protocol.recovery import LOOKS
from aizoomdoc_client.protocol.transport_choice import MEMORY
from aizoomdoc_client.testing import (
    Answer,
    Close,
    Hang,
    Normally,
    RawReply,
    Reply,
    ServerBehavior,
    compare_answer,
    complex_answer,
    diverging_answer,
    escape_cut_answer,
    followup_answer,
    newer_server_answer,
    queued_answer,
    simple_answer,
    without_completed,
)
from tests.client_and_server import ClientAndServer, client_and_server

TEXT = "Высота этажа 3,3 м.\n«Ось А» \\ план 🏗\u2028конец"
pytestmark = pytest.mark.usefixtures("library")


async def ask(pair: ClientAndServer) -> str:
    """The text of an answer in a new chat."""
    return str(await pair.client.ask(await pair.chat(), "Где ВРУ?"))


@pytest.mark.parametrize(
    "answer",
    [
        simple_answer(TEXT),
        complex_answer(TEXT),
        compare_answer(TEXT),
        followup_answer("Сначала так.", TEXT),
        diverging_answer("Сначала так", TEXT),
        escape_cut_answer(TEXT),
        escape_cut_answer(TEXT, ascii_only=True),
        newer_server_answer(TEXT),
        queued_answer(simple_answer(TEXT)),
        without_completed(complex_answer(TEXT)),
    ],
    ids=["simple", "complex", "compare", "followup", "diverging", "cut", "cut-ascii", "newer", "queued", "no-completed"],
)
async def test_both_transports_give_the_same_events(answer: Answer) -> None:
    """Events, their data and the text are the same over a WebSocket and over server-sent events."""
    seen = []
    for transport in ("websocket", "sse"):
        async with client_and_server(ServerBehavior.CONTRACT, transport=transport) as pair:
            pair.server.script_answer(answer)
            stream = pair.client.send_message(await pair.chat(), "Где ВРУ?")
            events = [(event.event, event.data) async for event in stream]
            assert {"websocket": "ws", "sse": "sse"}[transport] == pair.server.model_runs[0].transport
            seen.append((events, stream.text))

    assert seen[0] == seen[1]
    assert TEXT == seen[0][1]


async def test_a_working_websocket_is_used() -> None:
    """With a server that has WebSockets, server-sent events are not used."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        await ask(pair)

        assert ["ws"] == [run.transport for run in pair.server.model_runs]
        assert [] == pair.server.requests_to("GET", "/chats/*/stream")


async def test_a_stub_is_left_alone() -> None:
    """Production's WebSocket says that it is not implemented: the client closes it, and one run uses server-sent events."""
    async with client_and_server(ServerBehavior.PRODUCTION) as pair:
        await ask(pair)

        assert ["sse"] == [run.transport for run in pair.server.model_runs]
        await pair.client.close()
        await pair.server.until(lambda: pair.server.open_connections == 0)


@pytest.mark.parametrize("behavior", ServerBehavior.PRESETS)
async def test_the_model_runs_once(behavior: str) -> None:
    """For every behavior of a server or proxy, one question gives one run and one stored answer."""
    async with client_and_server(ServerBehavior.PRESETS[behavior]) as pair:
        text = await ask(pair)
        [chat] = pair.server.chats.values()

        assert 1 == len(pair.server.model_runs)
        assert [text] == [message.content for message in chat.answers]


@pytest.mark.parametrize("behavior", [name for name in ServerBehavior.PRESETS if name != "contract"])
async def test_the_working_transport_is_remembered(behavior: str) -> None:
    """The second question makes no attempt at a WebSocket, nor does one of a client with other options."""
    async with client_and_server(ServerBehavior.PRESETS[behavior]) as pair:
        await ask(pair)
        tried = len(pair.server.requests_to("*", "/chats/*/stream"))
        await ask(pair)
        await pair.client.with_options(timeout=5).ask(await pair.chat(), "А где ЩО?")

        assert tried + 2 == len(pair.server.requests_to("*", "/chats/*/stream"))
        assert 3 == len(pair.server.model_runs)


async def test_a_missing_chat_says_nothing_of_the_server() -> None:
    """A 404 for a chat is no proof that there is no WebSocket: the next question goes over one."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        chat = await pair.chat()
        pair.server.respond("WS", "**", Reply(404))
        pair.server.respond("GET", "/chats/*/stream", Reply(404, {"detail": "User message not found"}))
        with pytest.raises(NotFoundError, match="User message not found"):
            await pair.client.ask(chat, "Где ВРУ?")
        await ask(pair)

        assert ["ws"] == [run.transport for run in pair.server.model_runs]


@pytest.mark.parametrize("status", [403, 404, 502, 426, 200, 301, 307])
async def test_a_refused_handshake_falls_back(status: int) -> None:
    """A page or a status instead of a WebSocket means server-sent events, also for the next question."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        headers = {"Location": "/elsewhere"} if status in {301, 307} else {}
        pair.server.respond("WS", "**", Reply(status, "<html><title>nginx</title></html>", headers))
        await ask(pair)
        await ask(pair)

        assert ["sse", "sse"] == [run.transport for run in pair.server.model_runs]
        assert 1 == len(pair.server.requests_to("WS"))


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_busy_websocket_is_tried_again(status: int) -> None:
    """After a busy WebSocket the answer comes by server-sent events, and the next question tries a WebSocket again."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        pair.server.respond("WS", "**", Reply(status), Normally())
        await ask(pair)
        await ask(pair)

        assert ["sse", "ws"] == [run.transport for run in pair.server.model_runs]


async def test_the_remembered_transport_expires() -> None:
    """The choice expires by the monotonic clock, since a backend may run longer than a server's version."""
    now = 0.0
    async with client_and_server(ServerBehavior.NO_WEBSOCKET_404) as pair:
        pair.client._parts.connections.opener._clock = lambda: now
        await ask(pair)
        now = MEMORY - 1
        await ask(pair)
        assert 1 == len(pair.server.requests_to("WS"))
        now = MEMORY + 1
        await ask(pair)

        assert 2 == len(pair.server.requests_to("WS"))


QUICKLY = StreamTimeouts(connect=0.5)


async def test_a_proxy_that_drops_the_handshake_leads_to_the_fallback() -> None:
    """Without a response the history is read, since a run may have begun; then server-sent events are used, also later."""
    async with client_and_server(ServerBehavior.CONTRACT, stream_timeouts=QUICKLY) as pair:
        pair.server.respond("WS", "**", *[Hang()] * 5)
        text = await ask(pair)
        looks = len([call for call in pair.calls() if call == "GET /chats/*"])
        await ask(pair)

        assert text
        assert len(LOOKS) + 1 == looks  # the last read verifies that our message was answered
        assert ["sse", "sse"] == [run.transport for run in pair.server.model_runs]
        assert 1 == len(pair.server.requests_to("WS"))


async def test_an_unanswered_handshake_counts_as_a_run() -> None:
    """With `max_reruns=0` nothing is opened after it, and the error tells the reason."""
    async with client_and_server(ServerBehavior.CONTRACT, stream_timeouts=QUICKLY, retry=RetryPolicy(max_reruns=0)) as pair:
        pair.server.respond("WS", "**", Hang())
        with pytest.raises(StreamInterruptedError, match="Opening the WebSocket took too long"):
            await ask(pair)

        assert [] == pair.server.requests_to("GET", "/chats/*/stream")


async def test_a_run_that_an_unanswered_handshake_began_is_found() -> None:
    """A blocked server answers the question later: the answer is taken from the history, without another run."""
    async with client_and_server(ServerBehavior.CONTRACT, stream_timeouts=QUICKLY) as pair:
        chat = await pair.chat()
        pair.server.respond("WS", "**", Hang())
        stream = await pair.client.send_message(chat, "Где ВРУ?")
        pair.server.chats[str(chat.id)].add("assistant", "В осях 3-4.")

        assert "В осях 3-4." == str(await stream.result())
        assert [] == pair.server.model_runs


async def test_a_short_first_event_limit_leaves_time_for_the_fallback() -> None:
    """With a first-event limit below the handshake's, the handshake is abandoned earlier, and server-sent events are used."""
    async with client_and_server(ServerBehavior.CONTRACT, stream_timeouts=StreamTimeouts(first_event=2.0)) as pair:
        pair.server.respond("WS", "**", *[Hang()] * 5)

        assert await ask(pair)
        assert 1 == len(pair.server.requests_to("WS"))


async def test_what_is_no_http_falls_back() -> None:
    """Bytes that are no HTTP response lead to server-sent events."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        pair.server.respond("WS", "**", RawReply(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"))
        await ask(pair)

        assert ["sse"] == [run.transport for run in pair.server.model_runs]


async def test_no_handshake_carries_the_header() -> None:
    """The token is only in the query: behind a proxy that strips `Upgrade` a header would start a run that is never read."""
    for behavior in ServerBehavior.PRESETS.values():
        async with client_and_server(behavior) as pair:
            await ask(pair)
            shakes = [request for request in pair.server.requests if "token" in request.query]

            assert 1 == len(shakes)
            assert all("Authorization" not in request.headers for request in shakes)
            assert shakes[0].query["token"].startswith("eyJ")
            assert pair.server.static_token not in str(shakes[0].query)


async def test_a_named_transport_is_the_only_one() -> None:
    """``websocket`` with a server that has none raises an error instead of using another transport."""
    async with client_and_server(ServerBehavior.NO_WEBSOCKET_404, transport="websocket") as pair:
        with pytest.raises(NotFoundError):
            await ask(pair)

        assert [] == pair.server.model_runs
    async with client_and_server(ServerBehavior.CONTRACT, transport="sse") as pair:
        await ask(pair)

        assert [] == pair.server.requests_to("WS")


async def test_a_rejected_token_is_renewed_once() -> None:
    """A WebSocket closed with 4401 is opened again with another token, and only once."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        pair.server.script_answer([Close(4401, "Token has expired")])
        text = await ask(pair)
        asked = [request.query["token"] for request in pair.server.requests_to("WS")]

        assert text
        assert 2 == len(set(asked)) == len(asked)
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        pair.server.answer_with([Close(4401, "Token has expired")])
        with pytest.raises(TokenExpiredError):
            await ask(pair)

        assert 2 == len(pair.server.requests_to("WS"))


async def test_a_gateway_that_wants_the_header_leads_to_events() -> None:
    """A WebSocket that is refused with 401 for a fresh token, too, is left: server-sent events have the header."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        pair.server.respond("WS", "**", *[Reply(401, {"detail": "Not authenticated"})] * 2)
        assert await ask(pair)
        assert await ask(pair)

        assert ["sse", "sse"] == [run.transport for run in pair.server.model_runs]
        tokens = [request.query["token"] for request in pair.server.requests_to("WS")]
        assert 2 == len(set(tokens)) == len(tokens)


async def test_a_gateway_that_wants_the_header_is_an_error_without_a_fallback() -> None:
    """With ``transport="websocket"`` the refusal of the fresh token is raised."""
    async with client_and_server(ServerBehavior.CONTRACT, transport="websocket") as pair:
        pair.server.respond("WS", "**", *[Reply(401, {"detail": "Not authenticated"})] * 2)
        with pytest.raises(TokenExpiredError):
            await ask(pair)

        assert [] == pair.server.model_runs


@pytest.mark.parametrize("behavior", [name for name in ServerBehavior.PRESETS if name != "contract"])
async def test_the_working_transport_is_remembered_by_other_processes(behavior: str, tmp_path: Path) -> None:
    """A new client with the same token file makes no attempt at a WebSocket."""
    store = FileTokenStore(tmp_path / "tokens.json")
    async with client_and_server(ServerBehavior.PRESETS[behavior], token_store=store) as pair:
        await ask(pair)
        tried = len(pair.server.requests_to("*", "/chats/*/stream"))
        again = AsyncAIZoomDocClient(pair.server.url, pair.server.static_token, token_store=FileTokenStore(store.path))
        async with again:
            await again.ask(await again.create_chat("ещё"), "А где ЩО?")

        assert tried + 1 == len(pair.server.requests_to("*", "/chats/*/stream"))
        assert ["sse", "sse"] == [run.transport for run in pair.server.model_runs]


@pytest.mark.parametrize("code", [1008, 4403])
async def test_a_refusal_by_close_code_is_final(code: int) -> None:
    """1008 and 4403 are final and not retried."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        pair.server.script_answer([Close(code, "no")])
        with pytest.raises(PermissionDeniedError):
            await ask(pair)

        assert 1 == len(pair.server.requests_to("WS"))


async def test_a_token_that_ended_meanwhile_is_renewed() -> None:
    """The stream's own 401, on either transport, is answered with a fresh token."""
    for behavior in (ServerBehavior.PRODUCTION, ServerBehavior.CONTRACT):
        async with client_and_server(behavior) as pair:
            stream = await pair.client.send_message(await pair.chat(), "Где ВРУ?")
            pair.server.expire_tokens()

            assert str(await stream.result())
            assert 1 == len(pair.server.posts)
            assert 1 == len(pair.server.model_runs)


async def test_a_foreign_chat_is_not_asked_twice() -> None:
    """Another user's chat raises 403 on every transport, with a single attempt."""
    async with client_and_server(server={"static_tokens": ("one", "two")}, static_token="one") as pair:
        chat = await pair.chat()
        other = pair.client.with_options(static_token="two")
        with pytest.raises(PermissionDeniedError):
            await other.ask(chat.id, "Где ВРУ?")

        assert [] == pair.server.model_runs


async def test_an_unknown_chat_is_not_found() -> None:
    """An unknown id raises 404 before anything is posted."""
    async with client_and_server() as pair:
        with pytest.raises(NotFoundError):
            await pair.client.ask(str(uuid.uuid4()), "Где ВРУ?")

        assert [] == pair.server.posts


async def test_concurrent_first_questions_cause_one_run_each() -> None:
    """Ten concurrent first questions cause one run each, before the transport is known."""
    async with client_and_server(ServerBehavior.PRODUCTION) as pair:
        chats = [await pair.chat() for _ in range(10)]
        texts = await asyncio.gather(*(pair.client.ask(chat, f"Вопрос {number}?") for number, chat in enumerate(chats)))

        assert 10 == len(pair.server.model_runs)
        assert all(f"Вопрос {number}?" in str(text) for number, text in enumerate(texts))


async def test_a_busy_moment_is_waited_out() -> None:
    """A 503 with Retry-After on both transports is tried again; the model still runs once."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        busy: Any = Reply(503, "<html><title>busy</title></html>", {"Retry-After": "0.01"})
        pair.server.respond("WS", "**", busy)
        pair.server.respond("GET", "/chats/*/stream", busy, Normally())

        assert await ask(pair)
        assert 1 == len(pair.server.model_runs)
