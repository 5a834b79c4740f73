"""Samples in turn: what disturbs the machine disturbs all contenders alike."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence

from . import processes
from .figures import Contender, Sample, Samples, spread
from .processes import Process


class Yardstick:
    """Always the same work: how much its time varies is the machine's doing."""

    def __init__(self) -> None:
        self._seconds = list[float]()

    def lay_on(self) -> None:
        """Takes the time once more."""
        begin = time.perf_counter()
        for _ in range(10):
            sum(range(20_000))
        self._seconds.append(time.perf_counter() - begin)

    @property
    def noise(self) -> float:
        """The spread of the times."""
        return spread(self._seconds)


def measure(contenders: Sequence[Contender], repeats: int, yardstick: Yardstick) -> Samples:
    """The samples of all `contenders`; the first of each lasting process warms up and does not count."""
    samples: dict[str, list[Sample]] = {contender.name: [] for contender in contenders}
    with contextlib.ExitStack() as stack:
        lasting = _lasting(contenders, stack)
        for process in lasting.values():
            processes.sample(process)
        for turn in range(repeats):
            for contender in contenders if turn % 2 == 0 else reversed(contenders):
                if turn < (contender.at_most or repeats):
                    yardstick.lay_on()
                    lasts = lasting.get(contender.name)
                    samples[contender.name].append(processes.sample(lasts) if lasts else processes.fresh_sample(contender))
    return samples


def _lasting(contenders: Sequence[Contender], stack: contextlib.ExitStack) -> dict[str, Process]:
    lasting = [contender for contender in contenders if not contender.fresh]
    if not lasting:
        return {}
    url = stack.enter_context(processes.server())
    started = {contender.name: stack.enter_context(processes.worker(contender, url)) for contender in lasting}
    for process in started.values():  # they set themselves up side by side
        process.answer()
    return started
