"""One run of the command line: streams, errors and warnings around the command."""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, cast

import click

from . import output
from .errors import ExitCode, report
from .language import _, speaking, wanted_language
from .root import root
from .sanitize import sanitized
from .signals import signals_as_ctrl_c

_DEBUG = "AIZOOMDOC_DEBUG"
_COMPLETE = "_AIZOOMDOC_COMPLETE"


def execute(arguments: Sequence[str]) -> int:
    """The exit code of a command line, once it is run."""
    with _all_streams_open(), speaking(wanted_language(arguments)), signals_as_ctrl_c() as received:
        _write_utf8()
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
        return _usage(error, arguments)
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


def _usage(error: click.UsageError, arguments: Sequence[str]) -> int:
    line = " ".join(error.format_message().split()).removesuffix(".")
    if similar := getattr(error, "possibilities", None):
        names = ", ".join(sorted(similar))
        line = f"{error.message.removesuffix('.')} " + _("(did you mean {names}?)").format(names=names)
    output.failure(line)
    if isinstance(error, click.NoSuchOption) and (text := _text_that_looks_like_an_option(arguments)):
        output.hint(_("What begins with a dash and is no option stands behind --: aizoomdoc … -- {text}").format(text=text))
    elif error.ctx is not None:
        output.hint(_("Help: {command} --help").format(command=error.ctx.command_path))
    return ExitCode.USAGE


def _text_that_looks_like_an_option(arguments: Sequence[str]) -> str:
    """The first argument with a dash before it that is rather a question than a mistyped option; empty where there is none."""
    for argument in arguments:
        if argument == "--":
            break
        if argument.startswith("-") and (not argument.isascii() or " " in argument or argument[1:2].isdigit()):
            return shlex.quote(argument)
    return ""


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


@contextlib.contextmanager
def _all_streams_open() -> Generator[None]:
    """Puts an empty device in place of each standard stream that the program was started without, as by ``>&-``."""
    with contextlib.ExitStack() as opened:
        for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
            if getattr(sys, name) is None:  # in their order: each gets the number that was closed, which no socket is to have
                opened.callback(setattr, sys, name, None)
                setattr(sys, name, opened.enter_context(Path(os.devnull).open(mode, encoding="utf-8")))
        yield


def _write_utf8() -> None:
    """Text goes out as UTF-8 whatever the locale says, unless the user named an encoding."""
    if os.environ.get("PYTHONIOENCODING"):
        return
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            cast("Any", stream).reconfigure(encoding="utf-8", errors="replace")
