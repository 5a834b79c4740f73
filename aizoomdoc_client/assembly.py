"""Builds a client from its parts: the only module that names the concrete transports and token stores."""

from __future__ import annotations

import weakref
from typing import Any

import attrs

from ._version import __version__
from .catalog import text
from .config import ClientConfig, StreamTimeouts
from .credentials import Secret
from .models import Message
from .protocol.requests import Request
from .protocol.retry import RetryBudget
from .session.attachments import FileUploader
from .session.auth import Authenticator
from .session.caller import Caller
from .session.chat_queue import ChatSlot, ChatStates
from .session.downloads import Downloads
from .session.open_answers import OpenAnswers
from .session.question import Question
from .session.question_sender import QuestionSender
from .session.retrier import Retrier
from .session.stream_connection import StreamConnection
from .session.stream_opener import StreamOpener
from .session.stream_reader import StreamReader
from .storage.base import TokenStore
from .transport.base import HTTPTransport

USER_AGENT = f"aizoomdoc-client/{__version__}"


@attrs.frozen
class ServerConnections:
    """One server's connections and what is known of it, shared by a client and its `with_options` clients."""

    http: HTTPTransport
    streams: HTTPTransport
    transports: StreamOpener
    budget: RetryBudget = attrs.field(factory=RetryBudget)
    answers: OpenAnswers = attrs.field(factory=OpenAnswers)
    logins: weakref.WeakSet[Authenticator] = attrs.field(factory=weakref.WeakSet[Authenticator])

    @classmethod
    def of(cls, config: ClientConfig) -> ServerConnections:
        """The connections to the server of `config`; none is opened yet."""
        from .transport.eventsource import EventSourceTransport
        from .transport.http import AiohttpTransport
        from .transport.websocket import WebSocketTransport

        http = AiohttpTransport(config.server_url, USER_AGENT)
        # A pooled connection may be dead, and it would be unknown whether a run began before the request failed: so no pool.
        streams = AiohttpTransport(config.server_url, USER_AGENT, share=False)
        websocket = WebSocketTransport(config.server_url, USER_AGENT, max_frame_bytes=config.max_frame_bytes)
        eventsource = EventSourceTransport(streams, max_frame_bytes=config.max_frame_bytes)
        return cls(http, streams, StreamOpener(config.transport, websocket=websocket, eventsource=eventsource))


@attrs.frozen
class Account:
    """What belongs to one user of the server, shared by a client and its `with_options` clients of the same user."""

    auth: Authenticator
    uploader: FileUploader
    chats: ChatStates


@attrs.frozen
class ClientParts:
    """The parts of a client."""

    config: ClientConfig
    connections: ServerConnections
    store: TokenStore
    account: Account
    retrier: Retrier
    caller: Caller

    @classmethod
    def of(cls, config: ClientConfig, store: TokenStore | None) -> ClientParts:
        """The parts of a new client."""
        if store is None:
            from .storage import default_token_store

            store = default_token_store()
        return cls._assembled(config, ServerConnections.of(config), store)

    @classmethod
    def _assembled(
        cls, config: ClientConfig, connections: ServerConnections, store: TokenStore, account: Account | None = None
    ) -> ClientParts:
        auth = account.auth if account else _authenticator(config, connections, store)
        retrier = Retrier(config.retry, connections.budget)
        caller = Caller(connections.http, auth, retrier, config.timeout)
        account = account or Account(auth, FileUploader(caller, config.upload_limits), ChatStates())
        return cls(config, connections, store, account, retrier, caller)

    @property
    def auth(self) -> Authenticator:
        """The user's login."""
        return self.account.auth

    @property
    def downloads(self) -> Downloads:
        """Fetches stored files."""
        return Downloads(self.connections.http, self.auth, self.config.server_url, self.config.timeout)

    def with_options(self, *, static_token: str | None, **changes: Any) -> ClientParts:
        """The parts with some settings changed, over the same connections; those of the same user share the account."""
        config = attrs.evolve(self.config, **{name: value for name, value in changes.items() if value is not None})
        if static_token is None or static_token == self.config.static_token:
            return self._assembled(config, self.connections, self.store, self.account)
        return self._assembled(attrs.evolve(config, static_token=static_token), self.connections, self.store)

    def question_sender(self, question: Question) -> QuestionSender:
        """The sender of a question."""
        record = self.account.chats.of(question.chat_id)
        return QuestionSender(
            question, record=record, caller=self.caller, uploader=self.account.uploader, open_reader=self._reader
        )

    async def close(self) -> None:
        """Breaks off all answers and closes all connections."""
        await self.connections.answers.give_up(text("client_closed"))
        for login in tuple(self.connections.logins):
            await login.close()
        await self.connections.streams.close()
        await self.connections.http.close()

    def _reader(self, message: Message, request: Request[Any], slot: ChatSlot) -> StreamReader:
        def open_connection(timeouts: StreamTimeouts) -> StreamConnection:
            return StreamConnection(
                request, transports=self.connections.transports, auth=self.auth, retrier=self.retrier, timeouts=timeouts
            )

        reader = StreamReader(
            message,
            slot,
            open_connection=open_connection,
            caller=self.caller,
            timeouts=self.config.stream_timeouts,
            max_reruns=self.config.retry.max_reruns,
        )
        self.connections.answers.add(reader)
        return reader


def _authenticator(config: ClientConfig, connections: ServerConnections, store: TokenStore) -> Authenticator:
    anonymous = Caller(connections.http, None, Retrier(config.retry, connections.budget), config.timeout)
    static_token = Secret.of(config.static_token)
    login = Authenticator(config.server_url, static_token, profile=config.profile, store=store, send=anonymous.call)
    connections.logins.add(login)
    return login
