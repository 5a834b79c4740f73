"""Takes samples in turns, so that what disturbs the machine disturbs all contenders alike, and judges the figures."""

from __future__ import annotations

import contextlib
import importlib.util
import time
from collections.abc import Callable, Sequence

import attrs

from . import processes
from .figures import NOISY, Contender, Figure, Group, Result, Sample, Samples, failed, judge, spread
from .processes import Process
from .selection import Selection


class NoiseProbe:
    """Times the same work again and again: how much that varies is due to the machine."""

    def __init__(self) -> None:
        self._seconds = list[float]()

    def probe(self) -> None:
        """Times the work once more."""
        began = time.perf_counter()
        for _ in range(10):
            sum(range(20_000))
        self._seconds.append(time.perf_counter() - began)

    @property
    def noise(self) -> float:
        """The spread of the times."""
        return spread(self._seconds)


@attrs.frozen
class Run:
    """What was measured: the results in order, the samples behind them by group, and warnings for the user."""

    rounds: int
    results: list[Result] = attrs.field(factory=list[Result])
    samples: dict[str, Samples] = attrs.field(factory=dict[str, Samples])
    warnings: list[str] = attrs.field(factory=list[str])


def measure(selection: Selection, *, rounds: int, show: Callable[[Result], object]) -> Run:
    """Measures what was selected; `show` is called with each result as it comes."""
    run, probe = Run(rounds), NoiseProbe()
    for group in selection.groups:
        for result in _results(group, probe, run):
            run.results.append(result)
            show(result)
    run.warnings.extend(_warnings(run.results, probe.noise))
    return run


def take_samples(contenders: Sequence[Contender], rounds: int, probe: NoiseProbe) -> Samples:
    """The samples of all `contenders`, one of each a round; a lasting process takes one more before, which is discarded.

    Every second round goes through the contenders backwards.
    """
    samples: dict[str, list[Sample]] = {contender.name: [] for contender in contenders}
    with contextlib.ExitStack() as stack:
        lasting = _start_lasting(contenders, stack)
        for process in lasting.values():
            processes.sample(process)
        for number in range(rounds):
            for contender in contenders if number % 2 == 0 else reversed(contenders):
                if number < (contender.at_most or rounds):
                    probe.probe()
                    lasts = lasting.get(contender.name)
                    samples[contender.name].append(processes.sample(lasts) if lasts else processes.fresh_sample(contender))
    return samples


def _start_lasting(contenders: Sequence[Contender], stack: contextlib.ExitStack) -> dict[str, Process]:
    lasting = [contender for contender in contenders if not contender.fresh]
    if not lasting:
        return {}
    url = stack.enter_context(processes.server())
    started = {contender.name: stack.enter_context(processes.worker(contender, url)) for contender in lasting}
    for process in started.values():  # after all were started: they set themselves up at the same time
        process.answer()
    return started


def _results(group: Group, probe: NoiseProbe, run: Run) -> list[Result]:
    missing = [name for name in group.needs if importlib.util.find_spec(name) is None]
    if missing:
        reason = f"{', '.join(missing)} not installed (pip install --group bench)"
        return [failed(figure, reason) for figure in group.figures]
    try:
        samples = take_samples(group.contenders, run.rounds, probe)
    except Exception as error:  # noqa: BLE001 - a group that fails must not prevent the others
        return [failed(figure, f"{type(error).__name__}: {error}") for figure in group.figures]
    run.samples[group.name] = samples
    return [_judged(figure, samples) for figure in group.figures]


def _judged(figure: Figure, samples: Samples) -> Result:
    try:
        return judge(figure, samples)
    except (ArithmeticError, LookupError, ValueError) as error:
        return failed(figure, f"{type(error).__name__}: {error}")


def _warnings(results: Sequence[Result], noise: float) -> list[str]:
    found = [
        f"{result.name}: {result.ratio} is nearer to {result.target}, its target, than its spread of {result.spread:.0%} can tell"
        for result in results
        if result.is_doubtful
    ]
    if noise > NOISY:
        found.insert(0, f"this machine is too noisy to tell: the same work took times that spread by {noise:.0%}")
    return found
