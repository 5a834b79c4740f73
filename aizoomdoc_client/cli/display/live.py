"""An answer on a terminal: finished blocks are printed for good, only the last one is drawn again while it grows."""

from __future__ import annotations

import asyncio
import sys
import time
from gettext import gettext as _
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.segment import SegmentLines
from rich.spinner import Spinner
from rich.text import Text

from ...events import AnswerEvent, LLMThinking, LLMToken, PhaseProgress, PhaseStarted, QueuePosition
from ..language import term
from ..sanitize import sanitized, sanitized_line
from .base import CHANGED, RESTARTED, Display, queue_line
from .markdown import BlockPrinter, Line

_TICK = 0.08
_SHARE = 4
"""Laying a text out may take one part in so many of the time; the rest is for reading on."""
_ROOM = 4
"""Lines of the terminal that the growing block leaves free."""


def can_draw() -> bool:
    """Whether standard output is a terminal on which the cursor can be moved."""
    console = Console()
    return console.is_terminal and not console.is_dumb_terminal


class LiveDisplay(Display):
    """Draws an answer; rich's `Live` keeps the last block, and a line of status, below what is printed."""

    def __init__(self, *, show_thinking: bool = False) -> None:
        super().__init__(show_thinking=show_thinking)
        self._console = Console(highlight=False)
        self._live = Live(
            console=self._console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=sys.stderr.isatty(),  # its lines are printed above what is drawn
            vertical_overflow="crop",
        )
        self._printer = BlockPrinter(self._console, self._announce_restart)
        self._thinking = ""
        self._growing: list[Line] = []
        self._notes: list[str] = []
        self._spinner = Spinner("dots", style="dim")
        self._status = _("sending the question")
        self._grew = False
        self._not_before = 0.0
        self._drawing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._live.start()
        self._drawing = asyncio.create_task(self._draw_repeatedly())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._drawing is not None:
            self._drawing.cancel()
        try:
            self._print_rest()
        finally:
            self._live.stop()

    def show(self, event: AnswerEvent) -> None:
        """Takes note of an event; drawing comes later."""
        super().show(event)
        if isinstance(event, PhaseStarted):
            self._status = event.description or term(event.phase)
        elif isinstance(event, PhaseProgress):
            self._status = f"{event.message or term(event.phase)} {event.progress:.0%}"
        elif isinstance(event, QueuePosition):
            self._status = queue_line(event)
        elif isinstance(event, LLMThinking):
            self._status = _("thinking")
        elif isinstance(event, LLMToken):
            self._status = _("answering")

    def finish(self) -> None:
        """Prints what is left, and tells of the images."""
        self._print_rest()
        if lines := self.image_lines():
            self._console.print()
            self._print_dim(*lines)

    def add_text(self, delta: str) -> None:
        """Lets the growing block be laid out again."""
        del delta
        self._end_thinking()
        self._grew = True

    def restart(self, keep: int) -> None:
        """Lets what is printed be printed anew, once there is other text."""
        self._end_thinking()
        self._grew = True
        self._printer.cut(keep)
        self._print_notes()

    def add_thinking(self, delta: str) -> None:
        """Prints whole lines; the last one is drawn while it grows."""
        self._printer.print_all(self.state.text)
        whole, end, self._thinking = (self._thinking + delta).rpartition("\n")
        if end:
            self._console.print(_thought(whole))

    def add_note(self, line: str) -> None:
        """Prints it, as soon as it does not interrupt a growing block."""
        self._notes.append(line)
        self._print_notes()

    def add_queue(self, line: str) -> None:
        """Nothing: the line of status has it."""

    # -- drawing -------------------------------------------------------------------------------------------------------------

    async def _draw_repeatedly(self) -> None:
        while True:
            self._draw()
            await asyncio.sleep(_TICK)

    def _draw(self) -> None:
        began = time.monotonic()
        if self._grew and began >= self._not_before:
            self._grew = False
            self._printer.print_finished(self.state.text)
            self._print_notes()
            self._growing = self._printer.rest(self.state.text)
            self._not_before = began + (time.monotonic() - began) * _SHARE
        self._live.update(self._picture(), refresh=True)

    def _picture(self) -> RenderableType:
        self._spinner.update(text=Text(sanitized_line(self._status), style="dim", no_wrap=True, overflow="ellipsis"))
        room = max(1, self._console.height - _ROOM)
        thinking = [_thought(self._thinking)] if self._thinking else []
        return Group(*thinking, SegmentLines(self._growing[-room:], new_lines=True), self._spinner)

    # -- printing for good ---------------------------------------------------------------------------------------------------

    def _print_rest(self) -> None:
        self._end_thinking()
        self._growing = []
        self._live.update("", refresh=True)
        self._printer.print_all(self.state.text)
        self._print_notes()

    def _end_thinking(self) -> None:
        if self._thinking:
            self._console.print(_thought(self._thinking))
            self._thinking = ""

    def _announce_restart(self, everything: bool) -> None:  # noqa: FBT001 - a callback of one argument
        self._print_dim(_(RESTARTED if everything else CHANGED))

    def _print_notes(self) -> None:
        """Tells what happened beside the text, but not in the middle of a growing block, and not into a pipe."""
        if self._printer.is_behind(self.state.text):
            return
        if self._console.is_terminal:
            self._print_dim(*self._notes)
        self._notes.clear()

    def _print_dim(self, *lines: str) -> None:
        for line in lines:
            self._console.print(Text(sanitized_line(line), style="dim"))


def _thought(text: str) -> Text:
    return Text(sanitized(text), style="dim italic")
