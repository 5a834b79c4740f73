"""The frame queue is bounded, loses no frame, and neither blocks its reader nor stays paused without reason."""

from __future__ import annotations

import asyncio
import contextlib

import attrs

from aizoomdoc_client.transport.frame_queue import BATCH, FRAME_OVERHEAD, FrameQueue

LIMIT = 10 * FRAME_OVERHEAD


@attrs.define
class Socket:
    """Records the calls that pause and resume reading."""

    calls: list[str] = attrs.field(factory=list[str])

    def queue(self) -> FrameQueue:
        return FrameQueue(LIMIT, pause=lambda: self.calls.append("pause"), resume=lambda: self.calls.append("resume"))


def put(queue: FrameQueue, *frames: bytes) -> None:
    """Adds the frames of one read of the socket."""
    queue.waiting.extend(frames)
    queue.on_read()


async def full() -> tuple[Socket, FrameQueue]:
    """A queue that has just exceeded its limit, after its first frame was taken."""
    socket = Socket()
    queue = socket.queue()
    put(queue, b"first")
    await queue.get()
    for _ in range(11):
        put(queue, b"")
    return socket, queue


async def test_the_first_frame_is_returned_alone() -> None:
    """The first frame is returned without those of the same read, which come next."""
    queue = Socket().queue()
    put(queue, b"1", b"2", b"3")

    assert [[b"1"], [b"2", b"3"]] == [await queue.get(), await queue.get()]


async def test_a_full_queue_pauses_reading_until_it_is_taken() -> None:
    """Reading is paused once and resumed once, and all frames are returned."""
    socket, queue = await full()
    put(queue, b"more")
    paused = [*socket.calls]
    taken = await queue.get()

    assert (["pause"], ["pause", "resume"]) == (paused, socket.calls)
    assert [b""] * 11 + [b"more"] == taken


async def test_reading_is_resumed_when_little_is_left() -> None:
    """Frames beyond a batch stay in the queue, and reading is resumed when less than a quarter of the limit is left."""
    socket = Socket()
    queue = socket.queue()
    for _ in range(1 + 2 * BATCH):
        put(queue, b"")
    sizes, calls_after = list[int](), list[list[str]]()
    for _ in range(3):
        sizes.append(len(await queue.get()))
        calls_after.append([*socket.calls])

    assert ([1, BATCH, BATCH], [["pause"], ["pause"], ["pause", "resume"]]) == (sizes, calls_after)


async def test_the_end_while_paused_loses_no_frame_and_does_not_resume() -> None:
    """Frames received before the connection was lost are returned, and a lost connection is not resumed."""
    socket, queue = await full()
    queue.end()

    assert (11, []) == (len(await queue.get()), await queue.get())
    assert ["pause"] == socket.calls


async def test_a_cancelled_reader_loses_no_frame() -> None:
    """The next read returns frames that came meanwhile, also those that came just before the cancellation."""
    queue = Socket().queue()
    for number, comes_first in enumerate((True, False)):
        reader = asyncio.create_task(queue.get())
        await asyncio.sleep(0)
        if comes_first:
            put(queue, b"%d" % number)
        reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reader
        if not comes_first:
            put(queue, b"%d" % number)
        assert [b"%d" % number] == await queue.get()


async def test_the_end_wakes_a_waiting_reader() -> None:
    """A waiting `get` returns no frames when the connection is lost."""
    queue = Socket().queue()
    reader = asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    queue.end()

    assert [] == await reader


async def test_frames_before_a_protocol_violation_are_returned() -> None:
    """After a read with an invalid frame `on_read` is not called: the connection ends, and the frames before it are returned."""
    queue = Socket().queue()
    put(queue, b"1")
    queue.waiting += [b"2", b"3"]
    queue.end()

    assert [[b"1"], [b"2", b"3"], []] == [await queue.get(), await queue.get(), await queue.get()]
