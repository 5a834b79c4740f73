"""The scripted server: starts and stops, is told what to answer, and shows what happened."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Self

from aiohttp import web

from .behavior import ServerBehavior
from .model_run import Answer, AnswerMaker, ModelRun, Scripted
from .proxy.connections import authority
from .request_handling import HTTP_LOG, HttpServer, handle
from .request_rules import Reaction, RecordedRequest, Rule
from .server_state import Post, ServerState
from .server_store import ServerStore, StoredChat, StoredMessage, StoredUser, add_sample_data
from .steps import AfterDrop
from .sync_point import SyncPoint

DEFAULT_TOKENS = ("your-static-token",)
MAX_LINE = 64 * 1024
"""Bytes of a request line or header, the limit of uvicorn; aiohttp's own limit is an eighth of it."""


class ScriptedServer:
    """A server that behaves as `behavior` says until a script says otherwise; an async context manager.

    Each of `static_tokens`, one or several, belongs to a user of its own (``user-1``, ``user-2``, …). `port` 0 takes a free one,
    which a restart keeps. Everything that is not a coroutine may be called from any thread.

    Raises `ConfigurationError` where PyJWT, which the extra ``testing`` installs, is missing.
    """

    def __init__(
        self,
        behavior: ServerBehavior = ServerBehavior.PRODUCTION,
        *,
        static_tokens: str | Sequence[str] = DEFAULT_TOKENS,
        expires_in: float = 3600,
        on_drop: AfterDrop = "cancel",
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self._state = ServerState(behavior, on_drop)
        self._state.tokens.expires_in = expires_in
        self._host, self._port = host, port
        self._http: HttpServer | None = None
        self._runner: web.ServerRunner | None = None
        self._lock = asyncio.Lock()
        add_sample_data(self.store)
        for number, token in enumerate([static_tokens] if isinstance(static_tokens, str) else static_tokens, 1):
            self.store.add_user(token, f"user-{number}")

    # Start and stop

    async def start(self) -> None:
        """Begins to listen; after `stop` on the same port again, with all its records. Idempotent."""
        async with self._lock:
            if self._runner is None:
                await self._start()

    async def stop(self) -> None:
        """Aborts all connections, cancels all runs and stops listening."""
        async with self._lock:
            await self._stop()

    async def restart(self) -> None:
        """Stops and starts again; does nothing if the server is stopped."""
        async with self._lock:
            if self._runner is not None:
                await self._stop()
                await self._start()

    async def _start(self) -> None:
        self._http = HttpServer(
            self._handle,
            keepalive_timeout=self.behavior.keepalive_seconds,
            lingering_time=0,
            access_log=None,
            logger=HTTP_LOG,
            max_line_size=MAX_LINE,
            max_field_size=MAX_LINE,
        )
        runner = web.ServerRunner(self._http, shutdown_timeout=0)
        try:
            await runner.setup()
            await web.TCPSite(runner, self._host, self._port).start()
        except BaseException:
            await runner.cleanup()
            raise
        self._runner, self._port = runner, runner.addresses[0][1]

    async def _stop(self) -> None:
        runner, self._runner = self._runner, None
        if runner is None or self._http is None:
            return
        self._http.abort_all()
        await runner.cleanup()
        await self._state.cancel_tasks()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        assert self._http is not None
        return await handle(request, self._state, self._http)

    # Address and properties

    @property
    def url(self) -> str:
        """The address to use as a client's `server_url`."""
        return f"http://{authority(self._host, self._port)}"

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._port

    @property
    def behavior(self) -> ServerBehavior:
        """How it behaves; may be replaced while it runs (`keepalive_seconds` takes effect at the next start)."""
        return self._state.behavior

    @behavior.setter
    def behavior(self, behavior: ServerBehavior) -> None:
        self._state.behavior = behavior

    @property
    def static_token(self) -> str:
        """The static token of the first user."""
        return self.user.static_token

    @property
    def user(self) -> StoredUser:
        """The first user."""
        return next(iter(self.store.users.values()))

    # What happened

    @property
    def requests(self) -> list[RecordedRequest]:
        """All requests so far, oldest first."""
        return self._state.requests

    def requests_to(self, method: str, pattern: str = "**") -> list[RecordedRequest]:
        """The requests with that `method` whose path matches `pattern`; both are as in `respond`."""
        rule = Rule(method.upper(), pattern, ())
        return [request for request in self.requests if rule.covers(request)]

    @property
    def posts(self) -> list[Post]:
        """The user messages that were posted and accepted."""
        return self._state.posts

    @property
    def model_runs(self) -> list[ModelRun]:
        """All runs of the model, on both transports."""
        return self._state.runs

    @property
    def store(self) -> ServerStore:
        """Its records; a test may change them."""
        return self._state.store

    @property
    def chats(self) -> dict[str, StoredChat]:
        """The chats, by id."""
        return self.store.chats

    def messages(self, chat_id: str) -> list[StoredMessage]:
        """All messages of a chat, oldest first, also those that a history does not show."""
        return self.chats[chat_id].messages

    @property
    def open_connections(self) -> int:
        """How many TCP connections are open."""
        return len(self._http.connections) if self._http else 0

    async def until(self, condition: Callable[[], bool], timeout: float = 10.0) -> None:
        """Returns once `condition` holds; raises `TimeoutError` after `timeout` seconds."""
        for pause in _pauses(condition, timeout):
            await asyncio.sleep(pause)

    def until_blocking(self, condition: Callable[[], bool], timeout: float = 10.0) -> None:
        """As `until`, for a thread that is not the server's."""
        for pause in _pauses(condition, timeout):
            time.sleep(pause)

    # The script

    def script_answer(self, answer: Answer | AnswerMaker | Iterable[Scripted], *, question: str | None = None) -> None:
        """Scripts the next run, or with `question` the next run whose question contains that text.

        An answer is an `Answer`, a function that makes one of the `Question`, or a list of steps and of (name, data) pairs.
        """
        self._state.answers.add(_maker(answer), question)

    def answer_with(self, answer: Answer | AnswerMaker | Iterable[Scripted]) -> None:
        """Sets the answer of all runs that are not scripted."""
        self._state.answers.default = _maker(answer)

    @property
    def answers_left(self) -> int:
        """How many scripted answers no run has used yet."""
        return self._state.answers.left

    def respond(self, method: str, pattern: str, *reactions: Reaction) -> Rule:
        """Gives the next matching requests, one for each of `reactions`, that reaction instead of the usual response.

        `method` may be ``*``, and is ``WS`` for a WebSocket handshake; in `pattern` ``*`` or ``{name}`` stands for one segment of
        the path and ``**`` for anything. Raises `TypeError` for what is no reaction.
        """
        return self._state.rules.add(method, pattern, reactions)

    def freeze(self) -> SyncPoint:
        """Lets every further request wait until the returned point is set, as when a model run blocks the whole server."""
        self._state.frozen = SyncPoint()
        return self._state.frozen

    @property
    def database_down(self) -> bool:
        """Whether the server has lost its database; as in production, no response says so."""
        return self._state.database_down

    @database_down.setter
    def database_down(self, down: bool) -> None:
        self._state.database_down = down

    # Tokens

    @property
    def expires_in(self) -> float:
        """The life of future access tokens, in seconds."""
        return self._state.tokens.expires_in

    @expires_in.setter
    def expires_in(self, seconds: float) -> None:
        self._state.tokens.expires_in = seconds

    @property
    def clock_skew(self) -> float:
        """By how many seconds the clock of the server is ahead in the dates of tokens."""
        return self._state.tokens.clock_skew

    @clock_skew.setter
    def clock_skew(self, seconds: float) -> None:
        self._state.tokens.clock_skew = seconds

    def issue_token(self, user: StoredUser | None = None) -> str:
        """A valid access token of `user`, or of the first user."""
        return self._state.tokens.issue((user or self.user).id)

    def expire_tokens(self) -> None:
        """Makes all access tokens issued so far expired."""
        self._state.tokens.expire_all()

    def expire_refresh_tokens(self) -> None:
        """Makes all refresh tokens invalid."""
        self._state.tokens.expire_refresh_tokens()

    def change_secret(self) -> None:
        """Makes all tokens issued so far invalid, as a redeployment does."""
        self._state.tokens.change_secret()


def _pauses(condition: Callable[[], bool], timeout: float) -> Iterator[float]:
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"The condition did not hold within {timeout} s")
        yield 0.002


def _maker(answer: Answer | AnswerMaker | Iterable[Scripted]) -> AnswerMaker:
    if callable(answer):
        return answer
    steps = answer if isinstance(answer, Answer) else Answer(answer)
    return lambda _: steps
