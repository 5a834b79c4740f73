"""Thousands of answers read at once, and among them two that nobody reads on."""

from __future__ import annotations

import asyncio
import gc
import time
from array import array
from collections import Counter
from collections.abc import Sequence
from statistics import quantiles
from typing import Any

import attrs

from aizoomdoc_client import AsyncAIZoomDocClient, LLMToken
from aizoomdoc_client.answer_stream import AsyncAnswerStream
from aizoomdoc_client.config import TransportName
from benchmarks.limits import allow_open_files, forget_peak_memory, peak_memory

from .crowd import MIB, client_of
from .processes import Told, server
from .report import Report
from .scale import Scale
from .speech import Speech

OPENING = 64
"""Answers that are asked for at a time."""
SPARE = 1000
"""Open files that a process needs besides its streams."""
LONG = Speech(pieces=128, size=64 * 1024)
"""More than any buffer on the way holds."""
BOUND = 2 * MIB
"""What may wait of one answer in this process: the buffer of 1 MiB, what was in the air when it was full, and a library's own."""


@attrs.define
class Listening:
    """What came of reading many answers at once."""

    delays: array[float] = attrs.field(factory=lambda: array("d"))
    """Seconds from the moment that the server spoke until the event was in a reader's hands."""
    right: int = 0
    failures: Counter[str] = attrs.field(factory=Counter[str])
    seconds: float = 0.0
    memory: float = 0.0

    @property
    def percentiles(self) -> tuple[float, float]:
        """Half of the delays, and 99 of 100, were not longer; in milliseconds."""
        found = quantiles(self.delays, n=100)
        return found[49] * 1000, found[98] * 1000


@attrs.frozen
class Stuck:
    """A consumer that has taken one event and takes no more, for now."""

    speech: Speech
    answer: AsyncAnswerStream

    @classmethod
    async def begin(cls, client: AsyncAIZoomDocClient, speech: Speech) -> Stuck:
        """Reads the first event."""
        answer = await client.send_message(await client.create_chat(), speech.question)
        await anext(answer)
        return cls(speech, answer)

    @property
    def held(self) -> int:
        """The bytes that wait in this process."""
        reader: Any = self.answer._reader
        stream = reader._connection._stream
        if hasattr(stream, "_connection"):
            return int(stream._connection.frames._bytes)
        return int(stream._response.content._size)

    async def read_on(self) -> bool:
        """Whether all of the text is there in the end."""
        return (await self.answer.result()).text == self.speech.text


async def streams(scale: Scale, report: Report) -> None:
    """A consumer that is stuck holds up nobody else, has a bounded buffer, keeps its connection, and loses no text."""
    count = min(scale.streams, allow_open_files() - SPARE)
    if count < scale.streams:
        report.figure(f"streams instead of {scale.streams:,}, because the system allows no more open files", count, "")
    transports: Sequence[TransportName] = ("websocket", "sse")
    for transport in transports:
        async with server("contract") as served, client_of(served.first_line, transport=transport) as client:
            await served.tell("beat", seconds=scale.heartbeat)
            calm = await _listen(scale, client, count)
            short, long = await Stuck.begin(client, scale.speech), await Stuck.begin(client, LONG)
            held_up = await _listen(scale, client, count)
            await _read_on(report, f"{transport}, after {held_up.seconds:.0f} s", served, short, long)
        for what, heard in (("alone", calm), ("beside two stuck ones", held_up)):
            name = f"{transport}: {count:,} answers {what}"
            half, most = heard.percentiles
            report.claim(f"{name} are complete and right", (count, {}), (heard.right, dict(heard.failures)))
            report.figure(f"{name}, until the last one ended", heard.seconds, "s")
            report.figure(f"{name}, delay of an event, half of them at most", half, "ms")
            report.figure(f"{name}, delay of an event, 99 of 100 at most", most, "ms")
            report.figure(f"{name}, peak memory of a stream", heard.memory / count / 1024, "KiB")


async def _read_on(report: Report, name: str, served: Told, short: Stuck, long: Stuck) -> None:
    report.claim(f"{name}: of an answer of 8 MiB that nobody reads, no more than 2 MiB wait here", True, long.held <= BOUND)
    report.figure(f"{name}: of an answer of 8 MiB that nobody reads, waiting here", long.held / MIB, "MiB")
    report.claim(f"{name}: a short answer that is read on is complete", True, await short.read_on())
    report.claim(f"{name}: the short stuck answer never lost its connection: one run", 1, await _runs(served, short))
    report.claim(f"{name}: a long answer that is read on is complete", True, await long.read_on())
    report.figure(f"{name}: runs of the model for the long answer", await _runs(served, long), "")


async def _runs(served: Told, stuck: Stuck) -> int:
    """How often the server began to answer."""
    question = await stuck.answer
    runs: int = await served.tell("runs", chat_id=str(question.message.chat_id))
    return runs


async def _listen(scale: Scale, client: AsyncAIZoomDocClient, count: int) -> Listening:
    """Reads so many answers at once, each as soon as it is opened."""
    heard, speech, door = Listening(), scale.speech, asyncio.Semaphore(OPENING)

    async def one() -> None:
        async with door:
            answer = await client.send_message(await client.create_chat(), speech.question)
            _hear(heard, await anext(answer))
        async with answer:
            async for event in answer:
                _hear(heard, event)
            heard.right += answer.text == speech.text

    await client.get_me()
    gc.collect()
    forget_peak_memory()
    before, began = peak_memory(), time.perf_counter()
    ends = await asyncio.gather(*(one() for _ in range(count)), return_exceptions=True)
    heard.failures = Counter(type(end).__name__ for end in ends if end is not None)
    heard.seconds, heard.memory = time.perf_counter() - began, peak_memory() - before
    return heard


def _hear(heard: Listening, event: object) -> None:
    if isinstance(event, LLMToken) and event.model is not None:
        heard.delays.append(time.time() - float(event.model))
