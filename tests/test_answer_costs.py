"""What an answer took: further runs, text taken back, its transport, its time in the queue, and the server's name for it."""

from __future__ import annotations

from typing import Any

import pytest

from aizoomdoc_client import AIZoomDocClient, AnswerError, APIError, MemoryTokenStore, ServerError, StreamInterruptedError
from aizoomdoc_client.answer_stream import _Stopwatch
from aizoomdoc_client.config import RetryPolicy
from aizoomdoc_client.events import AnswerEvent, LLMFinal, LLMToken, PhaseStarted, ProcessingStarted, QueuePosition
from aizoomdoc_client.protocol.errors import request_id
from aizoomdoc_client.session.retrier import waiting_by
from aizoomdoc_client.testing import (
    Deltas,
    Drop,
    Emit,
    Reply,
    ServerBehavior,
    Store,
    complex_answer,
    final,
    running_server,
    simple_answer,
)
from tests.client_and_server import both_transports, client_and_server, no_wait

TEXT, OTHER, HALF = "Высота этажа 3,3 м.", "Высота этажа по разрезу 3,6 м.", "Высота этажа 3"
RUN = Emit("processing_started", {"request_id": "run-1"})


@both_transports
async def test_an_undisturbed_answer_took_one_run(behavior: ServerBehavior, transport: str) -> None:
    """No further run, nothing taken back, the transport by which it came."""
    async with client_and_server(behavior) as pair:
        pair.server.script_answer([RUN, *complex_answer(TEXT).steps])
        answer = await pair.client.ask(await pair.chat(), "Какая высота?")

        assert (0, 0, transport, None) == (answer.reruns, answer.restarts, answer.transport, answer.timings.queued)


@both_transports
async def test_a_second_run_is_told(behavior: ServerBehavior, transport: str) -> None:
    """It cost as much as the first, and its other text took back what had come: on the stream and on the answer."""
    async with client_and_server(behavior) as pair:
        pair.server.script_answer([RUN, Deltas([HALF]), Drop(reset=False)])
        pair.server.script_answer([Emit("processing_started", {"request_id": "run-2"}), final(OTHER), ("completed", {})])
        stream = await pair.client.send_message(await pair.chat(), "Какая высота?")
        while not stream.text:
            await anext(stream)
        before = (stream.reruns, stream.restarts, stream.transport, stream.request_id)
        answer = await stream.result()

        assert (0, 0, transport, "run-1") == before
        assert (1, 1, transport, "run-2") == (stream.reruns, stream.restarts, stream.transport, stream.request_id)
        assert (1, 1, transport, "run-2") == (answer.reruns, answer.restarts, answer.transport, answer.request_id)
        assert 2 == len(pair.server.model_runs)


@both_transports
async def test_an_answer_from_the_history_took_no_further_run(behavior: ServerBehavior, transport: str) -> None:
    """The rest of the text was read from the history after a drop."""
    async with client_and_server(behavior) as pair:
        pair.server.script_answer([RUN, Deltas([HALF]), Store(TEXT), Drop(reset=False)])
        answer = await pair.client.ask(await pair.chat(), "Какая высота?")

        assert (0, 0, transport) == (answer.reruns, answer.restarts, answer.transport)


async def test_no_transport_brought_what_was_found_in_the_history() -> None:
    """No event came: the stream was a page, and the answer was stored all the same."""
    async with client_and_server(transport="sse") as pair:
        stream = await pair.client.send_message(await pair.chat(), "Какая высота?")
        pair.server.chats[stream.message.chat_id].add("assistant", TEXT)
        pair.server.respond("GET", "/chats/*/stream", Reply(200, "<title>Welcome</title>", {"Content-Type": "text/html"}))
        answer = await stream.result()

        assert (TEXT, None, 0) == (answer.text, answer.transport, answer.reruns)


@both_transports
async def test_a_broken_answer_names_its_run(behavior: ServerBehavior, transport: str) -> None:
    """An answer that was lost, and one that the server ended with an error, have the run's name on their errors."""
    async with client_and_server(behavior, retry=RetryPolicy(max_reruns=0)) as pair:
        pair.server.script_answer([RUN, Deltas([HALF]), Drop(reset=False)])
        pair.server.script_answer([RUN, Emit("error", {"message": "Internal error"})])
        chat = await pair.chat()
        with pytest.raises(StreamInterruptedError) as lost:
            await pair.client.ask(chat, "Какая высота?")
        with pytest.raises(AnswerError) as failed:
            await pair.client.ask(chat, "А какая ширина?")

        assert ("run-1", "run-1") == (lost.value.request_id, failed.value.request_id), transport
        assert "run-1" == failed.value.to_dict()["request_id"]


def test_the_sync_stream_tells_the_same() -> None:
    """Of a second run, too."""
    with running_server() as server, waiting_by(no_wait):
        server.script_answer([RUN, Deltas([HALF]), Drop(reset=False)])
        server.script_answer(simple_answer(OTHER))
        with AIZoomDocClient(server.url, server.static_token, token_store=MemoryTokenStore(), transport="sse") as client:
            stream = client.send_message(client.create_chat("Тест"), "Какая высота?")
            answer = stream.result()

            assert (1, 1, "sse") == (stream.reruns, stream.restarts, stream.transport)
            assert (1, 1, "sse") == (answer.reruns, answer.restarts, answer.transport)


@pytest.mark.parametrize(
    ("batches", "expected"),
    [
        ([[ProcessingStarted()], [LLMToken("а")]], None),
        ([[QueuePosition(1)], [QueuePosition(1)], [ProcessingStarted()], [LLMToken("а")]], 2.0),
        ([[QueuePosition(1), ProcessingStarted()], [LLMToken("а")]], 0.0),
        ([[QueuePosition(1)], [PhaseStarted("llm")]], 1.0),
        ([[QueuePosition(1)], [ProcessingStarted()], [QueuePosition(1)], [LLMFinal("а")]], 2.0),
    ],
)
def test_the_time_in_the_queue(monkeypatch: pytest.MonkeyPatch, batches: list[list[AnswerEvent]], expected: float | None) -> None:
    """From the first `queue_position` to the next other event, of all runs; None without any. Batches come a second apart."""
    clock, now = _Stopwatch(), [0.0]
    monkeypatch.setattr(clock, "_elapsed", lambda: now[0])
    for batch in batches:
        now[0] += 1.0
        clock.note(batch)

    assert expected == clock.timings().queued


@pytest.mark.parametrize("header", ["X-Request-Id", "x-correlation-id", "Request-ID"])
async def test_a_failed_request_has_the_servers_name_for_it(header: str) -> None:
    """As the response's header says."""
    async with client_and_server() as pair:
        pair.server.respond("GET", "/me", *[Reply(500, {"detail": "no"}, {header: "0b9fd2c6-7a52"})] * 3)
        with pytest.raises(ServerError) as caught:
            await pair.client.get_me()

        assert "0b9fd2c6-7a52" == caught.value.request_id


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, None),
        ({"x-request-id": ""}, None),
        ({"x-request-id": "9c5b94b1f5c64d5ab7f5a2f1f0f3c1e7"}, "9c5b94b1f5c64d5ab7f5a2f1f0f3c1e7"),
        ({"x-request-id": "0b9fd2c6-7a52-4c2b-8e5d-9a4f0f1e2d3c"}, "0b9fd2c6-7a52-4c2b-8e5d-9a4f0f1e2d3c"),
        ({"x-request-id": "a b"}, None),
        ({"x-request-id": "x" * 129}, None),
        ({"x-request-id": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"}, None),
        ({"x-request-id": "Ab3" * 14}, None),
        ({"cf-ray": "7d4f-FRA", "x-request-id": "own"}, "own"),
    ],
)
def test_only_usual_names_of_requests_are_shown(given: dict[str, str], expected: Any) -> None:
    """Nothing that looks like a credential, no line that could be anything; the server's own name before a proxy's."""
    assert expected == request_id(given)


def test_an_error_without_a_name_has_none() -> None:
    """Most servers give none."""
    assert APIError("It failed").request_id is None
