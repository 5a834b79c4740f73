"""Whether and when a failed request is sent again: a verdict and a delay, both pure."""

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


class RandomSource(Protocol):
    """What jitter is drawn from: a `random.Random` is one, and a test's own another."""

    def uniform(self, a: float, b: float) -> float:
        """A number between `a` and `b`."""
        ...


def request_outcome(error: APIError) -> RequestOutcome:
    """What a failed request's error says about its outcome.

    A refused connection, a 429 and a 503 with ``Retry-After`` leave nothing behind. A connection that broke after the body began,
    any other 5xx, and a success whose body cannot be read leave it open. Everything else is the last word.
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
            return "unprocessed" if error.status_code == 503 and error.retry_after is not None else "unknown"
        case ServerError():
            return "unknown"
        case _:
            return "final"


def should_retry(error: APIError, *, attempt: int, repeatable: bool, policy: RetryPolicy, keyed: bool = False) -> bool:
    """Whether the request whose sending number `attempt` failed with `error` may be sent again.

    `repeatable`: processing it twice does no harm; `keyed`: it carries an idempotency key, so that a conflict may pass.
    """
    if attempt >= policy.attempts or not _patient_enough(error, policy):
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
    """Seconds to wait after sending number `attempt` failed: full jitter, and never less than the server asked for."""
    ceiling = min(policy.max_delay, policy.base_delay * 2 ** min(attempt - 1, 32))
    return max(rng.uniform(0, ceiling), error.retry_after or 0.0)


def _patient_enough(error: APIError, policy: RetryPolicy) -> bool:
    return error.retry_after is None or error.retry_after <= policy.max_retry_after


class RetryBudget:
    """Keeps retries a small share of all requests to one server, so that a dead server is not buried in them.

    A bucket of `capacity` retries: each takes one out, each request that succeeds puts `refund` of one back, and when it is empty
    requests fail with their first error. A new client can retry at once; a long outage stops its retries after `capacity`.
    """

    def __init__(self, capacity: float = 50.0, refund: float = 0.1) -> None:
        self._capacity = capacity
        self._refund = refund
        self._left = capacity

    def earn(self) -> None:
        """A request succeeded."""
        self._left = min(self._capacity, self._left + self._refund)

    def spend(self) -> bool:
        """Whether one more retry is within the budget; it is taken out."""
        if self._left < 1:
            return False
        self._left -= 1
        return True
