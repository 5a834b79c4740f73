"""The parts of a client, put together: the only place that knows which transport and which store are behind the protocols."""

from __future__ import annotations

import weakref
from typing import Any

import attrs

from . import __version__
from .config import ClientConfig, StreamTimeouts
from .models import Message
from .protocol.requests import Request
from .protocol.retry import RetryBudget
from .secrecy import Secret
from .session.asking import Asking, Question
from .session.attachments import FileShelf
from .session.auth import Authenticator
from .session.caller import Caller
from .session.channel import AnswerChannel
from .session.downloads import Downloads
from .session.open_answers import OpenAnswers
from .session.retrier import Retrier
from .session.stream import StreamReader
from .session.transports import Transports
from .session.turns import ChatRecords, Turn
from .storage.base import TokenStore
from .transport.base import HTTPTransport

USER_AGENT = f"aizoomdoc-client/{__version__}"


@attrs.frozen
class Wire:
    """One server's connections and what was found out about it, shared by all clients of the server that come from one."""

    http: HTTPTransport
    streams: HTTPTransport
    transports: Transports
    budget: RetryBudget = attrs.field(factory=RetryBudget)
    answers: OpenAnswers = attrs.field(factory=OpenAnswers)
    logins: weakref.WeakSet[Authenticator] = attrs.field(factory=weakref.WeakSet[Authenticator])

    @classmethod
    def of(cls, config: ClientConfig) -> Wire:
        """The wire to the server of `config`; nothing is connected yet."""
        from .transport.eventsource import EventSourceTransport
        from .transport.http import AiohttpTransport
        from .transport.websocket import WebSocketTransport

        http = AiohttpTransport(config.server_url, USER_AGENT)
        # A connection that the pool gives out may be dead, and nobody could tell whether a stream's run began before it died.
        streams = AiohttpTransport(config.server_url, USER_AGENT, share=False)
        websocket = WebSocketTransport(config.server_url, USER_AGENT, max_frame_bytes=config.max_frame_bytes)
        eventsource = EventSourceTransport(streams, max_frame_bytes=config.max_frame_bytes)
        return cls(http, streams, Transports(config.transport, websocket=websocket, eventsource=eventsource))


@attrs.frozen
class Account:
    """What belongs to one user of the server, and is shared by all clients of that user that come from one."""

    auth: Authenticator
    shelf: FileShelf
    chats: ChatRecords


@attrs.frozen
class Parts:
    """What a client is made of."""

    config: ClientConfig
    wire: Wire
    store: TokenStore
    account: Account
    retrier: Retrier
    caller: Caller

    @classmethod
    def of(cls, config: ClientConfig, store: TokenStore | None) -> Parts:
        """The parts of a new client."""
        if store is None:
            from .storage.default import default_token_store

            store = default_token_store()
        return cls._assembled(config, Wire.of(config), store)

    @classmethod
    def _assembled(cls, config: ClientConfig, wire: Wire, store: TokenStore, account: Account | None = None) -> Parts:
        auth = account.auth if account else _authenticator(config, wire, store)
        retrier = Retrier(config.retry, wire.budget)
        caller = Caller(wire.http, auth, retrier, config.timeout)
        account = account or Account(auth, FileShelf(caller, config.upload_limits), ChatRecords())
        return cls(config, wire, store, account, retrier, caller)

    @property
    def auth(self) -> Authenticator:
        """The user's login."""
        return self.account.auth

    @property
    def downloads(self) -> Downloads:
        """Fetches stored files."""
        return Downloads(self.wire.http, self.auth, self.config.server_url, self.config.timeout)

    def with_options(self, *, static_token: str | None, **changes: Any) -> Parts:
        """Parts with some settings changed, over the same wire; the same user's share the account."""
        config = attrs.evolve(self.config, **{name: value for name, value in changes.items() if value is not None})
        if static_token is None or static_token == self.config.static_token:
            return self._assembled(config, self.wire, self.store, self.account)
        return self._assembled(attrs.evolve(config, static_token=static_token), self.wire, self.store)

    def asking(self, question: Question) -> Asking:
        """The question on its way."""
        record = self.account.chats.of(question.chat_id)
        return Asking(question, record=record, caller=self.caller, shelf=self.account.shelf, open_reader=self._reader)

    async def close(self) -> None:
        """Breaks off all answers and closes all connections."""
        await self.wire.answers.give_up("The client was closed")
        for login in tuple(self.wire.logins):
            await login.close()
        await self.wire.streams.close()
        await self.wire.http.close()

    def _reader(self, message: Message, request: Request[Any], turn: Turn) -> StreamReader:
        def open_channel(timeouts: StreamTimeouts) -> AnswerChannel:
            return AnswerChannel(
                request, transports=self.wire.transports, auth=self.auth, retrier=self.retrier, timeouts=timeouts
            )

        reader = StreamReader(
            message,
            turn,
            open_channel=open_channel,
            caller=self.caller,
            timeouts=self.config.stream_timeouts,
            max_reruns=self.config.retry.max_reruns,
        )
        self.wire.answers.add(reader)
        return reader


def _authenticator(config: ClientConfig, wire: Wire, store: TokenStore) -> Authenticator:
    anonymous = Caller(wire.http, None, Retrier(config.retry, wire.budget), config.timeout)
    static_token = Secret.of(config.static_token)
    login = Authenticator(config.server_url, static_token, profile=config.profile, store=store, send=anonymous.call)
    wire.logins.add(login)
    return login
