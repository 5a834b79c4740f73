"""Thousands of concurrent answers, two of them with a consumer that stops reading."""

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

from .concurrent_calls import MIB, make_client
from .processes import ControlledProcess, server
from .report import Report
from .scale import Scale
from .timed_answer import TimedAnswer

OPENING_AT_ONCE = 64
"""Maximum number of streams that are being opened at once."""
SPARE_FILES = 1000
"""Open files needed besides those of the streams."""
LONG_ANSWER = TimedAnswer(pieces=128, size=64 * 1024)
"""Larger than all buffers on the way."""
MAX_WAITING = 2 * MIB
"""Limit of waiting bytes of one answer: the buffer of 1 MiB, bytes in flight when it was full, and the library's buffer."""


@attrs.define
class ReadStatistics:
    """Results of reading many answers at once."""

    delays: array[float] = attrs.field(factory=lambda: array("d"))
    """Seconds from sending an event in the server to its delivery to the consumer."""
    correct: int = 0
    failures: Counter[str] = attrs.field(factory=Counter[str])
    seconds: float = 0.0
    memory: float = 0.0

    @property
    def percentiles(self) -> tuple[float, float]:
        """Median and 99th percentile of the delays in milliseconds."""
        found = quantiles(self.delays, n=100)
        return found[49] * 1000, found[98] * 1000


@attrs.frozen
class StoppedConsumer:
    """A consumer that has read one event and then stopped."""

    expected: TimedAnswer
    answer: AsyncAnswerStream

    @classmethod
    async def begin(cls, client: AsyncAIZoomDocClient, expected: TimedAnswer) -> StoppedConsumer:
        """Reads the first event."""
        answer = await client.send_message(await client.create_chat(), expected.question)
        await anext(answer)
        return cls(expected, answer)

    @property
    def held(self) -> int:
        """The bytes that wait in this process."""
        reader: Any = self.answer._reader
        stream = reader._connection._stream
        if hasattr(stream, "_connection"):
            return int(stream._connection.frames._bytes)
        return int(stream._response.content._size)

    async def read_to_end(self) -> bool:
        """Reads the rest; whether the text is complete."""
        return (await self.answer.result()).text == self.expected.text


async def streams(scale: Scale, report: Report) -> None:
    """A stopped consumer delays no other, has a bounded buffer, keeps its connection, and loses no text."""
    count = min(scale.streams, allow_open_files() - SPARE_FILES)
    if count < scale.streams:
        report.figure(f"streams instead of {scale.streams:,}, because the system allows no more open files", count, "")
    transports: Sequence[TransportName] = ("websocket", "sse")
    for transport in transports:
        async with server("contract") as served, make_client(served.first_line, transport=transport) as client:
            await served.send("heartbeat", seconds=scale.heartbeat)
            alone = await _read_all(scale, client, count)
            short, long = await StoppedConsumer.begin(client, scale.answer), await StoppedConsumer.begin(client, LONG_ANSWER)
            beside = await _read_all(scale, client, count)
            await _read_stopped(report, f"{transport}, after {beside.seconds:.0f} s", served, short, long)
        for what, statistics in (("alone", alone), ("beside two stopped consumers", beside)):
            name = f"{transport}: {count:,} answers {what}"
            half, most = statistics.percentiles
            report.claim(f"{name} are complete and correct", (count, {}), (statistics.correct, dict(statistics.failures)))
            report.figure(f"{name}, until the last one ended", statistics.seconds, "s")
            report.figure(f"{name}, delay of an event, half of them at most", half, "ms")
            report.figure(f"{name}, delay of an event, 99 of 100 at most", most, "ms")
            report.figure(f"{name}, peak memory of a stream", statistics.memory / count / 1024, "KiB")


async def _read_stopped(
    report: Report, name: str, served: ControlledProcess, short: StoppedConsumer, long: StoppedConsumer
) -> None:
    report.claim(f"{name}: at most 2 MiB of an unread answer of 8 MiB wait here", True, long.held <= MAX_WAITING)
    report.figure(f"{name}: waiting here of an unread answer of 8 MiB", long.held / MIB, "MiB")
    report.claim(f"{name}: a short answer is complete after the rest is read", True, await short.read_to_end())
    report.claim(f"{name}: the short unread answer kept its connection: one run", 1, await _runs(served, short))
    report.claim(f"{name}: a long answer is complete after the rest is read", True, await long.read_to_end())
    report.figure(f"{name}: runs of the model for the long answer", await _runs(served, long), "")


async def _runs(served: ControlledProcess, consumer: StoppedConsumer) -> int:
    """Number of model runs for the question."""
    question = await consumer.answer
    runs: int = await served.send("runs", chat_id=str(question.message.chat_id))
    return runs


async def _read_all(scale: Scale, client: AsyncAIZoomDocClient, count: int) -> ReadStatistics:
    """Reads `count` answers at once, each as soon as it is opened."""
    statistics, expected, limit = ReadStatistics(), scale.answer, asyncio.Semaphore(OPENING_AT_ONCE)

    async def one() -> None:
        async with limit:
            answer = await client.send_message(await client.create_chat(), expected.question)
            _note_delay(statistics, await anext(answer))
        async with answer:
            async for event in answer:
                _note_delay(statistics, event)
            statistics.correct += answer.text == expected.text

    await client.get_me()
    gc.collect()
    forget_peak_memory()
    before, began = peak_memory(), time.perf_counter()
    ends = await asyncio.gather(*(one() for _ in range(count)), return_exceptions=True)
    statistics.failures = Counter(type(end).__name__ for end in ends if end is not None)
    statistics.seconds, statistics.memory = time.perf_counter() - began, peak_memory() - before
    return statistics


def _note_delay(statistics: ReadStatistics, event: object) -> None:
    if isinstance(event, LLMToken) and event.model is not None:
        statistics.delays.append(time.time() - float(event.model))
