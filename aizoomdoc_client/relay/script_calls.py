"""Calls of one script in Redis for many answers, sent together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from redis import asyncio as redis
from redis.exceptions import NoScriptError

__all__ = ["ScriptCalls"]

TOGETHER = 200
"""The most calls in one packet, so that Redis can serve others in between."""
_Call = tuple[Sequence[str], Sequence[str | int], "asyncio.Future[Any]"]


class ScriptCalls:
    """Calls a script; calls that are made while others are on their way are sent together.

    A call by itself takes a connection, a packet and a task's turn: of a thousand answers at once they would be most of the work.
    """

    def __init__(self, client: Any, script: str) -> None:
        self._client = client
        self._script: Any = client.register_script(script)
        self._can_send_together = isinstance(client, redis.Redis)  # a cluster's client cannot with scripts
        self._waiting = list[_Call]()
        self._sender: asyncio.Task[None] | None = None

    async def call(self, keys: Sequence[str], args: Sequence[str | int]) -> Any:
        """What the script returns; raises what redis-py raises."""
        if not self._can_send_together:
            return await self._script(keys=keys, args=args)
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((keys, args, done))
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send_all(), name="calls of a script in Redis")
        return await done

    async def _send_all(self) -> None:
        while self._waiting:
            calls, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
            calls = [call for call in calls if not call[2].done()]  # whose caller still waits
            try:
                results = await self._sent(calls)
            except Exception as error:  # noqa: BLE001 - it is each caller's
                results = [error] * len(calls)
            except asyncio.CancelledError:
                for _, _, done in calls + self._waiting:
                    done.cancel()
                raise
            for (_, _, done), result in zip(calls, results, strict=True):
                if done.done():
                    continue
                if isinstance(result, Exception):
                    done.set_exception(result)
                else:
                    done.set_result(result)

    async def _sent(self, calls: Sequence[_Call]) -> Sequence[Any]:
        """A result, or an error, of each call."""
        results = await self._executed(calls)
        unknown = [number for number, result in enumerate(results) if isinstance(result, NoScriptError)]
        if unknown:  # the first time, or Redis was started again
            await self._client.script_load(self._script.script)
            again = await self._executed([calls[number] for number in unknown])
            for number, result in zip(unknown, again, strict=True):
                results[number] = result
        return results

    async def _executed(self, calls: Sequence[_Call]) -> list[Any]:
        pipeline: Any = self._client.pipeline(transaction=False)
        for keys, args, _ in calls:
            pipeline.evalsha(self._script.sha, len(keys), *keys, *args)
        results: list[Any] = await pipeline.execute(raise_on_error=False)
        return results
