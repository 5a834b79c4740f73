"""How far a batch job is: a bar at a terminal, a plain line now and then elsewhere."""

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

_LINE_SECONDS = 30.0
_REFRESHES = 4
_MOST_AT_WORK = 5
_RATE_ANSWERS = 50
_TICK_SECONDS = 1.0
_ASLEEP_SECONDS = 10.0
"""A process that did not run for so long was stopped, or its machine slept."""


class _Rate:
    """Answers a minute, of the last ones, in the time in which the job worked: not in pauses, nor while the machine slept."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen_at = clock()
        self._worked = 0.0
        self._is_paused = False
        self._lock = threading.Lock()
        self._times: deque[tuple[float, int]] = deque(maxlen=_RATE_ANSWERS)

    def tick(self) -> None:
        """The process runs; to be called at least each `_ASLEEP_SECONDS`: a longer time without it does not count as work."""
        with self._lock:
            now = self._clock()
            seconds, self._seen_at = now - self._seen_at, now
            if seconds < _ASLEEP_SECONDS and not self._is_paused:
                self._worked += seconds

    def saw(self, progress: JobProgress) -> None:
        """The job is so far now."""
        self.tick()
        self._is_paused = progress.paused is not None
        finished = progress.counts.done + progress.counts.failed
        if not self._times or finished != self._times[-1][1]:
            self._times.append((self._worked, finished))

    def per_minute(self) -> float | None:
        """None until two were seen; it falls while no further answer comes, as if one came now."""
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
def batch_progress(*, clock: Callable[[], float] = time.monotonic) -> Generator[Callable[[JobProgress], None]]:
    """What shows the progress on standard error while the block runs."""
    rate = _Rate(clock)
    with _ticking(rate):
        if sys.stderr.isatty():
            with _live(rate) as update:
                yield update
        else:
            yield _lines(rate, clock)


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

    def shown() -> RenderableType:
        from rich.text import Text

        return _rendered(latest[-1], rate.per_minute()) if latest else Text("")

    with Live(
        get_renderable=shown,
        console=Console(stderr=True),
        transient=True,
        refresh_per_second=_REFRESHES,
        redirect_stdout=False,
    ):

        def update(progress: JobProgress) -> None:
            rate.saw(progress)
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
    """A line at once when the job pauses, or goes on, or has another reason to pause, else each half minute."""
    next_at = clock() + _LINE_SECONDS
    paused: LocalizedText | None = None

    def update(progress: JobProgress) -> None:
        nonlocal next_at, paused
        rate.saw(progress)
        if clock() >= next_at or progress.paused != paused:
            next_at, paused = clock() + _LINE_SECONDS, progress.paused
            output.line_error(progress_line(progress, rate.per_minute()))

    return update
