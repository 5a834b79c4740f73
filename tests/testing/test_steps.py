"""The steps of a script."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from websockets.asyncio.client import connect

from aizoomdoc_client.testing import Close, Deltas, Drop, Signal, Store, SyncPoint, complex_answer, simple_answer
from tests.testing.reading import read_until_dropped


async def test_a_step_may_store_an_answer_without_an_event(caller: Any) -> None:
    """Only the history has the answer."""
    caller.server.script_answer([Store("ответ"), Drop(reset=False)])
    chat_id = await caller.chat("?")

    assert b"" == await read_until_dropped(caller, chat_id)
    assert "ответ" == caller.server.chats[chat_id].answers[0].content


@pytest.mark.parametrize(("then", "stored"), [("cancel", 0), ("finish", 1)])
@pytest.mark.parametrize("reset", [True, False])
async def test_a_dropped_stream_breaks_off_between_two_events(caller: Any, reset: bool, then: Any, stored: int) -> None:
    """A drop after two events delivers two; the following steps are played without a client, or not at all."""
    caller.server.script_answer(simple_answer("ответ").interrupted(2, Drop(reset=reset, then=then)))
    chat_id = await caller.chat("?")
    received = await read_until_dropped(caller, chat_id)
    await caller.server.until(lambda: caller.server.model_runs[0].state != "running")

    assert (2, True) == (received.count(b"event: "), received.endswith(b"}\n\n"))
    assert stored == len(caller.server.chats[chat_id].answers)


async def test_steps_at_one_place_are_all_played(caller: Any) -> None:
    """In the order in which they were added."""
    reached = SyncPoint()
    caller.server.script_answer(simple_answer("ответ").interrupted(2, Signal(reached)).interrupted(2, Drop()))
    received = await read_until_dropped(caller, await caller.chat("?"))

    assert (True, 2) == (reached.is_set(), received.count(b"event: "))


async def test_a_stream_may_be_closed_before_its_final_text(caller: Any) -> None:
    """To HTTP the response is complete."""
    caller.server.script_answer(simple_answer("ответ").interrupted(2, Close()))

    assert ["processing_started", "phase_started"] == [name for name, _ in await caller.ask()]


async def test_empty_deltas_are_sent(caller: Any) -> None:
    """Pieces are sent as given, empty ones too."""
    caller.server.script_answer(complex_answer("да", pieces=["", "д", "", "а"]))

    assert ["", "д", "", "а"] == [data["token"] for name, data in await caller.ask() if name == "llm_token"]


async def test_deltas_may_come_without_the_text_so_far(caller: Any) -> None:
    """`accumulate=False` leaves the field out."""
    caller.server.script_answer([Deltas(["да"], accumulate=False, model=None)])

    assert [("llm_token", {"token": "да"})] == await caller.ask()


@pytest.mark.parametrize(("policy", "stored"), [("cancel", 0), ("finish", 1)])
async def test_a_client_that_closes_is_answered_and_its_run_stops_or_goes_on(contract: Any, policy: Any, stored: int) -> None:
    """The close is acknowledged with 1000; the policy of the run decides about the rest."""
    released, reached = SyncPoint(), SyncPoint()
    answer = simple_answer("ответ").preceded_by(Signal(reached), waiting_for(released))
    contract.server.script_answer(attrs.evolve(answer, on_drop=policy))
    async with connect(contract.websocket_url(await contract.chat("?"))) as websocket:
        await reached.wait()
    released.set()
    run = contract.server.model_runs[0]
    await contract.server.until(lambda: run.state != "running")

    assert (1000, stored) == (websocket.close_code, len(run.chat.answers))


def waiting_for(released: SyncPoint) -> Any:
    """A step of the test's own: any object that plays."""

    class Gated:
        async def play(self, run: Any) -> None:
            await released.wait()

    return Gated()
