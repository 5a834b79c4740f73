"""A login without a static token, as the command line may save it, whose refresh token has expired."""

from __future__ import annotations

from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore
from aizoomdoc_client.storage.base import TokenKey, TokenSet

from .concurrent_calls import at_once
from .processes import server
from .report import Report
from .scale import Scale

TIMEOUT = 300.0
"""Seconds for a call: ten thousand concurrent calls take long on a slow machine."""


async def expired_login(scale: Scale, report: Report) -> None:
    """Without a valid refresh token and without a static token, every call raises that the login has expired."""
    async with server("contract") as served:
        store = MemoryTokenStore()
        tokens = TokenSet(access_token="a.b.c", expires_at=4e9, expires_in=3600, refresh_token="used up")
        store.save(TokenKey.of_profile(served.first_line, "default"), tokens)
        async with AsyncAIZoomDocClient(served.first_line, token_store=store, timeout=TIMEOUT) as client:
            for what in ("all at once", "all at once, later"):
                outcome = await at_once(scale.calls, client.get_me)
                report.claim(
                    f"{scale.calls:,} calls {what} raise that the login has expired",
                    {"TokenExpiredError": scale.calls},
                    outcome.kinds,
                )
        counts = await served.counts()
        report.claim("the refresh token is sent once", 1, counts["refreshes"])
