"""The number of connections that a client opens is limited."""

from __future__ import annotations

import asyncio

from tests.client_and_server import client_and_server


async def test_concurrent_calls_share_a_limited_number_of_connections() -> None:
    """Any number of concurrent calls succeeds over at most `max_connections` connections."""
    async with client_and_server(max_connections=5) as pair:
        seen = await asyncio.gather(*(pair.client.get_me() for _ in range(100)))

        assert ["user-1"] * 100 == [me.user.username for me in seen]
        assert 5 == len({request.connection for request in pair.server.requests})
