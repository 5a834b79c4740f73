"""How many connections a client opens."""

from __future__ import annotations

import asyncio

import pytest

from aizoomdoc_client.transport import http
from tests.visits import visit


async def test_a_crowd_of_calls_shares_a_bounded_number_of_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many calls are made at once, they all succeed over as many connections as are allowed."""
    monkeypatch.setattr(http, "CONNECTIONS", 5)
    async with visit() as visited:
        seen = await asyncio.gather(*(visited.client.get_me() for _ in range(100)))

        assert ["user-1"] * 100 == [me.user.username for me in seen]
        assert 5 == len({request.connection for request in visited.server.requests})
