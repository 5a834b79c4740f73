"""Errors and warnings for users: one line, a hint what to do, an exit code.

Imports nothing of the package at the top, because the help, which lists the exit codes, must be fast.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Generator, Mapping
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Self

from . import output
from .language import N_, _, language_in_force, ngettext

if TYPE_CHECKING:
    from ..catalog import LocalizedText
    from ..exceptions import AIZoomDocError


class ExitCode(IntEnum):
    """The exit codes of every command."""

    meaning: str

    def __new__(cls, value: int, meaning: str) -> Self:
        """A code with what it means."""
        code = int.__new__(cls, value)
        code._value_ = value
        code.meaning = meaning
        return code

    OK = 0, N_("all went well")
    OTHER = 1, N_("another failure")
    USAGE = 2, N_("a wrong command or option")
    CONFIGURATION = 3, N_("a setting, a file or the environment cannot be used")
    NOT_LOGGED_IN = 4, N_("not logged in, or the token was refused")
    FORBIDDEN = 5, N_("not permitted")
    NOT_FOUND = 6, N_("not found")
    INVALID = 7, N_("the input is not acceptable: invalid or too large")
    SERVER = 8, N_("the server or the answer failed")
    BUSY = 9, N_("too many requests, or the queue is full")
    NO_CONNECTION = 10, N_("no connection, or a time-out")
    INTERRUPTED_STREAM = 11, N_("the answer broke off")
    INCOMPLETE = 12, N_("some questions of a job have no answer")
    HANGUP = 129, N_("the terminal was closed (SIGHUP)")
    CTRL_C = 130, N_("interrupted (Ctrl-C)")
    CLOSED_PIPE = 141, N_("the reader closed the pipe")
    TERMINATED = 143, N_("terminated (SIGTERM)")


_LOG_IN = N_("Log in: aizoomdoc login")
_LATER = N_("Try again later")
_HISTORY = N_("The answer may have been stored: see aizoomdoc chat history before asking again")
_NETWORK = N_("Check the server's address and the network: aizoomdoc health")

# Errors whose sentence already tells the user to log in.
_CODES_WITH_LOG_IN_HINT = {"not_logged_in", "login_expired"}

# The exit code and a hint, by the name of the class; a class that is not listed has those of its nearest base class.
KINDS: Mapping[str, tuple[ExitCode, str]] = {
    "AIZoomDocError": (ExitCode.OTHER, ""),
    "ConfigurationError": (ExitCode.CONFIGURATION, ""),
    "UnreadableDocumentError": (ExitCode.INVALID, ""),
    "TokenExpiredError": (ExitCode.NOT_LOGGED_IN, _LOG_IN),
    "AuthenticationError": (ExitCode.NOT_LOGGED_IN, _LOG_IN),
    "PermissionDeniedError": (ExitCode.FORBIDDEN, ""),
    "NotFoundError": (ExitCode.NOT_FOUND, ""),
    "PayloadTooLargeError": (ExitCode.INVALID, ""),
    "ValidationError": (ExitCode.INVALID, ""),
    "ConflictError": (ExitCode.INVALID, ""),
    "RateLimitError": (ExitCode.BUSY, _LATER),
    "QueueFullError": (ExitCode.BUSY, _LATER),
    "QueueTimeoutError": (ExitCode.BUSY, _LATER),
    "ServerError": (ExitCode.SERVER, _LATER),
    "AnswerError": (ExitCode.SERVER, _LATER),
    "AnswerFormatError": (ExitCode.SERVER, ""),
    "ProtocolError": (ExitCode.SERVER, _HISTORY),
    "APIConnectionError": (ExitCode.NO_CONNECTION, _NETWORK),
    "StreamTimeoutError": (ExitCode.NO_CONNECTION, _NETWORK),
    "ChatConflictError": (ExitCode.INTERRUPTED_STREAM, N_("Ask in a chat of your own: aizoomdoc chat new")),
    "StreamError": (ExitCode.INTERRUPTED_STREAM, _HISTORY),
    "DeliveryUnknownError": (ExitCode.INTERRUPTED_STREAM, _HISTORY),
}


class CommandError(Exception):
    """A command fails: `code` and `values` make its text, `hint` says what to do instead."""

    def __init__(self, code: str, exit_code: ExitCode, /, *, hint: str = "", **values: object) -> None:
        from ..catalog import text

        self.text: LocalizedText = text(code, **values)
        super().__init__(self.text.render())
        self.exit_code = exit_code
        self.hint = hint


def report(error: Exception) -> tuple[str, ExitCode, str] | None:
    """The line about `error`, its exit code, and a hint or an empty text; None for an unexpected error.

    A note on the error is a more specific hint, and replaces that of the table.
    """
    from ..exceptions import AIZoomDocError

    if isinstance(error, CommandError):
        return line_of(error), error.exit_code, error.hint
    if isinstance(error, AIZoomDocError):
        code, hint = next(KINDS[cls.__name__] for cls in type(error).__mro__ if cls.__name__ in KINDS)
        hints = getattr(error, "__notes__", None) or [_(hint) if hint and error.code not in _CODES_WITH_LOG_IN_HINT else ""]
        return line_of(error), code, hints[-1]
    if isinstance(error, OSError):
        return _line_of_system(error), ExitCode.CONFIGURATION, ""
    return None


def line_of(error: AIZoomDocError | CommandError) -> str:
    """One line about an error of this package: what happened, the status, the number of attempts."""
    if isinstance(error, CommandError):
        return error.text.render(language_in_force())
    line = error.localized(language_in_force())
    facts = [f"HTTP {status}"] if (status := getattr(error, "status_code", None)) is not None else []
    if (attempts := getattr(error, "attempts", 1)) > 1:
        facts.append(ngettext("{count} attempt", "{count} attempts", attempts).format(count=attempts))
    return f"{line} ({', '.join(facts)})" if facts else line


def _line_of_system(error: OSError) -> str:
    from ..catalog import LocalizedText, system_reason

    reason = system_reason(error)
    where = f"{error.filename}: " if error.filename is not None else ""
    return where + (reason.render(language_in_force()) if isinstance(reason, LocalizedText) else reason)


@contextlib.contextmanager
def warnings_as_lines() -> Generator[None]:
    """Shows each warning of this package as a line; other warnings are shown by Python as usual."""
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
