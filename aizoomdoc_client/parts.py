"""The parts of a client, put together: the only place that knows which transport and which store are behind the protocols."""

from __future__ import annotations

from typing import Any

import attrs

from . import __version__
from .config import ClientConfig
from .protocol.requests import Request
from .session.asking import Asking, Question
from .session.attachments import FileShelf
from .session.auth import Authenticator
from .session.caller import Caller
from .session.downloads import Downloads
from .session.retrier import Retrier
from .session.stream import StreamReader
from .session.transports import Transports
from .storage.base import TokenStore
from .transport.base import HTTPTransport

USER_AGENT = f"aizoomdoc-client/{__version__}"


@attrs.frozen
class Wire:
    """One server's connections and what was found out about it, shared by all clients of the server that come from one."""

    http: HTTPTransport
    transports: Transports

    @classmethod
    def of(cls, config: ClientConfig) -> Wire:
        """The wire to the server of `config`; nothing is connected yet."""
        from .transport.eventsource import EventSourceTransport
        from .transport.http import AiohttpTransport
        from .transport.websocket import WebSocketTransport

        http = AiohttpTransport(config.server_url, USER_AGENT)
        websocket = WebSocketTransport(config.server_url, USER_AGENT, max_frame_bytes=config.max_frame_bytes)
        eventsource = EventSourceTransport(http, max_frame_bytes=config.max_frame_bytes)
        return cls(http, Transports(config.transport, websocket=websocket, eventsource=eventsource))


@attrs.frozen
class Parts:
    """What a client is made of."""

    config: ClientConfig
    wire: Wire
    store: TokenStore
    auth: Authenticator
    caller: Caller
    shelf: FileShelf
    downloads: Downloads

    @classmethod
    def of(cls, config: ClientConfig, store: TokenStore | None) -> Parts:
        """The parts of a new client."""
        if store is None:
            from .storage.default import default_token_store

            store = default_token_store()
        return cls._assembled(config, Wire.of(config), store)

    @classmethod
    def _assembled(
        cls,
        config: ClientConfig,
        wire: Wire,
        store: TokenStore,
        auth: Authenticator | None = None,
        shelf: FileShelf | None = None,
    ) -> Parts:
        retrier = Retrier(config.retry)
        anonymous = Caller(wire.http, None, retrier, config.timeout)
        auth = auth or Authenticator(
            config.server_url, config.static_token, profile=config.profile, store=store, send=anonymous.call
        )
        caller = Caller(wire.http, auth, retrier, config.timeout)
        downloads = Downloads(wire.http, auth, config.server_url, config.timeout)
        return cls(config, wire, store, auth, caller, shelf or FileShelf(caller), downloads)

    def with_options(self, *, static_token: str | None, **changes: Any) -> Parts:
        """Parts with some settings changed, over the same wire; the same user's share the login and the uploaded files."""
        given = {name: value for name, value in changes.items() if value is not None}
        if static_token is None or static_token == self.config.static_token:
            return self._assembled(attrs.evolve(self.config, **given), self.wire, self.store, self.auth, self.shelf)
        config = attrs.evolve(self.config, static_token=static_token, **given)
        return self._assembled(config, self.wire, self.store)

    def asking(self, question: Question) -> Asking:
        """The question on its way."""
        return Asking(question, caller=self.caller, shelf=self.shelf, open_reader=self._reader)

    async def close(self) -> None:
        """Closes all connections."""
        await self.wire.http.close()

    def _reader(self, request: Request[Any]) -> StreamReader:
        return StreamReader(
            request,
            transports=self.wire.transports,
            auth=self.auth,
            retrier=Retrier(self.config.retry),
            timeouts=self.config.stream_timeouts,
        )
