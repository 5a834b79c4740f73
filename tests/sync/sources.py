"""Sources for a pump."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator


class Numbers:
    """Numbers up to `end`, then `error` or the end; before each of them the loop runs `rests()` iterations."""

    def __init__(self, end: int, *, error: BaseException | None = None, rests: Callable[[], int] = lambda: 0) -> None:
        self.given = 0
        self.cancelled = 0
        self.closed = 0
        self._end = end
        self._error = error
        self._rests = rests

    def __aiter__(self) -> AsyncIterator[int]:
        return self

    async def __anext__(self) -> int:
        for _ in range(self._rests()):
            await asyncio.sleep(0)
        if self.given == self._end:
            error, self._error = self._error, None
            if error is not None:
                try:
                    raise error
                finally:
                    del error
            raise StopAsyncIteration
        self.given += 1
        return self.given

    def cancel(self) -> None:
        self.cancelled += 1

    async def close(self) -> None:
        self.closed += 1


class Silence(Numbers):
    """Numbers up to `end`; then it waits for ever."""

    async def __anext__(self) -> int:
        if self.given == self._end:
            await asyncio.Event().wait()
        return await super().__anext__()


class Fed(Numbers):
    """The numbers that `feed` is called with."""

    def __init__(self) -> None:
        super().__init__(0)
        self._items = asyncio.Queue[int]()

    async def __anext__(self) -> int:
        return await self._items.get()

    async def feed(self, item: int) -> None:
        self._items.put_nowait(item)


def taken(take: Callable[[], int], count: int | None = None) -> list[int]:
    """The items that `take` returns: all until its end, or at most `count`."""
    return list(_items(take, range(count) if count is not None else iter(int, 1)))


def _items(take: Callable[[], int], times: Iterable[int]) -> Iterator[int]:
    for _ in times:
        try:
            yield take()
        except StopIteration:
            return
