"""What Redis tells a worker: batches of answers that it follows, and answers that are to be stopped."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable
from typing import Any

from redis.exceptions import RedisError

__all__ = ["AWAY", "RedisSubscription"]

AWAY = (RedisError, OSError, AttributeError)
"""What the library raises when Redis cannot be reached; the last one where a connection is closed in the middle of a call."""
_log = logging.getLogger(__package__)
RETRY_SECONDS = 0.5
"""Seconds between attempts to subscribe again."""
QUIET_SECONDS = 60.0
"""Seconds for which a message is waited for at a time. Any limit serves: without one, redis-py before 8.1 takes the time-out of
other calls for it, and makes a new connection after a few quiet seconds, which misses what is published meanwhile."""
CONFIRMED_SECONDS = 1.0
"""Seconds that a subscription is waited for at most."""


class RedisSubscription:
    """One connection on which messages of channels come, for as long as `run` runs; it is made again when it is lost.

    Only `run` uses the connection, because two tasks that both find it lost would connect it again at once, each in the way of
    the other. So a task that wants another channel wakes `run` by a message on the worker's own channel. `stop` is called with
    the id of each stream that is to be stopped.
    """

    def __init__(self, client: Any, prefix: str, stop: Callable[[str], None]) -> None:
        self._redis = client
        self._stop_channel = f"{prefix}:stop"
        self._own_channel = f"{prefix}:worker:{secrets.token_urlsafe(16)}"
        self._stop = stop
        self._hearers = dict[str, Callable[[bytes], None]]()
        self._changed = set[str]()  # channels to subscribe or to leave
        self._waiting = dict[str, asyncio.Future[None]]()
        self.is_connected: bool = False

    async def subscribed(self) -> None:
        """Waits until messages come for the first time, but not long."""
        await self._confirmed(self._own_channel)

    async def add(self, channel: str, hear: Callable[[bytes], None]) -> None:
        """Calls `hear` with the data of each message of `channel` from now on; raises the library's errors."""
        self._hearers[channel] = hear
        self._changed.add(channel)
        if self.is_connected:  # else `run` subscribes to it when it connects
            waiting = self._waiting.setdefault(channel, asyncio.get_running_loop().create_future())
            await self._redis.publish(self._own_channel, "")
            await self._within(waiting)

    async def remove(self, channel: str) -> None:
        """Ends what `add` began."""
        self._hearers.pop(channel, None)
        self._changed.add(channel)
        if self.is_connected:
            await self._redis.publish(self._own_channel, "")

    async def run(self) -> None:
        """Listens until it is cancelled."""
        while True:
            with contextlib.suppress(*AWAY):
                async with self._redis.pubsub() as connection:
                    self._changed.clear()
                    await connection.subscribe(self._stop_channel, self._own_channel, *self._hearers)
                    self.is_connected = True
                    while True:
                        message = await connection.get_message(timeout=QUIET_SECONDS)
                        if message is not None:
                            await self._take(connection, message["type"], message["channel"].decode(), message["data"])
            self.is_connected = False
            await asyncio.sleep(RETRY_SECONDS)

    async def _take(self, connection: Any, kind: str, channel: str, data: bytes) -> None:
        if kind == "subscribe" and (waiting := self._waiting.pop(channel, None)) is not None and not waiting.done():
            waiting.set_result(None)
        if channel == self._own_channel:
            await self._change(connection)
        elif kind == "message":
            try:
                self._hear(channel, data)
            except Exception:  # noqa: BLE001 - anybody may publish anything, and the others' messages go on
                _log.exception("A message of Redis cannot be read")

    def _hear(self, channel: str, data: bytes) -> None:
        if channel == self._stop_channel:
            self._stop(data.decode())
        elif (hear := self._hearers.get(channel)) is not None:
            hear(data)

    async def _change(self, connection: Any) -> None:
        """Subscribes to the channels that were added, and leaves those that were removed, since the last time."""
        changed, self._changed = self._changed, set[str]()
        wanted = changed & self._hearers.keys()
        if wanted:
            await connection.subscribe(*wanted)
        if changed - wanted:
            await connection.unsubscribe(*(changed - wanted))

    async def _confirmed(self, channel: str) -> None:
        await self._within(self._waiting.setdefault(channel, asyncio.get_running_loop().create_future()))

    async def _within(self, waiting: asyncio.Future[None]) -> None:
        await asyncio.wait([waiting], timeout=CONFIRMED_SECONDS)
