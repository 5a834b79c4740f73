"""Whether and when a failed request is sent again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client import exceptions as exc
from aizoomdoc_client.config import RetryPolicy
from aizoomdoc_client.protocol.retry import RetryBudget, delay, request_outcome, should_retry

POLICY = RetryPolicy(attempts=3, base_delay=0.5, max_delay=8, max_retry_after=120)

N, A, F = "unprocessed", "unknown", "final"


def error(kind: type[exc.APIError], **context: Any) -> exc.APIError:
    return kind("It failed", **context)


VERDICTS: dict[str, tuple[exc.APIError, str]] = {
    "DNS failure, refused, reset before the first byte": (error(exc.APIConnectionError, request_sent=False), N),
    "connecting took too long": (error(exc.APITimeoutError, deadline="connect", request_sent=False), N),
    "reset after a byte": (error(exc.APIConnectionError, request_sent=True), A),
    "time-out after a byte": (error(exc.APITimeoutError, request_sent=True), A),
    "certificate": (error(exc.APIConnectionError, fatal=True), F),
    "certificate, after a byte": (error(exc.APIConnectionError, fatal=True, request_sent=True), F),
    "429": (error(exc.RateLimitError, status_code=429), N),
    "429 with Retry-After": (error(exc.RateLimitError, status_code=429, retry_after=5), N),
    "503 with Retry-After": (error(exc.GatewayError, status_code=503, retry_after=5), N),
    "503 with an unreadable Retry-After": (error(exc.GatewayError, status_code=503, details={"retry_after": "soon"}), N),
    "502 with an unreadable Retry-After": (error(exc.GatewayError, status_code=502, details={"retry_after": "soon"}), A),
    "408": (error(exc.APIError, status_code=408), A),
    "425": (error(exc.APIError, status_code=425), N),
    "a success that is no stream": (error(exc.ProtocolError, status_code=200), A),
    "503 of a proxy": (error(exc.GatewayError, status_code=503), A),
    "502 with Retry-After": (error(exc.GatewayError, status_code=502, retry_after=5), A),
    "502": (error(exc.GatewayError, status_code=502), A),
    "504": (error(exc.GatewayError, status_code=504), A),
    "500": (error(exc.ServerError, status_code=500), A),
    "507": (error(exc.ServerError, status_code=507), F),
    "400": (error(exc.ValidationError, status_code=400), F),
    "401": (error(exc.AuthenticationError, status_code=401), F),
    "login expired": (error(exc.TokenExpiredError), F),
    "403": (error(exc.PermissionDeniedError, status_code=403), F),
    "404": (error(exc.NotFoundError, status_code=404), F),
    "409": (error(exc.ConflictError, status_code=409), F),
    "413": (error(exc.PayloadTooLargeError, status_code=413), F),
    "414": (error(exc.APIError, status_code=414), F),
    "422": (error(exc.ValidationError, status_code=422), F),
    "a redirect": (error(exc.APIError, status_code=307), F),
    "delivery unknown": (error(exc.DeliveryUnknownError), F),
    "a stream that broke off": (error(exc.StreamInterruptedError), F),
    "a silent stream": (error(exc.StreamTimeoutError, deadline="idle"), F),
    "an error event": (error(exc.AnswerError), F),
    "the queue is full": (error(exc.QueueFullError), F),
    "nonsense": (error(exc.ProtocolError), F),
}


@pytest.mark.parametrize(("failed", "expected"), VERDICTS.values(), ids=VERDICTS)
def test_outcome_of_a_failed_request(failed: exc.APIError, expected: str) -> None:
    """Each failure leaves a request certainly unprocessed, perhaps processed, or finally answered."""
    assert expected == request_outcome(failed)


@pytest.mark.parametrize("repeatable", [False, True])
@pytest.mark.parametrize(("failed", "verdict"), VERDICTS.values(), ids=VERDICTS)
def test_retry_follows_the_outcome(failed: exc.APIError, verdict: str, repeatable: bool) -> None:
    """Unprocessed: any request again. Perhaps processed: only one that may be processed twice. Final: none."""
    expected = {N: True, A: repeatable, F: False}[verdict]

    assert expected == should_retry(failed, attempt=1, repeatable=repeatable, policy=POLICY)


@pytest.mark.parametrize(
    ("attempt", "attempts", "expected"), [(1, 3, True), (2, 3, True), (3, 3, False), (4, 3, False), (1, 1, False), (1, 2, True)]
)
def test_attempts_are_counted(attempt: int, attempts: int, expected: bool) -> None:
    """`attempts` counts all attempts, the first included."""
    assert expected == should_retry(
        error(exc.RateLimitError), attempt=attempt, repeatable=True, policy=RetryPolicy(attempts=attempts)
    )


@pytest.mark.parametrize("repeatable", [False, True])
@pytest.mark.parametrize("keyed", [False, True])
def test_conflict_is_retried_only_with_a_key(keyed: bool, repeatable: bool) -> None:
    """A conflict is retried if the server can recognise the request by its key."""
    assert keyed == should_retry(error(exc.ConflictError), attempt=1, repeatable=repeatable, policy=POLICY, keyed=keyed)


@pytest.mark.parametrize(("failed", "verdict"), VERDICTS.values(), ids=VERDICTS)
def test_key_makes_nothing_else_repeatable(failed: exc.APIError, verdict: str) -> None:
    """Other failures are not retried because of a key: servers that ignore keys would store a message twice."""
    if not isinstance(failed, exc.ConflictError):
        assert (verdict == N) == should_retry(failed, attempt=1, repeatable=False, policy=POLICY, keyed=True)


@pytest.mark.parametrize(("seconds", "expected"), [(None, True), (0.1, True), (120, True), (120.1, False), (1e12, False)])
def test_too_long_a_wait_is_not_waited_for(seconds: float | None, expected: bool) -> None:
    """A Retry-After beyond the policy's limit gets no retry."""
    assert expected == should_retry(error(exc.RateLimitError, retry_after=seconds), attempt=1, repeatable=True, policy=POLICY)


class FixedRandom:
    """RandomSource with a fixed position, which records the ranges."""

    def __init__(self, share: float) -> None:
        self.share = share
        self.ranges = list[tuple[float, float]]()

    def uniform(self, a: float, b: float) -> float:
        self.ranges.append((a, b))
        return a + (b - a) * self.share


@pytest.mark.parametrize(
    ("attempt", "ceiling"), [(1, 0.5), (2, 1.0), (3, 2.0), (4, 4.0), (5, 8.0), (6, 8.0), (50, 8.0), (10**6, 8.0)]
)
def test_jitter_is_drawn_between_nothing_and_a_doubling_ceiling(attempt: int, ceiling: float) -> None:
    """Full jitter: all of the range, which doubles up to `max_delay`."""
    rng = FixedRandom(1.0)

    assert ceiling == delay(error(exc.APIConnectionError), attempt=attempt, policy=POLICY, rng=rng)
    assert [(0, ceiling)] == rng.ranges


@pytest.mark.parametrize(
    ("share", "wish", "expected"),
    [(0.0, None, 0.0), (0.5, None, 0.25), (0.5, 0.1, 0.25), (0.5, 7.0, 7.0), (1.0, 0.5, 0.5), (0.0, 120.0, 120.0)],
)
def test_wait_is_never_shorter_than_the_server_asked_for(share: float, wish: float | None, expected: float) -> None:
    """The greater of jitter and `Retry-After`."""
    failed = error(exc.RateLimitError, retry_after=wish)

    assert expected == delay(failed, attempt=1, policy=POLICY, rng=FixedRandom(share))


@given(st.integers(1, 10**6), st.floats(1e-6, 1e6), st.floats(1e-6, 1e6), st.floats(0, 1), st.none() | st.floats(0.001, 1e6))
def test_wait_is_bounded(attempt: int, base: float, most: float, share: float, wish: float | None) -> None:
    """For any policy and random source: not negative, not beyond `max_delay` or Retry-After."""
    policy = RetryPolicy(base_delay=base, max_delay=most)
    seconds = delay(error(exc.RateLimitError, retry_after=wish), attempt=attempt, policy=policy, rng=FixedRandom(share))

    assert (wish or 0) <= seconds <= max(most, wish or 0)


def test_budget_is_spent_by_retries_and_earned_by_successes() -> None:
    """Each retry spends from the budget; each success refills a share."""
    budget = RetryBudget(capacity=2, refund=0.5)
    assert [True, True, False, False] == [budget.spend() for _ in range(4)]
    budget.earn()
    assert not budget.spend()
    budget.earn()
    assert [True, False] == [budget.spend() for _ in range(2)]


def test_budget_is_never_fuller_than_full() -> None:
    """Successes do not fill the budget beyond its size."""
    budget = RetryBudget(capacity=1, refund=1)
    for _ in range(10):
        budget.earn()

    assert [True, False] == [budget.spend() for _ in range(2)]
