"""Reading an answer: frames that come faster than they are read, readers that come back, the total deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from aizoomdoc_client.config import StreamTimeouts
from aizoomdoc_client.events import LLMToken
from aizoomdoc_client.exceptions import StreamInterruptedError, StreamTimeoutError
from aizoomdoc_client.models import Chat, ChatHistory, Message
from aizoomdoc_client.protocol.transcript import Frame
from aizoomdoc_client.session import stream_reader
from aizoomdoc_client.session.chat_queue import ChatSlot, ChatState
from aizoomdoc_client.session.resumable_task import RETURN_SECONDS
from aizoomdoc_client.session.retrier import waiting_by
from aizoomdoc_client.session.stream_reader import StreamReader
from tests.faults.clock import LoopClock, owned_clock, rounds

BATCHES = 50
FRAME = b'{"event": "llm_token", "data": {"token": "1"}}'
QUESTION = Message(id="message", chat_id="chat", role="user", content="?")


class ReadyConnection:
    """A connection that always has frames: `receive` awaits nothing."""

    may_have_run = True

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._number = 0

    async def receive(self) -> Sequence[Frame]:
        self._clock.now += 0.001
        self._number += 1
        return [b'{"event": "llm_token", "data": {"token": "%d"}}' % self._number]

    async def close(self) -> None:
        pass

    def abort(self) -> None:
        pass


class Clock:
    now = 0.0


def reader_of(
    open_connection: Callable[[StreamTimeouts], Any], *, caller: Any = None, total: float | None = None, max_reruns: int = 1
) -> StreamReader:
    state = ChatState("chat", made_here=True)
    slot = ChatSlot(state)
    slot.chat.slot, state.last_posted = slot, "message"
    timeouts = StreamTimeouts(total=total)
    return StreamReader(QUESTION, slot, open_connection=open_connection, caller=caller, timeouts=timeouts, max_reruns=max_reruns)


async def turns_of_others(seconds: float, monkeypatch: pytest.MonkeyPatch) -> int:
    """How often another task ran while `BATCHES` batches of a millisecond each were read."""
    clock, turns = Clock(), 0
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: clock.now)
    monkeypatch.setattr(stream_reader, "TURN_SECONDS", seconds)
    connection = ReadyConnection(clock)
    reader = reader_of(lambda _: connection)

    async def run() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(run())
    read = [event for _ in range(BATCHES) for event in await reader.read()]
    other.cancel()
    reader.abort()

    assert [LLMToken(f"{number + 1}") for number in range(BATCHES)] == read
    return turns


async def test_other_tasks_run_while_frames_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that sends faster than its answer is read does not stop the program's other tasks: each 10 ms they get a turn."""
    assert BATCHES / 10 - 1 <= await turns_of_others(stream_reader.TURN_SECONDS, monkeypatch) <= BATCHES / 10 + 1


async def test_turns_are_given_by_time_not_by_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """An iteration of the event loop for each batch would cost more than the batch."""
    assert await turns_of_others(10.0, monkeypatch) <= 1


class SilentConnection(ReadyConnection):
    """A connection that has a frame once `released` is set."""

    def __init__(self) -> None:
        super().__init__(Clock())
        self.released = asyncio.Event()

    async def receive(self) -> Sequence[Frame]:
        await self.released.wait()
        return [FRAME]


async def test_a_reader_that_came_back_is_not_given_up() -> None:
    """The time in which a cancelled reader may come back ends when it does: it may wait for longer then."""
    connection = SilentConnection()
    reader = reader_of(lambda _: connection)
    with owned_clock() as clock:
        for _ in range(3):
            await cancelled(reader)
            clock.advance(RETURN_SECONDS / 2)
        reading = asyncio.create_task(reader.read())
        await rounds()
        clock.advance(RETURN_SECONDS * 2)
        await rounds()
        connection.released.set()

        assert [LLMToken("1")] == await reading
    reader.abort()


async def test_a_reader_that_does_not_come_back_is_given_up() -> None:
    """The answer is broken off when nobody has read for so long, and a later read says so."""
    reader = reader_of(lambda _: SilentConnection())
    with owned_clock() as clock:
        await cancelled(reader)
        clock.advance(RETURN_SECONDS * 1.1)
        await rounds()
        with pytest.raises(StreamInterruptedError, match="nobody came back"):
            await reader.read()


async def cancelled(reader: StreamReader) -> None:
    """Reads, and is cancelled while it waits."""
    reading = asyncio.create_task(reader.read())
    await rounds()
    reading.cancel()
    await asyncio.wait({reading})


class DroppedConnection(ReadyConnection):
    """A connection that breaks off `seconds` after it was requested."""

    def __init__(self, clock: LoopClock, seconds: float) -> None:
        super().__init__(Clock())
        self._loop_clock = clock
        self._seconds = seconds

    async def receive(self) -> Sequence[Frame]:
        self._loop_clock.advance(self._seconds)
        raise StreamInterruptedError("The connection was reset")


class Unanswered:
    """A caller whose history shows the question alone."""

    async def call(self, _request: object) -> ChatHistory:
        return ChatHistory(chat=Chat(id="chat"), messages=(QUESTION,))


async def read_to_its_end(reader: StreamReader) -> None:
    while await reader.read():
        pass


async def test_every_opening_gets_what_is_left_of_the_total() -> None:
    """The deadline of the whole answer is set with the first opening, and counts drops, waits and looks."""
    opened = list[float | None]()
    with owned_clock() as clock:

        async def wait(seconds: float) -> None:
            clock.advance(seconds)
            await rounds()

        def open_connection(timeouts: StreamTimeouts) -> DroppedConnection:
            opened.append(timeouts.total)
            return DroppedConnection(clock, 5.0)

        reader = reader_of(open_connection, caller=Unanswered(), total=65.0, max_reruns=3)
        with waiting_by(wait), pytest.raises(StreamTimeoutError) as caught:
            await read_to_its_end(reader)

    assert [65.0, 36.5, 8.0] == [pytest.approx(total, abs=0.5) for total in opened]
    assert "total" == caught.value.deadline
