"""An answer on a terminal: finished blocks are printed once, only the last one is redrawn while it grows."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.segment import SegmentLines
from rich.spinner import Spinner
from rich.text import Text

from ...events import AnswerEvent, AnswerRestarted, LLMThinking, LLMToken, PhaseProgress, PhaseStarted, QueuePosition
from ..language import _, term
from ..sanitize import sanitized, sanitized_line
from .answer_display import Display, queue_line
from .markdown import BlockPrinter, Line
from .sent_files import SentFile, sending_line

_TICK_SECONDS = 0.08
_LAYOUT_PAUSE = 4
"""A pause of so many times its duration follows each layout of the text, so that reading the stream has most of the time."""
_FREE_LINES = 4
"""Lines of the terminal that the growing block does not use."""


def can_draw() -> bool:
    """Whether standard output is a terminal on which the cursor can be moved."""
    console = Console()
    return console.is_terminal and not console.is_dumb_terminal


class LiveDisplay(Display):
    """Draws an answer; rich's `Live` redraws the last block, and a line of status, below the printed blocks."""

    def __init__(self, *, show_thinking: bool = False, files: Sequence[SentFile] = ()) -> None:
        super().__init__(show_thinking=show_thinking)
        self._files = files
        self._console = Console(highlight=False)
        self._live = Live(
            console=self._console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=sys.stderr.isatty(),  # its lines are printed above the growing block
            vertical_overflow="crop",
        )
        self._printer = BlockPrinter(self._console)
        self._status = _("sending the question")
        self._doing: dict[type, str] = {LLMThinking: _("thinking"), LLMToken: _("answering")}
        self._spinner = Spinner("dots", style="dim")
        self._thinking = ""  # its last line, which is not complete
        self._growing: list[Line] = []
        self._notes: list[str] = []
        self._grew = False
        self._not_before = 0.0
        self._drawing: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._live.start()
        self._drawing = asyncio.create_task(self._refresh_repeatedly())

    def draw(self, event: AnswerEvent, line: str | None) -> None:
        """Records an event; the next refresh lays the text out, which takes time."""
        self._status = self._doing.get(type(event)) or _status(event) or self._status
        if isinstance(event, (LLMToken, AnswerRestarted)):
            self._end_thinking()
            self._grew = True
        elif isinstance(event, LLMThinking) and self.show_thinking:
            self._printer.print_all(self.state.text)
            whole, end, self._thinking = (self._thinking + event.content).rpartition("\n")
            if end:
                self._console.print(_thought(whole))
        elif line is not None and not isinstance(event, QueuePosition):
            self._notes.append(line)
        self._print_notes()

    def finish(self) -> None:
        self._print_rest()
        if lines := self.image_lines():
            self._console.print()
            self._print_dim(lines)

    def stop(self) -> None:
        if self._drawing is not None:
            self._drawing.cancel()
        try:
            self._print_rest()
        finally:
            self._live.stop()

    async def _refresh_repeatedly(self) -> None:
        while True:
            self._refresh()
            await asyncio.sleep(_TICK_SECONDS)

    def _refresh(self) -> None:
        began = time.monotonic()
        if self._grew and began >= self._not_before:
            self._grew = False
            self._printer.print_finished(self.state.text)
            self._growing = self._printer.rest(self.state.text)
            self._print_notes()
            self._not_before = began + (time.monotonic() - began) * _LAYOUT_PAUSE
        self._live.update(self._picture(), refresh=True)

    def _picture(self) -> RenderableType:
        status = sending_line(self._files) or self._status
        self._spinner.update(text=Text(sanitized_line(status), style="dim", no_wrap=True, overflow="ellipsis"))
        height = max(1, self._console.height - _FREE_LINES)
        thinking = [_thought(self._thinking)] if self._thinking else []
        return Group(*thinking, SegmentLines(self._growing[-height:], new_lines=True), self._spinner)

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

    def _print_notes(self) -> None:
        """Prints the lines about other events, but not in the middle of a growing block, and not into a pipe."""
        if self._notes and not self._printer.is_behind(self.state.text):
            if self._console.is_terminal:
                self._print_dim(self._notes)
            self._notes = []

    def _print_dim(self, lines: list[str]) -> None:
        for line in lines:
            self._console.print(Text(sanitized_line(line), style="dim"))


def _thought(text: str) -> Text:
    return Text(sanitized(text), style="dim italic")


def _status(event: AnswerEvent) -> str | None:
    match event:
        case PhaseStarted():
            return event.description or term(event.phase)
        case PhaseProgress():
            return f"{event.message or term(event.phase)} {event.progress:.0%}"
        case QueuePosition():
            return queue_line(event)
        case _:
            return None
