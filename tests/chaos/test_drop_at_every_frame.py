"""A drop after every frame of an answer, and in the middle of every frame: the text is the stored one each time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Literal

import attrs
import pytest

from aizoomdoc_client import AsyncAIZoomDocClient, AsyncAnswerStream, MemoryTokenStore, StreamInterruptedError, TransportName
from aizoomdoc_client.testing import (
    Answer,
    ScriptedServer,
    ServerBehavior,
    close_at,
    complex_answer,
    diverging_answer,
    drop_at,
    escape_cut_answer,
    followup_answer,
    no_waiting,
    simple_answer,
)
from tests.chaos.folding import Folded

TEXT = 'Высота этажа 3,3 м 🏗.\nСм. «План» \\ "лист 4".'
OTHER = "Высота этажа 3,3 метра; по разрезу 2-2 иначе."

ANSWERS: dict[str, Callable[[], Answer]] = {
    "simple": lambda: simple_answer(TEXT),
    "complex": lambda: complex_answer(TEXT),
    "follow-up round": lambda: followup_answer("Высота неизвестна, нужен разрез.", TEXT),
    "cut escapes": lambda: escape_cut_answer(TEXT, size=5),
    "final differs": lambda: diverging_answer("Высота этажа 3,3 м?", TEXT),
}
APPEND_ONLY = {"simple", "complex", "cut escapes"}
"""Answers whose text only grows: if the re-run repeats it, no `answer_restarted` is emitted and no text is delivered twice."""

RERUNS: dict[str, Callable[[], Answer]] = {
    "the same again": lambda: complex_answer(TEXT),
    "another text": lambda: followup_answer("Высота этажа 3,3 м 🏗", OTHER),
}
CONNECTIONS: dict[str, tuple[ServerBehavior, TransportName]] = {
    "contract by websocket": (ServerBehavior.CONTRACT, "websocket"),
    "production by events": (ServerBehavior.PRODUCTION, "auto"),
}

Fault = Callable[[Answer, int], Answer]


@attrs.frozen
class Setup:
    """A server and a client of it."""

    server: ScriptedServer
    client: AsyncAIZoomDocClient

    async def frames_of(self, answer: Answer) -> int:
        """How many events a run of `answer` sends."""
        self.server.script_answer(answer)
        await self.client.ask(await self.client.create_chat(), "?")
        return self.server.model_runs[-1].frames

    async def check_each(self, firsts: Iterable[Answer], then: Answer) -> list[Folded]:
        """Runs `check` for all answers at once, each in its own chat; one after the other they take twice as long."""
        self.server.answer_with(then)
        return await asyncio.gather(*(self.check(first, f"Какая высота этажа {number}?") for number, first in enumerate(firsts)))

    async def check(self, first: Answer, question: str) -> Folded:
        """Asks a question whose first run is `first` and whose later runs are the default, and checks all promises."""
        self.server.script_answer(first, question=question)
        chat = await self.client.create_chat()
        folded = Folded()
        async with self.client.send_message(chat, question) as answer:
            async for event in answer:
                folded.take(event)
                assert folded.text == answer.text
            result = await answer.result()
        runs = [run for run in self.server.model_runs if run.chat_id == chat.id]
        stored = [message.content for message in self.server.chats[chat.id].answers]
        assert (True, 1) == (folded.text in stored, folded.finals)
        assert folded.text == result.text
        assert folded.restarts > 0 or folded.joined == folded.text
        assert ["user"] == [message.role for message in self.server.messages(chat.id) if message.role != "assistant"]
        assert len(runs) <= 2
        assert len(runs) == 1 + folded.sources.count("rerun")
        return folded


async def read(answer: AsyncAnswerStream, folded: Folded) -> None:
    async for event in answer:
        folded.take(event)


@pytest.fixture(params=CONNECTIONS)
async def setup(request: pytest.FixtureRequest) -> AsyncIterator[Setup]:
    behavior, transport = CONNECTIONS[request.param]
    with no_waiting():
        async with ScriptedServer(behavior) as server:
            server.user.settings["model_profile"] = "complex"
            async with AsyncAIZoomDocClient(
                server.url, server.static_token, transport=transport, token_store=MemoryTokenStore()
            ) as client:
                yield Setup(server, client)


@pytest.mark.parametrize("half", [False, True], ids=["after", "inside"])
@pytest.mark.parametrize(
    ("policy", "then"), [("cancel", "the same again"), ("cancel", "another text"), ("finish", "another text")]
)
@pytest.mark.parametrize("kind", ANSWERS)
async def test_a_drop_changes_nothing(
    setup: Setup, kind: str, then: str, policy: Literal["cancel", "finish"], half: bool
) -> None:
    """Whatever the model run does after the drop, there is one text, which the server stored, and one message."""
    frames = await setup.frames_of(ANSWERS[kind]())
    drops = [drop_at(ANSWERS[kind](), frame, half=half, reset=frame % 2 == 1, then=policy) for frame in range(frames + 1)]
    for folded in await setup.check_each(drops, RERUNS[then]()):
        assert folded.text in {TEXT, OTHER}
        assert folded.restarts == 0 or then != "the same again" or kind not in APPEND_ONLY


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1012, None])
async def test_an_orderly_end_before_the_final_text_is_a_drop(setup: Setup, code: int | None) -> None:
    """Every close code that is no refusal, and the regular end of a body, count as a drop."""
    frames = await setup.frames_of(complex_answer(TEXT))
    await setup.check_each([close_at(complex_answer(TEXT), frame, code) for frame in range(frames + 1)], complex_answer(OTHER))


async def test_a_drop_of_every_run_is_an_error_with_the_text_so_far(setup: Setup) -> None:
    """There is no third run, and the error holds the text delivered so far."""
    last_token = await setup.frames_of(complex_answer(TEXT)) - 2
    for frame in range(last_token):
        setup.server.script_answer(drop_at(complex_answer(TEXT), frame))
        setup.server.script_answer(drop_at(complex_answer(OTHER), frame))
        chat, folded = await setup.client.create_chat(), Folded()
        answer = setup.client.send_message(chat, "?")
        with pytest.raises(StreamInterruptedError) as caught:
            await read(answer, folded)
        assert (folded.text, 0) == (caught.value.partial, setup.server.answers_left)
        assert 2 == len([run for run in setup.server.model_runs if run.chat_id == chat.id])
