"""One run of the command line: streams, errors and warnings around the command."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Generator, Sequence
from types import FrameType
from typing import Any, cast

import click

from . import output
from .errors import ExitCode, report
from .language import _, speaking, wanted_language
from .root import root
from .sanitize import sanitized

_DEBUG = "AIZOOMDOC_DEBUG"
_COMPLETE = "_AIZOOMDOC_COMPLETE"


def execute(arguments: Sequence[str]) -> int:
    """The exit code of a command line, once it is run."""
    _write_utf8()
    with speaking(wanted_language(arguments)), _signals_as_ctrl_c() as received:
        try:
            code = _run(arguments)
        except OSError as error:
            # With SIGHUP the terminal is gone, and writing to it an error.
            if not received and not isinstance(error, BrokenPipeError):
                raise
            code = _closed_pipe()
    return 128 + received[0] if received else code  # as shells have it for a program that a signal ended


def _run(arguments: Sequence[str]) -> int:
    try:
        return _invoke(arguments)
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return ExitCode.USAGE
    except click.UsageError as error:
        return _usage(error)
    except (KeyboardInterrupt, click.Abort):
        return _stopped()
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - a user gets one line, never a traceback
        return _failed(error)


def _invoke(arguments: Sequence[str]) -> int:
    """Runs the command; click's own `main` would meet Ctrl-C and closed pipes in its own way."""
    if instruction := os.environ.get(_COMPLETE):
        from click.shell_completion import shell_complete

        return shell_complete(root, {}, root.name or "", _COMPLETE, instruction)
    with root.make_context(root.name, list(arguments)) as context:
        root.invoke(context)
    sys.stdout.flush()
    return ExitCode.OK


def _usage(error: click.UsageError) -> int:
    line = " ".join(error.format_message().split()).removesuffix(".")
    if similar := getattr(error, "possibilities", None):
        names = ", ".join(sorted(similar))
        line = f"{error.message.removesuffix('.')} " + _("(did you mean {names}?)").format(names=names)
    output.failure(line)
    if error.ctx is not None:
        output.hint(_("Help: {command} --help").format(command=error.ctx.command_path))
    return ExitCode.USAGE


def _failed(error: Exception) -> int:
    told = report(error)
    shown = _show_traceback(error)
    if told is not None:
        line, code, hint = told
        output.failure(line)
        if hint:
            output.hint(hint)
        return code
    if not shown:
        text = _("unexpected {kind}: {error}; run it again with {variable}=1 and report what comes out")
        output.failure(text.format(kind=type(error).__name__, error=error, variable=_DEBUG))
    return ExitCode.OTHER


def _show_traceback(error: Exception) -> bool:
    """Shows where the error came from if that is wanted; without local variables, which may hold secrets."""
    if os.environ.get(_DEBUG, "") in {"", "0"}:
        return False
    import traceback

    click.echo(sanitized("".join(traceback.format_exception(error))), err=True)
    return True


def _stopped() -> int:
    if sys.stderr.isatty():
        click.echo(err=True)  # a terminal shows ^C where the cursor was
    output.line_error(_("Interrupted"))
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


@contextlib.contextmanager
def _signals_as_ctrl_c() -> Generator[Sequence[int]]:
    """Lets SIGTERM and SIGHUP end a command as Ctrl-C does: the cursor is shown again, and what came of an answer stays in sight.

    Gives the signals received. One that somebody ignores, as ``nohup`` does SIGHUP, or handles, is left alone.
    """
    received: list[int] = []

    def interrupt(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        if signal.getsignal(signal.SIGINT) in {signal.SIG_IGN, signal.SIG_DFL}:  # as in a shell's background
            signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.raise_signal(signal.SIGINT)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    ours = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    if threading.current_thread() is not threading.main_thread():
        ours = []  # only the main thread may set handlers
    for number in ours:
        signal.signal(number, interrupt)
    try:
        yield received
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)
