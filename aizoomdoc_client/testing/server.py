"""A server for tests: real sockets, today's servers' habits, and a script."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Self

from aiohttp import web

from .answers import Answer, AnswerMaker, Scripted
from .backend import Backend, Post
from .exchange import Connections, HttpExchange, recorded
from .gates import Gate
from .guise import Guise
from .recording import RecordedRequest
from .responses import Reaction
from .routes import process
from .rules import Rule
from .runs import ModelRun
from .steps import AfterDrop
from .store import Store, StoredChat, StoredMessage, StoredUser, furnish

DEFAULT_TOKENS = ("your-static-token",)
MAX_LINE = 64 * 1024
"""How long a request line or header may be, in bytes, as uvicorn has it; aiohttp's own limit is an eighth of that."""


class ScriptedServer:
    """A server that behaves as `guise` says until a script says otherwise; an async context manager.

    Each of `static_tokens` belongs to a user of its own (``user-1``, ``user-2``, …). `port` 0 takes a free one, which a restart
    keeps. Everything that is not a coroutine may be called from any thread.
    """

    def __init__(
        self,
        guise: Guise = Guise.PRODUCTION,
        *,
        static_tokens: Sequence[str] = DEFAULT_TOKENS,
        expires_in: float = 3600,
        on_drop: AfterDrop = "cancel",
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self._backend = Backend(guise, on_drop=on_drop)
        self._backend.mint.expires_in = expires_in
        self._host, self._port = host, port
        self._connections: Connections | None = None
        self._runner: web.ServerRunner | None = None
        self._change = asyncio.Lock()
        furnish(self.store)
        for number, token in enumerate(static_tokens, 1):
            self.store.add_user(token, f"user-{number}")

    # Life

    async def start(self) -> None:
        """Listens; after `stop` on the same port again, with everything remembered."""
        async with self._change:
            await self._start()

    async def stop(self) -> None:
        """Cuts all connections, ends all runs and listens no more."""
        async with self._change:
            await self._stop()

    async def restart(self) -> None:
        """Stops and starts again, unless it is stopped already."""
        async with self._change:
            if self._runner is not None:
                await self._stop()
                await self._start()

    async def _start(self) -> None:
        self._connections = Connections(
            self._serve,
            keepalive_timeout=self.guise.keepalive_seconds,
            lingering_time=0,
            access_log=None,
            max_line_size=MAX_LINE,
            max_field_size=MAX_LINE,
        )
        self._runner = web.ServerRunner(self._connections, shutdown_timeout=0)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        self._port = self._runner.addresses[0][1]

    async def _stop(self) -> None:
        runner, self._runner = self._runner, None
        if runner is None or self._connections is None:
            return
        self._connections.cut_all()
        await runner.cleanup()
        await self._backend.settle()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        assert self._connections is not None
        record = recorded(request, self.guise.websocket, self._connections.number(request))
        self._backend.requests.append(record)
        return await HttpExchange(self._backend, request, record, self._connections, process).respond()

    # Where it is and what it is

    @property
    def url(self) -> str:
        """Where it listens, as a client's `server_url`."""
        return f"http://{self._host}:{self._port}"

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._port

    @property
    def guise(self) -> Guise:
        """Its habits; may be exchanged while it runs (`keepalive_seconds` counts at the start only)."""
        return self._backend.guise

    @guise.setter
    def guise(self, guise: Guise) -> None:
        self._backend.guise = guise

    @property
    def static_token(self) -> str:
        """The first user's static token."""
        return self.user.static_token

    @property
    def user(self) -> StoredUser:
        """The first user."""
        return next(iter(self.store.users.values()))

    # What happened

    @property
    def requests(self) -> list[RecordedRequest]:
        """All requests so far, oldest first."""
        return self._backend.requests

    def requests_to(self, method: str, pattern: str = "**") -> list[RecordedRequest]:
        """The requests with that `method` (``*`` for any, ``WS`` for handshakes) whose path fits `pattern`, as in `respond`."""
        rule = Rule(method.upper(), pattern, ())
        return [request for request in self.requests if rule.covers(request)]

    @property
    def posts(self) -> list[Post]:
        """The user messages that were posted and accepted."""
        return self._backend.posts

    @property
    def model_runs(self) -> list[ModelRun]:
        """All runs of the model, on whatever transport."""
        return self._backend.runs

    @property
    def store(self) -> Store:
        """What it remembers; a test may change it."""
        return self._backend.store

    @property
    def chats(self) -> dict[str, StoredChat]:
        """The chats, by id."""
        return self.store.chats

    def messages(self, chat_id: str) -> list[StoredMessage]:
        """All messages of a chat, oldest first, whatever the window shows."""
        return self.chats[chat_id].messages

    @property
    def open_connections(self) -> int:
        """How many TCP connections are open."""
        return len(self._connections.connections) if self._connections else 0

    async def until(self, condition: Callable[[], bool], timeout: float = 10.0) -> None:
        """Returns once `condition` holds; raises `TimeoutError` after `timeout` seconds."""
        for pause in _pauses(condition, timeout):
            await asyncio.sleep(pause)

    def until_blocking(self, condition: Callable[[], bool], timeout: float = 10.0) -> None:
        """As `until`, for a thread that is not the server's."""
        for pause in _pauses(condition, timeout):
            time.sleep(pause)

    # What shall happen

    def script_answer(self, answer: Answer | AnswerMaker | Iterable[Scripted], *, question: str | None = None) -> None:
        """Scripts the next run, or with `question` the next run whose question contains that text.

        An answer is an `Answer`, a function that makes one of the `Question`, or a list of steps and of (name, data) pairs.
        """
        self._backend.script.add(_maker(answer), question)

    def answer_with(self, answer: Answer | AnswerMaker | Iterable[Scripted]) -> None:
        """Makes all answers that are not scripted."""
        self._backend.script.default = _maker(answer)

    @property
    def answers_left(self) -> int:
        """How many scripted answers no run has used yet."""
        return self._backend.script.left

    def respond(self, method: str, pattern: str, *reactions: Reaction) -> Rule:
        """Lets the next matching requests, one for each of `reactions`, get those instead of the usual response.

        `method` may be ``*``, and is ``WS`` for a WebSocket handshake; in `pattern` ``*`` or ``{name}`` stands for one segment of
        the path and ``**`` for anything.
        """
        return self._backend.rules.add(method, pattern, reactions)

    def freeze(self) -> Gate:
        """Lets every further request wait until the gate returned is opened: a run that holds up the whole server."""
        self._backend.frozen = Gate()
        return self._backend.frozen

    @property
    def database_down(self) -> bool:
        """Whether the server has lost its database and, as production does, says so in no clear way."""
        return self._backend.database_down

    @database_down.setter
    def database_down(self, down: bool) -> None:
        self._backend.database_down = down

    # Tokens

    @property
    def expires_in(self) -> float:
        """The life of the access tokens to come, in seconds."""
        return self._backend.mint.expires_in

    @expires_in.setter
    def expires_in(self, seconds: float) -> None:
        self._backend.mint.expires_in = seconds

    @property
    def clock_skew(self) -> float:
        """By how many seconds the server's clock is ahead, as far as tokens show it."""
        return self._backend.mint.clock_skew

    @clock_skew.setter
    def clock_skew(self, seconds: float) -> None:
        self._backend.mint.clock_skew = seconds

    def issue_token(self, user: StoredUser | None = None) -> str:
        """A valid access token of `user`, or of the first user."""
        return self._backend.mint.issue((user or self.user).id)

    def expire_tokens(self) -> None:
        """Makes all access tokens issued so far expired."""
        self._backend.mint.end_all()

    def expire_refresh_tokens(self) -> None:
        """Makes all refresh tokens invalid."""
        self._backend.mint.end_refresh_tokens()

    def change_secret(self) -> None:
        """Makes all tokens issued so far garbage, as a redeployment does."""
        self._backend.mint.change_secret()


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
