"""Log records on standard error, where ``AIZOOMDOC_LOG`` or ``--verbose`` asks for them.

Each layer has a logger of its own, ``aizoomdoc_client.session``, ``aizoomdoc_client.transport`` and so on, which a program may
configure as any other. DEBUG has requests and what came of them; INFO waits, retries, renewed tokens, the fallback of a stream
to the other transport and reads of the history after a drop; WARNING runs of the model that are repeated, and what was given
up. Where the server names a request or a run, records of it end with that name. No record has a token, a query, a question or
an answer.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping

from .catalog import text
from .exceptions import ConfigurationError

VARIABLE = "AIZOOMDOC_LOG"
"""The variable of the environment that names a level; empty, or not set, leaves logging to the program."""
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING}
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

_package = logging.getLogger(__package__)
_package.addHandler(logging.NullHandler())  # else Python itself would print warnings in programs without any handler


def follow_environment(environ: Mapping[str, str] = os.environ) -> None:
    """Writes records from the level in ``AIZOOMDOC_LOG`` on; raises `ConfigurationError` when that is none of `LEVELS`.

    What is written to standard error already, as ``--verbose`` wants it, goes on: an option comes before the environment.
    """
    name = environ.get(VARIABLE, "").strip().lower()
    if not name:
        return
    if name not in LEVELS:
        raise ConfigurationError(text("not_one_of", name=VARIABLE, choices=list(LEVELS), value=environ[VARIABLE]))
    is_writing = any(isinstance(handler, _StandardErrorHandler) for handler in _package.handlers)
    write_records(min(_package.level, LEVELS[name]) if is_writing else LEVELS[name])


def with_request_id(message: str, request_id: str | None) -> str:
    """`message` with the server's own name for the request or the run, where it has one, by which its logs can be searched."""
    return message if request_id is None else f"{message} [request {request_id}]"


def write_records(level: int) -> None:
    """Writes records from `level` on: by the handlers of the program if it has any, else to standard error."""
    _package.setLevel(level)
    has_handler = any(not isinstance(handler, logging.NullHandler) for handler in _package.handlers)
    if not has_handler and not logging.getLogger().handlers:
        handler = _StandardErrorHandler()
        handler.setFormatter(_OneLineFormatter(FORMAT))
        _package.addHandler(handler)


class _StandardErrorHandler(logging.Handler):
    """Writes to the current `sys.stderr`: the display of a running answer replaces it, so that lines do not mix."""

    def emit(self, record: logging.LogRecord) -> None:
        """Writes a line."""
        try:
            sys.stderr.write(f"{self.format(record)}\n")
            sys.stderr.flush()
        except Exception:  # noqa: BLE001 - as the handlers of logging do it
            self.handleError(record)


class _OneLineFormatter(logging.Formatter):
    """One line a record, without the control characters that a server may have put into an error's text."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name of logging
        line = super().formatMessage(record)
        return line if line.isprintable() else "".join(char if char.isprintable() else " " for char in line)
