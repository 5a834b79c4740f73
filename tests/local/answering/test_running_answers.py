"""Answers that go on without the request that began them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from aizoomdoc_client.events import AnswerEvent, Completed, LLMFinal, LLMThinking, LLMToken
from aizoomdoc_client.local.answering.running_answers import QuestionKey, RunningAnswer, RunningAnswers

PLACE = QuestionKey("chat", "question")
LONG = 10_000.0
Told = list[tuple[str, dict[str, object]]]


class Run:
    """An answer that says one word, waits until it is let through, and ends."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.said = asyncio.Event()
        self.begun = self.ended = 0

    async def __call__(self, emit: Callable[[AnswerEvent], Awaitable[None]]) -> None:
        self.begun += 1
        await emit(LLMThinking("думаю", accumulated="думаю"))
        await emit(LLMToken("раз "))
        self.said.set()
        await self.opened.wait()
        await emit(LLMToken("два"))
        await emit(LLMFinal("раз два"))
        await emit(Completed())
        self.ended += 1


@pytest.fixture
async def answers() -> AsyncIterator[RunningAnswers]:
    answers = RunningAnswers(grace=LONG, kept=LONG)
    yield answers
    await answers.close()


def begun(answers: RunningAnswers, run: Run, place: QuestionKey = PLACE) -> RunningAnswer:
    answers.start(place, run)
    answer = answers.find(place)
    assert answer is not None
    return answer


async def told(answer: RunningAnswer, count: int = 1_000) -> Told:
    """The events of the first batches that a viewer gets, of all but for a smaller `count`."""
    found = b""
    with answer.watch():
        async for batch in answer.events():
            found += batch
            count -= 1
            if not count:
                break
    fields = [event.split("\n") for event in found.decode().split("\n\n")[:-1]]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in fields]


RESTARTED = ("answer_restarted", {"keep": 0, "reason": "snapshot"})
HALF = [RESTARTED, ("llm_thinking", {"content": "думаю"}), ("llm_token", {"token": "раз "})]
WHOLE = [*HALF, ("llm_token", {"token": "два"}), ("llm_final", {"content": "раз два"}), ("completed", {"message": ""})]


async def test_whoever_comes_gets_all_of_it(answers: RunningAnswers) -> None:
    """In the middle, beside others, and after the end; the model runs once."""
    run = Run()
    answer = begun(answers, run)
    await run.said.wait()
    assert HALF == await told(answer, 2)
    first, second = asyncio.create_task(told(answer)), asyncio.create_task(told(answer))
    run.opened.set()
    assert [WHOLE, WHOLE] == await asyncio.gather(first, second)
    assert WHOLE == await told(begun(answers, run))

    assert (1, 1, 7) == (run.begun, run.ended, answer.characters)


async def test_a_viewer_that_waits_sees_what_comes(answers: RunningAnswers) -> None:
    """As it comes, and not at the end only."""
    run = Run()
    viewer = begun(answers, run).events()
    seen = [await anext(viewer), await anext(viewer)]
    assert b'"token":"\xd1\x80\xd0\xb0\xd0\xb7 "' in seen[1].replace(b": ", b":")
    waiting = asyncio.create_task(anext(viewer))
    run.opened.set()

    assert b"llm_final" in await waiting


async def test_a_run_that_ends_without_an_event_ends_its_viewers(answers: RunningAnswers) -> None:
    """Those that have all of it and wait."""
    opened = asyncio.Event()

    async def run(emit: Callable[[AnswerEvent], Awaitable[None]]) -> None:
        await emit(Completed())
        await opened.wait()

    answers.start(PLACE, run)
    answer = answers.find(PLACE)
    assert answer is not None
    viewer = answer.events()
    assert [True, True] == [bool(await anext(viewer)) for _ in range(2)]
    waiting = asyncio.create_task(anext(viewer, b"the end"))
    await asyncio.sleep(0)
    opened.set()

    assert b"the end" == await waiting


async def test_stopping_ends_the_run(answers: RunningAnswers) -> None:
    """Viewers keep what was there; stopping twice is stopping once, and after the end it is nothing."""
    run = Run()
    answer = begun(answers, run)
    await run.said.wait()
    viewer = asyncio.create_task(told(answer))
    for reason in ("requested", "unwatched"):
        answer.stop(reason)

    assert [*HALF, ("answer_stopped", {"reason": "requested"})] == await viewer
    assert 0 == run.ended
    answer.stop("requested")
    assert [*HALF, ("answer_stopped", {"reason": "requested"})] == await told(answer)


async def test_a_run_that_is_stopped_before_its_first_step_says_so(answers: RunningAnswers) -> None:
    """Its viewers would otherwise wait for a last event, and ask again and again."""
    run = Run()
    answer = begun(answers, run)
    answer.stop("requested")

    assert [RESTARTED, ("answer_stopped", {"reason": "requested"})] == await told(answer)
    assert 0 == run.begun


@pytest.mark.parametrize("error", [ConnectionResetError(), asyncio.CancelledError()], ids=repr)
async def test_a_run_that_fails_ends_with_an_error(
    answers: RunningAnswers, caplog: pytest.LogCaptureFixture, error: BaseException
) -> None:
    """Also by what looks like a viewer that left, or like a stop."""

    async def run(emit: Callable[[AnswerEvent], Awaitable[None]]) -> None:
        await emit(LLMToken("раз "))
        raise error

    answers.start(PLACE, run)
    answer = answers.find(PLACE)
    assert answer is not None

    assert [RESTARTED, ("llm_token", {"token": "раз "}), ("error", {"message": "Internal server error"})] == await told(answer)
    assert ["An answer failed"] == caplog.messages


async def test_an_answer_that_nobody_looks_at_is_stopped() -> None:
    """At once without a time of grace, which begins when the last of its viewers has left."""
    run, answers = Run(), RunningAnswers(grace=0, kept=LONG)
    answer = begun(answers, run)
    with answer.watch():
        await run.said.wait()
        assert HALF == await told(answer, 2)
        assert not answer.task.done()
    await asyncio.wait([answer.task])

    assert [*HALF, ("answer_stopped", {"reason": "unwatched"})] == await told(answer)


async def test_whoever_comes_back_in_time_finds_it_running(answers: RunningAnswers) -> None:
    """The wait for viewers ends with the first one."""
    run = Run()
    answer = begun(answers, run)
    assert answer._stop_timer is not None
    with answer.watch():
        assert answer._stop_timer is None
    assert answer._stop_timer is not None


async def test_answers_are_forgotten() -> None:
    """Some time after their end, and the oldest where all have too many bytes; those that run are not."""
    run = Run()
    run.opened.set()
    answers = RunningAnswers(grace=LONG, kept=0)
    first = begun(answers, run)
    await asyncio.wait([first.task])
    while answers.find(PLACE):  # noqa: ASYNC110 (a timer of the loop)
        await asyncio.sleep(0)

    answers = RunningAnswers(grace=LONG, kept=LONG, most_bytes=2 * first.size)
    places = [QuestionKey("chat", str(number)) for number in range(4)]
    running = begun(answers, Run())
    for place in places:
        await asyncio.wait([begun(answers, run, place).task])
    await asyncio.sleep(0)
    assert [False, False, True, True] == [answers.find(place) is not None for place in places]
    assert running is answers.find(PLACE)
    await answers.close()

    assert running.task.cancelled()


async def test_what_is_begun_again_outlives_the_time_of_the_first_one() -> None:
    """The first one was the oldest of many; the model would run once more beside the second one."""
    run = Run()
    run.opened.set()
    answers = RunningAnswers(grace=LONG, kept=0.05, most_bytes=0)
    await asyncio.wait([begun(answers, run).task])
    await asyncio.sleep(0)
    assert answers.find(PLACE) is None
    again = begun(answers, Run())
    passed = asyncio.Event()
    asyncio.get_running_loop().call_later(0.1, passed.set)
    await passed.wait()

    assert again is answers.find(PLACE)
    await answers.close()
