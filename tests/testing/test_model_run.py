"""Model runs: what they store, when they stop, and which answer they play."""

from __future__ import annotations

import asyncio
from typing import Any

import attrs
import pytest

from aizoomdoc_client.testing import (
    Answer,
    Deltas,
    Hang,
    Question,
    Signal,
    Stall,
    Store,
    SyncPoint,
    Wait,
    complex_answer,
    error_answer,
    final,
    simple_answer,
)
from tests.testing.reading import content, read_until_dropped


@pytest.mark.parametrize("given", [Hang(), "llm_token", Stall, None])
def test_what_is_no_step_is_refused(given: Any) -> None:
    """When the script is written: a run that fails there looks to the client like a lost connection."""
    with pytest.raises(TypeError, match="step"):
        Answer([Deltas(["текст"]), given])
    with pytest.raises(TypeError, match="step"):
        simple_answer("текст").interrupted(1, given)


async def test_a_run_stores_its_answer_before_it_sends_it(caller: Any) -> None:
    """When the final text arrives, the history has it."""
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
    """After an error nothing is stored, and a `completed` event does not mean that something was."""
    caller.server.script_answer(answer)
    await caller.ask()

    assert [None] == [run.stored for run in caller.server.model_runs]


async def test_a_run_stores_one_answer(caller: Any) -> None:
    """An answer that a step has stored is the only one, whatever final text follows."""
    caller.server.script_answer([Store("раньше"), final("позже")])
    chat_id = await caller.chat("?")
    await caller.stream(chat_id)

    assert ["раньше"] == [message.content for message in caller.server.chats[chat_id].answers]


async def test_images_are_stored_with_the_question(caller: Any) -> None:
    """The history shows the images of the run with the message of the user."""
    caller.server.script_answer(complex_answer("ответ"))
    chat_id = await caller.chat("?")
    await caller.stream(chat_id)
    _, history = await caller.call("GET", f"/chats/{chat_id}")

    assert [["crop"], []] == [[image["image_type"] for image in message["images"]] for message in history["messages"]]


@pytest.mark.parametrize(("policy", "state", "stored"), [("cancel", "cancelled", []), ("finish", "finished", ["ответ"])])
async def test_a_run_whose_client_leaves_stops_or_goes_on(caller: Any, policy: Any, state: str, stored: list[str]) -> None:
    """By its policy it is cancelled and stores nothing, or finishes and stores its answer."""
    released, reached, chat_id = SyncPoint(), SyncPoint(), await caller.chat("?")
    caller.server.script_answer(attrs.evolve(simple_answer("ответ").preceded_by(Signal(reached), Wait(released)), on_drop=policy))
    async with caller.session.get(f"/chats/{chat_id}/stream", headers=caller.headers):
        await reached.wait()
    await caller.server.until(lambda: caller.server.open_connections == 0)
    released.set()
    await caller.server.until(lambda: caller.server.model_runs[0].state != "running")

    assert state == caller.server.model_runs[0].state
    assert stored == [message.content for message in caller.server.chats[chat_id].answers]


async def test_a_run_that_cannot_send_stops_at_once(caller: Any) -> None:
    """The first event that cannot be sent is its last, also if nothing had noticed the lost connection before."""

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


async def test_answers_are_used_in_order_and_once(caller: Any) -> None:
    """Two scripted answers, then the default."""
    caller.server.script_answer([final("один")])
    caller.server.script_answer([final("два")])

    assert ["один", "два"] == [content(await caller.ask()) for _ in range(2)]
    assert (0, True) == (caller.server.answers_left, "Где ВРУ?" in content(await caller.ask("Где ВРУ?")))


async def test_an_answer_may_be_for_one_question(caller: Any) -> None:
    """It is not used for another question."""
    caller.server.script_answer([final("на втором")], question="щит")

    assert "Где ВРУ?" in content(await caller.ask("Где ВРУ?"))
    assert "на втором" == content(await caller.ask("Где щит?"))


async def test_answers_may_be_made_from_the_question(caller: Any) -> None:
    """A function makes the answers of all runs that are not scripted."""

    def echo(question: Question) -> Answer:
        return simple_answer(f"{question.profile}: {question.text}")

    caller.server.answer_with(echo)

    assert "simple: Эхо" == content(await caller.ask("Эхо"))


async def test_runs_of_several_chats_are_concurrent(caller: Any) -> None:
    """A run that waits does not delay another."""
    released = SyncPoint()
    caller.server.script_answer(simple_answer("медленно").preceded_by(Wait(released)), question="медленно")
    slow = asyncio.create_task(caller.ask("медленно"))
    await caller.server.until(lambda: len(caller.server.model_runs) == 1)
    await caller.ask("быстро")
    released.set()

    assert "медленно" == content(await slow)
