"""Server-sent events on the wire: the usual runs, event by event."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from aizoomdoc_client.testing import (
    Answer,
    Deltas,
    Emit,
    Stall,
    SyncPoint,
    Wait,
    WireFormat,
    compare_answer,
    complex_answer,
    diverging_answer,
    error_answer,
    escape_cut_answer,
    final,
    followup_answer,
    newer_server_answer,
    queue_full,
    queue_timeout,
    queued_answer,
    simple_answer,
    without_completed,
)


def names(events: list[tuple[str, Any]]) -> list[str]:
    """The events' names, repetitions taken together."""
    found = [name for name, _ in events]
    return [name for name, before in zip(found, [None, *found], strict=False) if name != before]


def joined(events: list[tuple[str, Any]]) -> str:
    return "".join(data["token"] for name, data in events if name == "llm_token")


def content(events: list[tuple[str, Any]]) -> str:
    return str(dict(events)["llm_final"]["content"])


async def test_the_simple_profile_sends_no_token(caller: Any) -> None:
    """Phases, the final text, completed; the answer mentions the question."""
    events = await caller.ask("Где ВРУ-1?")

    assert ["processing_started", "phase_started", "llm_final", "completed"] == names(events)
    assert "Где ВРУ-1?" in content(events)


async def test_the_complex_profile_sends_the_text_in_pieces(caller: Any) -> None:
    """Thinking, then tokens that join to the final text, each with all of it so far."""
    await caller.call("PATCH", "/me/settings", json={"model_profile": "complex"})
    events = await caller.ask()
    tokens = [data for name, data in events if name == "llm_token"]

    assert ["llm_thinking", "llm_token", "llm_final", "completed"] == names(events)[-4:]
    assert content(events) == joined(events) == tokens[-1]["accumulated"]
    assert tokens[0]["token"] + tokens[1]["token"] == tokens[1]["accumulated"]


async def test_the_contract_sends_tokens_in_the_simple_profile_too(contract: Any) -> None:
    """The contract's token loop prints the answer there."""
    events = await contract.ask()

    assert content(events) == joined(events)


async def test_a_comparison_sends_no_token(contract: Any) -> None:
    """With both groups of documents, neither profile sends any."""
    chat_id = await contract.chat("Сравни")
    events = await contract.stream(chat_id, "?compare_document_ids_a=1&compare_document_ids_a=2&compare_document_ids_b=3")

    assert ("", "Сравни") == (joined(events), contract.server.model_runs[0].question.text)
    assert ["1", "2"] == contract.server.model_runs[0].question.query["compare_document_ids_a"]


async def test_every_opening_of_the_stream_is_a_run_of_its_own(caller: Any) -> None:
    """Opening twice runs the model twice on the last message, and stores two answers."""
    chat_id = await caller.chat("Первый?", "Второй?")
    await caller.stream(chat_id)
    await caller.stream(chat_id)

    last = caller.server.posts[-1].message_id
    assert [(last, "sse", "finished")] * 2 == [(run.message_id, run.transport, run.state) for run in caller.server.model_runs]
    assert ["user", "user", "assistant", "assistant"] == [message.role for message in caller.server.messages(chat_id)]


async def test_images_are_stored_with_the_answer(caller: Any) -> None:
    """The history shows the run's images with the assistant's message."""
    caller.server.script_answer(complex_answer("ответ"))
    chat_id = await caller.chat("?")
    await caller.stream(chat_id)
    _, history = await caller.call("GET", f"/chats/{chat_id}")

    assert [[], ["crop"]] == [[image["image_type"] for image in message["images"]] for message in history["messages"]]


@pytest.mark.parametrize("chat", ["unknown", "empty"])
async def test_a_stream_without_a_question_is_404(caller: Any, chat: str) -> None:
    """An unknown chat, or one without a user's message."""
    chat_id = await caller.chat() if chat == "empty" else uuid4()

    assert (404, {"detail": "User message not found"}) == await caller.call("GET", f"/chats/{chat_id}/stream")


async def test_a_stream_outlives_its_token(caller: Any) -> None:
    """Tokens that expire while a stream is open change nothing about it."""
    released, chat_id = SyncPoint(), await caller.chat("?")
    caller.server.script_answer(simple_answer("ответ").preceded_by(Wait(released)))
    async with caller.session.get(f"/chats/{chat_id}/stream", headers=caller.headers) as response:
        caller.server.expire_tokens()
        released.set()
        assert "completed" in await response.text()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (simple_answer("да"), ["processing_started", "phase_started", "llm_final", "completed"]),
        (without_completed(simple_answer("да")), ["processing_started", "phase_started", "llm_final"]),
        (compare_answer("да"), ["processing_started", "phase_started", "image_ready", "llm_final", "completed"]),
        (queued_answer(Answer([final("да")])), ["queue_position", "llm_final"]),
        (queue_full(), ["error"]),
        (queue_timeout(), ["queue_position", "error"]),
        (error_answer("Gemini API key not configured", draft="нет"), ["processing_started", "llm_token", "error"]),
    ],
)
async def test_a_usual_run_sends_its_events(caller: Any, answer: Answer, expected: list[str]) -> None:
    """Each ready-made answer is on the wire what its name says."""
    caller.server.script_answer(answer)

    assert expected == names(await caller.ask())


async def test_the_queues_errors_say_what_production_says(caller: Any) -> None:
    """Clients tell the two by their texts."""
    for answer in (queue_full(7), queue_timeout()):
        caller.server.script_answer(answer)

    assert {"message": "Queue is full (7 requests). Please try again later."} == (await caller.ask())[-1][1]
    assert {"message": "Request timed out in queue"} == (await caller.ask())[-1][1]


async def test_a_follow_up_round_starts_again_from_empty(caller: Any) -> None:
    """All tokens joined are longer than the answer, whose draft begins anew after the tool call."""
    caller.server.script_answer(followup_answer("черновик", "ответ"))
    events = await caller.ask()
    tool = names(events).index("tool_call")

    assert ["tool_call", "phase_started", "image_ready", "llm_thinking", "llm_token"] == names(events)[tool : tool + 5]
    assert ("черновикответ", "ответ", "ответ") == (joined(events), content(events), events[-3][1]["accumulated"])


async def test_a_final_text_may_differ_from_its_draft(caller: Any) -> None:
    """The stored text is the final one."""
    caller.server.script_answer(diverging_answer("черновик", "ответ"))
    events = await caller.ask()

    assert ("черновик", "ответ") == (joined(events), content(events))
    assert "ответ" == caller.server.model_runs[0].stored.content


async def test_empty_tokens_are_sent(caller: Any) -> None:
    """Pieces are sent as given, empty ones too."""
    caller.server.script_answer(complex_answer("да", pieces=["", "д", "", "а"]))

    assert ["", "д", "", "а"] == [data["token"] for name, data in await caller.ask() if name == "llm_token"]


async def test_tokens_may_come_without_the_text_so_far(caller: Any) -> None:
    """`accumulate` off leaves the field out."""
    caller.server.script_answer([Deltas(["да"], accumulate=False, model=None)])

    assert [("llm_token", {"token": "да"})] == await caller.ask()


@pytest.mark.parametrize("ascii_only", [False, True])
async def test_tokens_cut_inside_escapes_join_to_another_text(caller: Any, ascii_only: bool) -> None:
    """The pieces are raw JSON text, the text so far is decoded and ends as the answer."""
    text = 'а\n"б"\\ 😀'
    caller.server.script_answer(escape_cut_answer(text, ascii_only=ascii_only))
    events = await caller.ask()
    accumulated = [data["accumulated"] for name, data in events if name == "llm_token"]

    assert text != joined(events)
    assert text == accumulated[-1] == content(events)
    assert ascii_only == any(so_far.endswith("\ud83d") for so_far in accumulated)


async def test_a_cut_escape_stays_raw_until_it_is_whole(caller: Any) -> None:
    """The text so far ends with a backslash that the next event takes back."""
    caller.server.script_answer(escape_cut_answer("а\nб"))
    tokens = [data for name, data in await caller.ask() if name == "llm_token"]

    assert ["а", "\\", "n", "б"] == [data["token"] for data in tokens]
    assert ["а", "а\\", "а\n", "а\nб"] == [data["accumulated"] for data in tokens]


async def test_a_newer_server_sends_what_nobody_knows(caller: Any) -> None:
    """An unknown event, phase and fields, and nulls."""
    caller.server.script_answer(newer_server_answer("ответ"))
    events = await caller.ask()

    assert ("confidence_estimated", {"confidence": 0.7, "why": ["план", None]}) in events
    assert {"citations", "thinking"} < set(dict(events)["llm_final"])


@pytest.mark.parametrize(
    ("wire_format", "line"),
    [
        (None, 'data: {"content": "а\u2028б\x85", "n": 1}'),
        (WireFormat(compact=True), 'data: {"content":"а\u2028б\x85","n":1}'),
        (WireFormat(ascii_only=True), r'data: {"content": "\u0430\u2028\u0431\u0085", "n": 1}'),
    ],
)
async def test_json_is_spelled_as_the_answer_wants(caller: Any, wire_format: WireFormat | None, line: str) -> None:
    """Spaced with raw UTF-8, U+2028 and U+0085 among it, unless an answer has a format of its own."""
    caller.server.script_answer(Answer([Emit("llm_final", {"content": "а\u2028б\u0085", "n": 1})], wire_format=wire_format))
    _, text = await caller.call("GET", f"/chats/{await caller.chat('?')}/stream")

    assert f"event: llm_final\n{line}\n\n" == text


async def test_the_headers_come_before_the_first_event(caller: Any) -> None:
    """A stalled run has sent its status and its type."""
    caller.server.script_answer([Stall()])
    async with caller.session.get(f"/chats/{await caller.chat('?')}/stream", headers=caller.headers) as response:
        assert (200, "text/event-stream") == (response.status, response.content_type)
