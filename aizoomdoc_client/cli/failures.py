"""From an error to one line, a hint what to do, and an exit code."""

from __future__ import annotations

from typing import NamedTuple

import click

from .. import exceptions as errors
from .exit_codes import ExitCode
from .language import Text, count


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

    error: type[errors.AIZoomDocError]
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

# The first that fits counts, so a narrower class stands before a wider one.
KINDS: tuple[Kind, ...] = (
    Kind(errors.TokenExpiredError, ExitCode.NOT_LOGGED_IN, Text("срок входа истёк", "the login has expired"), _LOG_IN),
    Kind(errors.AuthenticationError, ExitCode.NOT_LOGGED_IN, Text("токен не принят", "the token is not accepted"), _LOG_IN),
    Kind(errors.PermissionDeniedError, ExitCode.FORBIDDEN, Text("нет прав", "not permitted")),
    Kind(errors.NotFoundError, ExitCode.NOT_FOUND, Text("не найдено", "not found")),
    Kind(errors.PayloadTooLargeError, ExitCode.INVALID, Text("слишком большой файл", "too large")),
    Kind(errors.ValidationError, ExitCode.INVALID, Text("сервер не принимает запрос", "the server does not accept the request")),
    Kind(errors.ConflictError, ExitCode.INVALID, Text("противоречит состоянию сервера", "it contradicts the server's state")),
    Kind(errors.RateLimitError, ExitCode.BUSY, Text("слишком много запросов", "too many requests"), _LATER),
    Kind(errors.QueueFullError, ExitCode.BUSY, Text("очередь сервера полна", "the server's queue is full"), _LATER),
    Kind(errors.QueueTimeoutError, ExitCode.BUSY, Text("вопрос не дождался очереди", "the question waited too long"), _LATER),
    Kind(errors.GatewayError, ExitCode.SERVER, Text("сервер недоступен за прокси", "the server is away"), _LATER),
    Kind(errors.ServerError, ExitCode.SERVER, Text("ошибка сервера", "the server failed"), _LATER),
    Kind(errors.AnswerError, ExitCode.SERVER, Text("сервер не смог ответить", "the server could not answer"), _LATER),
    Kind(errors.ProtocolError, ExitCode.SERVER, Text("непонятный ответ сервера", "the server cannot be understood"), _HISTORY),
    Kind(errors.APITimeoutError, ExitCode.NO_CONNECTION, Text("время ожидания истекло", "it took too long"), _NETWORK),
    Kind(errors.APIConnectionError, ExitCode.NO_CONNECTION, Text("нет связи с сервером", "no connection"), _NETWORK),
    Kind(
        errors.ChatConflictError,
        ExitCode.INTERRUPTED_STREAM,
        Text("в этом чате одновременно задан другой вопрос", "another question was asked in this chat"),
        Text("Спросите в отдельном чате: aizoomdoc chat new", "Ask in a chat of your own: aizoomdoc chat new"),
    ),
    Kind(errors.StreamError, ExitCode.INTERRUPTED_STREAM, Text("ответ оборвался", "the answer broke off"), _HISTORY),
    Kind(
        errors.DeliveryUnknownError,
        ExitCode.INTERRUPTED_STREAM,
        Text("неизвестно, дошло ли сообщение", "nobody knows whether the message arrived"),
        _HISTORY,
    ),
    Kind(errors.ConfigurationError, ExitCode.CONFIGURATION, Text("настройка не годится", "a setting cannot be used")),
    Kind(errors.AIZoomDocError, ExitCode.OTHER, Text("не получилось", "it failed")),
)


def report(error: Exception) -> Report:
    """How `error` is told."""
    if isinstance(error, CommandError):
        return Report(str(error), error.code, error.hint)
    if isinstance(error, errors.AIZoomDocError):
        return _known(error)
    if isinstance(error, click.ClickException):
        return Report(error.format_message(), ExitCode(error.exit_code))
    if isinstance(error, OSError):
        return _system(error)
    return Report(str(error), ExitCode.OTHER)


def _known(error: errors.AIZoomDocError) -> Report:
    from .wording import known_wording

    reasons = Text(getattr(error, "reason_ru", ""), getattr(error, "reason_en", ""))
    if str(reasons):
        return Report(f"«{getattr(error, 'name', '')}»: {reasons}", ExitCode.INVALID)
    kind = next(kind for kind in KINDS if isinstance(error, kind.error))
    said = known_wording(error.message)
    line = (f"{kind.heading}: {error.message}" if said is None else said) + _facts(error)
    return Report(line, kind.code, str(kind.hint or ""))


def _facts(error: errors.AIZoomDocError) -> str:
    if not isinstance(error, errors.APIError):
        return ""
    facts = [] if error.status_code is None else [f"HTTP {error.status_code}"]
    if error.attempts > 1:
        facts.append(count(error.attempts, ("попытка", "попытки", "попыток"), ("attempt", "attempts")))
    return f" ({', '.join(facts)})" if facts else ""


def _system(error: OSError) -> Report:
    from .wording import reason

    where = f"{error.filename}: " if error.filename is not None else ""
    return Report(where + reason(error.strerror or str(error)), ExitCode.CONFIGURATION)
