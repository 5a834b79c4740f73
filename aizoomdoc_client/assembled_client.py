"""What a client is, whatever its methods: its parts, and how it is copied and pickled without them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Self, TypeVar

import attrs

from .assembly import ClientParts
from .catalog import text
from .config import ClientConfig, token_of_environment
from .credentials import HiddenFrames
from .storage.base import TokenKey, TokenStore

if TYPE_CHECKING:
    from .transport.own_session import SessionSource


class AssembledClient:
    """What a client is made of; pickled and copied as its settings, without connections, access tokens and what was learnt.

    A pickle leaves out the static token, too, unless `ClientConfig.pickle_token` asks for it: pickles are written to queues and
    disks. It has a digest instead, so that the client is that of the same user or of none. An own session is in no pickle; a
    function that makes sessions is, by its name. Copies use the same one.
    """

    _parts: ClientParts

    def __reduce__(self) -> tuple[Any, ...]:
        session = self._session
        if session is not None and not callable(session):
            raise TypeError(str(text("session_not_pickled")))
        config, user = self._parts.config, self._parts.user
        if config.static_token is not None and not config.pickle_token:
            user = TokenKey.of_static_token(config.server_url, config.static_token).user
            config = attrs.evolve(config, static_token=None)
        return _client_of, (type(self), config, self._parts.store, user, session)

    def __copy__(self) -> Self:
        return _client_of(type(self), self._parts.config, self._parts.store, self._parts.user, self._session)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        store = copy.deepcopy(self._parts.store, memo)
        return _client_of(type(self), self._parts.config, store, self._parts.user, self._session)

    @property
    def _session(self) -> SessionSource | None:
        own = self._parts.connections.own
        return None if own is None else own.source


_Client = TypeVar("_Client", bound=AssembledClient)


def _client_of(
    kind: type[_Client], config: ClientConfig, store: TokenStore, user: str | None, session: SessionSource | None = None
) -> _Client:
    client = object.__new__(kind)
    with HiddenFrames():
        config = _with_token_of(user, config)
        user = user if config.static_token is None else None
        client._parts = ClientParts.of(config, store, user=user, session=session)  # pyright: ignore[reportPrivateUsage] - its own
    return client


def _with_token_of(user: str | None, config: ClientConfig) -> ClientConfig:
    """`config` with the environment's static token, if that is the same user's."""
    token = token_of_environment()
    if user is None or not token or TokenKey.of_static_token(config.server_url, token).user != user:
        return config
    return attrs.evolve(config, static_token=token)
