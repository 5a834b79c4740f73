"""The benchmarks' own code: verdicts, selection, streams, and a small sample of each way to read. No time is judged."""

from __future__ import annotations

import fnmatch
import json
import re
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import pytest

from aizoomdoc_client import AsyncAnswerStream, LLMToken
from aizoomdoc_client.protocol.answering import Answering
from benchmarks import __main__ as program, measuring, pages, processes, report, wire
from benchmarks.figures import Contender, Figure, Group, Result, Samples, judge, spread
from benchmarks.layouts import LAYOUTS
from benchmarks.measuring import NoiseProbe, Run, measure, take_samples
from benchmarks.selection import Selection
from benchmarks.suites import all_groups, events, reading, relay, sync
from benchmarks.suites.sync import Timestamps

RATE = Figure(name="rate", title="a rate", subject="ours", reference="theirs", target=1.0)


def samples(ours: list[float], theirs: list[float], metric: str = "rate") -> Samples:
    return {
        "ours": [{metric: value, "cpu": 0.5} for value in ours],
        "theirs": [{metric: value, "cpu": 0.5} for value in theirs],
    }


def result(**changes: Any) -> Result:
    made = Result(name="rate", ratio=2.0, target=1.0, better="higher", ok=True, spread=0.01, detail="")
    return attrs.evolve(made, **changes)


def test_a_ratio_is_the_median_of_the_rounds_ratios() -> None:
    """A round in which the machine was slow for both does not move the ratio, nor does one in which it was for one of them."""
    assert 2.0 == judge(RATE, samples([200, 20, 200], [100, 10, 20])).ratio


@pytest.mark.parametrize(("better", "expected"), [("higher", True), ("lower", False)])
def test_the_target_is_a_lower_or_an_upper_bound(better: Any, expected: bool) -> None:
    """More is better for speeds, less for times."""
    assert expected == judge(attrs.evolve(RATE, better=better), samples([150], [100])).ok


def test_a_target_that_is_just_met_is_met() -> None:
    """A ratio equal to its target is good enough, for either kind of bound."""
    assert [True, True] == [judge(attrs.evolve(RATE, better=better), samples([1], [1])).ok for better in ("higher", "lower")]


def test_the_baseline_is_subtracted_from_both() -> None:
    """Over bare Python's 10, 12 against 30 is 2 against 20."""
    found = {**samples([12], [30]), "python": [{"rate": 10.0, "cpu": 0.0}]}

    assert 0.1 == judge(attrs.evolve(RATE, baseline="python"), found).ratio


def test_without_a_reference_the_value_is_judged_in_its_unit() -> None:
    """Three million bytes are 3 MB against an upper bound of 25."""
    figure = attrs.evolve(RATE, reference=None, better="lower", target=25.0, scale=1e-6)
    judged = judge(figure, samples([3e6], []))

    assert (3.0, True) == (judged.ratio, judged.ok)


def test_extra_metrics_are_shown_for_subject_and_reference() -> None:
    """They follow the figure's own metric, each with its contender's name."""
    found = samples([200], [100])
    sized = {name: [{**sample, "size": 3.0} for sample in taken] for name, taken in found.items()}
    detail = judge(attrs.evolve(RATE, extra_metrics=(("size", "mm", 1000.0),)), sized).detail

    assert ["ours 200 /s", "theirs 100 /s", "ours 3,000 mm", "theirs 3,000 mm"] == re.sub(r" \(CPU.*?\)", "", detail).split("; ")


def test_the_spread_is_the_quartiles_distance_over_the_median() -> None:
    """Quartiles 20 and 40 around 30."""
    assert pytest.approx(2 / 3) == spread([10, 20, 30, 40, 50])


def test_the_first_sample_of_a_lasting_process_does_not_count_and_rounds_alternate(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first sample of each is discarded, and every second round goes backwards."""
    asked = list[str]()

    @contextmanager
    def worker(contender: Contender, url: str) -> Generator[Any]:
        assert "http://server" == url
        yield SimpleNamespace(name=contender.name, answer=lambda: "{}")

    @contextmanager
    def server() -> Generator[str]:
        yield "http://server"

    def answer(process: processes.Process) -> dict[str, float]:
        asked.append(process.name)
        return {"rate": float(len(asked))}

    for name, fake in (("server", server), ("worker", worker), ("sample", answer)):
        monkeypatch.setattr(processes, name, fake)
    found = take_samples([Contender(name, "m:f") for name in ("one", "two")], 2, NoiseProbe())

    assert ["one", "two", "one", "two", "two", "one"] == asked
    assert [3.0, 6.0] == [sample["rate"] for sample in found["one"]]


@pytest.mark.parametrize(("ratio", "expected"), [(1.05, True), (1.5, False), (None, False)])
def test_a_ratio_within_its_spread_of_the_target_is_doubtful(ratio: float | None, expected: bool) -> None:
    """Only then may another run have another verdict."""
    assert expected == result(ratio=ratio, spread=0.1).is_doubtful


def test_a_noisy_machine_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the same work takes times that differ much, that is the run's first warning."""
    monkeypatch.setattr(NoiseProbe, "noise", 0.5)
    run = measure(Selection([]), rounds=1, show=print)

    assert 1 == len(run.warnings)
    assert "too noisy" in run.warnings[0]


@pytest.mark.parametrize(("oks", "expected"), [([True, True], 0), ([True, False], 1)])
def test_the_exit_code_says_whether_all_targets_were_reached(
    oks: list[bool], expected: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One missed target is enough for exit code 1, and the JSON file tells which."""
    results = [result(ok=ok) for ok in oks]

    def run(*_: Any, show: Any, **__: Any) -> Run:
        for one in results:
            show(one)
        return Run(3, results)

    monkeypatch.setattr(program, "measure", run)
    code = program.main(["--json", str(tmp_path / "results.json")])
    written = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))

    assert (expected, oks) == (code, [entry["ok"] for entry in written])
    assert {"name", "ratio", "target", "better", "ok", "spread", "detail"} == set(written[0])


def test_an_unknown_name_measures_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt figure is named, and the exit code is neither that of success nor that of a missed target."""
    assert 2 == program.main(["wss"])
    assert "wss" in capsys.readouterr().err


def test_results_are_saved_when_the_run_is_interrupted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The JSON file has each result as soon as it is there."""

    def run(*_: Any, show: Any, **__: Any) -> Run:
        show(result(name="first"))
        raise KeyboardInterrupt

    monkeypatch.setattr(program, "measure", run)
    with pytest.raises(KeyboardInterrupt):
        program.main(["--json", str(tmp_path / "results.json")])

    assert ["first"] == [entry["name"] for entry in json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))]


@pytest.mark.parametrize("options", [["--docs", "ws"], ["--docs", "--quick"]])
def test_the_page_is_made_from_all_figures(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A partial run does not overwrite the page."""
    assert 2 == program.main(options)
    assert "full run of all figures" in capsys.readouterr().err


def test_a_name_selects_its_figure_and_the_contenders_that_it_needs() -> None:
    """Nothing else of the group is measured."""
    [group] = Selection.of(["sse"]).groups

    assert ["sse"] == [figure.name for figure in group.figures]
    assert {"client over SSE", "raw websockets + json"} == {contender.name for contender in group.contenders}


def test_a_missing_peer_fails_its_figures_and_says_what_to_install() -> None:
    """Without the group's packages nothing is measured, and no figure passes."""
    group = Group(name="peers", contenders=(), figures=(RATE,), needs=("no_such_peer",))
    [found] = measure(Selection([group]), rounds=1, show=print).results

    assert (False, None) == (found.ok, found.ratio)
    assert "no_such_peer" in found.detail
    assert "--group bench" in found.detail


def test_a_group_that_fails_does_not_prevent_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of one group is its figures' detail, in one line, and the next group is measured."""

    def measured(contenders: Any, *_: Any) -> Samples:
        if not contenders:
            raise OSError("no\nroom")
        return samples([2.0], [1.0])

    monkeypatch.setattr(measuring, "take_samples", measured)
    broken = Group(name="broken", contenders=(), figures=(attrs.evolve(RATE, name="lost"),))
    whole = Group(name="whole", contenders=(Contender("ours", "m:f"),), figures=(RATE,))
    found = measure(Selection([broken, whole]), rounds=1, show=print).results

    assert [("lost", None, False), ("rate", 2.0, True)] == [(one.name, one.ratio, one.ok) for one in found]
    assert "not measured: OSError: no room" == found[0].detail


def test_a_quick_run_leaves_out_what_is_slow_unless_it_is_named() -> None:
    """Growth takes long, so a quick run measures it only by its name."""
    quick = Selection.of(quick=True)
    named = Selection.of(["growth-ws"], quick=True)

    assert not any(figure.is_slow for figure in quick.figures)
    assert ["growth-ws"] == [figure.name for figure in named.figures]


def test_a_quick_run_has_the_same_contenders_with_less_work() -> None:
    """Only their options differ."""
    [full], [quick] = (Selection.of(["sse-openai"], quick=quick).groups for quick in (False, True))
    streams = [{one.options["stream"] for one in group.contenders} for group in (full, quick)]

    assert [one.name for one in full.contenders] == [one.name for one in quick.contenders]
    assert [{"small-10000"}, {"small-3000"}] == streams


def test_figures_have_unique_names_and_contenders_that_exist() -> None:
    """A name selects one figure, each figure's contenders are in its group, and each contender's function can be imported."""
    groups = all_groups()
    makes = {contender.make.partition(":")[::2] for group in groups for contender in group.contenders}
    figures = [figure.name for group in groups for figure in group.figures]

    assert [] == [make for make in makes if not hasattr(import_module(make[0]), make[1])]
    assert len(figures) == len(set(figures))
    assert [] == [
        (group.name, figure.name)
        for group in groups
        for figure in group.figures
        if not figure.contenders | {*figure.also} <= {contender.name for contender in group.contenders}
    ]


@pytest.mark.parametrize("name", ["small-120", "grow-120"])
def test_the_streams_are_answers(name: str) -> None:
    """The client reads every token of a stream and ends with its final text: each `accumulated` is right."""
    frames = [wire.envelope(*event) for event in wire.events(name)]
    answering = Answering("m1", max_reruns=0, no_pending_runs=True)
    read = answering.received(frames)

    assert 120 == sum(isinstance(event, LLMToken) for event in read)
    assert dict(wire.events(name)[-2:])["llm_final"]["content"] == answering.text


def test_small_frames_are_small() -> None:
    """No frame of the stream of small events is larger than 600 bytes, however long the stream is."""
    sizes = [len(wire.envelope(*event)) for event in wire.events("small-2000")]

    assert max(sizes) < 600


def test_streams_are_cut_between_frames() -> None:
    """Between two parts the server may send a pong, which must not land inside a frame."""
    parts = wire.websocket("small-2000").parts

    assert len(parts) >= wire.PARTS
    assert {0x81} == {part[0] for part in parts}


@pytest.fixture(scope="module")
def url() -> Generator[str]:
    """The address of a benchmark server in a process of its own."""
    with processes.server() as address:
        yield address


def test_a_contender_reads_the_server_to_the_end_in_its_own_process(url: str) -> None:
    """The client passes all tokens over without the modules that it is to do without: a sample fails when one is missing."""
    with processes.worker(events.ours("websocket", "small-100", blocked=events.PLAIN), url) as process:
        process.answer()
        found = processes.sample(process)

    assert {"rate", "cpu"} <= set(found)


@pytest.mark.parametrize("contender", ["raw", "raw sse", "sse", "data"])
async def test_a_contender_reads_the_server_to_the_end(contender: str, url: str) -> None:
    """The loops by hand and the client read all tokens: a sample fails when one is missing."""
    make = {
        "raw": lambda: events.raw_websocket(url, "small-100"),
        "raw sse": lambda: events.raw_eventsource(url, "small-100-thinking"),
        "sse": lambda: events.client_events(url, "small-100-extra-envelope", "sse"),
        "data": lambda: events.client_events(url, "small-100", "websocket", by_data=True),
    }
    async with make[contender]() as sample:
        assert {"rate", "cpu"} <= set(await sample())


def test_the_sync_contender_reads_the_server_to_the_end(url: str) -> None:
    """The sync client reads all tokens: a sample fails when one is missing."""
    with sync.sync_events(url, "small-100") as sample:
        assert {"rate", "cpu"} <= set(sample())


@pytest.mark.parametrize("kind", ["relay", "StreamingResponse"])
async def test_browsers_read_all_of_what_a_backend_shows(kind: Any, url: str) -> None:
    """Two viewers an answer where they can share it: a sample fails when a token of one is missing."""
    async with relay.events(url, kind, viewers=8, shared=4) as sample:
        found = await sample()

    assert {"rate", "cpu", "cpu_each", "memory", "redis"} <= set(found)


async def test_delays_are_those_from_the_making_of_a_token(url: str) -> None:
    """By way of a backend and, at the same time, directly."""
    async with relay.delays(url, "relay", viewers=4) as sample:
        found = await sample()

    assert 0 < found["direct"] < 60
    assert pytest.approx(found["p50"] - found["direct"]) == found["added"]


def test_a_blocked_module_cannot_be_imported(capfd: pytest.CaptureFixture[str]) -> None:
    """A contender that needs what is blocked fails, and says so: no figure is measured with what it excludes."""
    contender = attrs.evolve(events.raw("small-100"), blocked=("websockets.asyncio.client",))
    with processes.worker(contender, "") as process, pytest.raises(processes.BenchmarkError, match="exit code 1"):
        process.answer()

    assert "websockets.asyncio.client" in capfd.readouterr().err


def test_processes_write_compiled_modules(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the environment forbids it, this package alone would be compiled anew at each start."""
    (tmp_path / "probe.py").write_text("import sys; print(sys.dont_write_bytecode)", encoding="utf-8")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    process = processes.Process("probe", "probe")

    assert "False\n" == process.answer()
    process.end()


def test_the_page_is_filled_between_its_marks() -> None:
    """What stands between the marks is replaced, the rest stays; a page without the marks is an error."""
    text = "a\n<!-- figures -->\nold\n<!-- end of figures -->\nb"

    assert "a\n<!-- figures -->\nnew\n<!-- end of figures -->\nb" == report.filled(text, "figures", "new")
    with pytest.raises(ValueError, match="no <!-- stages -->"):
        report.filled(text, "stages", "new")


def test_the_page_has_all_marks() -> None:
    """All tables of docs/performance.md can be written."""
    text = report.PAGE.read_text(encoding="utf-8")
    for mark in ("machine", "figures", "layouts", "stages", "profile"):
        assert report.filled(text, mark, "new") != text


@pytest.mark.parametrize("way", ["sync_items", "portal_items"])
def test_an_event_to_a_thread_is_timed_through_the_public_client(way: str, url: str) -> None:
    """Both ways give their medians; only the sync client finds that the event was asked for before its own call."""
    with getattr(sync, way)(url, events=50) as sample:
        found = sample()

    assert (way == "portal_items", True) == (found["asking"] > 0, found["item"] >= found["waking"] > 0)


async def test_an_event_to_a_task_is_timed_through_the_public_client(url: str) -> None:
    """The async client, for comparison, has to ask for each event."""
    async with sync.async_items(url, events=50) as sample:
        found = await sample()

    assert (True, True) == (found["asking"] > 0, found["item"] >= found["waking"] > 0)


def test_an_items_time_is_that_of_asking_and_waking_without_the_pause_between() -> None:
    """Of four events one had to be asked for; one had been asked for; one was ready before the call; and one was not read."""
    timestamps = Timestamps(called=[0, 10, 20], asked=[1, 8, 11, 21], ready=[5, 14, 19, 22], received=[7, 18, 30])

    assert {"item": 3.5, "asking": 0.5, "waking": 3.0} == timestamps.sample()


def test_timestamps_are_recorded_only_inside_the_block() -> None:
    """What records them is removed afterwards, and the next sample has its own."""
    read = AsyncAnswerStream.__anext__
    with Timestamps.recorded() as first:
        assert read is not AsyncAnswerStream.__anext__
    with Timestamps.recorded() as second:
        pass

    assert read is AsyncAnswerStream.__anext__
    assert first is not second


def test_a_missed_target_that_the_page_does_not_explain_is_noted() -> None:
    """Only the page's section of explanations counts, and only the figure's name."""
    page = f"`rate`\n### {report.EXPLANATIONS}\n- `known`: why\n\n## Next\n`rate`"
    missed = [result(name=name, ok=False) for name in ("known", "rate")]

    assert [f"rate misses its target, and {report.EXPLANATIONS} does not say why"] == report.unexplained(page, missed)


def test_the_page_explains_every_figure() -> None:
    """The page says of each figure, and of no other, what limits it, whichever targets a run misses."""
    patterns = report.explained(report.PAGE.read_text(encoding="utf-8"))
    figures = [figure.name for group in all_groups() for figure in group.figures]

    assert [] == [name for name in figures if not any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)]
    assert [] == [pattern for pattern in patterns if not fnmatch.filter(figures, pattern)]


def test_each_layout_is_measured_small_and_growing_on_both_transports() -> None:
    """Four figures a layout, each against the loop by hand over the same transport, in processor time."""
    figures = {figure.name: figure for group in all_groups() if group.name == "layouts" for figure in group.figures}
    names = {
        f"{layout or 'production'}-{size}{end}" for layout in LAYOUTS for size in ("small", "growing") for end in ("", "-sse")
    }

    assert names <= set(figures)
    assert {"cpu_rate"} == {figure.metric for figure in figures.values()}
    assert all(("sse" in name) == (figure.reference == "raw aiohttp + json") for name, figure in figures.items())


def test_layouts_are_shown_in_a_row_each() -> None:
    """The ratios of one layout stand side by side, with what misses its target in bold."""
    names = [figure.name for group in all_groups() if group.name == "layouts" for figure in group.figures]
    found = {name: result(name=name, ratio=0.5, ok=False) if name == "swap-small-sse" else result(name=name) for name in names}

    assert "| `swap` | 2.00 | 2.00 | **0.50** | 2.00 | ≥ 1 |" in report.layouts(found).splitlines()


def test_tables_that_were_not_measured_stay_on_the_page(tmp_path: Path) -> None:
    """A run that lost groups still writes all it has, and names the tables that are old."""
    page = tmp_path / "performance.md"
    page.write_text(report.PAGE.read_text(encoding="utf-8"), encoding="utf-8")
    count = sum(len(group.figures) for group in all_groups())
    notes = report.write_page(Run(3, [result()] * count), page)

    assert ["profile", "stages"] == sorted(part for part in ("stages", "profile") if part in " ".join(notes))
    assert "3 rounds" in page.read_text(encoding="utf-8")


def test_pages_are_read_into_an_index_and_judged(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Each round tells both rates and the processor time; the median has to reach the target."""
    monkeypatch.setattr(pages, "manuals", lambda _: {"note.pdf": reading.NOTE})
    told = list[list[str]]()
    for target, code in ((1, 0), (1_000_000, 1)):
        monkeypatch.setattr(pages, "TARGET", target)
        assert code == pages.main(["--cache", "unused", "--rounds", "1", "--readers", "1"])
        told.append(capsys.readouterr().out.splitlines())

    shown = r"\d+ pages/s into the index, \d+\.\d\d ms of processor time a page; bare text \d+"
    for round_line, median_line in told:
        assert re.fullmatch(f"round 1: {shown}", round_line)
        assert re.fullmatch(rf"median: {shown}; \d\.\d\d of the bare text's rate; target \d+", median_line)


def test_pages_of_a_folder_are_read_instead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the documents that nobody can read, which are named."""
    monkeypatch.setattr(pages, "TARGET", 1)
    shutil.copy(reading.NOTE, tmp_path / "note.pdf")
    (tmp_path / "torn.pdf").write_bytes(reading.NOTE.read_bytes()[:500])

    assert pages.main(["--folder", str(tmp_path), "--rounds", "1", "--readers", "1"]) == 0
    assert capsys.readouterr().out.startswith("left out, because they are not read: torn.pdf\nround 1: ")


def test_a_folder_without_pdfs_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=re.escape(f"no PDF in {tmp_path}")):
        pages.main(["--folder", str(tmp_path)])
