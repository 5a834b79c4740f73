"""Hooks that pass log records, errors, warnings and outputs to the watch during a run; all are undone at its end."""

from __future__ import annotations

import functools
import logging
import subprocess
import weakref
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from aizoomdoc_client.exceptions import AIZoomDocError, AIZoomDocWarning
from aizoomdoc_client.testing.token_issuer import TokenIssuer
from tests.canary.forms import forms, was_caught_inside
from tests.canary.watch import Watch

OTHER_SIDE = ("aiohttp.", "websockets.server", "websockets.client", "hpack", "urllib3")
"""Loggers of servers and of the tests' own clients, which may log tokens. The package gives its clients a disabled logger."""


MAX_ERRORS = 100
"""Maximum number of errors of one test that are searched: some tests run thousands of simulations with similar errors."""


class LogListener(logging.Handler):
    """Searches every record at DEBUG as formatted, its traceback included."""

    def __init__(self, watch: Watch) -> None:
        super().__init__(logging.DEBUG)
        self._watch = watch

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith(OTHER_SIDE):
            self._watch.look(f"log {record.name} {record.levelname}", logging.Formatter().format(record) + repr(record.args))


@attrs.frozen
class AsBefore:
    """A filter that passes only the records that would exist if the watch had not set the root logger to DEBUG."""

    handler: logging.Handler

    def __call__(self, record: logging.LogRecord) -> bool:
        logger: logging.Logger | None = logging.getLogger(record.name)
        while logger is not None and logger.parent is not None:
            if logger.level:
                return True
            logger = logger.parent
        return record.levelno >= (self.handler.level or logging.WARNING)


class Errors:
    """Searches each error at its deletion, or at the end of the test that made it, when it has its traceback."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._alive: weakref.WeakSet[AIZoomDocError] = weakref.WeakSet()
        self._seen = set[int]()
        self._looks = 0

    def made(self, error: AIZoomDocError) -> None:
        self._alive.add(error)

    def look(self, error: AIZoomDocError) -> None:
        if self._looks < MAX_ERRORS and not was_caught_inside(error):
            self._looks += 1
            for where, text in forms(error, suppressed=False):
                self._watch.look(where, text)

    def look_at_all(self) -> None:
        """Searches the errors that are still referenced."""
        for error in list(self._alive):
            self.look(error)
            self._seen.add(id(error))
        self._alive.clear()
        self._looks = 0

    def ended(self, error: AIZoomDocError) -> None:
        """Called at an error's deletion."""
        if id(error) in self._seen:
            self._seen.discard(id(error))
        else:
            self.look(error)


def listen(watch: Watch, errors: Errors, patch: pytest.MonkeyPatch) -> None:
    """Installs the hooks for errors, warnings, and outputs that tests read."""
    patch.setattr(AIZoomDocError, "__init__", _followed(AIZoomDocError.__init__, lambda error, _: errors.made(error)))

    def ended(error: AIZoomDocError) -> None:  # a function, which becomes a method
        errors.ended(error)

    patch.setattr(AIZoomDocError, "__del__", ended, raising=False)
    patch.setattr(AIZoomDocWarning, "__init__", _followed(AIZoomDocWarning.__init__, lambda warning, _: _look(watch, warning)))
    patch.setattr(
        pytest.CaptureFixture,
        "readouterr",
        _followed(pytest.CaptureFixture[Any].readouterr, lambda _, read: _look_at_output(watch, read)),
    )
    patch.setattr(
        subprocess.Popen,
        "communicate",
        _followed(subprocess.Popen[Any].communicate, lambda _, read: _look_at_output(watch, read)),
    )
    issue = TokenIssuer.issue_refresh
    patch.setattr(TokenIssuer, "issue_refresh", functools.partialmethod(_recognisable, issue))


def _followed(function: Callable[..., Any], then: Callable[[Any, Any], object]) -> Callable[..., Any]:
    @functools.wraps(function)
    def both(self: Any, *arguments: Any, **options: Any) -> Any:
        result = function(self, *arguments, **options)
        then(self, result)
        return result

    return both


def _look(watch: Watch, warning: Warning) -> None:
    watch.look(f"warning {type(warning).__name__}", str(warning))


def _look_at_output(watch: Watch, read: Any) -> None:
    for name, part in zip(("stdout", "stderr"), read, strict=True):
        if part:
            watch.look(name, part.decode("latin-1") if isinstance(part, bytes) else part)


def _recognisable(issuer: TokenIssuer, issue: Callable[[TokenIssuer, str], str], user_id: str) -> str:
    """A refresh token with a recognisable prefix."""
    token = f"canary-refresh-{issue(issuer, user_id)}"
    issuer._refresh[token] = issuer._refresh.pop(token.removeprefix("canary-refresh-"))
    return token
