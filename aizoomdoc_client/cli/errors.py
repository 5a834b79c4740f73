"""Errors and warnings as people see them: one line, a hint what to do, an exit code.

Imports nothing of the package at the top: the help lists the exit codes, and should not wait for more.
"""

from __future__ import annotations

import contextlib
import errno
import warnings
from collections.abc import Generator, Mapping
from enum import IntEnum
from gettext import gettext as _, ngettext
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from . import output
from .language import N_, language_in_force

if TYPE_CHECKING:
    from ..exceptions import AIZoomDocError


class ExitCode(IntEnum):
    """The exit codes of every command."""

    OK = 0
    OTHER = 1
    USAGE = 2
    CONFIGURATION = 3
    NOT_LOGGED_IN = 4
    FORBIDDEN = 5
    NOT_FOUND = 6
    INVALID = 7
    SERVER = 8
    BUSY = 9
    NO_CONNECTION = 10
    INTERRUPTED_STREAM = 11
    HANGUP = 129
    CTRL_C = 130
    CLOSED_PIPE = 141
    TERMINATED = 143


MEANINGS: Mapping[ExitCode, str] = {
    ExitCode.OK: N_("all went well"),
    ExitCode.OTHER: N_("another failure"),
    ExitCode.USAGE: N_("a wrong command or option"),
    ExitCode.CONFIGURATION: N_("a setting, a file or the environment cannot be used"),
    ExitCode.NOT_LOGGED_IN: N_("not logged in, or the token was refused"),
    ExitCode.FORBIDDEN: N_("not permitted"),
    ExitCode.NOT_FOUND: N_("not found"),
    ExitCode.INVALID: N_("the input is not acceptable: invalid or too large"),
    ExitCode.SERVER: N_("the server or the answer failed"),
    ExitCode.BUSY: N_("too many requests, or the queue is full"),
    ExitCode.NO_CONNECTION: N_("no connection, or a time-out"),
    ExitCode.INTERRUPTED_STREAM: N_("the answer broke off"),
    ExitCode.HANGUP: N_("the terminal was closed (SIGHUP)"),
    ExitCode.CTRL_C: N_("interrupted (Ctrl-C)"),
    ExitCode.CLOSED_PIPE: N_("the reader closed the pipe"),
    ExitCode.TERMINATED: N_("terminated (SIGTERM)"),
}


class CommandError(Exception):
    """A command cannot do what it was asked to: `code` and `values` make its text, `hint` says what to do instead."""

    def __init__(self, code: str, exit_code: ExitCode, /, *, hint: str = "", **values: object) -> None:
        from ..catalog import text

        self.text = text(code, **values)
        super().__init__(self.text.render())
        self.exit_code = exit_code
        self.hint = hint


class Report(NamedTuple):
    """What the user gets to see of an error, and the exit code."""

    line: str
    code: ExitCode
    hint: str = ""


class Kind(NamedTuple):
    """How errors of one class are told: the exit code, a heading for words that are the server's own, and what to do."""

    code: ExitCode
    heading: str
    hint: str = ""


_LOG_IN = N_("Log in: aizoomdoc login")
_LATER = N_("Try again later")
_HISTORY = N_("The answer may have been stored: see aizoomdoc chat history before asking again")
_NETWORK = N_("Check the server's address and the network: aizoomdoc health")
_TOOK_TOO_LONG = Kind(ExitCode.NO_CONNECTION, N_("it took too long"), _NETWORK)

_REASONS: Mapping[int, str] = {
    errno.ENOENT: N_("there is no such file or folder"),
    errno.ENOTDIR: N_("it is no folder"),
    errno.EISDIR: N_("it is a folder"),
    errno.EACCES: N_("no permission"),
    errno.EPERM: N_("no permission"),
    errno.EROFS: N_("it is read-only"),
    errno.ENOSPC: N_("there is no room on the disk"),
}

# By the name of the class; an error whose own class is not here is told as the nearest one above it.
KINDS: Mapping[str, Kind] = {
    "AIZoomDocError": Kind(ExitCode.OTHER, N_("it failed")),
    "ConfigurationError": Kind(ExitCode.CONFIGURATION, N_("a setting cannot be used")),
    "UnreadableDocumentError": Kind(ExitCode.INVALID, N_("the file cannot be read")),
    "TokenExpiredError": Kind(ExitCode.NOT_LOGGED_IN, N_("the login has expired"), _LOG_IN),
    "AuthenticationError": Kind(ExitCode.NOT_LOGGED_IN, N_("the token is not accepted"), _LOG_IN),
    "PermissionDeniedError": Kind(ExitCode.FORBIDDEN, N_("not permitted")),
    "NotFoundError": Kind(ExitCode.NOT_FOUND, N_("not found")),
    "PayloadTooLargeError": Kind(ExitCode.INVALID, N_("too large")),
    "ValidationError": Kind(ExitCode.INVALID, N_("the server does not accept the request")),
    "ConflictError": Kind(ExitCode.INVALID, N_("it contradicts the server's state")),
    "RateLimitError": Kind(ExitCode.BUSY, N_("too many requests"), _LATER),
    "QueueFullError": Kind(ExitCode.BUSY, N_("the server's queue is full"), _LATER),
    "QueueTimeoutError": Kind(ExitCode.BUSY, N_("the question waited too long"), _LATER),
    "GatewayError": Kind(ExitCode.SERVER, N_("the server is away"), _LATER),
    "ServerError": Kind(ExitCode.SERVER, N_("the server failed"), _LATER),
    "AnswerError": Kind(ExitCode.SERVER, N_("the server could not answer"), _LATER),
    "ProtocolError": Kind(ExitCode.SERVER, N_("the server cannot be understood"), _HISTORY),
    "APIConnectionError": Kind(ExitCode.NO_CONNECTION, N_("no connection"), _NETWORK),
    "APITimeoutError": _TOOK_TOO_LONG,
    "StreamTimeoutError": _TOOK_TOO_LONG,
    "ChatConflictError": Kind(
        ExitCode.INTERRUPTED_STREAM,
        N_("another question was asked in this chat"),
        N_("Ask in a chat of your own: aizoomdoc chat new"),
    ),
    "StreamError": Kind(ExitCode.INTERRUPTED_STREAM, N_("the answer broke off"), _HISTORY),
    "DeliveryUnknownError": Kind(ExitCode.INTERRUPTED_STREAM, N_("nobody knows whether the message arrived"), _HISTORY),
}


def report(error: Exception) -> Report | None:
    """How `error` is told; None for one that nobody expected. A note on the error is a hint that fits better than the table's."""
    from ..exceptions import AIZoomDocError

    if isinstance(error, CommandError):
        return Report(line_of(error), error.exit_code, error.hint)
    if isinstance(error, AIZoomDocError):
        kind = _kind(error)
        hint = getattr(error, "__notes__", None) or [_(kind.hint) if kind.hint else ""]
        return Report(line_of(error), kind.code, hint[-1])
    if isinstance(error, click.ClickException):
        return Report(error.format_message(), ExitCode(error.exit_code))
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename is not None else ""
        return Report(where + reason(error), ExitCode.CONFIGURATION)
    return None


def line_of(error: AIZoomDocError | CommandError) -> str:
    """The one line that tells of an error of this package: what happened, the status, the number of attempts."""
    if isinstance(error, CommandError):
        return error.text.render(language_in_force())
    line = error.localized(language_in_force())
    if error.code == "verbatim":
        line = f"{_(_kind(error).heading)}: {line}"
    facts = [f"HTTP {status}"] if (status := getattr(error, "status_code", None)) is not None else []
    if (attempts := getattr(error, "attempts", 1)) > 1:
        facts.append(ngettext("{count} attempt", "{count} attempts", attempts).format(count=attempts))
    return f"{line} ({', '.join(facts)})" if facts else line


def reason(error: OSError) -> str:
    """Why the system refused."""
    known = _REASONS.get(error.errno or 0)
    return _(known) if known else error.strerror or str(error)


def _kind(error: AIZoomDocError) -> Kind:
    return next(KINDS[cls.__name__] for cls in type(error).__mro__ if cls.__name__ in KINDS)


@contextlib.contextmanager
def warnings_as_lines() -> Generator[None]:
    """Shows each warning of this package as a line; those of others stay what Python makes of them."""
    from ..exceptions import AIZoomDocWarning

    def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if isinstance(message, AIZoomDocWarning):
            output.warning(message.localized(language_in_force()))
        else:
            original(message, category, *where, **more)

    with warnings.catch_warnings():
        warnings.simplefilter("always", AIZoomDocWarning)
        original, warnings.showwarning = warnings.showwarning, show
        yield
