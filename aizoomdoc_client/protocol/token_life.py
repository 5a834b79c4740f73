"""The life of an access token: valid, stale (to be renewed ahead of its end), or expired."""

from __future__ import annotations

from typing import Literal

import attrs

Freshness = Literal["valid", "stale", "expired"]

MARGIN_SHARE = 0.1
"""The last share of a token's life in which it is renewed ahead of its end."""
MARGIN_CAP = 60.0
"""The most seconds that the renewal may come ahead."""
SAFETY = 2.0
"""Seconds before its end from which a token counts as expired: a request takes time to arrive."""


@attrs.frozen(kw_only=True)
class TokenLife:
    """When a token was obtained and how long it lives, in seconds of a clock that never jumps."""

    obtained_at: float
    expires_in: float

    def freshness(self, now: float) -> Freshness:
        """The token's freshness at `now`, a time of the same clock."""
        left = self.obtained_at + self.expires_in - now
        if not left > min(SAFETY, self.expires_in / 2):  # written so that NaN counts as expired
            return "expired"
        return "stale" if left <= min(MARGIN_CAP, self.expires_in * MARGIN_SHARE) else "valid"

    def lasts(self, now: float, seconds: float) -> bool:
        """Whether the token lives for `seconds` more; of one that never lives so long, half of its life is enough."""
        return self.obtained_at + self.expires_in - now > min(seconds, self.expires_in / 2)
