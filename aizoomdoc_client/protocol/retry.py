"""Whether and after which delay a failed request is sent again."""

from __future__ import annotations

from typing import Literal, Protocol

from ..config import RetryPolicy
from ..exceptions import (
    APIConnectionError,
    APIError,
    ConflictError,
    GatewayError,
    ProtocolError,
    RateLimitError,
    ServerError,
    StreamError,
)

RequestOutcome = Literal["unprocessed", "unknown", "final"]
"""What became of a failed request: surely not processed, perhaps processed, or answered for good."""

RETRY_AFTER = "retry_after"
"""The detail of an error that holds a ``Retry-After`` that cannot be read, or not waited for, such as a past date."""
PERHAPS_PROCESSED = frozenset({408})
"""Statuses other than 5xx that leave the outcome unknown: a proxy's 408 may come before or after the server got the request."""
NOT_PROCESSED = frozenset({425})
"""Statuses that say that the server did not process the request and that it may be sent again (RFC 8470 §5.2)."""
NOT_STORED = frozenset({507})
"""Statuses of 5xx that say that nothing was stored, and that trying again is up to the user (RFC 4918 §11.5)."""


class RandomSource(Protocol):
    """What jitter is drawn from: a `random.Random` is one, and a test's own another."""

    def uniform(self, a: float, b: float) -> float:
        """A number between `a` and `b`."""
        ...


def request_outcome(error: APIError) -> RequestOutcome:
    """What a failed request's error says about its outcome.

    Unprocessed: a refused connection, a 425, a 429, a 503 with ``Retry-After``, readable or not. Unknown: a connection that broke
    after the first byte of the body, a 408, any other 5xx but 507, a success whose body cannot be read. Final: everything else.
    """
    match error:
        case ProtocolError() if error.status_code is not None:  # it succeeded, and what it made cannot be read
            return "unknown"
        case StreamError():  # one of them is a time-out as well
            return "final"
        case APIConnectionError(fatal=True):
            return "final"
        case APIConnectionError():
            return "unknown" if error.request_sent else "unprocessed"
        case RateLimitError():
            return "unprocessed"
        case GatewayError():
            return "unprocessed" if error.status_code == 503 and _says_when_to_retry(error) else "unknown"
        case ServerError():
            return "final" if error.status_code in NOT_STORED else "unknown"
        case _ if error.status_code in PERHAPS_PROCESSED:
            return "unknown"
        case _ if error.status_code in NOT_PROCESSED:
            return "unprocessed"
        case _:
            return "final"


def should_retry(error: APIError, *, attempt: int, repeatable: bool, policy: RetryPolicy, keyed: bool = False) -> bool:
    """Whether a request may be sent again after attempt number `attempt` failed with `error`.

    `repeatable`: processing it twice does no harm; `keyed`: it carries an idempotency key, so a conflict may be temporary.
    """
    if attempt >= policy.attempts or not _within_retry_after(error, policy):
        return False
    if isinstance(error, ConflictError):
        return keyed
    match request_outcome(error):
        case "unprocessed":
            return True
        case "unknown":
            return repeatable
        case "final":
            return False


def delay(error: APIError, *, attempt: int, policy: RetryPolicy, rng: RandomSource) -> float:
    """Seconds to wait after attempt number `attempt` failed: full jitter, but never less than ``Retry-After``."""
    ceiling = min(policy.max_delay, policy.base_delay * 2 ** min(attempt - 1, 32))
    return max(rng.uniform(0, ceiling), error.retry_after or 0.0)


def _says_when_to_retry(error: APIError) -> bool:
    return error.retry_after is not None or RETRY_AFTER in error.details


def _within_retry_after(error: APIError, policy: RetryPolicy) -> bool:
    return error.retry_after is None or error.retry_after <= policy.max_retry_after


class RetryBudget:
    """Keeps retries a small share of all requests to one server, so that they do not add to an outage.

    A token bucket of `capacity` retries: each retry takes one, each successful request returns `refund` of one; while it is empty
    requests fail with their first error. A new client can retry at once; a long outage ends its retries after `capacity`.
    """

    def __init__(self, capacity: float = 50.0, refund: float = 0.1) -> None:
        self._capacity = capacity
        self._refund = refund
        self._left = capacity

    def earn(self) -> None:
        """Returns a part of a retry to the budget, because a request succeeded."""
        self._left = min(self._capacity, self._left + self._refund)

    def spend(self) -> bool:
        """Takes one retry out of the budget; False if there is none left."""
        if self._left < 1:
            return False
        self._left -= 1
        return True
