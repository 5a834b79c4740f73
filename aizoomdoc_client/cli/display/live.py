"""An answer on a terminal: finished blocks are printed for good, only the last one is drawn again while it grows."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text as Styled

from ...events import AnswerEvent, AnswerRestarted, LLMToken, PhaseProgress, PhaseStarted, QueuePosition
from .. import output
from ..harmless import harmless, harmless_line
from ..language import Text
from .base import CHANGED, RESTARTED, Story, queue_line, thought
from .drawing import Line, Lines, Stack
from .scroll import Scroll

_TICK = 0.08
_SHARE = 4
"""Laying a text out may take one part in so many of the time; the rest is for reading on."""
_ROOM = 4
"""Lines of the terminal that the growing block leaves free."""


def can_draw() -> bool:
    """Whether standard output is a terminal on which the cursor can be moved."""
    console = Console()
    return console.is_terminal and not console.is_dumb_terminal


def live_display(*, show_thinking: bool) -> LiveDisplay:
    """The display of a terminal."""
    return LiveDisplay(Console(highlight=False, file=sys.stdout), show_thinking=show_thinking)


class LiveDisplay:
    """Draws an answer; rich's `Live` keeps the last block, and a line of status, below what is printed."""

    def __init__(self, console: Console, *, show_thinking: bool) -> None:
        self._console = console
        self._show_thinking = show_thinking
        self._live = Live(
            console=console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
        )
        self._stack = contextlib.ExitStack()
        self._story = Story()
        self._scroll = Scroll(console, self._tell_restart)
        self._thinking = ""
        self._growing: list[Line] = []
        self._notes: list[str] = []
        self._said = ""
        self._status = Spinner("dots", style="dim")
        self._grew = False
        self._not_before = 0.0
        self._drawing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._set_status(str(Text("отправляю вопрос", "sending the question")))
        self._stack.enter_context(self._live)
        self._stack.enter_context(output.diverted(lambda line: self._console.print(Styled.from_ansi(line))))
        self._drawing = asyncio.create_task(self._draw_again_and_again())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._drawing is not None:
            self._drawing.cancel()
        try:
            self._print_rest()
        finally:
            self._stack.close()

    def show(self, event: AnswerEvent) -> None:
        """Takes note of an event; drawing comes later."""
        self._story.fold(event)
        self._note_status(event)
        if (piece := thought(event)) is not None:
            self._think(piece if self._show_thinking else "")
        elif isinstance(event, (LLMToken, AnswerRestarted)):
            self._end_thinking()
            self._grew = True
            if isinstance(event, AnswerRestarted):
                self._scroll.cut(event.keep)
                self._print_notes()
        elif (line := self._story.line(event)) is not None and not isinstance(event, QueuePosition):
            self._notes.append(line)
            self._print_notes()

    def finish(self) -> None:
        """Prints what is left, and tells of the images."""
        self._print_rest()
        if self._story.images:
            self._console.print()
        for line in self._story.image_lines():
            self._print_dim(line)

    # -- drawing -------------------------------------------------------------------------------------------------------------

    async def _draw_again_and_again(self) -> None:
        while True:
            self._draw()
            await asyncio.sleep(_TICK)

    def _draw(self) -> None:
        began = time.monotonic()
        if self._grew and began >= self._not_before:
            self._grew = False
            self._scroll.print_finished(self._story.text)
            self._print_notes()
            self._growing = self._scroll.rest(self._story.text)
            self._not_before = began + (time.monotonic() - began) * _SHARE
        self._live.update(self._picture(), refresh=True)

    def _picture(self) -> RenderableType:
        room = max(1, self._console.height - _ROOM)
        thinking = [Styled(harmless(self._thinking), style="dim italic")] if self._thinking else []
        return Stack(*thinking, Lines(self._growing[-room:]), self._status)

    # -- printing for good ---------------------------------------------------------------------------------------------------

    def _print_rest(self) -> None:
        self._end_thinking()
        self._growing = []
        self._live.update("", refresh=True)
        self._scroll.print_all(self._story.text)
        self._print_notes()

    def _think(self, piece: str) -> None:
        if piece:
            self._scroll.print_all(self._story.text)
        whole, end, rest = (self._thinking + piece).rpartition("\n")
        if end:
            self._console.print(Styled(harmless(whole), style="dim italic"))
        self._thinking = rest

    def _end_thinking(self) -> None:
        if self._thinking:
            self._console.print(Styled(harmless(self._thinking), style="dim italic"))
            self._thinking = ""

    def _tell_restart(self, everything: bool) -> None:  # noqa: FBT001 - a callback of one argument
        self._print_dim(str(RESTARTED if everything else CHANGED))

    def _print_notes(self) -> None:
        """Tells what happened beside the text, but not in the middle of a growing block, and not into a pipe."""
        if self._scroll.is_behind(self._story.text):
            return
        if not self._console.is_terminal:
            self._notes.clear()
        for note in self._notes:
            self._print_dim(note)
        self._notes.clear()

    def _print_dim(self, line: str) -> None:
        self._console.print(Styled(harmless_line(line), style="dim"))

    # -- the line of status --------------------------------------------------------------------------------------------------

    def _note_status(self, event: AnswerEvent) -> None:
        if isinstance(event, PhaseStarted):
            self._set_status(event.description or event.phase)
        elif isinstance(event, PhaseProgress):
            self._set_status(f"{event.message or event.phase} {event.progress:.0%}")
        elif isinstance(event, QueuePosition):
            self._set_status(queue_line(event))
        elif thought(event) is not None:
            self._set_status(str(Text("думает", "thinking")))
        elif isinstance(event, LLMToken):
            self._set_status(str(Text("отвечает", "answering")))

    def _set_status(self, line: str) -> None:
        if line == self._said:
            return
        self._said = line
        self._status.update(text=Styled(harmless_line(line), style="dim", no_wrap=True, overflow="ellipsis"))
