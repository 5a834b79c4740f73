"""The queue before the answers: so many at once, so many waiting, first come first served."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from ..events import QueuePosition

Report = Callable[[QueuePosition], Awaitable[None]]

_FIRST_GUESS_SECONDS = 5.0
_MEMORY = 0.8  # how much an older duration counts against the newest


class QueueIsFull(Exception):  # noqa: N818 (an answer to the client, not an error of this program)
    """Nobody else may wait; `.args[0]` is how many do."""


class QueueTimeout(Exception):  # noqa: N818 (as above)
    """Somebody waited too long."""


class AnswerQueue:
    """Hands out `slots`; whoever finds none waits in line, at most `size` of them for at most `timeout` seconds."""

    def __init__(self, slots: int, size: int, timeout: float, *, interval: float = 2.0) -> None:
        self._slots = slots
        self._size = size
        self._timeout = timeout
        self._interval = interval
        self._active = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._usual_seconds = _FIRST_GUESS_SECONDS

    @property
    def active(self) -> int:
        """How many slots are taken."""
        return self._active

    @property
    def waiting(self) -> int:
        """How many wait in line."""
        return len(self._waiting)

    @asynccontextmanager
    async def slot(self, report: Report) -> AsyncGenerator[None, None]:
        """Holds a slot; while waiting for it, `report` is told the position at once and every `interval` seconds.

        Raises `QueueIsFull` or `QueueTimeout`.
        """
        if self._active < self._slots:
            self._active += 1
        else:
            await self._wait(report)
        clock = asyncio.get_running_loop().time
        started = clock()
        try:
            yield
            self._usual_seconds = _MEMORY * self._usual_seconds + (1 - _MEMORY) * (clock() - started)
        finally:
            self._release()

    async def _wait(self, report: Report) -> None:
        if len(self._waiting) >= self._size:
            raise QueueIsFull(len(self._waiting))
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(self._timeout):
                while not turn.done():
                    await report(self._position(turn))
                    await asyncio.wait({turn}, timeout=self._interval)
        except BaseException as error:
            self._leave(turn)
            if isinstance(error, TimeoutError):
                raise QueueTimeout from None
            raise

    def _leave(self, turn: asyncio.Future[None]) -> None:
        """A turn that came just as its owner left goes to the next in line."""
        if turn.done():
            self._release()
        else:
            turn.cancel()
            self._waiting.remove(turn)

    def _release(self) -> None:
        if self._waiting:
            self._waiting.popleft().set_result(None)
        else:
            self._active -= 1

    def _position(self, turn: asyncio.Future[None]) -> QueuePosition:
        position = self._waiting.index(turn) + 1
        return QueuePosition(
            position=position,
            estimated_wait_seconds=round(self._usual_seconds * position / self._slots, 1),
            active_requests=self._active,
            queue_size=len(self._waiting),
        )
