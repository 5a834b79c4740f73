"""Answers ready to be scripted, and the faults of their streams."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from aizoomdoc_client.testing import (
    Answer,
    close_at,
    compare_answer,
    complex_answer,
    cut_off,
    diverging_answer,
    drop_at,
    error_answer,
    escape_cut_answer,
    final,
    followup_answer,
    newer_server_answer,
    queue_full,
    queue_timeout,
    queued_answer,
    restart_at,
    simple_answer,
    stall_at,
    without_completed,
)
from tests.testing.reading import content, joined, names, read_until_dropped

TEXT = "Высота этажа 3,3 м."


async def heard(caller: Any, chat_id: str) -> bytes:
    """The bytes of a stream until it ends or breaks off."""
    body = b""
    try:
        async with caller.session.get(f"/chats/{chat_id}/stream", headers=caller.headers) as response:
            async for chunk in response.content.iter_any():
                body += chunk
    except aiohttp.ClientError:
        pass
    return body


async def frames_by_websocket(caller: Any, chat_id: str) -> tuple[int, int | None]:
    """How many frames came, and the close code (1006: none)."""
    async with caller.session.ws_connect(caller.websocket_url(chat_id)) as socket:
        count = 0
        while (await socket.receive()).type is aiohttp.WSMsgType.TEXT:
            count += 1
        return count, socket.close_code


async def whole_answer(caller: Any) -> bytes:
    caller.server.script_answer(complex_answer(TEXT))
    return await heard(caller, await caller.chat("?"))


async def test_the_simple_profile_sends_no_deltas(caller: Any) -> None:
    """Phases, the final text, completed; the answer mentions the question."""
    events = await caller.ask("Где ВРУ-1?")

    assert ["processing_started", "phase_started", "llm_final", "completed"] == names(events)
    assert "Где ВРУ-1?" in content(events)


async def test_the_complex_profile_sends_the_text_as_deltas(caller: Any) -> None:
    """Thinking, then deltas that join to the final text, each with the text so far."""
    await caller.call("PATCH", "/me/settings", json={"model_profile": "complex"})
    events = await caller.ask()
    tokens = [data for name, data in events if name == "llm_token"]

    assert ["llm_thinking", "llm_token", "llm_final", "completed"] == names(events)[-4:]
    assert content(events) == joined(events) == tokens[-1]["accumulated"]
    assert tokens[0]["token"] + tokens[1]["token"] == tokens[1]["accumulated"]


async def test_the_contract_sends_deltas_in_the_simple_profile_too(contract: Any) -> None:
    """They join to the final text."""
    events = await contract.ask()

    assert content(events) == joined(events)


A, B = (f"00000000-0000-0000-0000-00000000000{digit}" for digit in "ab")


async def test_a_comparison_sends_no_deltas(contract: Any) -> None:
    """With both groups of documents, neither profile sends any."""
    chat_id = await contract.chat("Сравни")
    events = await contract.stream(chat_id, f"?compare_document_ids_a={A}&compare_document_ids_a={B}&compare_document_ids_b={B}")

    assert ("", "Сравни") == (joined(events), contract.server.model_runs[0].question.text)
    assert [A, B] == contract.server.model_runs[0].question.query["compare_document_ids_a"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (simple_answer("да"), ["processing_started", "phase_started", "llm_final", "completed"]),
        (without_completed(simple_answer("да")), ["processing_started", "phase_started", "llm_final"]),
        (
            compare_answer("да"),
            [
                *("processing_started", "phase_started", "phase_progress", "phase_started", "image_ready", "phase_started"),
                *("llm_final", "completed"),
            ],
        ),
        (queued_answer(Answer([final("да")])), ["queue_position", "llm_final"]),
        (queue_full(), ["error"]),
        (queue_timeout(), ["queue_position", "error"]),
        (
            error_answer("Gemini API key not configured", draft="нет"),
            ["processing_started", "phase_started", "llm_token", "error"],
        ),
    ],
)
async def test_a_preset_sends_its_events(caller: Any, answer: Answer, expected: list[str]) -> None:
    """Each preset sends what its name says."""
    caller.server.script_answer(answer)

    assert expected == names(await caller.ask())


async def test_the_errors_of_the_queue_have_the_texts_of_production(caller: Any) -> None:
    """Clients tell the two apart by their texts."""
    for answer in (queue_full(7), queue_timeout()):
        caller.server.script_answer(answer)

    assert {"message": "Queue is full (7 requests). Please try again later."} == (await caller.ask())[-1][1]
    assert {"message": "Request timed out in queue"} == (await caller.ask())[-1][1]


async def test_a_follow_up_round_starts_again_from_empty(caller: Any) -> None:
    """All deltas joined are longer than the answer, whose text starts again after the tool call."""
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


@pytest.mark.parametrize("ascii_only", [False, True])
async def test_deltas_cut_inside_escapes_join_to_another_text(caller: Any, ascii_only: bool) -> None:
    """The pieces are raw JSON text; the text so far is decoded, and is the answer at the end."""
    text = 'а\n"б"\\ 😀'
    caller.server.script_answer(escape_cut_answer(text, ascii_only=ascii_only))
    events = await caller.ask()
    accumulated = [data["accumulated"] for name, data in events if name == "llm_token"]

    assert text != joined(events)
    assert text == accumulated[-1] == content(events)
    assert ascii_only == any(so_far.endswith("\ud83d") for so_far in accumulated)


async def test_an_incomplete_escape_is_not_decoded(caller: Any) -> None:
    """The text so far ends with a backslash, which the next event replaces."""
    caller.server.script_answer(escape_cut_answer("а\nб"))
    tokens = [data for name, data in await caller.ask() if name == "llm_token"]

    assert ["а", "\\", "n", "б"] == [data["token"] for data in tokens]
    assert ["а", "а\\", "а\n", "а\nб"] == [data["accumulated"] for data in tokens]


async def test_a_newer_server_sends_unknown_events_and_fields(caller: Any) -> None:
    """An unknown event, phase and fields, and nulls."""
    caller.server.script_answer(newer_server_answer("ответ"))
    events = await caller.ask()

    assert ("confidence_estimated", {"confidence": 0.7, "why": ["план", None]}) in events
    assert {"citations", "thinking"} < set(dict(events)["llm_final"])


async def test_a_cut_off_answer_ends_inside_an_event(caller: Any) -> None:
    """The event has no end."""
    caller.server.script_answer(cut_off(complex_answer("ответ"), 3))
    received = await read_until_dropped(caller, await caller.chat("?"))

    assert (4, False) == (received.count(b"event: "), received.endswith(b"\n\n"))


@pytest.mark.parametrize("half", [False, True])
async def test_a_drop_comes_after_the_given_number_of_events(caller: Any, half: bool) -> None:
    """No event more; with `half` the first half of the bytes of the next event."""
    whole = await whole_answer(caller)
    events = [event + b"\n\n" for event in whole.split(b"\n\n")[:-1]]
    for frame in range(len(events) + 1):
        caller.server.script_answer(drop_at(complex_answer(TEXT), frame, half=half))
        body = await heard(caller, await caller.chat("?"))
        following = events[frame] if half and frame < len(events) else b""
        assert b"".join(events[:frame]) + following[: len(following) // 2] == body


@pytest.mark.parametrize(("policy", "answers"), [("cancel", 0), ("finish", 1)])
async def test_a_drop_says_whether_the_run_goes_on(caller: Any, policy: Any, answers: int) -> None:
    """It stops and stores nothing, or finishes without a client and stores its answer."""
    chat_id = await caller.chat("?")
    caller.server.script_answer(drop_at(complex_answer(TEXT), 3, then=policy))
    await heard(caller, chat_id)
    await caller.server.until(lambda: caller.server.model_runs[0].state != "running")

    assert answers == len(caller.server.chats[chat_id].answers)


@pytest.mark.parametrize("code", [1000, 1012])
async def test_a_close_comes_after_the_given_number_of_events(contract: Any, code: int) -> None:
    """Then the close frame, before the answer is complete."""
    contract.server.script_answer(close_at(complex_answer(TEXT), 3, code))

    assert (3, code) == await frames_by_websocket(contract, await contract.chat("?"))


async def test_a_stall_keeps_the_connection_open(caller: Any) -> None:
    """After the given number of events nothing comes, not even an end."""
    caller.server.script_answer(stall_at(complex_answer(TEXT), 1))
    async with caller.session.get(f"/chats/{await caller.chat('?')}/stream", headers=caller.headers) as response:
        await response.content.readuntil(b"\n\n")

        assert (1, "running") == (caller.server.model_runs[0].frames, caller.server.model_runs[0].state)
        assert 1 == caller.server.open_connections


async def test_a_restart_ends_the_run_and_keeps_the_records(caller: Any) -> None:
    """The stream breaks off; afterwards the same server has the same records."""
    chat_id = await caller.chat("?")
    caller.server.script_answer(restart_at(complex_answer(TEXT), 2, caller.server))
    body = await heard(caller, chat_id)
    await caller.server.until(lambda: caller.server.model_runs[0].state != "running")
    async with asyncio.timeout(5):
        while True:
            try:
                status, history = await caller.call("GET", f"/chats/{chat_id}")
                break
            except aiohttp.ClientError:
                await asyncio.sleep(0.001)

    assert (2, "cancelled") == (body.count(b"\n\n"), caller.server.model_runs[0].state)
    assert (200, 1) == (status, len(history["messages"]))


def test_an_answer_with_a_fault_is_still_an_answer() -> None:
    """Faults can be combined, and the given answer is not changed."""
    answer = complex_answer(TEXT)

    assert isinstance(drop_at(stall_at(answer, 5), 3), Answer)
    assert {} == answer.interruptions
