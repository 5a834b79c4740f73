"""What runs on a worker, called in this process as a worker's event loop calls it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from aizoomdoc_client import AsyncAIZoomDocClient, Me, MemoryTokenStore
from aizoomdoc_client.batch import BatchDocument, BatchQuestion, BatchTask, BatchUnit
from aizoomdoc_client.batch.dask import worker
from aizoomdoc_client.batch.dask.worker import Bug, SessionOptions
from aizoomdoc_client.batch.executor import ClientExecutor, Work
from aizoomdoc_client.batch.steps import Answered, ChatFound, CreateChat, MessageFound, Observation, Post, Read, Step
from tests.batch.job_setup import TOKEN, Desk, desk_at
from tests.faults.clock import owned_clock, rounds

UNIT = BatchUnit.of(BatchTask(document=BatchDocument(name="Узел", document_id=None), question=BatchQuestion(text="?")), "d")
NAME = "job@tcp://worker"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk_at(tmp_path) as desk:
        yield desk
        await worker.end_session(NAME)


async def opened(desk: Desk, **changes: Any) -> str | None:
    """The code of why the session cannot be used."""
    user = (await desk.client.get_me()).user.id
    given: dict[str, Any] = {"session": NAME, "options": {"static_token": TOKEN}, "server": desk.server.url, "user": user}
    problem = await worker.open_session(SessionOptions(**(given | changes)))
    return None if problem is None else problem.code


async def performed(step: Step, number: int) -> Observation | Bug:
    assert await worker.begin(NAME, number, "scope", Work(unit=UNIT, step=step))
    return await reported(number)


async def reported(number: int) -> Observation | Bug:
    """What came of a step that was begun; events, and what comes of others, are passed over."""
    while True:
        for its_number, report in await worker.collect(NAME) or []:
            if its_number == number and isinstance(report, (Observation, Bug)):
                return report


async def reading(desk: Desk, number: int = 9) -> None:
    """A session that reads an answer, which is held back."""
    await desk.answerer.allow(0)
    chat = await performed(CreateChat("Чат"), 1)
    assert isinstance(chat, ChatFound)
    message = await performed(Post(chat.chat_id), 2)
    assert isinstance(message, MessageFound)
    read = Work(unit=UNIT, step=Read(chat.chat_id, message.message_id))
    await worker.begin(NAME, number, chat.chat_id, read)
    await desk.answerer.held.wait()


async def test_a_session_performs_steps_until_it_ends(desk: Desk) -> None:
    """Afterwards nobody can begin or collect there."""
    assert None is await opened(desk)
    await reading(desk)
    await desk.answerer.allow(None)
    assert isinstance(await reported(9), Answered)
    await worker.end_session(NAME)

    assert not await worker.begin(NAME, 3, "scope", Work(unit=UNIT, step=CreateChat("Ещё")))
    assert None is await worker.collect(NAME)


async def test_a_session_of_which_nobody_hears_ends_by_itself(desk: Desk) -> None:
    """The submitting process is gone; the answer that is being read is given up."""
    with owned_clock() as clock:
        assert None is await opened(desk)
        await reading(desk)
        session = worker._sessions[NAME]
        [(_, task)] = session._works.values()
        clock.advance(worker.LEASE_SECONDS / 2)
        await rounds()
        assert not session._expiry.done()
        clock.advance(worker.LEASE_SECONDS)
        await session._expiry

    assert (True, {}) == (task.cancelled(), worker._sessions)


async def test_a_chat_that_is_dropped_is_left_alone_and_others_go_on(desk: Desk) -> None:
    """What was done about it has ended when the call returns."""
    assert None is await opened(desk)
    await reading(desk)
    [(chat_id, task)] = worker._sessions[NAME]._works.values()
    await worker.drop("another chat")
    assert not task.done()
    await worker.drop(chat_id)

    assert task.cancelled()
    assert isinstance(await performed(CreateChat("Ещё"), 10), ChatFound)


async def test_opening_a_session_again_ends_what_it_did_before(desk: Desk) -> None:
    """As after a loss of contact, when the steps are taken up elsewhere."""
    assert None is await opened(desk)
    await reading(desk)
    [(_, task)] = worker._sessions[NAME]._works.values()

    assert None is await opened(desk)
    assert task.cancelled()


async def test_opening_a_session_again_ends_an_opening_that_is_under_way(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller waited for less time than the login takes: neither the login nor the lease of the earlier one ends the later."""
    get_me, entered, held = AsyncAIZoomDocClient.get_me, asyncio.Event(), asyncio.Event()

    async def slow_at_first(client: AsyncAIZoomDocClient) -> Me:
        if client is not desk.client and not entered.is_set():
            entered.set()
            await held.wait()
        return await get_me(client)

    monkeypatch.setattr(AsyncAIZoomDocClient, "get_me", slow_at_first)
    with owned_clock() as clock:
        earlier = asyncio.create_task(opened(desk))
        await entered.wait()
        clock.advance(0.9 * worker.LEASE_SECONDS)
        assert None is await opened(desk)
        later = worker._sessions[NAME]
        held.set()
        [result] = await asyncio.gather(earlier, return_exceptions=True)
        clock.advance(0.2 * worker.LEASE_SECONDS)
        await rounds()

    assert isinstance(result, ConnectionAbortedError)
    assert {NAME: later} == worker._sessions
    assert isinstance(await performed(CreateChat("Чат"), 1), ChatFound)


async def test_the_last_of_several_openings_is_the_session(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it comes while an earlier one still ends the one before."""
    ending, may_end = asyncio.Event(), asyncio.Event()
    assert None is await opened(desk)
    first = worker._sessions[NAME]
    close = first.client.close

    async def slow_close() -> None:
        ending.set()
        await may_end.wait()
        await close()

    monkeypatch.setattr(first.client, "close", slow_close)
    second = asyncio.create_task(opened(desk))
    await ending.wait()
    assert None is await opened(desk)
    last = worker._sessions[NAME]
    may_end.set()
    [result] = await asyncio.gather(second, return_exceptions=True)

    assert isinstance(result, ConnectionAbortedError)
    assert {NAME: last} == worker._sessions
    assert last not in {first, None}


async def test_an_opening_that_is_cancelled_leaves_no_session(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the worker ends."""
    get_me, entered = AsyncAIZoomDocClient.get_me, asyncio.Event()

    async def endless(client: AsyncAIZoomDocClient) -> Me:
        if client is desk.client:
            return await get_me(client)
        entered.set()
        return await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(AsyncAIZoomDocClient, "get_me", endless)
    opening = asyncio.create_task(opened(desk))
    await entered.wait()
    opening.cancel()
    await asyncio.wait({opening})

    assert (True, {}) == (opening.cancelled(), worker._sessions)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"user": "somebody else"}, "worker_of_another_user"),
        ({"options": {"static_token": "wrong-token"}}, None),
        ({"options": {"static_token": TOKEN, "timeout": -1.0}}, None),
        ({"server": "http://127.0.0.1:9"}, None),
    ],
)
async def test_a_session_that_cannot_work_says_why(desk: Desk, changes: dict[str, Any], code: str | None) -> None:
    """And is not there: another user's login would not see the chats."""
    found = await opened(desk, **changes)

    assert found is not None
    assert code in {None, found}
    assert {} == worker._sessions


async def test_an_error_in_the_program_reaches_the_submitting_process(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only the worker's log."""

    async def broken(*_: object) -> Observation:
        raise RuntimeError("a bug")

    monkeypatch.setattr(ClientExecutor, "perform", broken)
    assert None is await opened(desk)

    assert Bug("RuntimeError: a bug") == await performed(CreateChat("Чат"), 1)


async def test_a_token_that_was_sent_is_kept_in_memory_and_not_shown(desk: Desk) -> None:
    """Dask writes the arguments of a call that failed to the worker's log."""
    options = SessionOptions(session=NAME, options={"static_token": TOKEN}, server=desk.server.url, user="u")
    assert None is await opened(desk)

    assert TOKEN not in f"{options!r} {options}"
    assert isinstance(worker._sessions[NAME].client._parts.auth._store, MemoryTokenStore)
