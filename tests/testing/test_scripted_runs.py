"""What becomes of runs: what they store, who breaks off, and which answer is whose."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import attrs
import pytest

from aizoomdoc_client.testing import (
    Answer,
    Close,
    Drop,
    Half,
    Question,
    Raw,
    RawSocket,
    Signal,
    Store,
    SyncPoint,
    Wait,
    complex_answer,
    cut_off,
    error_answer,
    final,
    simple_answer,
)


def content(events: list[tuple[str, Any]]) -> str:
    return str(dict(events)["llm_final"]["content"])


async def read_until_dropped(caller: Any, chat_id: str) -> bytes:
    """What arrives of a stream that breaks off."""
    received: list[bytes] = []
    async with caller.session.get(f"/chats/{chat_id}/stream", headers=caller.headers) as response:
        with pytest.raises(aiohttp.ClientError):
            await _read(response, received)
    return b"".join(received)


async def _read(response: aiohttp.ClientResponse, received: list[bytes]) -> None:
    async for chunk in response.content.iter_any():
        received.append(chunk)  # noqa: PERF401 (the chunks before an error count)


async def test_a_run_stores_its_answer_before_it_says_so(caller: Any) -> None:
    """When the final text arrives, the history holds it."""
    released, chat_id = SyncPoint(), await caller.chat("?")
    caller.server.script_answer([final("ответ"), Wait(released)])
    async with caller.session.get(f"/chats/{chat_id}/stream", headers=caller.headers) as response:
        await response.content.readany()
        assert ["ответ"] == [message.content for message in caller.server.chats[chat_id].answers]


@pytest.mark.parametrize(
    "answer",
    [error_answer("нет", draft="черновик"), attrs.evolve(simple_answer("ответ"), stores=False)],
    ids=["error", "unstored"],
)
async def test_a_run_may_store_nothing(caller: Any, answer: Answer) -> None:
    """After an error nothing is stored, and `completed` proves nothing either."""
    caller.server.script_answer(answer)
    await caller.ask()

    assert [None] == [run.stored for run in caller.server.model_runs]


async def test_a_run_may_store_what_it_never_said(caller: Any) -> None:
    """Stored, then dropped: only the history has the answer."""
    caller.server.script_answer([Store("ответ"), Drop(reset=False)])
    chat_id = await caller.chat("?")

    assert b"" == await read_until_dropped(caller, chat_id)
    assert "ответ" == caller.server.chats[chat_id].answers[0].content


async def test_a_run_stores_one_answer(caller: Any) -> None:
    """What a script stored itself is the run's answer, whatever final text follows."""
    caller.server.script_answer([Store("раньше"), final("позже")])
    chat_id = await caller.chat("?")
    await caller.stream(chat_id)

    assert ["раньше"] == [message.content for message in caller.server.chats[chat_id].answers]


@pytest.mark.parametrize(("policy", "state", "stored"), [("cancel", "cancelled", []), ("finish", "finished", ["ответ"])])
async def test_a_run_whose_client_leaves_stops_or_goes_on(caller: Any, policy: Any, state: str, stored: list[str]) -> None:
    """Cancelled, it stores nothing; unaware, it finishes and stores its answer."""
    released, reached, chat_id = SyncPoint(), SyncPoint(), await caller.chat("?")
    caller.server.script_answer(attrs.evolve(simple_answer("ответ").preceded_by(Signal(reached), Wait(released)), on_drop=policy))
    async with caller.session.get(f"/chats/{chat_id}/stream", headers=caller.headers):
        await reached.wait()
    await caller.server.until(lambda: caller.server.open_connections == 0)
    released.set()
    await caller.server.until(lambda: caller.server.model_runs[0].state != "running")

    assert state == caller.server.model_runs[0].state
    assert stored == [message.content for message in caller.server.chats[chat_id].answers]


@pytest.mark.parametrize(("then", "stored"), [("cancel", 0), ("finish", 1)])
@pytest.mark.parametrize("reset", [True, False])
async def test_a_dropped_stream_breaks_off_between_two_events(caller: Any, reset: bool, then: Any, stored: int) -> None:
    """A drop after two events delivers two; what follows is played unseen, or not at all."""
    caller.server.script_answer(simple_answer("ответ").interrupted(2, Drop(reset=reset, then=then)))
    chat_id = await caller.chat("?")
    received = await read_until_dropped(caller, chat_id)
    await caller.server.until(lambda: caller.server.model_runs[0].state != "running")

    assert (2, True) == (received.count(b"event: "), received.endswith(b"}\n\n"))
    assert stored == len(caller.server.chats[chat_id].answers)


async def test_a_run_that_cannot_send_stops_at_once(caller: Any) -> None:
    """The first event that finds the connection gone is the run's last, even if nobody had noticed before."""

    class Unplug:
        async def play(self, run: Any) -> None:
            run.stream.http.transport.abort()

    caller.server.script_answer(simple_answer("ответ").interrupted(1, Unplug()))
    chat_id = await caller.chat("?")
    await read_until_dropped(caller, chat_id)

    assert ("cancelled", 2, []) == (
        caller.server.model_runs[0].state,
        caller.server.model_runs[0].frames,
        caller.server.chats[chat_id].answers,
    )


async def test_half_an_event_can_be_sent(caller: Any) -> None:
    """A cut inside an event leaves it without its end."""
    caller.server.script_answer(cut_off(complex_answer("ответ"), 3))
    received = await read_until_dropped(caller, await caller.chat("?"))

    assert (4, False) == (received.count(b"event: "), received.endswith(b"\n\n"))


async def test_a_stream_may_end_in_good_order_without_an_end(caller: Any) -> None:
    """A closed stream looks complete to HTTP and has no final text."""
    caller.server.script_answer(simple_answer("ответ").interrupted(2, Close()))

    assert ["processing_started", "phase_started"] == [name for name, _ in await caller.ask()]


async def test_raw_bytes_go_into_the_body(caller: Any) -> None:
    """Anything at all, between the events and past them."""
    caller.server.script_answer([Raw(b": comment\n\n\xff"), Close()])
    async with caller.session.get(f"/chats/{await caller.chat('?')}/stream", headers=caller.headers) as response:
        assert b": comment\n\n\xff" == await response.read()


async def test_raw_bytes_go_past_the_framing(caller: Any) -> None:
    """The bytes stand on the wire where a chunk should."""
    caller.server.script_answer([RawSocket(b"no chunk"), Drop(reset=False)])
    path = f"/chats/{await caller.chat('?')}/stream"
    received = await caller.raw(f"GET {path} HTTP/1.1\nHost: x\nAuthorization: Bearer {caller.token}\n\n")

    assert b"no chunk" == received.partition(b"\r\n\r\n")[2]


async def test_half_an_event_is_the_first_half_of_its_bytes(caller: Any) -> None:
    """`Half` sends the first half of the bytes that `Emit` would send."""
    caller.server.script_answer([Half("completed", {"message": "ok"}), Close()])
    _, text = await caller.call("GET", f"/chats/{await caller.chat('?')}/stream")

    assert "event: completed\ndata" == text


async def test_answers_are_used_in_order_and_once(caller: Any) -> None:
    """Two scripted answers, then the default again."""
    caller.server.script_answer([final("один")])
    caller.server.script_answer([final("два")])

    assert ["один", "два"] == [content(await caller.ask()) for _ in range(2)]
    assert (0, True) == (caller.server.answers_left, "Где ВРУ?" in content(await caller.ask("Где ВРУ?")))


async def test_an_answer_may_wait_for_its_question(caller: Any) -> None:
    """A scripted answer for one question is not used for another."""
    caller.server.script_answer([final("на втором")], question="щит")

    assert "Где ВРУ?" in content(await caller.ask("Где ВРУ?"))
    assert "на втором" == content(await caller.ask("Где щит?"))


async def test_answers_may_be_made_from_the_question(caller: Any) -> None:
    """A function stands for all runs that are not scripted."""

    def echo(question: Question) -> Answer:
        return simple_answer(f"{question.profile}: {question.text}")

    caller.server.answer_with(echo)

    assert "simple: Эхо" == content(await caller.ask("Эхо"))


async def test_runs_of_several_chats_go_side_by_side(caller: Any) -> None:
    """A run that waits does not hold up another."""
    released = SyncPoint()
    caller.server.script_answer(simple_answer("медленно").preceded_by(Wait(released)), question="медленно")
    slow = asyncio.create_task(caller.ask("медленно"))
    await caller.server.until(lambda: len(caller.server.model_runs) == 1)
    await caller.ask("быстро")
    released.set()

    assert "медленно" == content(await slow)
