"""The progress of a batch job: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import contextlib
import sys
import threading
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
    from ...catalog import LocalizedText

_LINE_SECONDS = 30.0  # between two plain lines
_REFRESHES = 4  # of the bar in a second
_MOST_UNITS = 5  # questions at work that are listed below the bar
_RATE_ANSWERS = 50  # of which the rate is measured
_TICK_SECONDS = 1.0
_ASLEEP_SECONDS = 10.0
"""After so long without a tick, the process was stopped, or its machine slept."""


class _Rate:
    """The rate of the last answers, in the time that the job worked, without pauses and the machine's sleep."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen_at = clock()
        self._worked = 0.0
        self._is_paused = False
        self._lock = threading.Lock()
        self._times: deque[tuple[float, int]] = deque(maxlen=_RATE_ANSWERS)

    def tick(self) -> None:
        """Counts the time since the last call as work, unless it is `_ASLEEP_SECONDS` or more, or the job is paused."""
        with self._lock:
            now = self._clock()
            seconds, self._seen_at = now - self._seen_at, now
            if seconds < _ASLEEP_SECONDS and not self._is_paused:
                self._worked += seconds

    def record(self, progress: JobProgress) -> None:
        """Records the progress at this moment."""
        self.tick()
        self._is_paused = progress.paused is not None
        finished = progress.counts.done + progress.counts.failed
        if not self._times or finished != self._times[-1][1]:
            self._times.append((self._worked, finished))

    def per_minute(self) -> float | None:
        """Answers a minute, None before the second; while none finishes it falls, as if one finished now."""
        if len(self._times) < 2:
            return None
        (first, some), (last, more) = self._times[0], self._times[-1]
        if last <= first:
            return None
        return min((more - some) / (last - first), (more - some + 1) / (self._worked - first)) * 60


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
    if per_minute and progress.paused is None:
        parts.append(_("{rate:.0f} a minute").format(rate=per_minute))
        parts.append(_("about {time} left").format(time=_duration((counts.waiting + counts.running) / per_minute * 60)))
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
def batch_progress() -> Generator[Callable[[JobProgress], None]]:
    """Yields a function that shows the progress on standard error."""
    rate = _Rate(time.monotonic)
    with _ticking(rate):
        if sys.stderr.isatty():
            with _live(rate) as update:
                yield update
        else:
            yield _lines(rate, time.monotonic)


@contextlib.contextmanager
def _ticking(rate: _Rate) -> Generator[None]:
    ended = threading.Event()

    def tick() -> None:
        while not ended.wait(_TICK_SECONDS):
            rate.tick()

    thread = threading.Thread(target=tick, name="batch progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextlib.contextmanager
def _live(rate: _Rate) -> Generator[Callable[[JobProgress], None]]:
    from rich.console import Console
    from rich.live import Live

    latest: list[JobProgress] = []

    def render_latest() -> RenderableType:
        from rich.text import Text

        return _render(latest[-1], rate.per_minute()) if latest else Text("")

    with Live(
        get_renderable=render_latest,
        console=Console(stderr=True),
        transient=True,
        refresh_per_second=_REFRESHES,
        redirect_stdout=False,
    ):

        def update(progress: JobProgress) -> None:
            rate.record(progress)
            latest[:] = [progress]

        yield update


def _render(progress: JobProgress, per_minute: float | None) -> RenderableType:
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
        for unit in progress.at_work[:_MOST_UNITS]
    ]
    more = len(progress.at_work) - _MOST_UNITS
    if more > 0:
        lines.append(Text("  " + _("and {count} more").format(count=more), style="dim"))
    return Group(*lines)


def _lines(rate: _Rate, clock: Callable[[], float]) -> Callable[[JobProgress], None]:
    """Prints a line at once when the job pauses, resumes, or has another reason to pause, else every half minute."""
    next_at = clock() + _LINE_SECONDS
    paused: LocalizedText | None = None

    def update(progress: JobProgress) -> None:
        nonlocal next_at, paused
        rate.record(progress)
        if clock() >= next_at or progress.paused != paused:
            next_at, paused = clock() + _LINE_SECONDS, progress.paused
            output.line_error(progress_line(progress, rate.per_minute()))

    return update
