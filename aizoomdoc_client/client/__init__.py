"""The async client: one method an endpoint.

What lives here: `AsyncAIZoomDocClient` with what concerns the client itself; its methods of each noun stand in a module of that
name, as a base class, from which the sync client is generated as from one class. May import everything below; decides nothing of
its own: requests are made in `protocol.requests`, sent by `session`, and put together by `assembly`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from types import TracebackType
from typing import Self

from ..assembly import ClientParts
from ..config import ClientConfig, RetryPolicy, StreamTimeouts, TransportName, UploadLimits, resolve_config
from ..credentials import HiddenFrames
from ..hooks import Hooks
from ..models import Health
from ..protocol import requests
from ..storage.base import TokenStore
from ..tracebacks import ending_at_user
from ..transport.own_session import SessionSource
from ..unset import UNSET, Unset
from .answers import AnswerMethods
from .chats import ChatMethods
from .files import FileMethods
from .login import LoginMethods
from .projects import ProjectMethods
from .user import UserMethods

__all__ = ["AsyncAIZoomDocClient"]


@ending_at_user
class AsyncAIZoomDocClient(LoginMethods, UserMethods, ChatMethods, AnswerMethods, FileMethods, ProjectMethods):
    """An AIZoomDoc server, seen by one user.

    `server_url` and `static_token` come from, in this order: the arguments, ``AIZOOMDOC_SERVER`` and ``AIZOOMDOC_TOKEN``, the
    profile file, a login saved by ``aizoomdoc login``. Nothing is sent before the first call. `timeout` is for one request, in
    seconds, None for no limit; for every other setting None is the same as not given. An answer has `stream_timeouts` of its own.
    Tokens are kept in a file between runs; pass ``token_store=MemoryTokenStore()`` to keep them in memory only. `transport` is
    chosen automatically unless it is given. `hooks`, one or several, are called with details of the client's work.

    `proxy` is the URL of an HTTP proxy for all hosts, or ``"none"`` for no proxy; unless it is given, the environment's count.
    `ca_file`, a file or a folder of certificates in PEM, says whom to trust instead of what OpenSSL trusts by default, and
    ``"system"``, with the extra ``truststore``, that the operating system decides. `client_certificate` is shown to the server;
    its key is in the same file, or in `client_key`. `headers` go with each request to the server. `max_connections` bounds the
    connections that requests share; each open answer has one of its own beside them.

    `http_session`, a session of aiohttp or a function that makes one, decides on connections instead of these: its connector, its
    proxy and its traces are used; its headers, cookies, time-outs and all else are not. A session that is given stays open, and
    serves the loop that it was made in. A function, which `AIZoomDocClient` always needs, is called in each loop; what it makes
    is closed with the client.

    Raises `ConfigurationError` when there is no server, or a setting cannot be used.

    One client serves any number of tasks and event loops, also of several threads; each loop has its own connections. It need not
    be closed for a program to end; `close`, or ``async with``, frees its connections earlier. Copies have its settings only; a
    pickle has no static token either, unless `pickle_token` is true: where it is read, the same ``AIZOOMDOC_TOKEN``, tokens of
    the same user in the token store, or `with_options` serve instead.
    """

    def __init__(
        self,
        server_url: str | None = None,
        static_token: str | None = None,
        *,
        timeout: float | Unset | None = UNSET,
        profile: str | None = None,
        token_store: TokenStore | None = None,
        transport: TransportName | None = None,
        retry: RetryPolicy | None = None,
        stream_timeouts: StreamTimeouts | None = None,
        max_frame_bytes: int | None = None,
        upload_limits: UploadLimits | None = None,
        allow_insecure: bool | None = None,
        proxy: str | None = None,
        ca_file: str | PathLike[str] | None = None,
        client_certificate: str | PathLike[str] | None = None,
        client_key: str | PathLike[str] | None = None,
        headers: Mapping[str, str] | None = None,
        max_connections: int | None = None,
        http_session: SessionSource | None = None,
        pickle_token: bool | None = None,
        hooks: Hooks | Iterable[Hooks] | None = None,
    ) -> None:
        with HiddenFrames():
            config = resolve_config(
                server_url=server_url,
                static_token=static_token,
                timeout=timeout,
                profile=profile,
                transport=transport,
                retry=retry,
                stream_timeouts=stream_timeouts,
                max_frame_bytes=max_frame_bytes,
                upload_limits=upload_limits,
                allow_insecure=allow_insecure,
                proxy=proxy,
                ca_file=ca_file,
                client_certificate=client_certificate,
                client_key=client_key,
                headers=headers,
                max_connections=max_connections,
                pickle_token=pickle_token,
                has_own_session=http_session is not None,
            )
            self._parts = ClientParts.of(config, token_store, hooks, session=http_session)

    def __repr__(self) -> str:
        config: ClientConfig | None = getattr(self, "config", None)  # there is none yet in a traceback through __init__
        return f"<{type(self).__name__} {config.server_url[:90] if config else 'without a server'}>"

    @property
    def config(self) -> ClientConfig:
        """The settings in force."""
        return self._parts.config

    def with_options(
        self,
        *,
        timeout: float | Unset | None = UNSET,
        static_token: str | None = None,
        token_store: TokenStore | None = None,
        transport: TransportName | None = None,
        retry: RetryPolicy | None = None,
        stream_timeouts: StreamTimeouts | None = None,
        max_frame_bytes: int | None = None,
        upload_limits: UploadLimits | None = None,
        pickle_token: bool | None = None,
        hooks: Hooks | Iterable[Hooks] | None = None,
    ) -> AsyncAIZoomDocClient:
        """A client with other settings over the same connections; what is not given stays as it is.

        With another `static_token` it is another user's client, with tokens of its own: one backend can serve many users. With
        another `token_store` it logs in by itself. ``hooks=()`` switches hooks off. `server_url`, `allow_insecure`, `profile` and
        the settings of the network cannot be changed, because connections and saved logins depend on them: make another client.
        """
        client = object.__new__(type(self))
        with HiddenFrames():
            client._parts = self._parts.with_options(
                token_store,
                hooks,
                static_token=static_token,
                timeout=timeout,
                transport=transport,
                retry=retry,
                stream_timeouts=stream_timeouts,
                max_frame_bytes=max_frame_bytes,
                upload_limits=upload_limits,
                pickle_token=pickle_token,
            )
        return client

    async def close(self) -> None:
        """Closes the connections of this event loop, those of `with_options` clients too; a later call opens new ones.

        An answer that is still being read in this loop ends with a `StreamInterruptedError`; other loops are not affected.
        """
        await self._parts.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def health(self) -> Health:
        """The server's own status; needs no login. A server may call itself healthy with its database down."""
        return await self._parts.caller.call(requests.health())
