"""Which transport an answer takes: found out without a second run of the model, and without showing the token's header."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest

from aizoomdoc_client import (
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
from tests.visits import Visit, visit

TEXT = "Высота этажа 3,3 м.\n«Ось А» \\ план 🏗\u2028конец"
pytestmark = pytest.mark.usefixtures("library")


async def ask(visited: Visit) -> str:
    """The text of an answer in a new chat."""
    return str(await visited.client.ask(await visited.chat(), "Где ВРУ?"))


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
        async with visit(ServerBehavior.CONTRACT, transport=transport) as visited:
            visited.server.script_answer(answer)
            stream = visited.client.send_message(await visited.chat(), "Где ВРУ?")
            events = [(event.event, event.data) async for event in stream]
            assert {"websocket": "ws", "sse": "sse"}[transport] == visited.server.model_runs[0].transport
            seen.append((events, stream.text))

    assert seen[0] == seen[1]
    assert TEXT == seen[0][1]


async def test_a_working_websocket_is_used() -> None:
    """A server that has WebSockets gets no plain stream."""
    async with visit(ServerBehavior.CONTRACT) as visited:
        await ask(visited)

        assert ["ws"] == [run.transport for run in visited.server.model_runs]
        assert [] == visited.server.requests_to("GET", "/chats/*/stream")


async def test_a_stub_is_left_alone() -> None:
    """Production's WebSocket says that it is not implemented: it is closed by the client, and one run happens elsewhere."""
    async with visit(ServerBehavior.PRODUCTION) as visited:
        await ask(visited)

        assert ["sse"] == [run.transport for run in visited.server.model_runs]
        await visited.client.close()
        await visited.server.until(lambda: visited.server.open_connections == 0)


@pytest.mark.parametrize("behavior", ServerBehavior.PRESETS)
async def test_the_model_runs_once(behavior: str) -> None:
    """Whatever a server or a proxy does with a WebSocket, one question is one run and one stored answer."""
    async with visit(ServerBehavior.PRESETS[behavior]) as visited:
        text = await ask(visited)
        [chat] = visited.server.chats.values()

        assert 1 == len(visited.server.model_runs)
        assert [text] == [message.content for message in chat.answers]


@pytest.mark.parametrize("behavior", [name for name in ServerBehavior.PRESETS if name != "contract"])
async def test_what_was_found_out_is_remembered(behavior: str) -> None:
    """The second question makes no attempt at a WebSocket, nor does one of a client with other options."""
    async with visit(ServerBehavior.PRESETS[behavior]) as visited:
        await ask(visited)
        tried = len(visited.server.requests_to("*", "/chats/*/stream"))
        await ask(visited)
        await visited.client.with_options(timeout=5).ask(await visited.chat(), "А где ЩО?")

        assert tried + 2 == len(visited.server.requests_to("*", "/chats/*/stream"))
        assert 3 == len(visited.server.model_runs)


async def test_a_missing_chat_says_nothing_of_the_server() -> None:
    """A 404 for a chat is no proof that there is no WebSocket: the next question goes over one."""
    async with visit(ServerBehavior.CONTRACT) as visited:
        chat = await visited.chat()
        visited.server.respond("WS", "**", Reply(404))
        visited.server.respond("GET", "/chats/*/stream", Reply(404, {"detail": "User message not found"}))
        with pytest.raises(NotFoundError, match="User message not found"):
            await visited.client.ask(chat, "Где ВРУ?")
        await ask(visited)

        assert ["ws"] == [run.transport for run in visited.server.model_runs]


@pytest.mark.parametrize("status", [403, 404, 502, 426, 200, 301, 307])
async def test_a_refused_handshake_falls_back(status: int) -> None:
    """A page or a status instead of a WebSocket means server-sent events, also for the next question."""
    async with visit(ServerBehavior.CONTRACT) as visited:
        headers = {"Location": "/elsewhere"} if status in {301, 307} else {}
        visited.server.respond("WS", "**", Reply(status, "<html><title>nginx</title></html>", headers))
        await ask(visited)
        await ask(visited)

        assert ["sse", "sse"] == [run.transport for run in visited.server.model_runs]
        assert 1 == len(visited.server.requests_to("WS"))


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_refusal_of_the_moment_is_not_for_ever(status: int) -> None:
    """A busy WebSocket: the answer comes by server-sent events, and the next question tries a WebSocket again."""
    async with visit(ServerBehavior.CONTRACT) as visited:
        visited.server.respond("WS", "**", Reply(status), Normally())
        await ask(visited)
        await ask(visited)

        assert ["sse", "ws"] == [run.transport for run in visited.server.model_runs]


async def test_a_server_that_learned_websockets_is_found_out() -> None:
    """What was remembered is forgotten after a while on the monotonic clock: a backend lives longer than a server's version."""
    now = 0.0
    async with visit(ServerBehavior.NO_WEBSOCKET_404) as visited:
        visited.client._parts.connections.transports._clock = lambda: now
        await ask(visited)
        now = MEMORY - 1
        await ask(visited)
        assert 1 == len(visited.server.requests_to("WS"))
        now = MEMORY + 1
        await ask(visited)

        assert 2 == len(visited.server.requests_to("WS"))


QUICKLY = StreamTimeouts(connect=0.5)


async def test_a_proxy_that_swallows_the_handshake_does_not_keep_the_answer() -> None:
    """Nobody answers: the history is looked into, since a run may have begun; then it is server-sent events, and for good."""
    async with visit(ServerBehavior.CONTRACT, stream_timeouts=QUICKLY) as visited:
        visited.server.respond("WS", "**", *[Hang()] * 5)
        text = await ask(visited)
        looks = len([call for call in visited.calls() if call == "GET /chats/*"])
        await ask(visited)

        assert text
        assert len(LOOKS) + 1 == looks  # the last one shows that it was our message that was answered
        assert ["sse", "sse"] == [run.transport for run in visited.server.model_runs]
        assert 1 == len(visited.server.requests_to("WS"))


async def test_a_handshake_that_nobody_answers_counts_as_a_run() -> None:
    """Without leave to run the model again nothing is opened after it, and the error says what happened."""
    async with visit(ServerBehavior.CONTRACT, stream_timeouts=QUICKLY, retry=RetryPolicy(max_reruns=0)) as visited:
        visited.server.respond("WS", "**", Hang())
        with pytest.raises(StreamInterruptedError, match="Opening the WebSocket took too long"):
            await ask(visited)

        assert [] == visited.server.requests_to("GET", "/chats/*/stream")


async def test_a_run_that_an_unanswered_handshake_began_is_found() -> None:
    """A frozen server wakes up and answers the question after all: the answer is taken from the history, and no run is made."""
    async with visit(ServerBehavior.CONTRACT, stream_timeouts=QUICKLY) as visited:
        chat = await visited.chat()
        visited.server.respond("WS", "**", Hang())
        stream = await visited.client.send_message(chat, "Где ВРУ?")
        visited.server.chats[str(chat.id)].add("assistant", "В осях 3-4.")

        assert "В осях 3-4." == str(await stream.result())
        assert [] == visited.server.model_runs


async def test_a_first_event_that_is_due_soon_leaves_time_for_the_other_door() -> None:
    """A limit on the first event below that on the handshake: the handshake is given up first, and server-sent events answer."""
    async with visit(ServerBehavior.CONTRACT, stream_timeouts=StreamTimeouts(first_event=2.0)) as visited:
        visited.server.respond("WS", "**", *[Hang()] * 5)

        assert await ask(visited)
        assert 1 == len(visited.server.requests_to("WS"))


async def test_what_is_no_http_falls_back() -> None:
    """Bytes that are no response at all are no WebSocket either."""
    async with visit(ServerBehavior.CONTRACT) as visited:
        visited.server.respond("WS", "**", RawReply(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"))
        await ask(visited)

        assert ["sse"] == [run.transport for run in visited.server.model_runs]


async def test_no_handshake_carries_the_header() -> None:
    """The token is in the query only: behind a proxy that strips `Upgrade` a header would start a run nobody reads."""
    for behavior in ServerBehavior.PRESETS.values():
        async with visit(behavior) as visited:
            await ask(visited)
            shakes = [request for request in visited.server.requests if "token" in request.query]

            assert 1 == len(shakes)
            assert all("Authorization" not in request.headers for request in shakes)
            assert shakes[0].query["token"].startswith("eyJ")
            assert visited.server.static_token not in str(shakes[0].query)


async def test_a_named_transport_is_the_only_one() -> None:
    """``websocket`` at a server that has none is an error that says so, not another transport."""
    async with visit(ServerBehavior.NO_WEBSOCKET_404, transport="websocket") as visited:
        with pytest.raises(NotFoundError):
            await ask(visited)

        assert [] == visited.server.model_runs
    async with visit(ServerBehavior.CONTRACT, transport="sse") as visited:
        await ask(visited)

        assert [] == visited.server.requests_to("WS")


async def test_a_rejected_token_is_renewed_once() -> None:
    """A WebSocket closed with 4401 is opened again with another token, and only once."""
    async with visit(ServerBehavior.CONTRACT) as visited:
        visited.server.script_answer([Close(4401, "Token has expired")])
        text = await ask(visited)
        asked = [request.query["token"] for request in visited.server.requests_to("WS")]

        assert text
        assert 2 == len(set(asked)) == len(asked)
    async with visit(ServerBehavior.CONTRACT) as visited:
        visited.server.answer_with([Close(4401, "Token has expired")])
        with pytest.raises(TokenExpiredError):
            await ask(visited)

        assert 2 == len(visited.server.requests_to("WS"))


@pytest.mark.parametrize("code", [1008, 4403])
async def test_a_refusal_by_close_code_is_final(code: int) -> None:
    """1008 and 4403 are a no, and are not asked again."""
    async with visit(ServerBehavior.CONTRACT) as visited:
        visited.server.script_answer([Close(code, "no")])
        with pytest.raises(PermissionDeniedError):
            await ask(visited)

        assert 1 == len(visited.server.requests_to("WS"))


async def test_a_token_that_ended_meanwhile_is_renewed() -> None:
    """The stream's own 401, on either transport, is answered with a fresh token."""
    for behavior in (ServerBehavior.PRODUCTION, ServerBehavior.CONTRACT):
        async with visit(behavior) as visited:
            stream = await visited.client.send_message(await visited.chat(), "Где ВРУ?")
            visited.server.expire_tokens()

            assert str(await stream.result())
            assert 1 == len(visited.server.posts)
            assert 1 == len(visited.server.model_runs)


async def test_a_foreign_chat_is_not_asked_twice() -> None:
    """Somebody else's chat is 403 whatever the transport; no storm of attempts."""
    async with visit(server={"static_tokens": ("one", "two")}, static_token="one") as visited:
        chat = await visited.chat()
        other = visited.client.with_options(static_token="two")
        with pytest.raises(PermissionDeniedError):
            await other.ask(chat.id, "Где ВРУ?")

        assert [] == visited.server.model_runs


async def test_an_unknown_chat_is_not_found() -> None:
    """A made-up id is a 404 before anything is posted."""
    async with visit() as visited:
        with pytest.raises(NotFoundError):
            await visited.client.ask(str(uuid.uuid4()), "Где ВРУ?")

        assert [] == visited.server.posts


async def test_questions_side_by_side_find_out_together() -> None:
    """Ten first questions at once: each is one run, whatever each has found out about the server."""
    async with visit(ServerBehavior.PRODUCTION) as visited:
        chats = [await visited.chat() for _ in range(10)]
        texts = await asyncio.gather(*(visited.client.ask(chat, f"Вопрос {number}?") for number, chat in enumerate(chats)))

        assert 10 == len(visited.server.model_runs)
        assert all(f"Вопрос {number}?" in str(text) for number, text in enumerate(texts))


async def test_a_busy_moment_is_waited_out() -> None:
    """A 503 with Retry-After on both transports is tried again; the model still runs once."""
    async with visit(ServerBehavior.CONTRACT) as visited:
        busy: Any = Reply(503, "<html><title>busy</title></html>", {"Retry-After": "0.01"})
        visited.server.respond("WS", "**", busy)
        visited.server.respond("GET", "/chats/*/stream", busy, Normally())

        assert await ask(visited)
        assert 1 == len(visited.server.model_runs)
