"""One run of the command line: streams, errors and warnings around the command."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from typing import Any, cast

import click

from . import output
from .exit_codes import ExitCode
from .harmless import harmless
from .language import Text, speak, wanted_language
from .root import root
from .signals import as_ctrl_c
from .words import ClosedPipeError, StoppedError

_DEBUG = "AIZOOMDOC_DEBUG"


def execute(arguments: Sequence[str]) -> int:
    """The exit code of a command line."""
    speak(wanted_language(arguments))
    _write_utf8()
    with as_ctrl_c() as ended:
        try:
            code = _run(arguments)
        except (BrokenPipeError, ClosedPipeError):
            code = _closed_pipe()
        except OSError:
            if ended.by is None:
                raise
            code = _closed_pipe()  # with SIGHUP the terminal is gone, and writing to it an error
    return ended.exit_code or code


def _run(arguments: Sequence[str]) -> int:
    try:
        code = root.main(list(arguments), prog_name="aizoomdoc", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return ExitCode.USAGE
    except click.UsageError as error:
        return _usage(error)
    except (StoppedError, KeyboardInterrupt, click.Abort):
        return _stopped()
    except (BrokenPipeError, ClosedPipeError):
        raise
    except Exception as error:  # noqa: BLE001 - a user gets one line, never a traceback
        return _failed(error)
    return code if isinstance(code, int) else ExitCode.OK


def _usage(error: click.UsageError) -> int:
    from .wording import worded

    output.failure(worded(error.format_message()))
    if error.ctx is not None:
        output.hint(Text("Справка: {command} --help", "Help: {command} --help").of(command=error.ctx.command_path))
    return ExitCode.USAGE


def _failed(error: Exception) -> int:
    from .failures import report

    said = report(error)
    shown = _show_traceback(error)
    if said is None:
        return _unexpected(error, shown=shown)
    output.failure(said.line)
    if said.hint:
        output.hint(said.hint)
    return said.code


def _unexpected(error: Exception, *, shown: bool) -> int:
    if not shown:
        output.failure(
            Text(
                "непредвиденная ошибка {kind}: {error}; повторите с {debug}=1 и сообщите нам, что вышло",
                "unexpected {kind}: {error}; run it again with {debug}=1 and report what comes out",
            ).of(kind=type(error).__name__, error=error, debug=_DEBUG)
        )
    return ExitCode.OTHER


def _show_traceback(error: Exception) -> bool:
    """Shows where the error came from if that is wanted; without local variables, which may hold secrets."""
    if os.environ.get(_DEBUG, "") in {"", "0"}:
        return False
    import traceback

    click.echo(harmless("".join(traceback.format_exception(error))), err=True)
    return True


def _stopped() -> int:
    if sys.stderr.isatty():
        click.echo(err=True)  # a terminal shows ^C where the cursor was
    output.line_error(str(Text("Прервано", "Interrupted")))
    return ExitCode.CTRL_C


def _closed_pipe() -> int:
    # Whatever is still in the buffer has nobody to read it, and Python would complain about that at its end.
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.CLOSED_PIPE


def _write_utf8() -> None:
    """Text goes out as UTF-8 whatever the locale says, unless the user named an encoding."""
    if os.environ.get("PYTHONIOENCODING"):
        return
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            cast("Any", stream).reconfigure(encoding="utf-8", errors="replace")
