"""Results as text: a line for the terminal, and the tables of docs/performance.md, whose prose is written by hand."""

from __future__ import annotations

import fnmatch
import platform
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .figures import Figure, Result, Samples, median
from .layouts import LAYOUTS
from .measuring import Run
from .suites import all_groups

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
EXPLANATIONS = "What limits each figure"
"""The page's section that names what stands between a figure and its target."""
SIGNS = {"higher": "≥", "lower": "≤"}
TRANSPORTS = ("client", "client with speed", "client over SSE")
STAGES = {
    "transport": "socket to frames",
    "protocol": "frames to events, each piece of text once",
    "rest": "delivery: timeouts, the answer's state, the user's loop",
    "whole": "together",
    "floor": "floor: the library as in its manual, and msgspec",
}


def line(result: Result) -> str:
    """A result for the terminal."""
    verdict = "ok" if result.ok else "missed"
    return f"{verdict:6} {result.name:20} {_ratio(result):>8} {_target(result):>7}  ±{result.spread:.0%}  {result.detail}"


def write_page(run: Run, page: Path = PAGE) -> list[str]:
    """Writes the run's tables into the page, and returns notes on what is left to do by hand.

    A table whose contenders were not measured stays as it is.
    """
    figures, notes = [figure for group in all_groups() for figure in group.figures], list[str]()
    text = page.read_text(encoding="utf-8")
    tables: dict[str, Callable[[], str]] = {
        "machine": lambda: _machine(run),
        "figures": lambda: _figures(figures, run.results),
        "layouts": lambda: layouts({figure.name: result for figure, result in zip(figures, run.results, strict=True)}),
        "stages": lambda: _stages(run),
        "profile": lambda: _profile(run),
    }
    for mark, make in tables.items():
        try:
            text = filled(text, mark, make())
        except KeyError as error:
            notes.append(f"the page's {mark} are those of an earlier run: {error} was not measured")
    page.write_text(text, encoding="utf-8")
    return [*notes, *unexplained(text, run.results)]


def unexplained(text: str, results: Sequence[Result]) -> list[str]:
    """A note for each missed target that the page's `EXPLANATIONS` do not name."""
    patterns = explained(text)
    missed = [result.name for result in results if not result.ok]
    unknown = [name for name in missed if not any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)]
    return [f"{name} misses its target, and {EXPLANATIONS} does not say why" for name in unknown]


def explained(text: str) -> list[str]:
    """The names of figures, or shell patterns of them, that head the page's `EXPLANATIONS`."""
    section = text.partition(EXPLANATIONS)[2].partition("\n## ")[0]
    heads = re.findall(r"^- ((?:`[a-z0-9*-]+`,?\s*)+):", section, re.MULTILINE)
    return [name for head in heads for name in re.findall("[a-z0-9*-]+", head)]


def filled(text: str, mark: str, content: str) -> str:
    """`text` with `content` between the marks of that name; raises `ValueError` where they are missing."""
    begin, end = f"<!-- {mark} -->", f"<!-- end of {mark} -->"
    if begin not in text or end not in text:
        raise ValueError(f"the page has no {begin} … {end}")
    return re.sub(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: f"{begin}\n{content}\n{end}", text, flags=re.DOTALL)


def _ratio(result: Result) -> str:
    if result.ratio is None:
        return "–"
    return f"{result.ratio:.3f}" if result.ratio < 0.1 else f"{result.ratio:.2f}" if result.ratio < 10 else f"{result.ratio:.1f}"


def _target(result: Result) -> str:
    return f"{SIGNS[result.better]} {result.target:g}"


def _machine(run: Run) -> str:
    measured = f"Measured on {_processor()} with Python {platform.python_version()}, {run.rounds} rounds, by"
    lines = [measured, "`python -m benchmarks --docs`."]
    if run.warnings:
        lines += ["", "That run warned:", "", *(f"- {warning}" for warning in run.warnings)]
    return "\n".join(lines)


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    names = re.findall(r"^model name\s*: (.+)$", cpuinfo, re.MULTILINE)
    cores = len(re.findall(r"^processor\s*:", cpuinfo, re.MULTILINE))
    return f"{cores} cores of {names[0] if names else platform.machine()}"


def _figures(figures: Sequence[Figure], results: Sequence[Result]) -> str:
    rows = ["| Figure | Ratio | Target | Spread | Measured |", "|---|---:|---:|---:|---|"]
    for figure, result in zip(figures, results, strict=True):
        verdict = _ratio(result) if result.ok else f"**{_ratio(result)}**"
        rows.append(f"| {figure.title} | {verdict} | {_target(result)} | {result.spread:.0%} | {result.detail} |")
    return "\n".join(rows)


def layouts(results: Mapping[str, Result]) -> str:
    """The ratios of the figures of layouts, one layout a row; bold what misses its target."""
    rows = ["| Layout | WebSocket, small | growing | SSE, small | growing | Target |", "|---|---:|---:|---:|---:|---:|"]
    for name in [*(name or "production" for name in LAYOUTS), "data"]:
        found = [results[name + ending] for ending in ("-small", "-growing", "-small-sse", "-growing-sse")]
        ratios = [_ratio(result) if result.ok else f"**{_ratio(result)}**" for result in found]
        rows.append(f"| `{name}` | {' | '.join(ratios)} | {_target(found[0])} |")
    return "\n".join(rows)


def _stages(run: Run) -> str:
    samples = run.samples["hot-path"]
    columns = [_stage_times(samples, name) for name in TRANSPORTS]
    reference = median(samples["raw websockets + json"], "cpu_each") * 1e6
    rows = ["| µs of processor time an event | WebSocket | WebSocket, `speed` | SSE |", "|---|---:|---:|---:|"]
    rows += [f"| {title} | {' | '.join(f'{column[stage]:.1f}' for column in columns)} |" for stage, title in STAGES.items()]
    rows.append(f"| reference: raw websockets + json | {reference:.1f} | | |")
    ratios = " | ".join(f"{reference / column['floor']:.1f}" for column in columns)
    return "\n".join([*rows, f"| reference over floor | {ratios} |"])


def _stage_times(samples: Samples, name: str) -> dict[str, float]:
    """Microseconds of processor time an event, by `STAGES`; `rest` is what the other two leave of the whole."""
    found = samples[f"{name}, stages"]
    transport, protocol = median(found, "transport") * 1e6, median(found, "protocol") * 1e6
    whole = median(samples[name], "cpu_each") * 1e6
    floor = median(samples[f"{name}, floor"], "cpu_each") * 1e6
    rest = max(whole - transport - protocol, 0.0)
    return {"transport": transport, "protocol": protocol, "rest": rest, "whole": whole, "floor": floor}


def _profile(run: Run) -> str:
    columns = [_shares(run.samples["hot-path"], name) for name in TRANSPORTS]
    rows = ["| WebSocket | | WebSocket, `speed` | | SSE | |", "|---|---:|---|---:|---|---:|"]
    rows += ["| " + " | ".join(f"`{name}` | {share:.0%}" for name, share in row) + " |" for row in zip(*columns, strict=False)]
    return "\n".join(rows)


def _shares(samples: Samples, name: str) -> list[tuple[str, float]]:
    """The functions with the largest shares of the time, largest first."""
    [found] = samples[f"{name}, profile"]
    return sorted(((function, share) for function, share in found.items() if function != "cpu"), key=lambda item: -item[1])
