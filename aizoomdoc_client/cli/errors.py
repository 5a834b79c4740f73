"""Errors and warnings as people see them: one line, a hint what to do, an exit code.

Imports nothing of the package at the top: the help lists the exit codes, and should not wait for more.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Generator, Mapping
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from . import output
from .language import Text, count

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


MEANINGS: Mapping[ExitCode, Text] = {
    ExitCode.OK: Text("всё получилось", "all went well"),
    ExitCode.OTHER: Text("другая ошибка", "another failure"),
    ExitCode.USAGE: Text("неверная команда или параметр", "a wrong command or option"),
    ExitCode.CONFIGURATION: Text(
        "настройка, файл или окружение не годятся", "a setting, a file or the environment cannot be used"
    ),
    ExitCode.NOT_LOGGED_IN: Text("вход не выполнен или токен не принят", "not logged in, or the token was refused"),
    ExitCode.FORBIDDEN: Text("нет прав", "not permitted"),
    ExitCode.NOT_FOUND: Text("не найдено", "not found"),
    ExitCode.INVALID: Text("данные не приняты: неверны или слишком велики", "the input is not acceptable: invalid or too large"),
    ExitCode.SERVER: Text("ошибка сервера или ответа", "the server or the answer failed"),
    ExitCode.BUSY: Text("слишком много запросов или очередь заполнена", "too many requests, or the queue is full"),
    ExitCode.NO_CONNECTION: Text("нет связи или истекло время", "no connection, or a time-out"),
    ExitCode.INTERRUPTED_STREAM: Text("ответ оборвался", "the answer broke off"),
    ExitCode.HANGUP: Text("терминал закрыт (SIGHUP)", "the terminal was closed (SIGHUP)"),
    ExitCode.CTRL_C: Text("прервано (Ctrl-C)", "interrupted (Ctrl-C)"),
    ExitCode.CLOSED_PIPE: Text("читатель закрыл конвейер", "the reader closed the pipe"),
    ExitCode.TERMINATED: Text("завершено (SIGTERM)", "terminated (SIGTERM)"),
}


class CommandError(Exception):
    """A command cannot do what it was asked to; `hint` says what to do instead."""

    def __init__(self, message: str, code: ExitCode = ExitCode.OTHER, *, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


class Report(NamedTuple):
    """What the user gets to see of an error, and the exit code."""

    line: str
    code: ExitCode
    hint: str = ""


class Kind(NamedTuple):
    """How errors of one class are reported: a heading for those whose own words are not known here, and what to do."""

    code: ExitCode
    heading: Text
    hint: Text | None = None


_LOG_IN = Text("Войдите: aizoomdoc login", "Log in: aizoomdoc login")
_LATER = Text("Повторите позже", "Try again later")
_HISTORY = Text(
    "Ответ мог сохраниться: посмотрите aizoomdoc chat history, прежде чем спрашивать снова",
    "The answer may have been stored: see aizoomdoc chat history before asking again",
)
_NETWORK = Text(
    "Проверьте адрес сервера и сеть: aizoomdoc health", "Check the server's address and the network: aizoomdoc health"
)
_TOOK_TOO_LONG = Kind(ExitCode.NO_CONNECTION, Text("время ожидания истекло", "it took too long"), _NETWORK)

# By the name of the class; an error whose own class is not here is told as the nearest one above it.
KINDS: Mapping[str, Kind] = {
    "AIZoomDocError": Kind(ExitCode.OTHER, Text("не получилось", "it failed")),
    "ConfigurationError": Kind(ExitCode.CONFIGURATION, Text("настройка не годится", "a setting cannot be used")),
    "TokenExpiredError": Kind(ExitCode.NOT_LOGGED_IN, Text("срок входа истёк", "the login has expired"), _LOG_IN),
    "AuthenticationError": Kind(ExitCode.NOT_LOGGED_IN, Text("токен не принят", "the token is not accepted"), _LOG_IN),
    "PermissionDeniedError": Kind(ExitCode.FORBIDDEN, Text("нет прав", "not permitted")),
    "NotFoundError": Kind(ExitCode.NOT_FOUND, Text("не найдено", "not found")),
    "PayloadTooLargeError": Kind(ExitCode.INVALID, Text("слишком большой файл", "too large")),
    "ValidationError": Kind(ExitCode.INVALID, Text("сервер не принимает запрос", "the server does not accept the request")),
    "ConflictError": Kind(ExitCode.INVALID, Text("противоречит состоянию сервера", "it contradicts the server's state")),
    "RateLimitError": Kind(ExitCode.BUSY, Text("слишком много запросов", "too many requests"), _LATER),
    "QueueFullError": Kind(ExitCode.BUSY, Text("очередь сервера полна", "the server's queue is full"), _LATER),
    "QueueTimeoutError": Kind(ExitCode.BUSY, Text("вопрос не дождался очереди", "the question waited too long"), _LATER),
    "GatewayError": Kind(ExitCode.SERVER, Text("сервер недоступен за прокси", "the server is away"), _LATER),
    "ServerError": Kind(ExitCode.SERVER, Text("ошибка сервера", "the server failed"), _LATER),
    "AnswerError": Kind(ExitCode.SERVER, Text("сервер не смог ответить", "the server could not answer"), _LATER),
    "ProtocolError": Kind(ExitCode.SERVER, Text("непонятный ответ сервера", "the server cannot be understood"), _HISTORY),
    "APIConnectionError": Kind(ExitCode.NO_CONNECTION, Text("нет связи с сервером", "no connection"), _NETWORK),
    "APITimeoutError": _TOOK_TOO_LONG,
    "StreamTimeoutError": _TOOK_TOO_LONG,
    "ChatConflictError": Kind(
        ExitCode.INTERRUPTED_STREAM,
        Text("в этом чате одновременно задан другой вопрос", "another question was asked in this chat"),
        Text("Спросите в отдельном чате: aizoomdoc chat new", "Ask in a chat of your own: aizoomdoc chat new"),
    ),
    "StreamError": Kind(ExitCode.INTERRUPTED_STREAM, Text("ответ оборвался", "the answer broke off"), _HISTORY),
    "DeliveryUnknownError": Kind(
        ExitCode.INTERRUPTED_STREAM,
        Text("неизвестно, дошло ли сообщение", "nobody knows whether the message arrived"),
        _HISTORY,
    ),
}


def report(error: Exception) -> Report | None:
    """How `error` is told; None for one that nobody expected."""
    from ..exceptions import AIZoomDocError

    if isinstance(error, CommandError):
        return Report(str(error), error.code, error.hint)
    if isinstance(error, AIZoomDocError):
        return _known(error)
    if isinstance(error, click.ClickException):
        return Report(error.format_message(), ExitCode(error.exit_code))
    if isinstance(error, OSError):
        return _system(error)
    return None


def line_of(error: AIZoomDocError) -> str:
    """The one line that tells of an error of this package."""
    return _known(error).line


def _known(error: AIZoomDocError) -> Report:
    from .wording import known_wording

    reasons = Text(getattr(error, "reason_ru", ""), getattr(error, "reason_en", ""))
    if str(reasons):
        name = Text("«{name}»", "“{name}”").of(name=getattr(error, "name", ""))
        return Report(f"{name}: {reasons}", ExitCode.INVALID)
    kind = next(KINDS[cls.__name__] for cls in type(error).__mro__ if cls.__name__ in KINDS)
    said = known_wording(error.message)
    line = (f"{kind.heading}: {error.message}" if said is None else said) + _facts(error)
    return Report(line, kind.code, str(kind.hint or ""))


def _facts(error: AIZoomDocError) -> str:
    from ..exceptions import APIError

    if not isinstance(error, APIError):
        return ""
    facts = [] if error.status_code is None else [f"HTTP {error.status_code}"]
    if error.attempts > 1:
        facts.append(count(error.attempts, ("попытка", "попытки", "попыток"), ("attempt", "attempts")))
    return f" ({', '.join(facts)})" if facts else ""


def _system(error: OSError) -> Report:
    from .wording import reason

    where = f"{error.filename}: " if error.filename is not None else ""
    return Report(where + reason(error.strerror or str(error)), ExitCode.CONFIGURATION)


@contextlib.contextmanager
def warnings_as_lines() -> Generator[None]:
    """Shows each warning of this package as a line; those of others stay what Python makes of them."""
    from ..exceptions import AIZoomDocWarning
    from .wording import worded

    def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if issubclass(category, AIZoomDocWarning):
            output.warning(worded(str(message)))
        else:
            original(message, category, *where, **more)

    with warnings.catch_warnings():
        warnings.simplefilter("always", AIZoomDocWarning)
        original, warnings.showwarning = warnings.showwarning, show
        yield
