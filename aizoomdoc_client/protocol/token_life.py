"""The life of an access token: valid, stale (to be renewed ahead of its end), or expired."""

from __future__ import annotations

import base64
import math
from typing import Any, Literal

import attrs
import msgspec

Freshness = Literal["valid", "stale", "expired"]

MARGIN_SHARE = 0.1
"""The last share of a token's life in which it is renewed ahead of its end."""
MARGIN_CAP = 60.0
"""The most seconds that the renewal may come ahead."""
UNTOLD_LIFE = 10 * 365 * 24 * 3600.0
"""The life in seconds, ten years, of a token whose end is not known: it is used until the server rejects it."""
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
        """Whether the token lives for `seconds` more, or for half of its life if that is shorter."""
        return self.obtained_at + self.expires_in - now > min(seconds, self.expires_in / 2)


def seconds_of_life(access_token: str, expires_in: float | None, wall_time: float) -> float:
    """The life in seconds of a token that was issued at `wall_time`, in seconds since the epoch.

    It is the server's `expires_in`, else what the claims of a JWT say (RFC 7519 §4.1), else `UNTOLD_LIFE`.
    """
    if expires_in is not None and math.isfinite(expires_in):
        return expires_in
    try:
        payload = access_token.split(".")[1]
        claims = msgspec.json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), type=dict[str, Any])
        end, begin = claims.get("exp"), claims.get("iat", wall_time)
    except (IndexError, ValueError, msgspec.MsgspecError):  # no JWT
        return UNTOLD_LIFE
    are_times = all(isinstance(each, (int, float)) and math.isfinite(each) for each in (end, begin))
    return min(float(end - begin), UNTOLD_LIFE) if are_times else UNTOLD_LIFE
