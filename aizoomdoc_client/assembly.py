"""Builds a client from its parts: the only module that names the concrete transports and token stores."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import attrs

from ._version import __version__
from .catalog import text
from .config import ClientConfig, StreamTimeouts, given_settings
from .credentials import Secret
from .hooks import Hooks
from .hooks.notifier import Notifier
from .logs import follow_environment
from .models import Message
from .protocol.requests import Request, logout
from .protocol.retry import RetryBudget
from .protocol.transport_choice import TransportChoice
from .session.attachments import FileUploader
from .session.auth import Authenticator
from .session.caller import Caller
from .session.chat_queue import ChatSlot, ChatStates
from .session.downloads import Downloads
from .session.known_files import KnownFiles
from .session.open_answers import OpenAnswers
from .session.question import Question
from .session.question_resumer import AskedBefore, QuestionResumer, RequestMaker
from .session.question_sender import QuestionSender
from .session.retrier import Retrier
from .session.stream_connection import StreamConnection
from .session.stream_opener import StreamOpener
from .session.stream_reader import Resumption, StreamReader
from .storage.base import TokenKey, TokenStore
from .transport.base import HTTPTransport

if TYPE_CHECKING:
    from .storage.server_file import ServerFile
    from .transport.http import AiohttpTransport
    from .transport.network import Network
    from .transport.own_session import OwnSession, SessionSource

USER_AGENT = f"aizoomdoc-client/{__version__}"


@attrs.frozen
class ServerConnections:
    """One server's connections and what is known of it, shared by a client and its `with_options` clients.

    `http` sends requests, `streams` opens server-sent events, `opener` opens an answer's stream by either transport. `own` is a
    user's session of aiohttp, `memory` the file of what was learnt of the server.
    """

    http: HTTPTransport
    streams: AiohttpTransport
    opener: StreamOpener
    network: Network
    memory: ServerFile | None = None
    own: OwnSession | None = None
    budget: RetryBudget = attrs.field(factory=RetryBudget)
    answers: OpenAnswers = attrs.field(factory=OpenAnswers)
    files: KnownFiles = attrs.field(factory=KnownFiles.of_many_users)
    chats: ChatStates = attrs.field(factory=ChatStates)
    logins: set[weakref.ref[Authenticator]] = attrs.field(factory=set["weakref.ref[Authenticator]"])

    @classmethod
    def of(cls, config: ClientConfig, store: TokenStore | None = None, session: SessionSource | None = None) -> ServerConnections:
        """The connections to the server of `config`; none is opened yet. What is learnt of it is kept beside the tokens.

        With `session` they are those of a user's own session of aiohttp.
        """
        from .storage.server_file import ServerFile
        from .transport.http import AiohttpTransport
        from .transport.network import Network
        from .transport.own_session import OwnSession

        own = None if session is None else OwnSession(session)
        network = Network.of(config)
        http = AiohttpTransport(config.server_url, USER_AGENT, network=network, own=own)
        # Without a pool: a request over a pooled connection that is dead fails, and whether a run began would be unknown.
        streams = AiohttpTransport(config.server_url, USER_AGENT, share=False, network=network, own=own)
        memory = ServerFile.beside(store, config.server_url)
        opener = _stream_opener(config, streams, network, TransportChoice(config.transport), memory)
        return cls(http, streams, opener, network, memory, own)

    def with_streams_of(self, before: ClientConfig, config: ClientConfig) -> ServerConnections:
        """The same connections, over which streams are opened as `config` says instead of `before`."""
        if (config.transport, config.max_frame_bytes) == (before.transport, before.max_frame_bytes):
            return self
        is_same_choice = config.transport == before.transport
        choice = self.opener.choice if is_same_choice else TransportChoice(config.transport)
        return attrs.evolve(self, opener=_stream_opener(config, self.streams, self.network, choice, self.memory))


def _stream_opener(
    config: ClientConfig, streams: AiohttpTransport, network: Network, choice: TransportChoice, memory: ServerFile | None
) -> StreamOpener:
    from .transport.eventsource import EventSourceTransport
    from .transport.websocket import REACH_TIMEOUT, WebSocketTransport

    reach = REACH_TIMEOUT if config.transport == "auto" else None
    websocket = WebSocketTransport(
        config.server_url,
        USER_AGENT,
        max_frame_bytes=config.max_frame_bytes,
        reach_timeout=reach,
        network=network,
        own=streams.own,
    )
    eventsource = EventSourceTransport(streams, max_frame_bytes=config.max_frame_bytes)
    return StreamOpener(choice, websocket=websocket, eventsource=eventsource, memory=memory)


@attrs.frozen
class Account:
    """What is known of one user of the server, shared by this user's `with_options` clients."""

    files: KnownFiles
    chats: ChatStates

    @classmethod
    def of(cls, connections: ServerConnections, auth: Authenticator) -> Account:
        """The account of the user of `auth`; after another login that is another user's."""

        def owner() -> TokenKey:
            return auth.user

        return cls(connections.files.for_owner(owner), connections.chats.for_owner(owner))


@attrs.frozen
class ClientParts:
    """The parts of a client."""

    config: ClientConfig
    connections: ServerConnections
    store: TokenStore
    account: Account
    auth: Authenticator
    retrier: Retrier
    caller: Caller
    uploader: FileUploader
    downloads: Downloads
    notifier: Notifier | None
    user: str | None

    @classmethod
    def of(
        cls,
        config: ClientConfig,
        store: TokenStore | None,
        hooks: Hooks | Iterable[Hooks] | None = None,
        *,
        session: SessionSource | None = None,
        user: str | None = None,
    ) -> ClientParts:
        """The parts of a new client; `user` is the `TokenKey.user` where the static token is not known."""
        follow_environment()
        if store is None:
            from .storage import default_token_store

            store = default_token_store()
        connections = ServerConnections.of(config, store, session)
        notifier = Notifier.of(hooks, config.server_url)
        auth = _authenticator(config, connections, store, user)
        return cls._assemble(config, connections, store, Account.of(connections, auth), auth, notifier=notifier, user=user)

    @classmethod
    def _assemble(
        cls,
        config: ClientConfig,
        connections: ServerConnections,
        store: TokenStore,
        account: Account,
        auth: Authenticator,
        *,
        notifier: Notifier | None,
        user: str | None,
    ) -> ClientParts:
        retrier = Retrier(config.retry, connections.budget)
        caller = Caller(connections.http, auth, retrier, config.timeout, notifier)
        downloads = Downloads(connections.http, auth, config.server_url, config.timeout, allow_insecure=config.allow_insecure)
        uploader = FileUploader(caller, config.upload_limits, account.files, downloads.fetch)
        return cls(config, connections, store, account, auth, retrier, caller, uploader, downloads, notifier, user)

    def with_options(
        self, token_store: TokenStore | None, hooks: Hooks | Iterable[Hooks] | None = None, **settings: Any
    ) -> ClientParts:
        """The parts with the given settings changed, over the same connections.

        Clients of one user share what is known of the user's chats and files, and, with the same token store, the login.
        """
        config = attrs.evolve(self.config, **given_settings(**settings))
        connections = self.connections.with_streams_of(self.config, config)
        store = token_store or self.store
        is_same_user = config.static_token == self.config.static_token
        is_same_login = is_same_user and store is self.store
        user = self.user if is_same_user else None
        auth = self.auth if is_same_login else _authenticator(config, connections, store, user)
        notifier = self.notifier if hooks is None else Notifier.of(hooks, config.server_url)
        account = self.account if is_same_login else Account.of(connections, auth)
        return self._assemble(config, connections, store, account, auth, notifier=notifier, user=user)

    def question_sender(self, question: Question) -> QuestionSender:
        """The sender of a question."""
        chat = self.account.chats.of(question.chat_id)
        return QuestionSender(question, chat=chat, caller=self.caller, uploader=self.uploader, open_reader=self._reader)

    def question_resumer(self, question: Question, asked: AskedBefore, *, may_run: bool, unread_for: float) -> QuestionResumer:
        """The resumer of the answer to a message that the chat has already, unread for so many seconds.

        `may_run`: the model may run for it.
        """

        def open_reader(message: Message, make_request: RequestMaker, slot: ChatSlot) -> StreamReader:
            return self._resuming_reader(message, make_request, slot, may_run=may_run, unread_for=unread_for)

        return QuestionResumer(
            question,
            asked=asked,
            chat=self.account.chats.of(question.chat_id),
            caller=self.caller,
            uploader=self.uploader,
            open_reader=open_reader,
        )

    async def logout(self) -> None:
        """Ends the session and forgets all saved tokens, also if the server cannot be told; then raises why."""
        await self.auth.load()
        try:
            if self.auth.is_authenticated:
                await self.caller.call(logout())
        finally:
            await self.auth.clear(login_too=True)

    async def close(self) -> None:
        """Interrupts all answers of the running loop and closes its connections."""
        await self.connections.answers.give_up(text("client_closed"))
        for login in tuple(self.connections.logins):  # copied in one atomic step: other threads may add some
            if (authenticator := login()) is not None:
                await authenticator.close()
        await self.connections.streams.close()
        await self.connections.http.close()
        if self.connections.own is not None:
            await self.connections.own.finish()

    def _reader(self, message: Message, request: Request[Any], slot: ChatSlot) -> StreamReader:
        def open_connection(timeouts: StreamTimeouts) -> StreamConnection:
            return self._connection(request, timeouts)

        return self._registered_reader(message, slot, open_connection, None)

    def _resuming_reader(
        self, message: Message, make_request: RequestMaker, slot: ChatSlot, *, may_run: bool, unread_for: float
    ) -> StreamReader:
        """A reader whose request is made before the stream is opened: it may never be, if the history has the answer."""
        request: Request[Any] | None = None

        async def prepare() -> None:
            nonlocal request
            request = await make_request()

        def open_connection(timeouts: StreamTimeouts) -> StreamConnection:
            assert request is not None
            return self._connection(request, timeouts)

        return self._registered_reader(message, slot, open_connection, Resumption(may_run, unread_for, prepare))

    def _connection(self, request: Request[Any], timeouts: StreamTimeouts) -> StreamConnection:
        opener = self.connections.opener
        return StreamConnection(request, opener=opener, auth=self.auth, retrier=self.retrier, timeouts=timeouts)

    def _registered_reader(
        self,
        message: Message,
        slot: ChatSlot,
        open_connection: Callable[[StreamTimeouts], StreamConnection],
        resumption: Resumption | None,
    ) -> StreamReader:
        reader = StreamReader(
            message,
            slot,
            open_connection=open_connection,
            caller=self.caller,
            timeouts=self.config.stream_timeouts,
            max_reruns=self.config.retry.max_reruns,
            resumption=resumption,
        )
        self.connections.answers.add(reader)
        return reader


def _authenticator(config: ClientConfig, connections: ServerConnections, store: TokenStore, user: str | None) -> Authenticator:
    anonymous = Caller(connections.http, None, Retrier(config.retry, connections.budget), config.timeout)
    static_token = Secret.of(config.static_token)
    login = Authenticator(config.server_url, static_token, profile=config.profile, store=store, send=anonymous.call, user=user)
    connections.logins.add(weakref.ref(login, connections.logins.discard))
    return login
