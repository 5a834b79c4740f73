"""Options of a question, and displays of its answer: growing on a terminal, plain text in a pipe, JSON for a program.

Contract: a display takes events and writes; it knows neither client nor sockets nor click's commands. rich is imported by `live`,
`markdown`, `answer_lists` and `answer_tables` alone, so that a pipe does not pay for it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import click

from .. import output
from ..errors import CommandError, ExitCode
from ..framework import argument, option
from ..input import text_of_argument, text_of_stdin
from ..language import N_, _

if TYPE_CHECKING:
    from ...answer_stream import AsyncAnswerStream
    from .answer_display import Display
    from .sent_files import SentFile

Style = Literal["json", "plain", "markdown"]

_TITLE_LENGTH = 60


def question_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The question, and the options that say how its answer is shown: `question`, `style` and `show_thinking`."""
    text = N_("the question; - reads it from standard input")
    for decorate in (
        option("--json", "style", flag_value="json", help=N_("events in JSON, one a line")),
        option("--plain", "style", flag_value="plain", help=N_("text as it comes, not laid out")),
        option("--markdown", "style", flag_value="markdown", help=N_("lay out even into a pipe")),
        option("--show-thinking", is_flag=True, help=N_("show the model's thinking")),
        argument("question", metavar=N_("QUESTION"), help=text, callback=_read_question),
    ):
        function = decorate(function)
    return function


def _read_question(ctx: click.Context, parameter: click.Parameter, given: str) -> str:
    """The question; ``-`` reads it from standard input."""
    del parameter
    if ctx.resilient_parsing:  # a shell that completes the command line
        return given
    text = text_of_stdin().rstrip("\n") if given == "-" else text_of_argument(given)
    if not text.strip():
        raise CommandError("question_empty", ExitCode.USAGE)
    return text


def title_of(question: str) -> str:
    """A chat's title made of its first question."""
    line = " ".join(question.split())
    return line if len(line) <= _TITLE_LENGTH else line[: _TITLE_LENGTH - 1].rstrip() + "…"


async def show_answer(
    answer: AsyncAnswerStream,
    style: Style | None,
    *,
    show_thinking: bool,
    files: Sequence[SentFile] = (),
    on_posted: Callable[[], None] | None = None,
) -> None:
    """Shows the whole answer, then its notes; of an answer that breaks off, the text so far stays visible.

    `files` are those of the question, whose upload is shown; `on_posted` is called once the question is stored. Raises what
    reading the answer raises.
    """
    from .waiting import waits_as_notes

    display = _choose_display(style, show_thinking=show_thinking, files=files)
    display.start()  # the message is posted, and its files are uploaded, while the display runs
    try:
        with waits_as_notes():
            await _post(answer)
            if on_posted is not None:
                on_posted()
            async with answer:
                async for event in answer:
                    display.show(event)
        display.finish()
    finally:
        display.stop()
    for note in display.notes:
        output.warning(note)


def _choose_display(style: Style | None, *, show_thinking: bool, files: Sequence[SentFile]) -> Display:
    """The display for the style that the user chose, or else for standard output."""
    from .plain import AsItComes, JSONLines, WhenFinal

    if style == "json":
        return JSONLines()
    if style == "markdown" or (style is None and sys.stdout.isatty()):
        from .live import LiveDisplay, can_draw

        if style == "markdown" or can_draw():
            return LiveDisplay(show_thinking=show_thinking, files=files)
    if style == "plain" or sys.stdout.isatty():
        return AsItComes(show_thinking=show_thinking)
    return WhenFinal(show_thinking=show_thinking)


def is_perhaps_posted(error: BaseException) -> bool:
    """Whether `error` is a Ctrl-C after the question may have been posted, which the client marks with a note."""
    return bool(getattr(error, "__notes__", None)) and not isinstance(error, Exception)


async def _post(answer: AsyncAnswerStream) -> None:
    """Posts the question; after Ctrl-C a hint tells the user that it may have arrived."""
    import asyncio

    try:
        await answer
    except asyncio.CancelledError as error:
        if is_perhaps_posted(error):
            output.hint(_("The question was on its way: aizoomdoc chat history shows whether it arrived"))
        raise
