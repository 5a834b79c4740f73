"""The close codes of a WebSocket before the final text."""

from __future__ import annotations

from typing import Any

import pytest

from aizoomdoc_client import (
    AsyncAnswerStream,
    PermissionDeniedError,
    ProtocolError,
    StreamInterruptedError,
    TokenExpiredError,
)
from aizoomdoc_client.protocol.recovery import LOOKS, RESTART_DELAY
from aizoomdoc_client.session.retrier import waiting_by
from aizoomdoc_client.testing import (
    Close,
    Deltas,
    Drop,
    ScriptedServer,
    ServerBehavior,
    Stall,
    Step,
    Store,
    complex_answer,
    final,
)
from tests.client_and_server import ClientAndServer, client_and_server, client_of, no_wait

TEXT = "Высота этажа 3,3 м."
HALF = "Высота этажа "
pytestmark = pytest.mark.usefixtures("library")
ABNORMAL: dict[str, Step] = {"1006": Drop(), "1006 by FIN": Drop(reset=False), "1011": Close(1011, "keepalive ping timeout")}


async def asked(pair: ClientAndServer, *answers: Any) -> AsyncAnswerStream:
    """A question that is posted, and whose runs are scripted."""
    for answer in answers:
        pair.server.script_answer(answer)
    return await pair.client.send_message(await pair.chat(), "Какая высота?")


@pytest.mark.parametrize("how", ABNORMAL)
async def test_abnormal_close(how: str) -> None:
    """The history is read first; only if it has no answer the model runs once more."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        stream = await asked(pair, [Deltas([HALF]), ABNORMAL[how]], complex_answer(TEXT))

        assert TEXT == (await stream.result()).text
        calls = pair.calls()
        first, second = (place for place, call in enumerate(calls) if call.startswith("WS"))
        assert (1, 2) == (len(pair.server.posts), len(pair.server.model_runs))
        assert ["GET /chats/*"] * len(LOOKS) == calls[first + 1 : second]


@pytest.mark.parametrize("how", ABNORMAL)
async def test_abnormal_close__stored(how: str) -> None:
    """An answer in the history is delivered from the reader's position, without a model run."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        stream = await asked(pair, [Deltas([HALF]), Store(TEXT), ABNORMAL[how]])
        events = [event.event async for event in stream]

        assert (TEXT, 1) == (stream.text, len(pair.server.model_runs))
        assert (1, 0) == (events.count("stream_resumed"), events.count("answer_restarted"))


@pytest.mark.parametrize("how", ABNORMAL)
async def test_abnormal_close__twice(how: str) -> None:
    """The second time it is an error with the text so far: no third run."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        stream = await asked(pair, *[[Deltas([HALF]), ABNORMAL[how]]] * 2)
        with pytest.raises(StreamInterruptedError) as caught:
            await stream.result()

        assert (HALF, 2, 1) == (caught.value.partial, len(pair.server.model_runs), len(pair.server.posts))


@pytest.mark.parametrize("code", [1008, 4403])
@pytest.mark.parametrize("begun", [False, True], ids=["at once", "half-way"])
async def test_refusing_close(code: int, begun: bool) -> None:
    """The close is final, at once and in the middle of an answer: one handshake, no read of the history, no run."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        stream = await asked(pair, [*([Deltas([HALF])] if begun else []), Close(code, "no")])
        with pytest.raises(PermissionDeniedError) as caught:
            await stream.result()

        assert (HALF if begun else "") == stream.text == caught.value.partial
        assert stream.message.chat_id in str(caught.value)
        assert (1, 0) == (len(pair.server.requests_to("WS")), pair.calls().count("GET /chats/*"))


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize("by", ["server", "client"])
async def test_frame_too_large(by: str, stored: bool) -> None:
    """A frame that is too large would be so again: the answer comes from the history or raises, without a second run."""
    large = Close(1009, "too big") if by == "server" else Deltas(["x" * 5000])
    async with client_and_server(ServerBehavior.CONTRACT, max_frame_bytes=4000) as pair:
        stream = await asked(pair, [Deltas([HALF]), *([Store(TEXT)] if stored else []), large, Stall()])
        if stored:
            assert TEXT == (await stream.result()).text
        else:
            with pytest.raises((StreamInterruptedError, ProtocolError), match="max_frame_bytes") as caught:
                await stream.result()
            assert HALF == caught.value.partial

        assert (1, 1) == (len(pair.server.requests_to("WS")), len(pair.server.model_runs))


async def test_frame_too_large__sse() -> None:
    """The same limit holds for server-sent events."""
    async with client_and_server(ServerBehavior.PRODUCTION, max_frame_bytes=4000) as pair:
        stream = await asked(pair, [Deltas([HALF]), Deltas(["x" * 5000]), Stall()])
        with pytest.raises((StreamInterruptedError, ProtocolError), match="max_frame_bytes"):
            await stream.result()

        assert 1 == len(pair.server.model_runs)


async def test_frame_too_large__default() -> None:
    """The default limit of 8 MiB is enough for usual answers: a megabyte in one frame is read."""
    long = "я" * 500_000
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        stream = await asked(pair, [final(long), ("completed", {})])

        assert long == (await stream.result()).text


@pytest.mark.parametrize("code", [1012, 1013])
async def test_restarting_close(code: int) -> None:
    """A server that announces a restart gets a random wait before the first read of the history, then the same recovery."""
    waits = list[float]()

    async def wait(seconds: float) -> None:
        waits.append(seconds)
        await no_wait(seconds)

    async with ScriptedServer(ServerBehavior.CONTRACT) as server, client_of(server) as client:
        for _ in range(3):
            server.script_answer([Deltas([HALF]), Store(TEXT), Close(code)])
            with waiting_by(wait):
                assert TEXT == (await client.ask(await client.create_chat(), "Какая высота?")).text

        assert (3, 3) == (len(set(waits)), len(server.model_runs))
        assert all(0 < seconds <= RESTART_DELAY for seconds in waits)


@pytest.mark.parametrize("begun", [False, True], ids=["at once", "half-way"])
async def test_token_close(begun: bool) -> None:
    """4401 is answered with one new token and one more opening."""
    half = [Deltas([HALF])] if begun else []
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        stream = await asked(pair, [*half, Close(4401, "Token has expired")], complex_answer(TEXT))
        result = await stream.result()
        shown = [request.query["token"] for request in pair.server.requests_to("WS")]

        assert (TEXT, 2, 2) == (result.text, len(shown), len(set(shown)))
        assert 1 == len(pair.server.posts)


@pytest.mark.parametrize("begun", [False, True], ids=["at once", "half-way"])
async def test_token_close__twice(begun: bool) -> None:
    """The second time it raises `TokenExpiredError`, with the text so far."""
    half = [Deltas([HALF])] if begun else []
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        stream = await asked(pair, *[[*half, Close(4401, "Token has expired")]] * 4)
        with pytest.raises(TokenExpiredError):
            await stream.result()

        assert (HALF if begun else "", 2) == (stream.text, len(pair.server.requests_to("WS")))
