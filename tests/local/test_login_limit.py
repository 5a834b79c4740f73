"""How often wrong static tokens may come from one address."""

from __future__ import annotations

import attrs
import pytest

from aizoomdoc_client.local import login_limit
from aizoomdoc_client.local.login_limit import LoginLimit
from aizoomdoc_client.local.request_errors import RequestError


@attrs.define
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def outcomes(limit: LoginLimit, address: str | None, count: int, status: int | None = 401) -> list[int | None]:
    """The status of each of several logins that end with `status`."""
    return [outcome(limit, address, status) for _ in range(count)]


def outcome(limit: LoginLimit, address: str | None, status: int | None) -> int | None:
    try:
        with limit.attempt(address):
            log_in(status)
    except RequestError as error:
        return error.status
    return None


def log_in(status: int | None) -> None:
    if status is not None:
        raise RequestError(status, "")


def test_wrong_tokens_are_looked_at_as_often_as_the_limit_says(clock: Clock) -> None:
    """At once, and then one each time that a minute divided by the limit has passed; the wait is told in whole seconds."""
    limit = LoginLimit(10, clock=clock)

    assert [401] * 10 + [429] * 5 == outcomes(limit, "10.0.0.1", 15)
    with pytest.raises(RequestError) as refused, limit.attempt("10.0.0.1"):
        pass
    assert {"Retry-After": "6"} == refused.value.headers
    clock.now += 6
    assert [401, 429] == outcomes(limit, "10.0.0.1", 2)
    clock.now += 3600
    assert [401] * 10 + [429] == outcomes(limit, "10.0.0.1", 11)


@pytest.mark.parametrize("status", [None, 403, 422, 507])
def test_only_a_wrong_token_counts(clock: Clock, status: int | None) -> None:
    """A right one, an inactive user's, a body without any, a full disk do not."""
    assert [status] * 100 == outcomes(LoginLimit(10, clock=clock), "10.0.0.1", 100, status)


def test_a_login_that_is_cancelled_does_not_count(clock: Clock) -> None:
    """Its token may have been right."""
    limit = LoginLimit(1, clock=clock)
    with pytest.raises(KeyboardInterrupt), limit.attempt("10.0.0.1"):
        raise KeyboardInterrupt

    assert [401] == outcomes(limit, "10.0.0.1", 1)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("10.0.0.1", "10.0.0.2", False),
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        (None, "10.0.0.1", False),
    ],
)
def test_each_address_has_a_limit_of_its_own(clock: Clock, one: str | None, other: str, same: bool) -> None:
    """Of IPv6 each network of 64 bits: that is what one machine is given."""
    limit = LoginLimit(3, clock=clock)
    outcomes(limit, one, 3)

    assert [429 if same else 401] == outcomes(limit, other, 1)


def test_memory_is_bounded(clock: Clock) -> None:
    """However many addresses come; the newest are remembered."""
    limit = LoginLimit(1, clock=clock)
    for number in range(5000):
        outcomes(limit, f"10.0.{number // 250}.{number % 250}", 1)

    assert login_limit._MOST_ADDRESSES == len(limit._buckets)
    assert [429] == outcomes(limit, "10.0.19.249", 1)
