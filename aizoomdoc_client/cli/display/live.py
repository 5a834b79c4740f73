"""An answer on a terminal: finished blocks are printed for good, only the last one is drawn again while it grows."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.live import Live
from rich.markdown import Markdown
from rich.segment import Segment
from rich.spinner import Spinner
from rich.text import Text as Styled

from ...events import AnswerEvent, AnswerRestarted, LLMToken, PhaseProgress, PhaseStarted, QueuePosition
from .. import output
from ..harmless import harmless, harmless_line, without_controls
from ..language import Text
from .base import RESTARTED, Story, queue_line, thought
from .blocks import finished

_TICK = 0.08
_PATIENCE = 4
"""Drawing may take one part in so many of the time."""


def can_draw() -> bool:
    """Whether standard output is a terminal on which the cursor can be moved."""
    console = Console()
    return console.is_terminal and not console.is_dumb_terminal


def live_display(*, show_thinking: bool) -> LiveDisplay:
    """The display of a terminal."""
    return LiveDisplay(Console(highlight=False, force_terminal=True, file=sys.stdout), show_thinking=show_thinking)


class Answered:
    """Markdown of a model, harmless when drawn."""

    def __init__(self, text: str) -> None:
        self._markdown = Markdown(harmless(text), hyperlinks=False)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        # Markdown's entities make characters that were not in its source.
        for segment in console.render(self._markdown, options):
            yield segment if segment.control else Segment(without_controls(segment.text), segment.style)


class Tail:
    """The last lines of what was drawn, as many as fit."""

    def __init__(self, lines: list[list[Segment]]) -> None:
        self._lines = lines

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        del console, options
        for line in self._lines:
            yield from line
            yield Segment.line()


class LiveDisplay:
    """Draws an answer; rich's `Live` keeps the last block and a line of status below what is printed."""

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
        self._printed = 0
        self._starts: list[int] = []
        self._thinking = ""
        self._status = Spinner("dots", style="dim")
        self._changed = False
        self._stale = False
        self._gap = False
        self._not_before = 0.0
        self._drawing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._stack.enter_context(self._live)
        self._stack.enter_context(output.diverted(self._print_styled))
        self._set_status(str(Text("отправляю вопрос", "sending the question")))
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
        piece = thought(event)
        if isinstance(event, AnswerRestarted) and event.keep < self._printed:
            self._stale = True
        self._story.fold(event)
        self._note_status(event)
        if piece and self._show_thinking:
            self._think(piece)
        elif isinstance(event, (LLMToken, AnswerRestarted)):
            self._end_thinking()
            self._changed = True
        elif (line := self._story.line(event)) is not None and not isinstance(event, QueuePosition):
            self._print_note(line)

    def finish(self) -> None:
        """Prints what is left, and tells of the images."""
        self._print_rest()
        if self._story.images:
            self._print("")
        for line in self._story.image_lines():
            self._print(Styled(harmless_line(line), style="dim"))

    # -- drawing -------------------------------------------------------------------------------------------------------------

    async def _draw_again_and_again(self) -> None:
        while True:
            self._draw()
            await asyncio.sleep(_TICK)

    def _draw(self) -> None:
        began = time.monotonic()
        if self._changed and began >= self._not_before:
            self._changed = False
            self._print_finished()
            self._tail = self._lines_of_rest()
            self._not_before = began + (time.monotonic() - began) * _PATIENCE
        self._live.update(_Stack([*self._growing(), self._status]), refresh=True)

    def _growing(self) -> Iterable[RenderableType]:
        if self._thinking:
            yield Styled(harmless(self._thinking), style="dim italic")
        if self._tail:
            yield Tail(self._tail[-max(1, self._console.height - 4) :])

    _tail: list[list[Segment]] = []

    def _lines_of_rest(self) -> list[list[Segment]]:
        rest = self._story.text[self._printed :]
        if self._stale or not rest.strip():
            return []
        lines = self._console.render_lines(Answered(rest), pad=False)
        return [[], *lines] if self._gap else lines

    # -- printing for good ---------------------------------------------------------------------------------------------------

    def _print_finished(self) -> None:
        self._take_back()
        if self._stale:
            return
        done = finished(self._story.text[self._printed :])
        if done:
            self._print_blocks(self._printed + done)

    def _print_rest(self) -> None:
        self._end_thinking()
        self._take_back()
        self._tail = []
        if self._story.text[self._printed :].strip():
            self._print_blocks(len(self._story.text))
        self._live.update("", refresh=True)

    def _print_blocks(self, end: int) -> None:
        self._starts.append(self._printed)
        if self._gap:
            self._print("")
        self._print(Answered(self._story.text[self._printed : end]))
        self._printed, self._gap = end, True

    def _take_back(self) -> None:
        """After a restart that changes printed text: says so, and goes back to the first block that changed."""
        if not self._stale or not self._story.text:
            return
        self._stale = False
        self._print_note(str(RESTARTED))
        self._printed, self._starts, self._gap = 0, [], False

    def _think(self, piece: str) -> None:
        self._thinking += piece
        whole, _, rest = self._thinking.rpartition("\n")
        if whole:
            self._print(Styled(harmless(whole), style="dim italic"))
        self._thinking = rest

    def _end_thinking(self) -> None:
        if self._thinking:
            self._print(Styled(harmless(self._thinking), style="dim italic"))
            self._thinking = ""

    def _print_note(self, line: str) -> None:
        self._print(Styled(harmless_line(line), style="dim"))

    def _print_styled(self, line: str) -> None:
        self._print(Styled.from_ansi(line))

    def _print(self, what: RenderableType) -> None:
        self._console.print(what)

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
        self._status.update(text=Styled(harmless_line(line), style="dim", no_wrap=True, overflow="ellipsis"))


class _Stack:
    """Renderables below one another."""

    def __init__(self, parts: list[RenderableType]) -> None:
        self._parts = parts

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        del console, options
        yield from self._parts
