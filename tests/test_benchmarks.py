"""The harness of the benchmarks: what it says of samples, what its server sends, and one tiny run. No time is judged here."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import attrs
import pytest

from aizoomdoc_client import AsyncAnswerStream, LLMToken
from aizoomdoc_client.protocol.answering import Answering
from benchmarks import __main__ as program, processes, running, wire
from benchmarks.figures import Contender, Figure, Group, Result, Samples, judge, spread
from benchmarks.report import bars, page, plot
from benchmarks.report.numbers import Line
from benchmarks.rounds import Yardstick, measure
from benchmarks.suites import all_groups, events
from benchmarks.suites.sync import Stamps
from benchmarks.worker import Sampler

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
def test_the_target_is_a_floor_or_a_ceiling(better: Any, expected: bool) -> None:
    """More is better for speeds, less for times."""
    assert expected == judge(attrs.evolve(RATE, better=better), samples([150], [100])).ok


def test_a_target_that_is_just_met_is_met() -> None:
    """The target itself is good enough, both ways."""
    assert [True, True] == [judge(attrs.evolve(RATE, better=better), samples([1], [1])).ok for better in ("higher", "lower")]


def test_what_both_pay_is_taken_off_both() -> None:
    """Over bare Python's 10, 12 against 30 is 2 against 20."""
    found = {**samples([12], [30]), "python": [{"rate": 10.0, "cpu": 0.0}]}

    assert 0.1 == judge(attrs.evolve(RATE, over="python"), found).ratio


def test_without_a_reference_the_value_is_judged_in_its_unit() -> None:
    """Three million bytes are 3 MB against a ceiling of 25."""
    figure = attrs.evolve(RATE, reference=None, better="lower", target=25.0, scale=1e-6)
    judged = judge(figure, samples([3e6], []))

    assert (3.0, True) == (judged.ratio, judged.ok)


def test_what_is_told_beside_a_figure_is_told_of_both_its_sides() -> None:
    """Other metrics stand behind the figure's own, by their contenders' names."""
    found = samples([200], [100])
    told = {name: [{**sample, "size": 3.0} for sample in taken] for name, taken in found.items()}
    detail = judge(attrs.evolve(RATE, beside=(("size", "mm", 1000.0),)), told).detail

    assert ["ours 200 /s", "theirs 100 /s", "ours 3,000 mm", "theirs 3,000 mm"] == re.sub(r" \(CPU.*?\)", "", detail).split("; ")


def test_the_spread_is_the_quartiles_distance_over_the_median() -> None:
    """Quartiles 20 and 40 around 30."""
    assert pytest.approx(2 / 3) == spread([10, 20, 30, 40, 50])


def test_the_first_sample_of_a_lasting_process_does_not_count_and_rounds_alternate(monkeypatch: pytest.MonkeyPatch) -> None:
    """The warm-up is thrown away, and the order turns round with each round."""
    asked = list[str]()

    def answer(process: processes.Process) -> dict[str, float]:
        asked.append(process.name)
        return {"rate": float(len(asked))}

    monkeypatch.setattr(processes, "sample", answer)
    contenders = [Contender(name, "benchmarks.suites.tree:dictionaries") for name in ("one", "two")]
    found = measure(contenders, 2, Yardstick())

    assert ["one", "two", "one", "two", "two", "one"] == asked
    assert [3.0, 6.0] == [sample["rate"] for sample in found["one"]]


@pytest.mark.parametrize(("ratio", "expected"), [(1.05, True), (1.5, False), (None, False)])
def test_a_ratio_within_its_spread_of_the_target_is_doubtful(ratio: float | None, expected: bool) -> None:
    """What another run may well say otherwise is said to be so."""
    assert expected == result(ratio=ratio, spread=0.1).is_doubtful


def test_a_noisy_machine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the same work takes times that differ much, the run's warnings begin with that."""
    monkeypatch.setattr(Yardstick, "noise", 0.5)
    report = running.run(running.Choice([]), repeats=1, show=print)

    assert 1 == len(report.warnings)
    assert "too noisy" in report.warnings[0]


@pytest.mark.parametrize(("oks", "expected"), [([True, True], 0), ([True, False], 1)])
def test_the_exit_code_says_whether_all_targets_were_reached(
    oks: list[bool], expected: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One figure that falls short is enough for exit code 1, and the file tells which."""
    results = [result(ok=ok) for ok in oks]

    def run(*_: Any, show: Any, **__: Any) -> running.Report:
        for one in results:
            show(one)
        return running.Report(3, results)

    monkeypatch.setattr(program, "run", run)
    code = program.main(["--json", str(tmp_path / "results.json")])
    written = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))

    assert (expected, oks) == (code, [entry["ok"] for entry in written])
    assert {"name", "ratio", "target", "better", "ok", "spread", "detail"} == set(written[0])


def test_an_unknown_name_measures_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt figure is named, and the exit code is neither that of success nor that of a missed target."""
    assert 2 == program.main(["wss"])
    assert "wss" in capsys.readouterr().err


def test_what_was_measured_is_kept_when_the_run_breaks_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The file has each result as soon as it is there."""

    def run(*_: Any, show: Any, **__: Any) -> running.Report:
        show(result(name="first"))
        raise KeyboardInterrupt

    monkeypatch.setattr(program, "run", run)
    with pytest.raises(KeyboardInterrupt):
        program.main(["--json", str(tmp_path / "results.json")])

    assert ["first"] == [entry["name"] for entry in json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))]


@pytest.mark.parametrize("options", [["--docs", "ws"], ["--docs", "--quick"]])
def test_the_page_is_made_from_all_figures(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A part of a run does not overwrite the page."""
    assert 2 == program.main(options)
    assert "full run of all figures" in capsys.readouterr().err


def test_a_name_chooses_its_figure_and_the_contenders_that_it_needs() -> None:
    """Nothing else of the group is measured."""
    [group] = running.Choice.of(["sse"]).groups

    assert ["sse"] == [figure.name for figure in group.figures]
    assert {"client over SSE", "raw websockets + json"} == {contender.name for contender in group.contenders}


def test_a_missing_peer_fails_its_figures_and_says_what_to_install() -> None:
    """Without the group's packages nothing is measured, and nothing passes."""
    group = Group(name="peers", contenders=(), figures=(RATE,), needs=("no_such_peer",))
    [found] = running.run(running.Choice([group]), repeats=1, show=print).results

    assert (False, None) == (found.ok, found.ratio)
    assert "no_such_peer" in found.detail
    assert "--group bench" in found.detail


def test_a_group_that_fails_does_not_lose_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong in one group, its figures say so in one line and those of the next are measured."""

    def measured(contenders: Any, *_: Any) -> Samples:
        if not contenders:
            raise OSError("no\nroom")
        return samples([2.0], [1.0])

    monkeypatch.setattr(running, "measure", measured)
    broken = Group(name="broken", contenders=(), figures=(attrs.evolve(RATE, name="lost"),))
    whole = Group(name="whole", contenders=(Contender("ours", "m:f"),), figures=(RATE,))
    found = running.run(running.Choice([broken, whole]), repeats=1, show=print).results

    assert [("lost", None, False), ("rate", 2.0, True)] == [(one.name, one.ratio, one.ok) for one in found]
    assert "not measured: OSError: no room" == found[0].detail


def test_a_quick_run_leaves_out_what_is_slow_unless_it_is_named() -> None:
    """Growth takes its time, and is measured quickly only for who asks for it."""
    quick = running.Choice.of(quick=True)
    named = running.Choice.of(["growth-ws"], quick=True)

    assert not any(figure.is_slow for figure in quick.figures)
    assert ["growth-ws"] == [figure.name for figure in named.figures]


def test_a_quick_run_makes_less_work_of_the_same_figures() -> None:
    """The contenders are the same, with options that cost less."""
    [full], [quick] = (running.Choice.of(["sse-openai"], quick=quick).groups for quick in (False, True))
    streams = [{one.options["stream"] for one in group.contenders} for group in (full, quick)]

    assert [one.name for one in full.contenders] == [one.name for one in quick.contenders]
    assert [{"small-10000"}, {"small-3000"}] == streams


def test_figures_and_groups_have_names_of_their_own() -> None:
    """A name chooses one thing, every figure's contenders exist, and every contender's function does."""
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
    """No frame of the stream of small events outgrows 600 bytes, however long the stream is."""
    sizes = [len(wire.envelope(*event)) for event in wire.events("small-2000")]

    assert max(sizes) < 600


def test_streams_are_cut_between_frames() -> None:
    """Between two parts the server may answer a ping, which would break a frame that was sent by half."""
    parts = wire.websocket("small-2000").parts

    assert len(parts) >= wire.PARTS
    assert {0x81} == {part[0] for part in parts}


@pytest.mark.parametrize(
    "contender",
    [
        events.raw("small-100"),
        events.ours("websocket", "small-100", blocked=events.PLAIN),
        events.ours("sse", "small-100", "sse"),
        Contender("sync", "benchmarks.suites.sync:sync_events", {"stream": "small-100"}, blocked=events.PLAIN),
    ],
    ids=lambda contender: contender.name,
)
def test_contenders_read_the_server_to_the_end(contender: Contender) -> None:
    """In processes of their own, server and contender pass all tokens over: a sample fails when one is missing."""
    found = processes.fresh_sample(contender)

    assert {"rate", "cpu"} <= set(found)


def test_a_blocked_module_is_not_there(capfd: pytest.CaptureFixture[str]) -> None:
    """A contender that needs what is blocked fails, and says so: no figure is measured with what it rules out."""
    contender = attrs.evolve(events.raw("small-100"), blocked=("websockets.asyncio.client",))
    with pytest.raises(processes.BenchmarkError, match="exit code 1"):
        processes.fresh_sample(contender)

    assert "websockets.asyncio.client" in capfd.readouterr().err


def test_starting_is_timed_with_compiled_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the environment forbids to keep them, this package alone would be compiled anew at each start."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    writes = Contender("writes", f"{__name__}:dont_write_bytecode")

    assert 0.0 == processes.fresh_sample(writes)["is_forbidden"]


@contextmanager
def dont_write_bytecode(url: str) -> Generator[Sampler]:
    """Whether its process keeps no compiled modules."""
    del url
    yield lambda: {"is_forbidden": float(sys.dont_write_bytecode)}


def test_the_page_is_filled_between_its_marks() -> None:
    """What stands between the marks is replaced, all else stays; a page without the marks is an error."""
    text = "a\n<!-- figures -->\nold\n<!-- end of figures -->\nb"

    assert "a\n<!-- figures -->\nnew\n<!-- end of figures -->\nb" == page.filled(text, "figures", "new")
    with pytest.raises(ValueError, match="no <!-- stages -->"):
        page.filled(text, "stages", "new")


def test_the_page_has_all_marks() -> None:
    """The page in docs/ can be written."""
    text = (page.DOCS / page.PAGE).read_text(encoding="utf-8")
    for mark in ("machine", "figures", "stages", "profile"):
        assert page.filled(text, mark, "new") != text


@pytest.mark.parametrize(("better", "ratio", "expected"), [("higher", 3.0, 2.0), ("lower", 3.0, 0.5)])
def test_bars_point_to_better(better: Any, ratio: float, expected: float) -> None:
    """A bar is the ratio in multiples of its target, the other way round where less is better."""
    assert expected == bars.margin(result(better=better, ratio=ratio, target=1.5))


def test_pictures_are_drawn() -> None:
    """Both pictures are whole SVG files that name what they show."""
    drawn = bars.bars([result(), result(ratio=None, ok=False)], ["one < two", "three"])
    panel = plot.Panel(title="rates", across="events", lines=[Line("client", [(10, 5.0), (100, 6.0)])])

    assert "one &lt; two" in drawn
    assert all(picture.endswith("</svg>\n") for picture in (drawn, plot.plot([panel])))


@pytest.mark.parametrize(("way", "asks"), [("sync_items", False), ("portal_items", True), ("async_items", True)])
def test_a_hand_over_is_timed_through_the_public_client(way: str, asks: bool) -> None:
    """Each way of reading gives its medians; only the sync client finds the answer asked for the event before its own call."""
    found = processes.fresh_sample(Contender(way, f"benchmarks.suites.sync:{way}"))

    assert (asks, True) == (found["asking"] > 0, found["item"] >= found["waking"] > 0)


def test_an_items_time_is_that_of_asking_and_waking_without_the_pause_between() -> None:
    """Of four events one had to be asked for; one had been asked for; one came while nobody slept; and one was not taken."""
    stamps = Stamps(called=[0, 10, 20], asked=[1, 8, 11, 21], there=[5, 14, 19, 22], held=[7, 18, 30])

    assert {"item": 3.5, "asking": 0.5, "waking": 3.0} == stamps.sample()


def test_stamps_are_taken_of_an_answer_only_while_it_is_measured() -> None:
    """What notes the moments is gone afterwards, and the next sample's moments are its own."""
    read = AsyncAnswerStream.__anext__
    with Stamps.taken() as first:
        assert read is not AsyncAnswerStream.__anext__
    with Stamps.taken() as second:
        pass

    assert read is AsyncAnswerStream.__anext__
    assert first is not second


def test_a_missed_target_that_the_page_does_not_explain_is_told() -> None:
    """A reason counts only where it belongs, and by the figure's name."""
    page_text = f"`rate`\n### {page.EXPLANATIONS}\n- `known`: why\n\n## Next\n`rate`"
    missed = [result(name=name, ok=False) for name in ("known", "rate")]

    assert ["rate falls short, and What stands in the way does not say why"] == page.unexplained(page_text, missed)


def test_the_page_explains_every_figure() -> None:
    """Whichever target a run misses, the page says what stands in its way; and of no figure that is not there."""
    text = (page.DOCS / page.PAGE).read_text(encoding="utf-8")
    figures = {figure.name for group in all_groups() for figure in group.figures}
    section = text.partition(page.EXPLANATIONS)[2].partition("\n## ")[0]
    heads = re.findall(r"^- ((?:`[a-z0-9-]+`,? ?)+):", section, re.MULTILINE)
    told = {name for head in heads for name in re.findall("[a-z0-9-]+", head)}

    assert figures == told


def test_what_was_not_measured_stays_on_the_page(tmp_path: Path) -> None:
    """A run that lost groups still writes all it has, and says what is old."""
    (tmp_path / page.PAGE).write_text((page.DOCS / page.PAGE).read_text(encoding="utf-8"), encoding="utf-8")
    count = sum(len(group.figures) for group in all_groups())
    notes = page.write(running.Report(3, [result()] * count), tmp_path)
    written = (tmp_path / page.PAGE).read_text(encoding="utf-8")

    assert ["growth", "profile", "stages"] == sorted(part for part in ("stages", "profile", "growth") if part in " ".join(notes))
    assert "3 rounds" in written
