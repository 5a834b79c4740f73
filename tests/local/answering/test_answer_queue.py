"""The queue for answers."""

from __future__ import annotations

import asyncio

import pytest

from aizoomdoc_client.events import QueuePosition
from aizoomdoc_client.local.answering.answer_queue import AnswerQueue, AnswerQueueFullError, AnswerQueueTimeoutError
from tests.local.support import Event, PausedAnswerer, Serve, User


async def ready(user: User) -> str:
    chat = await user.chat()
    await user.say(chat, "Вопрос")
    return chat


async def test_a_request_without_a_slot_gets_its_position_at_once(serve: Serve, paused: PausedAnswerer) -> None:
    """And is answered once a slot is free."""
    user = await serve(answerer=paused, slots=1)
    first = asyncio.create_task(user.events(await ready(user)))
    await paused.entered.wait()
    async with user.listen(await ready(user)) as events:
        position = await anext(events)
        paused.opened.set()
        names = [event.name async for event in events]

    assert ("queue_position", 1, 1, 1) == (
        position.name,
        position.data["position"],
        position.data["active_requests"],
        position.data["queue_size"],
    )
    assert ("processing_started", "completed") == (names[0], names[-1])
    assert "queue_position" not in {event.name for event in await first}


async def test_a_full_queue_is_an_error_event(serve: Serve, paused: PausedAnswerer) -> None:
    """Inside a stream of status 200, in the words of the wire."""
    user = await serve(answerer=paused, slots=1, queue_size=0)
    async with user.listen(await ready(user)):
        await paused.entered.wait()
        refused = await user.events(await ready(user))

    assert [Event("error", {"message": "Queue is full (0 requests). Please try again later."})] == refused


async def test_waiting_too_long_is_an_error_event(serve: Serve, paused: PausedAnswerer) -> None:
    """In the words of the wire."""
    user = await serve(answerer=paused, slots=1, queue_timeout=0.05)
    async with user.listen(await ready(user)):
        await paused.entered.wait()
        waited = await user.events(await ready(user))

    assert Event("error", {"message": "Request timed out in queue"}) == waited[-1]


class Reports:
    """Remembers positions; `count(n)` waits until there are that many."""

    def __init__(self) -> None:
        self.positions: list[int] = []
        self._changed = asyncio.Condition()

    async def __call__(self, position: QueuePosition) -> None:
        async with self._changed:
            self.positions.append(position.position)
            self._changed.notify_all()

    async def count(self, number: int) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.positions) >= number)


async def hold(queue: AnswerQueue, reports: Reports, entered: list[str], name: str, leave: asyncio.Event) -> None:
    async with queue.slot(reports):
        entered.append(name)
        await leave.wait()


async def places_of_the_next_two(queue: AnswerQueue) -> tuple[list[int], int]:
    """In a queue of one slot that nobody uses the first caller gets it at once, the second one the first place."""
    reports, leave = {name: Reports() for name in "ab"}, asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for name in "ab":
            group.create_task(hold(queue, reports[name], [], name, leave))
        await reports["b"].count(1)
        leave.set()
    return reports["a"].positions, reports["b"].positions[0]


async def test_the_position_is_repeated_and_the_order_kept() -> None:
    """Every interval once more; first come, first served."""
    queue, leave, entered = AnswerQueue(1, 10, 60, interval=0.001), asyncio.Event(), list[str]()
    reports = {name: Reports() for name in "abc"}
    async with asyncio.TaskGroup() as group:
        for name in "abc":
            group.create_task(hold(queue, reports[name], entered, name, leave))
        await reports["c"].count(3)
        leave.set()

    assert (["a", "b", "c"], [], {1}, 2) == (
        entered,
        reports["a"].positions,
        set(reports["b"].positions),
        reports["c"].positions[0],
    )
    assert ([], 1) == await places_of_the_next_two(queue)


async def test_a_cancelled_waiter_leaves_the_queue() -> None:
    """It neither takes a slot nor blocks those behind it."""
    queue, leave, entered = AnswerQueue(1, 2, 60), asyncio.Event(), list[str]()
    reports = {name: Reports() for name in "abc"}
    async with asyncio.TaskGroup() as group:
        group.create_task(hold(queue, reports["a"], entered, "a", leave))
        second = group.create_task(hold(queue, reports["b"], entered, "b", leave))
        await reports["b"].count(1)
        second.cancel()
        await asyncio.wait({second})
        group.create_task(hold(queue, reports["c"], entered, "c", leave))
        await reports["c"].count(1)
        leave.set()

    assert (["a", "c"], [1]) == (entered, reports["c"].positions)
    assert ([], 1) == await places_of_the_next_two(queue)


async def test_a_slot_given_to_a_waiter_that_is_cancelled_is_free_again() -> None:
    """The slot is not lost when both happen in the same iteration of the loop."""
    queue, leave = AnswerQueue(1, 2, 60), asyncio.Event()
    reports = Reports()
    first = asyncio.create_task(hold(queue, Reports(), [], "a", leave))
    await asyncio.sleep(0)
    second = asyncio.create_task(hold(queue, reports, [], "b", leave))
    await reports.count(1)
    leave.set()
    await first
    second.cancel()
    await asyncio.wait({second})

    assert ([], 1) == await places_of_the_next_two(queue)


async def test_limits_are_errors_of_their_own() -> None:
    """One for a full queue, one for a wait that was too long."""
    queue, leave = AnswerQueue(1, 1, 0.01), asyncio.Event()
    holder = asyncio.create_task(hold(queue, Reports(), [], "a", leave))
    await asyncio.sleep(0)
    waiter = asyncio.create_task(hold(queue, reports := Reports(), [], "b", leave))
    await reports.count(1)
    with pytest.raises(AnswerQueueFullError):
        await hold(queue, Reports(), [], "c", leave)
    with pytest.raises(AnswerQueueTimeoutError):
        await waiter
    leave.set()
    await holder
