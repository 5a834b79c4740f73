"""Faults of streams: interruptions, unreadable events, unusual ends."""

from __future__ import annotations

import asyncio
from typing import Any

import attrs
import pytest

from aizoomdoc_client import (
    AnswerError,
    AsyncAnswerStream,
    ProtocolError,
    QueueFullError,
    QueueTimeoutError,
    RetryPolicy,
    StreamInterruptedError,
)
from aizoomdoc_client.events import AnswerEvent
from aizoomdoc_client.session import auth
from aizoomdoc_client.session.retrier import waiting_by
from aizoomdoc_client.testing import (
    Answer,
    Close,
    Deltas,
    Drop,
    Emit,
    Half,
    Raw,
    RawReply,
    Reply,
    Restart,
    ScriptedServer,
    ServerBehavior,
    Stall,
    Store,
    complex_answer,
    error_answer,
    final,
    newer_server_answer,
    queue_full,
    queue_timeout,
    restart_at,
    running_server,
)
from tests.client_and_server import ClientAndServer, client_and_server, client_of, folded, no_wait
from tests.faults.clock import owned_clock, rounds

TEXT = "Высота этажа 3,3 м."
HALF = "Высота этажа "
BOTH = pytest.mark.parametrize("behavior", [ServerBehavior.CONTRACT, ServerBehavior.PRODUCTION], ids=["websocket", "sse"])
NO_RERUN = RetryPolicy(max_reruns=0)


async def asked(pair: ClientAndServer, answer: Any) -> AsyncAnswerStream:
    """A question that is posted, and whose answer is scripted."""
    pair.server.script_answer(answer)
    return await pair.client.send_message(await pair.chat(), "Какая высота?")


async def seen(stream: AsyncAnswerStream) -> tuple[list[AnswerEvent], BaseException | None]:
    """The events, and the error at their end if there was one."""
    events = list[AnswerEvent]()
    try:
        async for event in stream:
            events.append(event)
    except Exception as error:  # noqa: BLE001 - the test looks at it
        return events, error
    return events, None


@BOTH
async def test_server_restart(behavior: ServerBehavior) -> None:
    """The server restarts in the middle and its runs end: the history is read first, then one more run gives the text."""
    async with client_and_server(behavior) as pair:
        server = pair.server
        stream = await asked(pair, restart_at(complex_answer(TEXT), 9, server))
        server.script_answer(complex_answer(TEXT))
        events, error = await seen(stream)
        calls = [call for call in pair.calls() if "/chats/*" in call]
        opened = [place for place, call in enumerate(calls) if call.endswith("/stream")]

        assert (None, TEXT, TEXT) == (error, folded(events), stream.text)
        assert "GET /chats/*" in calls[opened[0] : opened[-1]]
        assert (1, 2, 1) == (len(server.posts), len(server.model_runs), sum(e.event == "stream_resumed" for e in events))


@BOTH
async def test_server_restart__redeployed(behavior: ServerBehavior, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server restarts with another secret and rejects every token: a new login, and the whole text."""
    monkeypatch.setattr(auth, "TRUST_SECONDS", 0.0)  # the login counts as old
    async with client_and_server(behavior) as pair:
        server = pair.server
        stream = await asked(pair, complex_answer(TEXT).interrupted(9, Redeploy(server)))
        server.script_answer(complex_answer(TEXT))
        events, error = await seen(stream)

        assert (None, TEXT, 1, 2) == (error, folded(events), len(server.posts), len(server.model_runs))


@attrs.frozen
class Redeploy:
    """Restarts the server with a new token secret."""

    server: ScriptedServer

    async def play(self, stage: Any) -> None:
        self.server.change_secret()
        await Restart(self.server).play(stage)


@BOTH
@pytest.mark.parametrize("code", [1000, 1001, None], ids=["1000", "1001", "1005"])
async def test_early_close(behavior: ServerBehavior, code: int | None) -> None:
    """A stream that ends regularly before its final text was interrupted: no success, and the text so far is kept."""
    async with client_and_server(behavior, retry=NO_RERUN) as pair:
        stream = await asked(pair, [Deltas([HALF]), Close(code)])
        events, error = await seen(stream)

        assert isinstance(error, StreamInterruptedError)
        assert (HALF, HALF, HALF) == (error.partial, stream.text, folded(events))
        with pytest.raises(StreamInterruptedError):
            await stream.result()


@BOTH
async def test_early_close__stored(behavior: ServerBehavior) -> None:
    """Closed early although the run was complete: the stored answer is delivered from the reader's position, without a run."""
    async with client_and_server(behavior) as pair:
        stream = await asked(pair, [Deltas([HALF]), Store(TEXT), Close(1000)])
        events, error = await seen(stream)

        assert (None, TEXT, 1) == (error, folded(events), len(pair.server.model_runs))
        assert "answer_restarted" not in [event.event for event in events]


@BOTH
async def test_truncated_event(behavior: ServerBehavior) -> None:
    """An incomplete event is never delivered: the text has the complete ones only, and the answer is interrupted."""
    half = Half("llm_token", {"token": "обрыв", "accumulated": HALF + "обрыв"})
    async with client_and_server(behavior, retry=NO_RERUN) as pair:
        stream = await asked(pair, [Deltas([HALF]), half, Drop(reset=False)])
        events, error = await seen(stream)

        assert isinstance(error, StreamInterruptedError)
        assert (HALF, False) == (error.partial, "обрыв" in str(events))


NONSENSE = {
    "UTF-8": b'{"token": "\xff\xfe", "accumulated": "\xff\xfe"}',
    "JSON": b'{"token": "\xd0\x92',
    "NaN": b'{"token": "x", "accumulated": "x", "share": NaN}',
    "nesting": b'{"token": "x", "more": ' + b"[" * 200_000 + b"}",
    "long": b'{"token": eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2VjcmV0 ' + b"x " * 500,
}


@BOTH
@pytest.mark.parametrize("kind", NONSENSE)
async def test_unreadable_event(behavior: ServerBehavior, kind: str) -> None:
    """An unreadable event raises an error that quotes at most 200 characters without credentials, and keeps the text."""
    data = NONSENSE[kind]
    frame = b"event: llm_token\ndata: " + data + b"\n\n"
    if behavior is ServerBehavior.CONTRACT:
        frame = b'{"event": "llm_token", "data": ' + data + b', "timestamp": "2025-01-01T00:00:00Z"}'
    async with client_and_server(behavior) as pair:
        stream = await asked(pair, [Deltas([HALF]), Raw(frame), Stall()])
        _, error = await seen(stream)

        assert isinstance(error, ProtocolError)
        assert (HALF, 1) == (error.partial, len(pair.server.model_runs))
        assert (True, False, False) == (len(error.message) < 300, "\n" in str(error), "eyJ" in str(error))


@BOTH
async def test_unreadable_event__surrogates(behavior: ServerBehavior) -> None:
    """A lone surrogate becomes U+FFFD in tokens, in the final text and in unknown fields."""
    event = rb'{"token": "\ud83d!", "accumulated": "\ud83d!", "model": "\udc00"}'
    frame = b"event: llm_token\ndata: " + event + b"\n\n"
    if behavior is ServerBehavior.CONTRACT:
        frame = b'{"event": "llm_token", "data": ' + event + b', "timestamp": "2025-01-01T00:00:00Z"}'
    async with client_and_server(behavior) as pair:
        stream = await asked(
            pair, [Raw(frame), Raw(frame.replace(b"llm_token", b"confidence")), final("\ufffd!"), ("completed", {})]
        )
        events, error = await seen(stream)

        assert (None, "\ufffd!") == (error, stream.text)
        assert str([event.data for event in events]).encode()


def sent(behavior: ServerBehavior, name: str, data: str) -> Raw:
    """An event as the server of this behaviour writes it, with these data."""
    if behavior is ServerBehavior.CONTRACT:
        return Raw(f'{{"event": "{name}", "data": {data}}}'.encode())
    return Raw(f"event: {name}\ndata: {data}\n\n".encode())


@BOTH
async def test_odd_event(behavior: ServerBehavior) -> None:
    """A token that is null beside the text so far, an image without its id and thinking without content are read."""
    odd = {
        "image_ready": '{"block_id": null, "url": "https://x.example/1", "width": "wide"}',
        "llm_thinking": '{"content": null, "accumulated": "Hm"}',
        "llm_token": '{"token": null, "accumulated": "РУ"}',
    }
    async with client_and_server(behavior) as pair:
        frames = [sent(behavior, name, data) for name, data in odd.items()]
        stream = await asked(pair, [*frames, final("РУ-1"), ("completed", {})])
        _, error = await seen(stream)

        assert (None, "РУ-1", "Hm") == (error, stream.text, stream.thinking)
        assert ["https://x.example/1"] == [image.url for image in stream.images]


@BOTH
async def test_frame_layouts(behavior: ServerBehavior) -> None:
    """Fields in any order, further ones, none of what the contract allows to leave away: the same text."""
    layouts = [
        '{"accumulated": "a", "token": "a"}',
        '{"index": 2, "accumulated": "ab", "token": "b"}',
        '{"index": 3, "accumulated": "abc", "token": "c"}',
        '{"token": "d"}',
        '{"token": "e", "finish_reason": null}',
        '{"token": "\\u0066", "accumulated": "\\u0061bcdef", "model": "m"}',
    ]
    async with client_and_server(behavior) as pair:
        frames = [sent(behavior, "llm_token", data) for data in layouts]
        stream = await asked(pair, [*frames, final("abcdef"), ("completed", {})])
        events, error = await seen(stream)

        assert (None, "abcdef") == (error, stream.text)
        assert list("abcdef") == [event.data["token"] for event in events if event.event == "llm_token"]


@BOTH
async def test_unknown_event(behavior: ServerBehavior) -> None:
    """Events, fields and values of a newer server are delivered unchanged, and the answer is complete."""
    async with client_and_server(behavior) as pair:
        events, error = await seen(await asked(pair, newer_server_answer(TEXT)))
        named = {event.event: event.data for event in events}

        assert (None, TEXT) == (error, folded(events))
        assert {"confidence": 0.7, "why": ["план", None]} == named["confidence_estimated"]
        assert ("divination", {"seconds": 3}) == (named["phase_started"]["phase"], named["phase_started"]["eta"])
        assert ([{"page": 3}], 0.01) == (named["llm_final"]["citations"], named["completed"]["cost"])


@BOTH
async def test_completed_missing(behavior: ServerBehavior) -> None:
    """The final text is the end of an answer whose server closes without `completed`."""
    async with client_and_server(behavior) as pair:
        stream = await asked(pair, [Deltas([TEXT]), final(TEXT), Close(1000)])

        assert (TEXT, 1) == ((await stream.result()).text, len(pair.server.model_runs))


@BOTH
async def test_completed_missing__open(behavior: ServerBehavior) -> None:
    """A server that neither sends nor closes after the final text delays the end by seconds only."""
    with running_server(behavior) as server, owned_clock() as clock, waiting_by(no_wait):
        server.script_answer([Deltas([TEXT]), final(TEXT), Stall()])
        async with client_of(server) as client:
            stream = client.send_message(await client.create_chat(), "Какая высота?")
            task = asyncio.create_task(stream.result())
            await server.until(lambda: stream.text == TEXT)
            await rounds()
            clock.advance(10)

            assert TEXT == (await task).text
        assert (1, 1) == (len(server.posts), len(server.model_runs))


@BOTH
async def test_after_the_end(behavior: ServerBehavior) -> None:
    """Frames after the end, a second end included, are not delivered."""
    late = [
        Emit("completed", {"message": "ok"}),
        Deltas(["поздно"]),
        Emit("error", {"message": "поздно"}),
        Raw(b"\x00 nonsense\n\n"),
    ]
    async with client_and_server(behavior) as pair:
        events, error = await seen(await asked(pair, [Deltas([TEXT]), final(TEXT), *late, Emit("completed")]))

        assert (None, TEXT) == (error, folded(events))
        assert ["llm_token", "llm_final", "completed"] == [event.event for event in events]


@BOTH
@pytest.mark.parametrize(
    ("answer", "kind", "partial"),
    [
        (error_answer("Модель недоступна", draft=HALF), AnswerError, HALF),
        (queue_full(), QueueFullError, ""),
        (queue_timeout(), QueueTimeoutError, ""),
    ],
    ids=["error", "full", "too long"],
)
async def test_error_event(behavior: ServerBehavior, answer: Answer, kind: type[AnswerError], partial: str) -> None:
    """The server's `error` event is delivered, then raised with the text so far, without a retry."""
    async with client_and_server(behavior) as pair:
        events, error = await seen(await asked(pair, answer))

        assert (kind, "error") == (type(error), events[-1].event)
        assert isinstance(error, AnswerError)
        assert (partial, 1, 1) == (error.partial, len(pair.server.posts), len(pair.server.model_runs))


PAGE = Reply(200, "<title>Welcome</title>", {"Content-Type": "text/html"})
ENCODED = Reply(200, b"?", {"Content-Type": "text/event-stream", "Content-Encoding": "compress"})


@pytest.mark.parametrize("reply", [PAGE, ENCODED], ids=["page", "encoding"])
@pytest.mark.parametrize("stored", [True, False])
async def test_unreadable_stream(reply: Reply, stored: bool) -> None:
    """The model may have run behind a response that cannot be read: its stored answer is found, or its type is named."""
    async with client_and_server(transport="sse") as pair:
        answer = pair.client.send_message(await pair.chat(), "Какая высота?")
        message = (await answer).message
        pair.server.respond("GET", "/chats/*/stream", reply)
        if stored:
            pair.server.chats[message.chat_id].add("assistant", TEXT)
            assert TEXT == (await answer.result()).text
        else:
            with pytest.raises(ProtocolError, match=r"text/html|compress") as caught:
                await answer.result()
            assert 200 == caught.value.status_code

        assert 1 == len(pair.server.requests_to("GET", "/chats/*/stream"))


EVENTS = [
    b'event: llm_token\ndata: {"token": "3", "accumulated": "3"}\n\n',
    'event: llm_final\ndata: {"content": "3,3 м"}\n\n'.encode(),
    b'event: completed\ndata: {"message": "ok"}\n\n',
]


@pytest.mark.parametrize("connection", ["close", "keep-alive"])
@pytest.mark.parametrize("missing", [5, len(EVENTS[-1])])
async def test_length_too_short(missing: int, connection: str) -> None:
    """The rest of the last event is no part of the body; the final text is, also when all came in one segment."""
    body = b"".join(EVENTS)
    lines = [
        "HTTP/1.1 200 OK",
        "Content-Type: text/event-stream",
        f"Connection: {connection}",
        f"Content-Length: {len(body) - missing}",
    ]
    head = "\r\n".join([*lines, "", ""]).encode()
    async with client_and_server(transport="sse") as pair:
        rule = pair.server.respond("GET", "/chats/*/stream", *[RawReply(head + body)] * 3)

        assert "3,3 м" == (await pair.client.ask(await pair.chat(), "Какая высота?")).text
        assert 1 == len(rule.requests)
