"""Where connections are read into: one piece of memory for all of a thread's, each of which empties it at once.

Event loops make room for each read anew. Where answers are long, so that their frames are large, the C library then often gives
that memory back to the system after each read and fetches it again for the next, which takes longer than everything else.
"""

from __future__ import annotations

import threading

SIZE = 256 * 1024
"""Bytes: as many as asyncio reads at once."""


class _OfThread(threading.local):
    def __init__(self) -> None:
        # A view, since slices of it are written to.
        self.view = memoryview(bytearray(SIZE))


_of_thread = _OfThread()


def read_buffer() -> memoryview:
    """The running thread's; what an event loop puts there is to be taken before its next step."""
    return _of_thread.view
