"""docs/performance.md: what is between its marks is made here, and all else is written by hand."""

from __future__ import annotations

import platform
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from ..figures import Figure, Result, median
from ..running import Report
from ..suites import all_groups
from . import numbers
from .bars import bars
from .plot import Panel, plot
from .table import asked, ratio

DOCS = Path(__file__).parents[2] / "docs"
EXPLANATIONS = "What stands in the way"
PAGE, BARS, GROWTH = "performance.md", "performance-ratios.svg", "performance-growth.svg"
TRANSPORTS = ("client", "client with speed", "client over SSE")
STAGES = {
    "transport": "socket to frames",
    "protocol": "frames to events, each piece of text once",
    "rest": "handing them up: time-outs, state, the user's loop",
    "whole": "together",
    "floor": "the library as its manual has it and msgspec, and nothing else: the floor",
}


def write(report: Report, folder: Path = DOCS) -> list[str]:
    """Writes the pictures and the page's parts that come from a run, and says what is left for a hand to do.

    What was not measured stays as it is.
    """
    figures = [figure for group in all_groups() for figure in group.figures]
    page, notes = folder / PAGE, list[str]()
    text = _refilled(page.read_text(encoding="utf-8"), figures, report, notes)
    page.write_text(text, encoding="utf-8")
    (folder / BARS).write_text(bars(report.results, [figure.title for figure in figures]), encoding="utf-8")
    try:
        (folder / GROWTH).write_text(_growth(report), encoding="utf-8")
    except KeyError as error:
        notes.append(f"the picture of growth is that of an earlier run: {error} was not measured")
    return [*notes, *unexplained(text, report.results)]


def _refilled(text: str, figures: Sequence[Figure], report: Report, notes: list[str]) -> str:
    makers: dict[str, Callable[[], str]] = {
        "machine": lambda: _machine(report),
        "figures": lambda: _table(figures, report.results),
        "stages": lambda: _stages(report),
        "profile": lambda: _profile(report),
    }
    for mark, make in makers.items():
        try:
            text = filled(text, mark, make())
        except KeyError as error:
            notes.append(f"the page's {mark} are those of an earlier run: {error} was not measured")
    return text


def unexplained(text: str, results: Sequence[Result]) -> list[str]:
    """The missed targets of which the page does not say by name what stands in the way."""
    told = text.partition(EXPLANATIONS)[2].partition("\n## ")[0]
    missed = [result.name for result in results if not result.ok and f"`{result.name}`" not in told]
    return [f"{name} falls short, and {EXPLANATIONS} does not say why" for name in missed]


def filled(text: str, mark: str, made: str) -> str:
    """`text` with `made` between the marks of that name."""
    begin, end = f"<!-- {mark} -->", f"<!-- end of {mark} -->"
    if begin not in text or end not in text:
        raise ValueError(f"the page has no {begin} … {end}")
    return re.sub(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: f"{begin}\n{made}\n{end}", text, flags=re.DOTALL)


def _machine(report: Report) -> str:
    measured = f"Measured on {_processor()} with Python {platform.python_version()}, {report.repeats} rounds, by"
    lines = [measured, "`python -m benchmarks --docs`."]
    if report.warnings:
        lines += ["", "That run warned:", "", *(f"- {warning}" for warning in report.warnings)]
    return "\n".join(lines)


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    names = re.findall(r"^model name\s*: (.+)$", cpuinfo, re.MULTILINE)
    cores = len(re.findall(r"^processor\s*:", cpuinfo, re.MULTILINE))
    return f"{cores} cores of {names[0] if names else platform.machine()}"


def _table(figures: Sequence[Figure], results: Sequence[Result]) -> str:
    rows = ["| Figure | Ratio | Target | Spread | Measured |", "|---|---:|---:|---:|---|"]
    for figure, result in zip(figures, results, strict=True):
        verdict = ratio(result) if result.ok else f"**{ratio(result)}**"
        rows.append(f"| {figure.title} | {verdict} | {asked(result)} | {result.spread:.0%} | {result.detail} |")
    return "\n".join(rows)


def _stages(report: Report) -> str:
    samples = report.samples["hot-path"]
    found = [numbers.stages(samples, name) for name in TRANSPORTS]
    reference = median(samples["raw websockets + json"], "cpu_each") * 1e6
    rows = ["| µs of the processor an event | WebSocket | WebSocket, `speed` | SSE |", "|---|---:|---:|---:|"]
    rows += [f"| {title} | {' | '.join(f'{column[stage]:.1f}' for column in found)} |" for stage, title in STAGES.items()]
    most = " | ".join(f"{reference / column['floor']:.1f}" for column in found)
    rows.append(f"| raw websockets + json, the reference | {reference:.1f} | | |")
    return "\n".join([*rows, f"| the ratio of that floor | {most} |"])


def _profile(report: Report) -> str:
    samples = report.samples["hot-path"]
    columns = [numbers.profile(samples, name) for name in TRANSPORTS]
    rows = ["| WebSocket | | WebSocket, `speed` | | SSE | |", "|---|---:|---|---:|---|---:|"]
    rows += ["| " + " | ".join(f"`{name}` | {share:.0%}" for name, share in row) + " |" for row in zip(*columns, strict=False)]
    return "\n".join(rows)


def _growth(report: Report) -> str:
    answers = Panel(
        title="Events a second", across="events in an answer", lines=numbers.growing_answers(report.samples["growth"])
    )
    crowds = Panel(
        title="KB of memory a stream", across="streams at once", lines=numbers.growing_crowds(report.samples["streams"])
    )
    return plot([answers, crowds])
