"""What the exit code says, by kind of failure."""

from __future__ import annotations

from enum import IntEnum

from .language import Text


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


MEANINGS: dict[ExitCode, Text] = {
    ExitCode.OK: Text("всё получилось", "all went well"),
    ExitCode.OTHER: Text("другая ошибка", "another failure"),
    ExitCode.USAGE: Text("неверная команда или параметр", "a wrong command or option"),
    ExitCode.CONFIGURATION: Text(
        "настройка, файл или окружение не годятся", "a setting, a file or the environment cannot be used"
    ),
    ExitCode.NOT_LOGGED_IN: Text("вход не выполнен или токен не принят", "not logged in, or the token was refused"),
    ExitCode.FORBIDDEN: Text("нет прав", "not permitted"),
    ExitCode.NOT_FOUND: Text("не найдено", "not found"),
    ExitCode.INVALID: Text("сервер не принимает такие данные", "the input is not acceptable: invalid or too large"),
    ExitCode.SERVER: Text("ошибка сервера или ответа", "the server or the answer failed"),
    ExitCode.BUSY: Text("слишком много запросов или очередь", "too many requests, or the queue"),
    ExitCode.NO_CONNECTION: Text("нет связи или истекло время", "no connection, or a time-out"),
    ExitCode.INTERRUPTED_STREAM: Text("ответ оборвался", "the answer broke off"),
    ExitCode.HANGUP: Text("терминал закрыт (SIGHUP)", "the terminal was closed (SIGHUP)"),
    ExitCode.CTRL_C: Text("прервано (Ctrl-C)", "interrupted (Ctrl-C)"),
    ExitCode.CLOSED_PIPE: Text("читатель закрыл конвейер", "the reader closed the pipe"),
    ExitCode.TERMINATED: Text("завершено (SIGTERM)", "terminated (SIGTERM)"),
}
