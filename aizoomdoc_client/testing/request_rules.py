"""Recorded requests, and the rules that choose a reaction to the next request."""

from __future__ import annotations

import enum
import json
import re
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import attrs
from aiohttp import web
from multidict import CIMultiDictProxy, MultiMapping


@attrs.define(eq=False)
class RecordedRequest:
    """A request as it was received; `method` is ``WS`` for a WebSocket handshake.

    It is recorded when its headers have been read, so `body` may still grow; it stays empty if the server never reads it.
    `connection` is a number for the TCP connection, the same for all requests on it.
    """

    method: str
    path: str
    query: MultiMapping[str] = attrs.field(repr=False)
    headers: CIMultiDictProxy[str] = attrs.field(repr=False)
    connection: int = 0
    received: bytearray = attrs.field(factory=bytearray, init=False, repr=False)

    @property
    def body(self) -> bytes:
        """The part of the body that has been read."""
        return bytes(self.received)

    @property
    def json(self) -> Any:
        """The body decoded from JSON."""
        return json.loads(self.received)

    @property
    def token(self) -> str | None:
        """The bearer token of the `Authorization` header."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        return token if scheme.lower() == "bearer" else None


class Moment(enum.Enum):
    """How far a request is processed before the reaction."""

    BEFORE_BODY = "before body"
    AFTER_BODY = "after body"
    AFTER_PROCESSING = "after processing"
    """The request takes effect; only its response is replaced. Not for streams, whose response is their effect."""


class PendingRequest(Protocol):
    """A request that waits for its response, as far as a reaction may use it."""

    @property
    def http(self) -> web.BaseRequest:
        """The request as aiohttp has it."""
        ...

    @property
    def recorded(self) -> RecordedRequest:
        """The request as a test sees it."""
        ...

    async def read(self) -> bytes:
        """The body; reads it the first time."""
        ...

    async def process(self) -> web.StreamResponse:
        """Processes the request as usual and gives the usual response."""
        ...

    async def advance_to(self, moment: Moment) -> None:
        """Processes the request as far as `moment`."""
        ...

    def end_connection(self, *, reset: bool) -> None:
        """Ends the TCP connection, with a RST if `reset` and with a FIN otherwise."""
        ...

    async def close_silently(self, response: web.StreamResponse, *, at_next_request: bool) -> web.StreamResponse:
        """Sends `response` without ``Connection: close``, and closes the connection at once or when the next request comes."""
        ...


class Reaction(Protocol):
    """What the server does with one request instead of processing it."""

    async def react(self, request: PendingRequest) -> web.StreamResponse:
        """The response; a reaction that sends none waits until the end of the connection cancels it."""
        ...


def _queue(reactions: Iterable[Reaction]) -> deque[Reaction]:
    queue = deque(reactions)
    for each in queue:
        if isinstance(each, type) or not callable(getattr(each, "react", None)):
            raise TypeError(f"{each!r} is no reaction, such as Reply(503); several are given as *at_request(3, Reply(503))")
    return queue


@attrs.define(eq=False)
class Rule:
    """Reactions to the next requests that match; `requests` are those that have had one."""

    method: str
    pattern: str
    _reactions: deque[Reaction] = attrs.field(converter=_queue)
    requests: list[RecordedRequest] = attrs.field(factory=list[RecordedRequest], init=False)

    @property
    def left(self) -> int:
        """How many reactions are still to be used."""
        return len(self._reactions)

    def matches(self, request: RecordedRequest) -> bool:
        """Whether the next reaction is for `request`."""
        return bool(self._reactions) and self.covers(request)

    def covers(self, request: RecordedRequest) -> bool:
        """Whether method and path match."""
        return self.method in {"*", request.method} and matches_path(self.pattern, request.path)

    def take(self, request: RecordedRequest) -> Reaction:
        """The next reaction, which is used once."""
        self.requests.append(request)
        return self._reactions.popleft()

    def clear(self) -> None:
        """Removes the reactions that are left."""
        self._reactions.clear()


def matches_path(pattern: str, path: str) -> bool:
    """Whether `path` matches `pattern`, in which ``*`` or ``{name}`` stands for one segment and ``**`` for anything."""
    parts = re.split(r"(\*\*|\*|\{\w+\})", pattern)
    wild = ("[^/]+" if part == "*" or part.startswith("{") else ".*" if part == "**" else re.escape(part) for part in parts)
    return re.fullmatch("".join(wild), path) is not None


@attrs.define
class RuleBook:
    """All rules; the oldest one that matches and has a reaction left applies."""

    rules: list[Rule] = attrs.field(factory=list[Rule])

    def add(self, method: str, pattern: str, reactions: Sequence[Reaction]) -> Rule:
        """A new rule."""
        rule = Rule(method.upper(), pattern, reactions)
        self.rules.append(rule)
        return rule

    def take(self, request: RecordedRequest) -> Reaction | None:
        """The reaction to `request`, or None if it is to be processed as usual."""
        rule = next((rule for rule in self.rules if rule.matches(request)), None)
        return rule.take(request) if rule else None
