"""How far a batch job is: a bar at a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from collections import deque
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

from .. import output
from ..language import _, language_in_force
from ..sanitize import sanitized_line

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ...batch.job import JobProgress

_LINE_SECONDS = 30.0
_REFRESHES = 4
_MOST_AT_WORK = 5
_RATE_ANSWERS = 50


class _Rate:
    """Answers a minute, of the last ones."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._times: deque[tuple[float, int]] = deque(maxlen=_RATE_ANSWERS)

    def saw(self, finished: int) -> None:
        """So many are finished now."""
        if not self._times or finished != self._times[-1][1]:
            self._times.append((self._clock(), finished))

    def per_minute(self) -> float | None:
        """None until two were seen."""
        if len(self._times) < 2:
            return None
        (first, some), (last, more) = self._times[0], self._times[-1]
        return None if last <= first else (more - some) / (last - first) * 60


def progress_line(progress: JobProgress, per_minute: float | None) -> str:
    """The progress in one line."""
    counts = progress.counts
    parts = [_("done {done} of {total}").format(done=counts.done, total=counts.total)]
    if counts.failed:
        parts.append(_("failed {count}").format(count=counts.failed))
    if counts.running:
        parts.append(_("at work {count}").format(count=counts.running))
    if counts.queued_on_server:
        parts.append(_("in the server's queue {count}").format(count=counts.queued_on_server))
    if per_minute:
        parts.append(_("{rate:.0f} a minute").format(rate=per_minute))
        parts.append(_("left about {time}").format(time=_duration((counts.waiting + counts.running) / per_minute * 60)))
    if progress.paused is not None:
        parts.append(_("paused: {reason}").format(reason=progress.paused.render(language_in_force())))
    return "; ".join(parts)


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return _("a minute")
    if minutes < 60:
        return _("{minutes} min").format(minutes=minutes)
    return _("{hours} h {minutes} min").format(hours=minutes // 60, minutes=minutes % 60)


@contextlib.contextmanager
def batch_progress(*, clock: Callable[[], float] = time.monotonic) -> Generator[Callable[[JobProgress], None]]:
    """What shows the progress on standard error while the block runs."""
    rate = _Rate(clock)
    if not sys.stderr.isatty():
        yield _lines(rate, clock)
        return
    from rich.console import Console
    from rich.live import Live

    latest: list[JobProgress] = []

    def shown() -> RenderableType:
        from rich.text import Text

        return _rendered(latest[-1], rate.per_minute()) if latest else Text("")

    with Live(
        get_renderable=shown,
        console=Console(stderr=True),
        transient=True,
        refresh_per_second=_REFRESHES,
        redirect_stdout=False,
        redirect_stderr=False,
    ):

        def update(progress: JobProgress) -> None:
            rate.saw(progress.counts.done + progress.counts.failed)
            latest[:] = [progress]

        yield update


def _rendered(progress: JobProgress, per_minute: float | None) -> RenderableType:
    from rich.console import Group
    from rich.padding import Padding
    from rich.progress_bar import ProgressBar
    from rich.text import Text

    counts = progress.counts
    lines: list[RenderableType] = [
        Padding(ProgressBar(total=max(1, counts.total), completed=counts.done + counts.failed, width=40), 0),  # its own line
        Text(sanitized_line(progress_line(progress, per_minute)), overflow="fold"),
    ]
    lines += [
        Text(sanitized_line(f"  {unit.document.name}: {unit.question.heading}"), style="dim", no_wrap=True, overflow="ellipsis")
        for unit in progress.at_work[:_MOST_AT_WORK]
    ]
    more = len(progress.at_work) - _MOST_AT_WORK
    if more > 0:
        lines.append(Text("  " + _("and {count} more").format(count=more), style="dim"))
    return Group(*lines)


def _lines(rate: _Rate, clock: Callable[[], float]) -> Callable[[JobProgress], None]:
    """A line at once when the job pauses or goes on, else each half minute."""
    next_at = clock() + _LINE_SECONDS
    paused = False

    def update(progress: JobProgress) -> None:
        nonlocal next_at, paused
        rate.saw(progress.counts.done + progress.counts.failed)
        if clock() >= next_at or (progress.paused is not None) != paused:
            next_at, paused = clock() + _LINE_SECONDS, progress.paused is not None
            output.line_error(progress_line(progress, rate.per_minute()))

    return update
