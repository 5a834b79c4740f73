"""How an answer is shown: as it comes on a terminal, as plain text in a pipe, as JSON for a program.

RULE: a display takes events and writes; it knows neither client nor sockets nor click's commands. rich is imported by `live`,
`scroll`, `drawing` and `blocks` alone, so that a pipe does not pay for it, and nothing at all by this file.
"""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Literal

from .. import output
from ..language import Text

if TYPE_CHECKING:
    from ...answer_stream import AsyncAnswerStream
    from .base import Display

Style = Literal["json", "plain", "markdown"]

__all__ = ["Style", "show_answer", "suitable_display"]


def suitable_display(style: Style | None, *, show_thinking: bool) -> Display:
    """The display that was asked for, or else the one that fits standard output."""
    from .plain import AsItComes, JSONLines, WhenFinal

    if style == "json":
        return JSONLines()
    if style == "plain":
        return AsItComes(show_thinking=show_thinking)
    if style == "markdown" or sys.stdout.isatty():
        from .live import can_draw, live_display

        if style == "markdown" or can_draw():
            return live_display(show_thinking=show_thinking)
        return AsItComes(show_thinking=show_thinking)
    return WhenFinal(show_thinking=show_thinking)


async def show_answer(answer: AsyncAnswerStream, display: Display) -> None:
    """Shows the whole answer; what came of it stays visible when it breaks off. Raises what reading it raises."""
    async with contextlib.AsyncExitStack() as stack:
        # The message is posted, and its files are uploaded, under the display's eyes.
        await stack.enter_async_context(display)
        await _posted(stack, answer)
        async for event in answer:
            display.show(event)
        display.finish()


async def _posted(stack: contextlib.AsyncExitStack, answer: AsyncAnswerStream) -> None:
    """Waits until the question is posted; Ctrl-C says whether it may have arrived."""
    import asyncio

    try:
        await stack.enter_async_context(answer)
    except asyncio.CancelledError as error:
        if getattr(error, "__notes__", None):
            text = Text(
                "Вопрос уже отправлялся: дошёл ли он, покажет aizoomdoc chat history",
                "The question was on its way: aizoomdoc chat history shows whether it arrived",
            )
            output.hint(str(text))
        raise
