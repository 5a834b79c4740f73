"""The queue between a socket and its reader: bounded, whole, and never asleep or paused while there is something to do."""

from __future__ import annotations

import asyncio
import contextlib

import attrs

from aizoomdoc_client.transport.frame_queue import BATCH, FRAME_COST, FrameQueue

LIMIT = 10 * FRAME_COST


@attrs.define
class Socket:
    """What a queue pauses; notes each word that it is told."""

    told: list[str] = attrs.field(factory=list[str])

    def queue(self) -> FrameQueue:
        return FrameQueue(LIMIT, pause=lambda: self.told.append("pause"), resume=lambda: self.told.append("resume"))


def put(queue: FrameQueue, *frames: bytes) -> None:
    """What one read of the socket brings."""
    queue.waiting.extend(frames)
    queue.arrived()


async def full() -> tuple[Socket, FrameQueue]:
    """A queue that has just become too full, and whose first frame was taken before."""
    socket = Socket()
    queue = socket.queue()
    put(queue, b"first")
    await queue.get()
    for _ in range(11):
        put(queue, b"")
    return socket, queue


async def test_the_first_frame_waits_for_no_other() -> None:
    """It is handed out by itself; all that came with it comes next."""
    queue = Socket().queue()
    put(queue, b"1", b"2", b"3")

    assert [[b"1"], [b"2", b"3"]] == [await queue.get(), await queue.get()]


async def test_a_full_queue_pauses_the_socket_once_and_reads_on_when_it_is_taken() -> None:
    """Neither word is said twice, and what came is handed out whole."""
    socket, queue = await full()
    put(queue, b"more")
    paused = [*socket.told]
    taken = await queue.get()

    assert (["pause"], ["pause", "resume"]) == (paused, socket.told)
    assert [b""] * 11 + [b"more"] == taken


async def test_a_queue_that_is_taken_in_parts_reads_on_in_the_end() -> None:
    """Frames beyond a batch stay, and the socket is read on once little is left."""
    socket = Socket()
    queue = socket.queue()
    for _ in range(1 + 2 * BATCH):
        put(queue, b"")
    sizes, words = list[int](), list[list[str]]()
    for _ in range(3):
        sizes.append(len(await queue.get()))
        words.append([*socket.told])

    assert ([1, BATCH, BATCH], [["pause"], ["pause"], ["pause", "resume"]]) == (sizes, words)


async def test_the_end_while_paused_loses_nothing_and_reads_no_dead_socket() -> None:
    """What came before the connection was lost is handed out, and nobody resumes what is gone."""
    socket, queue = await full()
    queue.end()

    assert (11, []) == (len(await queue.get()), await queue.get())
    assert ["pause"] == socket.told


async def test_discarding_reads_a_paused_socket_on() -> None:
    """The closing handshake stands behind what nobody will read; that comes to nothing, and the end to its reader."""
    socket, queue = await full()
    queue.discard()
    put(queue, b"late")
    queue.end()

    assert (["pause", "resume"], []) == (socket.told, await queue.get())


async def test_a_reader_that_was_cancelled_misses_nothing() -> None:
    """Whoever comes back finds what came meanwhile, also what came in the moment of the cancellation."""
    queue = Socket().queue()
    for number, is_waked_first in enumerate((True, False)):
        reader = asyncio.create_task(queue.get())
        await asyncio.sleep(0)
        if is_waked_first:
            put(queue, b"%d" % number)
        reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reader
        if not is_waked_first:
            put(queue, b"%d" % number)
        assert [b"%d" % number] == await queue.get()


async def test_the_end_wakes_whoever_waits() -> None:
    """A reader of a connection that is lost is told."""
    queue = Socket().queue()
    reader = asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    queue.end()

    assert [] == await reader


async def test_what_came_before_a_violation_is_handed_out() -> None:
    """A read that ends in something that is no frame never says that all has arrived: the connection ends."""
    queue = Socket().queue()
    put(queue, b"1")
    queue.waiting += [b"2", b"3"]
    queue.end()

    assert [[b"1"], [b"2", b"3"], []] == [await queue.get(), await queue.get(), await queue.get()]
