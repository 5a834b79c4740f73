"""The connection on which a worker hears of others."""

from __future__ import annotations

from redis import asyncio as redis

from aizoomdoc_client.relay.redis import RedisBackplane
from tests.relay.redis_servers import needs_redis, redis_server

pytestmark = needs_redis
CALL_SECONDS = 0.05


async def test_a_quiet_subscription_keeps_its_connection() -> None:
    """Also for longer than a call may take: what is published while another one is made would be lost."""
    with redis_server() as server:
        other = redis.Redis.from_url(server.url)
        client = redis.Redis.from_url(server.url, socket_timeout=CALL_SECONDS)
        backplane = RedisBackplane(client=client)
        try:
            await backplane.open(print)
            connected = await subscribers(other)
            await other.blpop(["nothing"], timeout=6 * CALL_SECONDS)  # the server waits

            assert 1 == len(connected)
            assert connected == await subscribers(other)
        finally:
            await backplane.close()
            await client.aclose()
            await other.aclose()


async def subscribers(client: redis.Redis) -> set[str]:
    """The ids of connections on which somebody hears messages."""
    return {each["id"] for each in await client.client_list(_type="pubsub")}
