"""Access tokens and refresh tokens."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import jwt
import pytest

from aizoomdoc_client.testing.token_issuer import TokenIssuer, TokenState


def test_an_access_token_is_a_jwt_with_the_documented_claims() -> None:
    """Its header says HS256, and its claims have sub, exp, iat and type."""
    issuer = TokenIssuer()
    token = issuer.issue("1")
    claims = jwt.decode(token, issuer.secret, algorithms=["HS256"])

    assert "HS256" == jwt.get_unverified_header(token)["alg"]
    assert ("1", 3600, "access") == (claims["sub"], claims["exp"] - claims["iat"], claims["type"])


def test_two_tokens_are_never_equal() -> None:
    """Not even those of one user in the same second."""
    issuer = TokenIssuer()

    assert 2 == len({issuer.issue("1"), issuer.issue("1")})


@pytest.mark.parametrize("skew", [-86400, 0, 86400])
def test_a_skewed_clock_shows_in_the_token_and_not_in_its_life(skew: float) -> None:
    """A server whose clock is a day wrong still issues tokens that are valid for `expires_in` seconds."""
    issuer = TokenIssuer(clock_skew=skew)
    token = issuer.issue("1")
    issued = jwt.decode(token, options={"verify_signature": False})["iat"]

    assert abs(time.time() + skew - issued) < 60
    assert (TokenState.VALID, "1") == issuer.verify(token)


@pytest.mark.parametrize("skew", [-86400, 0, 86400])
def test_a_token_expires_by_itself(skew: float) -> None:
    """After its life has ended it is expired, whatever the clock of the server says."""
    issuer = TokenIssuer(expires_in=0, clock_skew=skew)

    assert (TokenState.EXPIRED, "1") == issuer.verify(issuer.issue("1"))


def test_tokens_can_be_made_expired() -> None:
    """One, or all that were issued so far; those issued later are valid."""
    issuer = TokenIssuer()
    one, other = issuer.issue("1"), issuer.issue("2")
    issuer.expire(one)
    states = [issuer.verify(token)[0] for token in (one, other)]
    issuer.expire_all()
    states += [issuer.verify(token)[0] for token in (other, issuer.issue("2"))]

    assert [TokenState.EXPIRED, TokenState.VALID, TokenState.EXPIRED, TokenState.VALID] == states


@pytest.mark.parametrize("spoil", ["text", "empty", "signature", "secret", "unsigned"])
def test_a_token_that_cannot_be_verified_is_garbage(spoil: str) -> None:
    """No token at all, a changed signature, another secret, no signature."""
    issuer = TokenIssuer()
    token = issuer.issue("1")
    body, _, signature = token.rpartition(".")
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    spoiled = {
        "text": "abc",
        "empty": "",
        "signature": f"{body}.{'B' if signature.startswith('A') else 'A'}{signature[1:]}",
        "secret": TokenIssuer().issue("1"),
        "unsigned": jwt.encode(claims, None, algorithm="none"),
    }[spoil]

    assert (TokenState.GARBAGE, "") == issuer.verify(spoiled)


def test_a_new_secret_makes_all_tokens_garbage() -> None:
    """Access tokens cannot be verified any more, and refresh tokens are unknown."""
    issuer = TokenIssuer()
    token, refresh = issuer.issue("1"), issuer.issue_refresh("1")
    issuer.change_secret()

    assert ((TokenState.GARBAGE, ""), None) == (issuer.verify(token), issuer.redeem(refresh, rotate=False))


@pytest.mark.parametrize(("rotate", "again"), [(True, None), (False, "1")])
def test_a_rotated_refresh_token_is_valid_once(rotate: bool, again: str | None) -> None:
    """Without rotation it stays valid."""
    issuer = TokenIssuer()
    refresh = issuer.issue_refresh("1")

    assert ("1", again) == (issuer.redeem(refresh, rotate=rotate), issuer.redeem(refresh, rotate=rotate))


WITHOUT_PYJWT = """
import importlib.util, sys
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name == "jwt" else found(name, package)
sys.modules["jwt"] = None
from aizoomdoc_client import ConfigurationError
from aizoomdoc_client.testing import FaultProxy, ScriptedServer, no_waiting
FaultProxy("http://127.0.0.1:1")
try:
    ScriptedServer()
except ConfigurationError as error:
    print(error, error.details)
"""


def test_without_pyjwt_the_error_names_the_extra() -> None:
    """It is raised when a server is made; the proxy and the rest of the package need no PyJWT."""
    done = subprocess.run([sys.executable, "-c", WITHOUT_PYJWT], capture_output=True, text=True, check=False)
    expected = "The scripted server needs pyjwt: run `pip install 'aizoomdoc-client[testing]'` {'missing': ['pyjwt']}\n"

    assert (0, expected) == (done.returncode, done.stdout), done.stderr
