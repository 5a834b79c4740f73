"""One run of the command line: standard streams, signals and errors around the command."""

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
    """Runs a command line and returns its exit code."""
    with _all_streams_opened(), speaking(wanted_language(arguments)), signals_as_ctrl_c() as received:
        _write_utf8()
        try:
            code = _run(arguments)
        except OSError as error:
            # After SIGHUP the terminal is gone, so that writing to it fails.
            if not received and not isinstance(error, BrokenPipeError):
                raise
            code = _discard_output()
    return 128 + received[0] if received else code  # the exit code that shells have for a program ended by a signal


def _run(arguments: Sequence[str]) -> int:
    try:
        return _invoke(arguments)
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return ExitCode.USAGE
    except click.UsageError as error:
        return _report_usage(error, arguments)
    except (KeyboardInterrupt, click.Abort):
        return _report_interruption()
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - a user gets one line, never a traceback
        return _report_failure(error)


def _invoke(arguments: Sequence[str]) -> int:
    """Runs the command without click's `main`, which handles Ctrl-C and closed pipes in another way."""
    if instruction := os.environ.get(_COMPLETE):
        from click.shell_completion import shell_complete

        return shell_complete(root, {}, root.name or "", _COMPLETE, instruction)
    with root.make_context(root.name, list(arguments)) as context:
        root.invoke(context)
    sys.stdout.flush()
    return ExitCode.OK


def _report_usage(error: click.UsageError, arguments: Sequence[str]) -> int:
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
    """The first argument with a dash that looks like a question, not like a mistyped option; empty where there is none."""
    for argument in arguments:
        if argument == "--":
            break
        if argument.startswith("-") and (not argument.isascii() or " " in argument or argument[1:2].isdigit()):
            return shlex.quote(argument)
    return ""


def _report_failure(error: Exception) -> int:
    reported = report(error)
    shown = _show_traceback(error)
    if reported is not None:
        line, code, hint = reported
        output.failure(line)
        if hint:
            output.hint(hint)
        return code
    if not shown:
        text = _("unexpected {kind}: {error}; run it again with {variable}=1 and report what comes out")
        output.failure(text.format(kind=type(error).__name__, error=error, variable=_DEBUG))
    return ExitCode.OTHER


def _show_traceback(error: Exception) -> bool:
    """Prints the traceback if ``AIZOOMDOC_DEBUG`` is set; without local variables, which may hold secrets."""
    if os.environ.get(_DEBUG, "") in {"", "0"}:
        return False
    import traceback

    click.echo(sanitized("".join(traceback.format_exception(error))), err=True)
    return True


def _report_interruption() -> int:
    if sys.stderr.isatty():
        click.echo(err=True)  # a terminal shows ^C where the cursor was
    output.line_error(_("Interrupted"))
    return ExitCode.CTRL_C


def _discard_output() -> int:
    # Python flushes the buffer when it exits, and would print an error about the closed pipe.
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.CLOSED_PIPE


@contextlib.contextmanager
def _all_streams_opened() -> Generator[None]:
    """Opens the null device for each standard stream that was closed when the program started, as by ``>&-``."""
    with contextlib.ExitStack() as opened:
        for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
            if getattr(sys, name) is None:  # in this order each gets its own descriptor, which must not become a socket's
                opened.callback(setattr, sys, name, None)
                setattr(sys, name, opened.enter_context(Path(os.devnull).open(mode, encoding="utf-8")))
        yield


def _write_utf8() -> None:
    """Sets UTF-8 for the standard streams whatever the locale, unless ``PYTHONIOENCODING`` names an encoding."""
    if os.environ.get("PYTHONIOENCODING"):
        return
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            cast("Any", stream).reconfigure(encoding="utf-8", errors="replace")
