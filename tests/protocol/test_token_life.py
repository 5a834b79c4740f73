"""The freshness of an access token at a given time."""

from __future__ import annotations

import jwt
import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client.protocol.token_life import UNTOLD_LIFE, Freshness, TokenLife, seconds_of_life


@pytest.mark.parametrize(
    ("expires_in", "age", "expected"),
    [
        (3600, 0, "valid"),
        (3600, -100, "valid"),
        (3600, 3539, "valid"),
        (3600, 3540, "stale"),
        (3600, 3597.9, "stale"),
        (3600, 3598, "expired"),
        (3600, 3600, "expired"),
        (3600, 1e9, "expired"),
        (100, 89, "valid"),
        (100, 90, "stale"),
        (100, 98, "expired"),
        (3, 0, "valid"),
        (3, 1.4, "valid"),
        (3, 1.5, "expired"),
        (0.5, 0, "valid"),
        (0.5, 0.25, "expired"),
        (0, 0, "expired"),
        (-10, 0, "expired"),
        (float("inf"), 1e12, "valid"),
        (float("nan"), 0, "expired"),
    ],
)
def test_freshness_depends_on_what_is_left(expires_in: float, age: float, expected: Freshness) -> None:
    """Valid; stale within a tenth, at most a minute, of the expiry; expired shortly before it, or if the life is no number."""
    assert expected == TokenLife(obtained_at=1000, expires_in=expires_in).freshness(1000 + age)


@given(st.floats(-1e9, 1e9), st.floats(0, 1e9), st.floats(0, 1e9), st.floats(0, 1e9))
def test_token_only_grows_older(obtained: float, expires_in: float, earlier: float, more: float) -> None:
    """With time a token goes from valid to stale to expired and never back."""
    life, order = TokenLife(obtained_at=obtained, expires_in=expires_in), ["valid", "stale", "expired"]

    assert order.index(life.freshness(obtained + earlier)) <= order.index(life.freshness(obtained + earlier + more))


@given(st.floats(0.001, 1e9))
def test_new_token_is_valid_and_an_old_one_expired(expires_in: float) -> None:
    """A token of any life is valid when it is new, and expired at its end."""
    life = TokenLife(obtained_at=0, expires_in=expires_in)

    assert ("valid", "expired") == (life.freshness(0), life.freshness(expires_in))


@pytest.mark.parametrize(
    ("expires_in", "age", "expected"),
    [
        (3600, 0, True),
        (3600, 3299, True),
        (3600, 3300, False),
        (3600, 3600, False),
        (600, 299, True),
        (60, 0, True),
        (60, 29, True),
        (60, 30, False),
        (0, 0, False),
        (float("inf"), 1e12, True),
        (float("nan"), 0, False),
    ],
)
def test_a_token_lasts_for_long_work(expires_in: float, age: float, *, expected: bool) -> None:
    """Five minutes must be left, or half of a life that is not much longer: a short-lived one is not renewed for ever."""
    assert expected is TokenLife(obtained_at=1000, expires_in=expires_in).lasts(1000 + age, 300)


def jwt_of(**claims: object) -> str:
    return jwt.encode(claims, "k" * 32)


@pytest.mark.parametrize(
    ("token", "expires_in", "expected"),
    [
        ("opaque", 60.0, 60.0),
        (jwt_of(exp=1100, iat=900), 60.0, 60.0),
        (jwt_of(exp=1100, iat=900), None, 200.0),
        (jwt_of(exp=1100), None, 100.0),
        (jwt_of(exp=900), None, -100.0),
        (jwt_of(sub="user"), None, UNTOLD_LIFE),
        ("opaque", None, UNTOLD_LIFE),
        ("a.b.c", None, UNTOLD_LIFE),
        ("a.bnVsbA.c", None, UNTOLD_LIFE),
        ("a.eyJleHAiOiJzb29uIn0.c", None, UNTOLD_LIFE),
        ("opaque", float("nan"), UNTOLD_LIFE),
    ],
)
def test_life_is_told_by_the_server_or_the_token_or_nobody(token: str, expires_in: float | None, expected: float) -> None:
    """The server's word goes first; a web token has its own end; of another token only the server knows."""
    assert expected == seconds_of_life(token, expires_in, 1000.0)
