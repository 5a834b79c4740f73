"""Calls hooks, so that one that raises changes nothing."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import weakref
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any, Literal, TypeAlias

from ..catalog import text
from ..exceptions import ConfigurationError
from ..protocol.validation import one_or_many
from .details import AnswerTexts, RequestStarted
from .listener import Hooks

_logger = logging.getLogger(__package__)

HookName: TypeAlias = Literal[
    "answer_ended",
    "answer_recovery",
    "answer_started",
    "answer_taken_up",
    "request_ended",
    "request_retried",
    "request_started",
    "stream_closed",
    "stream_opened",
    "token_refreshed",
    "viewer_joined",
    "viewer_left",
]

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")
OWN_HEADERS = re.compile(
    "(accept|connection|content|idempotency|proxy|sec|user)-.*|accept|authorization|cache-control|connection|cookie|expect|host"
    "|origin|te|trailer|transfer-encoding|upgrade",
    re.IGNORECASE,
)
"""Headers that hooks cannot set: the client's own, and those that frame a message."""

_reported: weakref.WeakKeyDictionary[type, set[str]] = weakref.WeakKeyDictionary()
"""What was logged of each class: its methods that have raised, and those whose headers were left out."""


class Notifier:
    """Tells `hooks` of the work for one server."""

    def __init__(self, hooks: Sequence[Hooks], server_url: str = "") -> None:
        self.hooks = hooks
        self.server_url = server_url

    @classmethod
    def of(cls, hooks: Hooks | Iterable[Hooks] | None, server_url: str = "") -> Notifier | None:
        """A notifier of `hooks`, one or several; None if there are none. Raises `ConfigurationError` for what is no `Hooks`."""
        given = one_or_many(hooks, "hooks", lambda value: isinstance(value, Hooks))
        for each in given:
            if not isinstance(each, Hooks):
                raise ConfigurationError(text("unusable_entry", name="hooks", type=type(each).__name__, wanted="Hooks"))
        return cls(given, server_url) if given else None

    def tell(self, name: HookName, detail: object) -> None:
        """Calls the method `name` of all hooks with `detail`."""
        for hooks in self.hooks:
            with _failures_reported(hooks, name):
                getattr(hooks, name)(detail)

    def tell_texts(self, make: Callable[[], AnswerTexts]) -> None:
        """Calls `answer_texts` of the hooks that want texts; `make` is called once for each of these."""
        for hooks in self.hooks:
            with _failures_reported(hooks, "answer_texts"):
                if hooks.wants_texts:
                    hooks.answer_texts(make())

    def headers(self, request: RequestStarted) -> dict[str, str]:
        """The headers that hooks add to a request, without those that cannot be sent."""
        return self._headers("request_headers", request)

    def context_headers(self) -> dict[str, str]:
        """The headers that hooks keep with an answer of a relay, without those that a request could not have."""
        return self._headers("context_headers")

    def _headers(self, name: Literal["context_headers", "request_headers"], *arguments: object) -> dict[str, str]:
        found: dict[str, str] = {}
        for hooks in self.hooks:
            with _failures_reported(hooks, name):
                given = dict(getattr(hooks, name)(*arguments))
                sendable = {header: value for header, value in given.items() if _is_sendable(header, value)}
                found.update(sendable)
                if left_out := given.keys() - sendable.keys():
                    _report_headers(hooks, name, left_out)
        return found


def _is_sendable(name: Any, value: Any) -> bool:
    if not isinstance(name, str) or not isinstance(value, str):
        return False
    is_fit = _HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value)
    return is_fit is not None and OWN_HEADERS.fullmatch(name) is None


def _report_headers(hooks: Hooks, name: str, left_out: Iterable[object]) -> None:
    """Logs the names of headers that the method `name` of hooks gave and that are left out; once a class, no values: secrets."""
    if _is_new(hooks, f"{name} left out"):
        names = ", ".join(sorted(ascii(header) for header in left_out))
        _logger.warning("%s.%s: these headers cannot be sent and are left out: %s", type(hooks).__name__, name, names)


def _is_new(hooks: Hooks, fault: str) -> bool:
    """Whether this `fault` is the first of its kind in the class of `hooks`; remembers it."""
    reported = _reported.setdefault(type(hooks), set())
    if fault in reported:
        return False
    reported.add(fault)
    return True


@contextlib.contextmanager
def _failures_reported(hooks: Hooks, name: str) -> Generator[None]:
    """Logs what the method `name` of hooks raises, once for each class, and goes on."""
    try:
        yield
    except (Exception, asyncio.CancelledError):  # a hook that awaits nothing cannot be cancelled: the error is its own
        if _is_new(hooks, name):
            _logger.exception("%s.%s failed, which is not logged again: the client goes on", type(hooks).__name__, name)
