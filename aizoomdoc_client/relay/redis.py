"""Answers shared by the workers of a backend through Redis."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import attrs

from ..catalog import text
from ..exceptions import ConfigurationError
from ..setting_values import count, seconds
from .backplane import Batch, LeaseState, StreamState
from .event_json import decoded, encoded
from .exceptions import BackplaneAwayError
from .relayed_event import LAST
from .stream_facts import StreamFacts

try:
    from redis import asyncio as redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
except ModuleNotFoundError as _error:
    raise ConfigurationError(text("extra_missing", part=text("relays_over_redis"), packages=["redis"], extra="redis")) from _error

from .redis_subscription import AWAY, RedisSubscription
from .script_calls import ScriptCalls

__all__ = ["RedisBackplane"]

_log = logging.getLogger(__package__)
_Result = TypeVar("_Result")
_FENCES = 1 << 20
"""How far at most the fencing token is raised by who takes up an answer that Redis has lost, by a random number."""
CONNECTIONS = 64
"""The most connections of a worker."""
CALL_SECONDS, CONNECT_SECONDS, POOL_SECONDS = 2.0, 1.0, 5.0
"""How long a worker waits for Redis to answer a call, to take a connection, and for one of its connections to be free."""

# KEYS: lease, events, facts; ARGV: fence, lease in ms, lives of events and facts in s, id of an entry or nothing, the id before
# it, events, ending, channel. What is there already, because only the reply to it was lost, is not added again; what does not
# follow on what is there is not added at all.
PUBLISH = """
local lease, known = redis.call('GET', KEYS[1]), redis.call('HMGET', KEYS[3], 'fence', 'last')
if not known[1] then return 'unknown' end
if (lease and lease ~= ARGV[1]) or known[1] ~= ARGV[1] then return 'lost' end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local last = known[2] or '0'
local is_whole = last == '0' or redis.call('EXISTS', KEYS[2]) == 1
if ARGV[5] == '' then
  if not is_whole then return 'gap' end
elseif ARGV[6] == '' then
  redis.call('DEL', KEYS[2])
elseif not is_whole or (ARGV[6] ~= last and ARGV[5] ~= last) then
  return 'gap'
end
if ARGV[5] ~= '' and (ARGV[6] == '' or ARGV[5] ~= last) then
  redis.call('XADD', KEYS[2], ARGV[5] .. '-0', 'before', ARGV[6], 'events', ARGV[7])
  redis.call('HSET', KEYS[3], 'last', ARGV[5])
  redis.call('PUBLISH', ARGV[9], ARGV[5] .. ' ' .. ARGV[6] .. ' ' .. ARGV[7])
end
if ARGV[8] ~= '' then
  redis.call('HSET', KEYS[3], 'ending', ARGV[8])
  redis.call('DEL', KEYS[1])
end
redis.call('EXPIRE', KEYS[2], ARGV[3])
redis.call('EXPIRE', KEYS[3], ARGV[4])
if redis.call('HEXISTS', KEYS[3], 'stop') == 1 then return 'stop' end
return 'held'
"""
# KEYS: lease, facts; ARGV: known fence, lease in ms, facts if there are none, life in s, what is added to the fence in that case
TAKE_UP = """
if redis.call('EXISTS', KEYS[1]) == 1 or redis.call('HEXISTS', KEYS[2], 'ending') == 1 then return false end
local known = redis.call('HMGET', KEYS[2], 'fence', 'facts')
if known[1] and known[1] ~= ARGV[1] then return false end
local fence, facts = tonumber(ARGV[1]) + (known[1] and 1 or tonumber(ARGV[5])), known[2] or ARGV[3]
redis.call('HSET', KEYS[2], 'fence', fence, 'facts', facts)
redis.call('EXPIRE', KEYS[2], ARGV[4])
redis.call('SET', KEYS[1], fence, 'PX', ARGV[2])
return {fence, facts}
"""
# KEYS: lease, facts; ARGV: fence, lease in ms, facts, life in s
STORE_FACTS = """
local fence = redis.call('HGET', KEYS[2], 'fence')
if fence and fence ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[2], 'fence', ARGV[1], 'facts', ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[4])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class RedisBackplane:
    """Keeps answers in Redis: a stream a question with its latest events, and who reads it.

    `url` is as ``redis://host:6379/0``; a client of ``redis.asyncio`` may be given as `client` instead, and stays open.
    Keys begin with `prefix`, and have the stream's id as their hash tag, for a cluster. A worker that does not say for
    `lease_seconds` that it lives loses its answers to the others. Events are kept for `events_seconds` after the last one, what
    else is known of an answer for `facts_seconds`. Redis is away when it does not answer a call for 2 s, or take a connection
    for 1 s; a client that is given has time-outs of its own. Each relay has a backplane of its own. Raises `ConfigurationError`
    for what cannot be used.
    """

    def __init__(
        self,
        url: str = "redis://localhost:6379/0",
        *,
        client: redis.Redis | None = None,
        prefix: str = "aizoomdoc",
        lease_seconds: float = 5.0,
        events_seconds: int = 300,
        facts_seconds: int = 24 * 60 * 60,
    ) -> None:
        self._redis: Any = _client(url) if client is None else _checked(client)
        self._is_own = client is None
        self._prefix = prefix
        self.lease_seconds: float = seconds("lease_seconds", lease_seconds)
        lives = count(1)("events_seconds", events_seconds), count(1)("facts_seconds", facts_seconds)
        self._lives = (lives[0], max(lives))
        self._publish = ScriptCalls(self._redis, PUBLISH)
        self._store_facts = ScriptCalls(self._redis, STORE_FACTS)
        self._take_up = self._redis.register_script(TAKE_UP)
        self._release = self._redis.register_script(RELEASE)
        self._listening: asyncio.Task[None] | None = None
        self._subscription: RedisSubscription | None = None
        self._is_away = False

    async def open(self, stop: Callable[[str], None]) -> None:
        """See `backplane.Backplane.open`."""
        if self._listening is None:
            self._subscription = RedisSubscription(self._redis, self._prefix, stop)
            self._listening = asyncio.create_task(self._subscription.run(), name="redis subscription")
            await self._subscription.subscribed()

    async def close(self) -> None:
        """Ends the subscription and the connections."""
        if self._listening is not None:
            while not self._listening.done():  # the library may take a cancellation for a lost connection
                self._listening.cancel()
                await asyncio.wait([self._listening], timeout=0.1)
        if self._is_own:
            with contextlib.suppress(*AWAY):
                await self._redis.aclose()

    async def store_facts(self, stream_id: str, facts: StreamFacts, fence: int) -> bool:
        """See `backplane.Backplane.store_facts`."""
        keys = [self._key(stream_id, "lease"), self._key(stream_id, "facts")]
        args = [fence, self._lease_ms, facts.to_json(), self._lives[1]]
        return bool(await self._reached(self._store_facts.call(keys, args)))

    async def publish(self, stream_id: str, fence: int, batch: Batch | None) -> LeaseState:
        """See `backplane.Backplane.publish`."""
        entry: int | str = ""
        before: int | str = ""
        events = ending = ""
        if batch is not None:
            entry, before = batch.last_id, "" if batch.before is None else batch.before
            events = encoded(batch.events)
            ending = encoded(batch.events[-1:]) if batch.events[-1].event in LAST else ""
        keys = [self._key(stream_id, name) for name in ("lease", "events", "facts")]
        args = [fence, self._lease_ms, *self._lives, entry, before, events, ending, self._key(stream_id, "new")]
        lease: LeaseState = (await self._reached(self._publish.call(keys, args))).decode()
        return lease

    async def state(self, stream_id: str) -> StreamState | None:
        """See `backplane.Backplane.state`."""
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.hgetall(self._key(stream_id, "facts"))
        pipeline.exists(self._key(stream_id, "lease"))
        known, is_read = await self._reached(pipeline.execute())
        if b"facts" not in known:
            return None
        return StreamState(
            facts=StreamFacts.from_json(known[b"facts"]),
            fence=int(known[b"fence"]),
            is_read=bool(is_read),
            stop_wanted=b"stop" in known,
            last_id=int(known.get(b"last", 0)),
            ending=decoded(known[b"ending"])[0] if b"ending" in known else None,
        )

    async def batches(self, stream_id: str, after: int) -> Sequence[Batch]:
        """See `backplane.Backplane.batches`."""
        rows = await self._reached(self._redis.xrange(self._key(stream_id, "events"), f"({after}-0"))
        return [_batch(int(entry.partition(b"-")[0]), fields[b"before"], fields[b"events"]) for entry, fields in rows]

    async def take_up(self, stream_id: str, state: StreamState) -> StreamState | None:
        """See `backplane.Backplane.take_up`."""
        keys = [self._key(stream_id, "lease"), self._key(stream_id, "facts")]
        # Where Redis has lost the answer, others may have taken it up since `state`: the next number could be one of theirs.
        step = secrets.randbelow(_FENCES) + 1
        args: list[str | int] = [state.fence, self._lease_ms, state.facts.to_json(), self._lives[1], step]
        taken = await self._reached(self._take_up(keys=keys, args=args))
        return None if taken is None else attrs.evolve(state, fence=taken[0], facts=StreamFacts.from_json(taken[1]), is_read=True)

    async def release(self, stream_id: str, fence: int) -> None:
        """See `backplane.Backplane.release`."""
        await self._reached(self._release(keys=[self._key(stream_id, "lease")], args=[fence]))

    async def watch(self, stream_id: str) -> None:
        """See `backplane.Backplane.watch`."""
        await self._reached(self._redis.set(self._key(stream_id, "watched"), 1, px=self._lease_ms))

    async def is_watched(self, stream_id: str) -> bool:
        """See `backplane.Backplane.is_watched`."""
        return bool(await self._reached(self._redis.exists(self._key(stream_id, "watched"))))

    async def want_stop(self, stream_id: str) -> None:
        """See `backplane.Backplane.want_stop`."""
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.hset(self._key(stream_id, "facts"), "stop", 1)
        pipeline.publish(f"{self._prefix}:stop", stream_id)
        await self._reached(pipeline.execute())

    async def follow(self, stream_id: str, heard: Callable[[Batch], None]) -> None:
        """See `backplane.Backplane.follow`."""
        if self._subscription is not None:
            await self._reached(self._subscription.add(self._key(stream_id, "new"), partial(self._on_batch, heard)))

    async def unfollow(self, stream_id: str) -> None:
        """See `backplane.Backplane.unfollow`."""
        if self._subscription is not None:
            await self._reached(self._subscription.remove(self._key(stream_id, "new")))

    # -- what others publish -------------------------------------------------------------------------------------------------

    def _on_batch(self, heard: Callable[[Batch], None], data: bytes) -> None:
        entry, before, events = data.split(b" ", 2)
        heard(_batch(int(entry), before, events))

    async def _reached(self, call: Awaitable[_Result]) -> _Result:
        """What a call gives; its errors are turned into one, and it is told once that Redis is away, and once that it is back."""
        try:
            result = await call
        except AWAY as error:
            if not self._is_away:
                self._is_away = True
                _log.warning("Redis is away: answers go on for the viewers of this process only (%s)", type(error).__name__)
            raise BackplaneAwayError(text("relay_backplane_away")) from error
        if self._is_away:
            self._is_away = False
            _log.warning("Redis is back")
        return result

    @property
    def _lease_ms(self) -> int:
        return max(int(self.lease_seconds * 1000), 1)

    def _key(self, stream_id: str, name: str) -> str:
        return f"{self._prefix}:{{{stream_id}}}:{name}"


def _client(url: str) -> redis.Redis:
    """A client whose calls wait for one of its connections when all are in use: the plain pool takes that for an error."""
    try:
        pool = redis.BlockingConnectionPool.from_url(  # pyright: ignore[reportUnknownMemberType] - redis-py leaves types out
            url,
            socket_timeout=CALL_SECONDS,
            socket_connect_timeout=CONNECT_SECONDS,
            retry=Retry(NoBackoff(), 1),
            max_connections=CONNECTIONS,
            timeout=POOL_SECONDS,
        )
    except (ValueError, TypeError, AttributeError):  # which may quote a part of the password
        raise ConfigurationError(text("relay_redis_url")) from None
    return redis.Redis.from_pool(pool)


def _checked(client: redis.Redis) -> redis.Redis:
    if client.connection_pool.connection_kwargs.get("decode_responses"):
        raise ConfigurationError(text("relay_redis_decodes"))
    return client


def _batch(last_id: int, before: bytes, events: bytes) -> Batch:
    return Batch(int(before) if before else None, last_id, decoded(events))
