"""Sends again what may be sent again: verdicts and delays by `protocol.retry`, the loop by tenacity."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable, Generator
from typing import Any, Generic, TypeVar

import tenacity

from ..config import RetryPolicy
from ..exceptions import APIError
from ..hooks import scope
from ..logs import with_request_id
from ..protocol import retry
from ..protocol.requests import Request

_logger = logging.getLogger(__package__)
_sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


async def wait(seconds: float) -> None:
    """Waits, unless `waiting_by` replaced waiting."""
    await _sleep(seconds)


@contextlib.contextmanager
def waiting_by(sleep: Callable[[float], Awaitable[None]]) -> Generator[None]:
    """Replaces waiting between retries and between reads of a history, in all clients of this process, until the block ends."""
    global _sleep  # noqa: PLW0603 - a switch for tests of whole programs, which cannot reach every client
    former, _sleep = _sleep, sleep
    try:
        yield
    finally:
        _sleep = former


T = TypeVar("T")


class Retrier:
    """Runs attempts at a request until one succeeds or the policy forbids another."""

    def __init__(
        self,
        policy: RetryPolicy,
        budget: retry.RetryBudget | None = None,
        *,
        rng: random.Random | None = None,
        sleep: Callable[[float], Awaitable[None]] = wait,
    ) -> None:
        self._policy = policy
        self._budget = budget or retry.RetryBudget()
        self._rng = rng or random.Random()  # noqa: S311 - jitter, no secret
        self._retrying = tenacity.AsyncRetrying(
            retry=self._should_retry, wait=self._wait, before_sleep=_log_wait, sleep=sleep, reraise=True
        )

    async def run(self, request: Request[Any], attempt: Callable[[Request[Any]], Awaitable[T]]) -> T:
        """What `attempt` at `request` returns; its last error, with the number of attempts, when none succeeds."""
        try:
            result = await attempt(request)
        except APIError as error:
            _logger.debug("%s %s: %s", request.method, request.path, with_request_id(error.message, error.request_id))
            attempts = _Attempts(attempt, error)
        else:
            self._budget.earn()
            return result
        try:
            repeated: T = await self._retrying(attempts, request)
        except APIError as error:
            if attempts.count == 1:
                raise
            raise error.replaced(attempts=attempts.count) from error.__cause__
        self._budget.earn()
        return repeated

    def _should_retry(self, state: tenacity.RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome else None
        if not isinstance(error, APIError):
            return False
        request: Request[Any] = state.args[0]
        allowed = retry.should_retry(
            error,
            attempt=state.attempt_number,
            repeatable=request.repeatable,
            policy=self._policy,
            keyed="Idempotency-Key" in request.headers,
        )
        return allowed and self._budget.spend()

    def _wait(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if not isinstance(error, APIError):
            return 0.0
        return retry.delay(error, attempt=state.attempt_number, policy=self._policy, rng=self._rng)


def _log_wait(state: tenacity.RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    request: Request[Any] = state.args[0]
    _logger.info(
        "%s %s: attempt %d failed (%s), next in %.1f s",
        *(request.method, request.path, state.attempt_number, _reason(error), state.upcoming_sleep),
    )
    listener = scope.current()
    if listener is not None and listener.request is not None and isinstance(error, APIError):
        listener.request.retried(error, state.attempt_number, state.upcoming_sleep)


def _reason(error: BaseException | None) -> object:
    return with_request_id(error.message, error.request_id) if isinstance(error, APIError) else error


class _Attempts(Generic[T]):
    """Attempts for tenacity; the first has failed already: requests that succeed at once never enter tenacity."""

    def __init__(self, attempt: Callable[[Request[Any]], Awaitable[T]], failure: APIError) -> None:
        self._attempt = attempt
        self._failures = [failure]
        self.count = 0

    async def __call__(self, request: Request[Any]) -> T:
        self.count += 1
        if self._failures:
            raise self._failures.pop()
        return await self._attempt(request)
