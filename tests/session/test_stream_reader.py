"""Reading an answer whose frames come faster than they are read."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from aizoomdoc_client.config import StreamTimeouts
from aizoomdoc_client.events import LLMToken
from aizoomdoc_client.models import Message
from aizoomdoc_client.protocol.transcript import Frame
from aizoomdoc_client.session import stream_reader
from aizoomdoc_client.session.chat_queue import ChatSlot, ChatState
from aizoomdoc_client.session.stream_reader import StreamReader

BATCHES = 50


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


def reader_of(connection: ReadyConnection) -> StreamReader:
    state = ChatState("chat", made_here=True)
    slot = ChatSlot(state)
    slot.record.slot, state.last_posted = slot, "message"
    message = Message(id="message", chat_id="chat", role="user", content="?")
    opened: Any = connection
    caller: Any = None
    return StreamReader(message, slot, open_connection=lambda _: opened, caller=caller, timeouts=StreamTimeouts(), max_reruns=1)


async def turns_of_others(seconds: float, monkeypatch: pytest.MonkeyPatch) -> int:
    """How often another task ran while `BATCHES` batches of a millisecond each were read."""
    clock, turns = Clock(), 0
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: clock.now)
    monkeypatch.setattr(stream_reader, "TURN_SECONDS", seconds)
    reader = reader_of(ReadyConnection(clock))

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
