"""A login without a static token, as the command line may leave it, when its refresh token works no more."""

from __future__ import annotations

from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore
from aizoomdoc_client.storage.base import TokenKey, TokenSet

from .crowd import at_once
from .processes import server
from .report import Report
from .scale import Scale

PATIENCE = 300.0
"""Seconds for a call: ten thousand at once may take longer than one should on a slow machine."""


async def expired_login(scale: Scale, report: Report) -> None:
    """With neither a refresh token that works nor a static token every call says that the login has expired."""
    async with server("contract") as served:
        store = MemoryTokenStore()
        tokens = TokenSet(access_token="a.b.c", expires_at=4e9, expires_in=3600, refresh_token="used up")
        store.save(TokenKey.of_profile(served.first_line, "default"), tokens)
        async with AsyncAIZoomDocClient(served.first_line, token_store=store, timeout=PATIENCE) as client:
            for what in ("all at once", "all at once, later"):
                outcome = await at_once(scale.calls, client.get_me)
                report.claim(
                    f"{scale.calls:,} calls {what} are told that the login has expired",
                    {"TokenExpiredError": scale.calls},
                    outcome.kinds,
                )
        asked = await served.counts()
        report.claim("the refresh token is shown once", 1, asked["refreshes"])
