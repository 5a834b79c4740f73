"""Tokens, renewed ahead of their end by one task that all callers share."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import anyio.to_thread
import attrs

from ..catalog import text
from ..credentials import HiddenFrames, Secret
from ..exceptions import APIConnectionError, APIError, AuthenticationError, ProtocolError, TokenExpiredError
from ..hooks.request_watch import TokenWatch
from ..models import Session
from ..protocol import requests
from ..protocol.requests import Request, TokenGrant
from ..protocol.token_life import TokenLife, seconds_of_life
from ..protocol.validation import is_fit
from ..storage.base import TokenKey, TokenSet, TokenStore
from ..user_stacklevel import remember_user_line
from .single_flight import SingleFlight

T = TypeVar("T")

_logger = logging.getLogger(__package__)

TRUST_SECONDS = 30.0
"""Seconds after a renewal in which a 500 is not attributed to the token, unless its error type is `UNREADABLE_TOKEN`."""
UNREADABLE_TOKEN = "internal_server_error"
"""The error type that production answers to a token issued before its redeployment; other failures there have it, too."""


@attrs.frozen
class Grant:
    """An access token with its life on the monotonic clock; `is_own`: this process obtained it, it did not come from the store.

    `renewed_for_500_at` is the monotonic time of the renewal, because of a 500, that gave this token or failed to replace it.
    """

    access_token: Secret
    life: TokenLife
    is_own: bool
    renewed_for_500_at: float = -math.inf


class Authenticator:
    """Holds one user's tokens of one server; `send` sends a request that needs no login.

    `user` is the `TokenKey.user` where it is known and the static token is not: the store may have other tokens of that user.
    """

    def __init__(
        self,
        server_url: str,
        static_token: Secret | None,
        *,
        profile: str,
        store: TokenStore,
        send: Callable[[Request[Any]], Awaitable[Any]],
        user: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._key = _key(server_url, static_token, profile) if user is None else TokenKey(server_url, user)
        self._lacks_token = user is not None
        self._static_token: Secret | None = static_token
        self._saved_static_token: Secret | None = None
        self._store = store
        self._send = send
        self._clock = clock
        self._wall_clock = wall_clock
        self._grant: Grant | None = None
        self._refresh_token: Secret | None = None
        self._loaded = False
        self._generation = 0  # increases when the user changes or logs out
        self._loads = SingleFlight[None]()
        self._renewals = SingleFlight[Grant]()

    @property
    def is_authenticated(self) -> bool:
        """Whether there is an access token that has not expired."""
        return self._grant is not None and self._grant.life.freshness(self._clock()) != "expired"

    @property
    def user(self) -> TokenKey:
        """Whose tokens these are; another one after a login with another static token."""
        return self._key

    async def token(self, *, lasting: float = 0.0) -> Secret:
        """An access token that has not expired; raises `AuthenticationError` when none can be obtained.

        A stale token is returned and renewed in the background; a missing or expired one is renewed first, and so is one that
        expires within `lasting` seconds.
        """
        grant = self._grant
        freshness = grant.life.freshness(self._clock()) if grant else "expired"
        if grant is not None and freshness != "expired" and lasting and not grant.life.lasts(self._clock(), lasting):
            return await self._renew_early(grant)
        if grant is not None and freshness == "valid":
            return grant.access_token
        if grant is not None and freshness == "stale":
            self._renewals.start("renewal", self._renew(rejected=grant.access_token))
            return grant.access_token
        if not self._loaded:
            await self.load()
            return await self.token(lasting=lasting)
        return (await self._renew_once(rejected=grant.access_token if grant else None)).access_token

    async def renew(self, rejected: Secret, *, unreadable: bool = False) -> Secret:
        """An access token other than the one that the server `rejected`; all callers share one renewal.

        `unreadable`: the server answered 500, because it cannot read the token, and not 401.
        """
        if self._grant is not None and self._grant.access_token != rejected:
            return self._grant.access_token
        return (await self._renew_once(rejected=rejected, unreadable=unreadable)).access_token

    def may_be_unreadable(self, token: Secret, *, error_type: str | None) -> bool:
        """Whether a 500 with this error type may be caused by `token`.

        A young token is not the cause, unless the error says `UNREADABLE_TOKEN`: a server may be redeployed right after a login.
        For `TRUST_SECONDS` after a renewal because of a 500 there is no other one: a server that always fails would otherwise
        get a login for each call.
        """
        grant = self._grant
        if grant is None or grant.access_token != token:
            return True
        was_renewed = self._clock() - grant.renewed_for_500_at < TRUST_SECONDS
        return not was_renewed and (error_type == UNREADABLE_TOKEN or not self.is_young(token))

    def is_young(self, token: Secret) -> bool:
        """Whether this process obtained `token` less than `TRUST_SECONDS` ago."""
        grant = self._grant
        return grant is not None and self.is_own(token) and self._clock() - grant.life.obtained_at < TRUST_SECONDS

    def is_own(self, token: Secret) -> bool:
        """Whether `token` is the current one and this process obtained it; one from the store may be outdated."""
        return self._grant is not None and self._grant.access_token == token and self._grant.is_own

    async def authenticate(self, static_token: Secret | None = None) -> Session:
        """Exchanges the static token and keeps the session; a `static_token` that works replaces the one known so far."""
        if static_token is None:
            await self.load()
        session = await self._exchange(self._static_token if static_token is None else static_token)
        if static_token is not None and static_token != self._static_token:
            # Another user, whose tokens must not be stored under the previous user's key.
            self._key = TokenKey.of_static_token(self._key.server_url, static_token.reveal())
            self._static_token, self._saved_static_token = static_token, None
            self._generation += 1
        await self._keep(session, _secret(session.refresh_token), self._generation)
        return session

    async def load(self) -> None:
        """Reads the store, once, however many callers there are."""
        if not self._loaded:
            await self._loads.run("load", self._load())

    async def has_newer_login(self) -> bool:
        """Whether the store has another access token than the one known here: another process may have logged in."""
        stored = await _in_thread(self._store.load, self._key)
        access_token = None if stored is None else _secret(stored.access_token)
        return access_token is not None and (self._grant is None or access_token != self._grant.access_token)

    async def clear(self, *, login_too: bool = False) -> None:
        """Forgets access and refresh token, here and in the store; with `login_too` also the static token of a saved login."""
        await self.load()
        if login_too and self._static_token == self._saved_static_token:
            self._static_token = None
        self._grant, self._refresh_token, self._loaded = None, None, True
        self._generation += 1
        if self._saved_static_token is not None and not login_too:
            kept = TokenSet(static_token=self._saved_static_token.reveal())
            await _in_thread(self._store.save, self._key, kept)
        else:
            await _in_thread(self._store.delete, self._key)
            self._saved_static_token = None

    async def close(self) -> None:
        """Cancels a running renewal, so that closing does not wait for a silent server."""
        await self._renewals.close()

    async def _load(self) -> None:
        """Takes from the store a valid access token, a refresh token, and the static token of a saved login."""
        stored = await _in_thread(self._store.load, self._key)
        if self._loaded:  # a login finished meanwhile and has newer tokens
            return
        self._loaded = True
        if stored is not None:
            self._adopt(stored)

    def _adopt(self, stored: TokenSet) -> bool:
        """Takes tokens from the store; True when the access token is still valid."""
        saved = _secret(stored.static_token) or self._saved_static_token
        if self._static_token is None or self._static_token == self._saved_static_token:
            self._static_token = saved  # the token so far came from the store, too, so a newer login there replaces it
        self._saved_static_token = saved
        self._refresh_token = _secret(stored.refresh_token) or self._refresh_token
        left = min(stored.expires_at - self._wall_clock(), stored.expires_in)
        access_token = _secret(stored.access_token)
        if access_token is None or left <= 0:
            return False
        now = self._clock()
        life = TokenLife(obtained_at=now + left - stored.expires_in, expires_in=stored.expires_in)
        self._grant = Grant(access_token, life, is_own=False)
        return life.freshness(now) == "valid"

    async def _renew_early(self, grant: Grant) -> Secret:
        """A new token, although that of `grant` has not expired; `grant`'s own if the renewal fails."""
        try:
            return (await self._renew_once(rejected=grant.access_token)).access_token
        except APIError:
            if grant.life.freshness(self._clock()) == "expired":
                raise
            return grant.access_token

    async def _renew_once(self, *, rejected: Secret | None, unreadable: bool = False) -> Grant:
        """The result of one renewal that all concurrent callers share."""
        return await self._renewals.run("renewal", self._renew(rejected, unreadable=unreadable))

    async def _renew(self, rejected: Secret | None, *, unreadable: bool = False) -> Grant:
        """A grant whose token is not `rejected`: new, unless another event loop or process renewed it meanwhile."""
        generation = self._generation
        async with self._store.lock(self._key):
            grant = self._grant
            if grant is not None and grant.access_token != rejected and grant.life.freshness(self._clock()) == "valid":
                return grant
            stored = await _in_thread(self._store.load, self._key)
            is_news = stored is not None and generation == self._generation and _secret(stored.access_token) != rejected
            if stored is not None and is_news and self._adopt(stored) and self._grant is not None:
                _logger.info("access token: taken from the store, another process renewed it")
                return self._grant
            try:
                return await self._refresh(generation) or await self._exchange_and_keep(generation)
            finally:
                if unreadable and self._grant is not None:
                    self._grant = attrs.evolve(self._grant, renewed_for_500_at=self._clock())

    async def _refresh(self, generation: int) -> Grant | None:
        """New tokens for the refresh token; None when there is none, or it does not work and the static token can.

        A refresh token can be used once, so after a failure with unknown outcome it is discarded if there is a static token.
        """
        if self._refresh_token is None or generation != self._generation:
            return None
        try:
            with TokenWatch("refresh_token"):
                granted = await self._send(requests.refresh(self._refresh_token.reveal()))
                _check_usable(granted)
        except APIError as error:
            if self._static_token is None and not _is_refusal(error):
                raise
            if not (isinstance(error, APIConnectionError) and not error.request_sent):
                self._refresh_token = None
            if self._static_token is None:
                raise TokenExpiredError(text("login_expired")) from None
            return None
        return await self._keep(granted, _secret(granted.refresh_token) or self._refresh_token, generation)

    async def _exchange_and_keep(self, generation: int) -> Grant:
        session = await self._exchange(self._static_token)
        return await self._keep(session, _secret(session.refresh_token), generation)

    async def _exchange(self, static_token: Secret | None) -> Session:
        if static_token is None and self._grant is not None:
            raise TokenExpiredError(text("login_expired"))
        if static_token is None:
            raise AuthenticationError(text("token_not_pickled" if self._lacks_token else "not_logged_in"))
        with HiddenFrames():
            request = requests.exchange(static_token.reveal())
        with TokenWatch("static_token"):
            session: Session = await self._send(request)
            _check_usable(session)
        return session

    async def _keep(self, granted: Session | TokenGrant, refresh_token: Secret | None, generation: int) -> Grant:
        """The tokens as a grant; it is kept unless the user changed or logged out since `generation`."""
        seconds = seconds_of_life(granted.access_token, granted.expires_in, self._wall_clock())
        life = TokenLife(obtained_at=self._clock(), expires_in=seconds)
        _logger.info("access token: renewed")
        grant = Grant(Secret(granted.access_token), life, is_own=True)
        if generation != self._generation:
            return grant
        self._grant, self._refresh_token, self._loaded = grant, refresh_token, True
        tokens = TokenSet(
            access_token=granted.access_token,
            expires_at=self._wall_clock() + seconds,
            expires_in=seconds,
            refresh_token=refresh_token.reveal() if refresh_token else None,
            static_token=self._saved_static_token.reveal() if self._saved_static_token else None,
        )
        await _in_thread(self._store.save, self._key, tokens)
        return grant


def _key(server_url: str, static_token: Secret | None, profile: str) -> TokenKey:
    if static_token is not None:
        return TokenKey.of_static_token(server_url, static_token.reveal())
    return TokenKey.of_profile(server_url, profile)


def _secret(stored: str | None) -> Secret | None:
    """The credential; None if the text is empty or has control characters."""
    return Secret(stored) if stored and is_fit(stored) else None


def _check_usable(granted: Session | TokenGrant) -> None:
    """Raises `ProtocolError` for an access token that no header can carry."""
    if _secret(granted.access_token) is None:
        raise ProtocolError(text("access_token_unusable"))


def _is_refusal(error: APIError) -> bool:
    """Whether the server refused the token itself: a 4xx, but for a 429, which is about the rate of requests."""
    return error.status_code is not None and 400 <= error.status_code < 500 and error.status_code != 429


async def _in_thread(work: Callable[..., T], *arguments: Any) -> T:
    """The result of a store's blocking method, run in a worker thread; its warnings name the user's line."""
    with remember_user_line():
        return await anyio.to_thread.run_sync(work, *arguments)
