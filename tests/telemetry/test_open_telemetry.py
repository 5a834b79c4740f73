"""Spans, metrics and contexts of real answers, as the SDK exports them."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from opentelemetry.trace import SpanKind, StatusCode

from aizoomdoc_client import (
    AIZoomDocClient,
    APIError,
    AuthenticationError,
    MemoryTokenStore,
    NotFoundError,
    RetryPolicy,
    StreamInterruptedError,
)
from aizoomdoc_client.relay import Relay
from aizoomdoc_client.session.retrier import waiting_by
from aizoomdoc_client.telemetry import OpenTelemetryHooks
from aizoomdoc_client.telemetry.content import VARIABLE
from aizoomdoc_client.testing import (
    Deltas,
    Drop,
    Emit,
    ServerBehavior,
    Stall,
    complex_answer,
    detail,
    final,
    running_server,
    simple_answer,
)
from tests.client_and_server import both_transports, client_and_server, no_wait
from tests.telemetry.exporters import Telemetry, about, context_in, context_of, is_child

TEXT, HALF, QUESTION = "Высота этажа 3,3 м.", "Высота этажа 3", "Какая высота этажа?"


@both_transports
async def test_an_answer_is_a_span_with_its_requests_in_it(behavior: ServerBehavior, transport: str) -> None:
    """By the conventions for generative AI, within the program's own span."""
    telemetry = Telemetry.new()
    async with client_and_server(behavior, hooks=telemetry.hooks) as pair:
        chat = await pair.chat()
        pair.server.script_answer(simple_answer(TEXT).preceded_by(("queue_position", {"position": 1})))
        with telemetry.tracer.start_as_current_span("program's own"):
            answer = await pair.client.ask(chat, QUESTION)

    span, own = telemetry.one("chat"), telemetry.one("program's own")
    known = about(span)
    expected = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "aizoomdoc",
        "gen_ai.conversation.id": chat.id,
        "gen_ai.request.stream": True,
        "server.address": "127.0.0.1",
        "aizoomdoc.stream.transport": transport,
        "aizoomdoc.answer.outcome": "completed",
        "aizoomdoc.answer.queue_wait": answer.timings.queued,
        "aizoomdoc.question.id": answer.question.id,
        "aizoomdoc.request.id": answer.request_id,
    }
    assert expected == {name: known[name] for name in expected}
    assert None not in expected.values()
    assert 0 < known["gen_ai.response.time_to_first_chunk"] <= (answer.timings.total or 0)
    assert (SpanKind.CLIENT, StatusCode.UNSET, True) == (span.kind, span.status.status_code, is_child(span, own))
    posted, stream = telemetry.one("POST /chats/{id}/messages"), telemetry.named("GET /chats/{id}/stream")[-1]
    assert (True, True) == (is_child(posted, span), is_child(stream, span))
    assert ("POST", 201, "/chats/{id}/messages") == tuple(
        about(posted)[name] for name in ("http.request.method", "http.response.status_code", "url.template")
    )
    assert ["stream opened"] == [event.name for event in span.events]


@both_transports
async def test_each_request_carries_the_context_of_its_span(behavior: ServerBehavior, transport: str) -> None:
    """REST, the WebSocket's handshake and server-sent events alike; the login is within the request that needed it."""
    telemetry = Telemetry.new()
    async with client_and_server(behavior, hooks=telemetry.hooks) as pair:
        pair.server.script_answer(simple_answer(TEXT))
        answer = await pair.client.ask(await pair.chat(), QUESTION)
        sent = [(request.path, request.headers.get("traceparent", "")) for request in pair.server.requests]

    spans = {context_of(span): span for span in telemetry.spans}
    carried = [(path, context_in(traceparent)) for path, traceparent in sent]
    assert transport == answer.transport
    assert len(sent) > 3
    assert [] == [path for path, context in carried if context not in spans]
    for path, context in carried:
        assert len(path.split("/")) == len(spans[context].name.split("/"))
    assert is_child(telemetry.one("POST /auth/exchange"), telemetry.one("POST /chats"))


async def test_what_went_wrong_is_in_the_spans() -> None:
    """Retries, the recovery after a lost stream with a second run, and the error that ended a call or an answer."""
    telemetry = Telemetry.new()
    async with client_and_server(hooks=telemetry.hooks, retry=RetryPolicy(max_reruns=1)) as pair:
        chat = await pair.chat()
        pair.server.respond("GET", "/me", detail(500, "Out of order"))
        await pair.client.get_me()
        pair.server.respond("GET", "/prompts/roles", detail(404, "no"))
        with pytest.raises(NotFoundError):
            await pair.client.get_available_roles()
        for _ in range(2):
            pair.server.script_answer([Deltas([HALF]), Drop(reset=False)])
        with pytest.raises(StreamInterruptedError) as caught:
            await pair.client.ask(chat, QUESTION)

    tried, roles, answer = telemetry.one("GET /me"), telemetry.one("GET /prompts/roles"), telemetry.one("chat")
    assert (["retry"], 1, StatusCode.UNSET) == (
        [event.name for event in tried.events],
        about(tried)["http.request.resend_count"],
        tried.status.status_code,
    )
    assert ("404", StatusCode.ERROR) == (about(roles)["error.type"], roles.status.status_code)
    steps = [(event.attributes or {})["step"] for event in answer.events if event.name == "recovery"]
    assert ("lost", "given_up", 1) == (steps[0], steps[-1], steps.count("rerun"))
    assert (caught.value.code, 1, StatusCode.ERROR) == (
        about(answer)["error.type"],
        about(answer)["aizoomdoc.answer.reruns"],
        answer.status.status_code,
    )


async def test_what_the_programs_own_code_raises_is_no_cancellation() -> None:
    """A request that a callback made fail has the conventions' ``error.type`` of an error without a known type."""
    telemetry = Telemetry.new()

    def failing(_sent: int, _size: int | None) -> None:
        raise ValueError

    async with client_and_server(hooks=telemetry.hooks) as pair:
        with pytest.raises(ValueError):  # noqa: PT011 - the callback's own
            await pair.client.upload_file(b"%PDF", filename="plan.pdf", progress=failing)

    span = telemetry.one("POST /files/upload")
    assert (StatusCode.ERROR, "_OTHER") == (span.status.status_code, about(span)["error.type"])


async def test_a_cancelled_answer_is_no_error_of_its_span() -> None:
    """It ends the span, with what it was."""
    telemetry = Telemetry.new()
    async with client_and_server(hooks=telemetry.hooks) as pair:
        pair.server.script_answer([Deltas([HALF]), Stall()])
        async with pair.client.send_message(await pair.chat(), QUESTION) as answer:
            await anext(answer)

    span = telemetry.one("chat")
    assert ("cancelled", "cancelled", StatusCode.UNSET) == (
        about(span)["aizoomdoc.answer.outcome"],
        about(span)["error.type"],
        span.status.status_code,
    )


async def test_metrics_count_and_time() -> None:
    """First event and text, the queue, retries, further runs, bytes, logins, and streams that are open now."""
    telemetry = Telemetry.new()
    async with client_and_server(hooks=telemetry.hooks) as pair:
        chat = await pair.chat()
        pair.server.script_answer([Emit("queue_position", {"position": 1}), *complex_answer(TEXT).steps])
        await pair.client.ask(chat, QUESTION)
        pair.server.script_answer([Deltas([HALF]), Drop(reset=False)])
        pair.server.script_answer([final(TEXT), ("completed", {})])
        await pair.client.ask(chat, QUESTION)
        pair.server.respond("GET", "/me", detail(500, "Out of order"))
        await pair.client.get_me()
        pair.server.script_answer([Deltas([HALF]), Stall()])
        async with pair.client.send_message(chat, QUESTION) as answer:
            await anext(answer)
            during = telemetry.metrics()
        after = telemetry.metrics()

    def total(metrics: dict[str, list[Any]], name: str) -> int:
        return sum(point.value for point in metrics[name])

    def count(name: str, **group: str) -> int:
        return sum(point.count for point in after[name] if group.items() <= dict(point.attributes).items())

    assert 3 == count("gen_ai.client.operation.duration")
    assert 1 == count("gen_ai.client.operation.duration", **{"error.type": "cancelled"})
    assert 3 == count("gen_ai.client.operation.time_to_first_chunk", **{"gen_ai.operation.name": "chat"})
    assert (3, 1) == (count("aizoomdoc.client.time_to_first_event"), count("aizoomdoc.client.queue_wait"))
    assert (1, 1, 1) == tuple(total(after, f"aizoomdoc.client.{name}") for name in ("retries", "reruns", "token_refreshes"))
    assert (1, 0) == (total(during, "aizoomdoc.client.open_streams"), total(after, "aizoomdoc.client.open_streams"))
    assert total(after, "aizoomdoc.client.bytes_received") > 500
    assert total(after, "aizoomdoc.client.bytes_sent") > 2 * len(QUESTION.encode())
    assert count("http.client.request.duration", **{"url.template": "/me"}) == 1


async def test_viewers_of_a_relay_are_counted_and_its_answers_belong_to_who_asked() -> None:
    """The answer's span is within the request of the browser that asked, though a task of its own reads the answer."""
    telemetry = Telemetry.new()
    async with (
        client_and_server(hooks=telemetry.hooks) as pair,
        Relay(pair.client, hooks=telemetry.hooks, finish_seconds=0) as relay,
    ):
        pair.server.script_answer([Deltas([TEXT]), Stall()])
        with telemetry.tracer.start_as_current_span("POST /answers"):
            stream = await relay.ask(await pair.chat(), QUESTION, owner="user-1")
        async with relay.events(stream.id, owner="user-1") as viewer:
            await anext(viewer)
            (joined,) = telemetry.metrics()["aizoomdoc.relay.viewers"]
        (left,) = telemetry.metrics()["aizoomdoc.relay.viewers"]

    assert (1, 0) == (joined.value, left.value)
    assert is_child(telemetry.one("chat"), telemetry.one("POST /answers"))


def test_sync_clients_have_the_same_spans() -> None:
    """Within the span of the thread that asks, though the work is done in another one."""
    telemetry = Telemetry.new()
    with running_server() as server, waiting_by(no_wait):
        server.script_answer(simple_answer(TEXT))
        with AIZoomDocClient(server.url, server.static_token, token_store=MemoryTokenStore(), hooks=telemetry.hooks) as client:
            chat = client.create_chat()
            with telemetry.tracer.start_as_current_span("script"):
                for _ in client.send_message(chat, QUESTION):
                    pass
                client.get_me()

    script, answer = telemetry.one("script"), telemetry.one("chat")
    assert (True, True) == (is_child(answer, script), is_child(telemetry.one("GET /me"), script))
    assert is_child(telemetry.named("GET /chats/{id}/stream")[-1], answer)


async def test_answers_at_once_do_not_mix() -> None:
    """Each request is within the span of its own answer."""
    telemetry = Telemetry.new()
    async with client_and_server(hooks=telemetry.hooks) as pair:
        chats = [await pair.chat() for _ in range(8)]
        await asyncio.gather(*(pair.client.ask(chat, QUESTION) for chat in chats))

    answers = {about(span)["gen_ai.conversation.id"]: span for span in telemetry.named("chat")}
    assert {chat.id for chat in chats} == {*answers}
    for answer in answers.values():
        children = [span.name for span in telemetry.spans if is_child(span, answer)]
        assert 1 == children.count("POST /chats/{id}/messages")
        assert "GET /chats/{id}/stream" in children


@pytest.mark.parametrize("value", [None, "", "false", "NO_CONTENT", "EVENT_ONLY", "no", "spans"])
async def test_no_secret_no_question_and_no_answer_is_exported(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even of a server that quotes what it was sent in its errors, unless the environment asks for content in spans."""
    if value is None:
        monkeypatch.delenv(VARIABLE, raising=False)
    else:
        monkeypatch.setenv(VARIABLE, value)
    telemetry = Telemetry.new()
    async with client_and_server(hooks=telemetry.hooks, retry=RetryPolicy(max_reruns=0)) as pair:
        chat = await pair.chat()
        pair.server.script_answer([Deltas([TEXT]), Emit("error", {"message": f"I cannot answer {QUESTION} with {TEXT}"})])
        pair.server.script_answer([Deltas([TEXT]), Drop(reset=False)])
        for _ in range(2):
            with contextlib.suppress(APIError):
                await pair.client.ask(chat, QUESTION)
        pair.server.respond("GET", "/projects/search", *[detail(500, f"No place for {QUESTION}")] * 3)
        with pytest.raises(APIError):
            await pair.client.search_documents(QUESTION, client_id="mycompany")
        with pytest.raises(AuthenticationError):
            await pair.client.authenticate("wrong-token")
        sent = [str(request.headers.get("Authorization", "")).removeprefix("Bearer ") for request in pair.server.requests]

    exported = "".join(span.to_json() for span in telemetry.spans) + str(telemetry.reader.get_metrics_data())
    secrets = {pair.server.static_token, "wrong-token", QUESTION, TEXT, "mycompany", *sent} - {""}
    assert len(secrets) >= 6
    escaped = [secret.encode("unicode_escape").decode() for secret in secrets]
    assert [] == [secret for secret in (*secrets, *escaped) if secret in exported]


async def test_without_an_sdk_nothing_happens() -> None:
    """The API alone does nothing, and sends no context that is none."""
    async with client_and_server(hooks=OpenTelemetryHooks()) as pair:
        await pair.client.ask(await pair.chat(), QUESTION)

        assert set() == {request.headers.get("traceparent") for request in pair.server.requests} - {None}
