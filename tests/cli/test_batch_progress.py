"""The figures of a batch job's progress: answers a minute, and the time that is left."""

from __future__ import annotations

import attrs
import pytest

from aizoomdoc_client.batch import JobProgress
from aizoomdoc_client.batch.outcomes import JobCounts
from aizoomdoc_client.catalog import LocalizedText, text
from aizoomdoc_client.cli.display.batch_progress import _lines, _Rate, progress_line
from aizoomdoc_client.cli.language import speaking


@attrs.define
class Machine:
    """A job of 1,000 units on a machine whose clock the test owns."""

    now: float = 5000.0
    done: int = 0
    rate: _Rate = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.rate = _Rate(lambda: self.now)

    def progress(self, paused: LocalizedText | None = None) -> JobProgress:
        return JobProgress(counts=JobCounts(total=1000, done=self.done, waiting=1000 - self.done), paused=paused)

    def works(self, answers: int) -> None:
        """An answer each six seconds, so ten a minute."""
        for _ in range(answers):
            for _ in range(6):
                self.now += 1
                self.rate.tick()
            self.done += 1
            self.rate.record(self.progress())


def test_the_rate_is_that_of_the_last_answers() -> None:
    """Ten a minute."""
    machine = Machine()
    machine.works(100)

    assert "done 100 of 1000; 10 a minute; about 1 h 30 min left" == progress_line(machine.progress(), machine.rate.per_minute())


@pytest.mark.parametrize(
    ("waiting", "english", "russian"),
    [
        (1, "about a minute left", "до конца примерно минута"),
        (10, "about 1 min left", "до конца примерно 1 мин"),
        (20, "about 2 min left", "до конца примерно 2 мин"),
        (600, "about 1 h 0 min left", "до конца примерно 1 ч 0 мин"),
    ],
)
def test_the_time_that_is_left_agrees_with_its_verb(waiting: int, english: str, russian: str) -> None:
    """There is none in Russian, as it would be another one with a minute than with two."""
    progress = JobProgress(counts=JobCounts(total=1000, done=1000 - waiting, waiting=waiting))
    with speaking("ru"):
        shown = progress_line(progress, 10.0)

    assert (english, russian) == (progress_line(progress, 10.0).split("; ")[-1], shown.split("; ")[-1])


@pytest.mark.parametrize("hours", [0.01, 8.0])
def test_time_asleep_does_not_count(hours: float) -> None:
    """A laptop that was suspended, or a process that was stopped, goes on with the rate of before."""
    machine = Machine()
    machine.works(20)
    machine.now += hours * 3600
    machine.works(20)

    assert 10 == pytest.approx(machine.rate.per_minute(), rel=0.01)


def test_the_rate_falls_while_no_answer_comes() -> None:
    """Two hours after the first of twenty answers a further one would be the twentieth since then."""
    machine = Machine()
    machine.works(20)
    for _ in range(120 * 60 - 19 * 6):
        machine.now += 1
        machine.rate.tick()

    assert 20 / 120 == pytest.approx(machine.rate.per_minute())
    machine.works(1)
    assert 20 / 120.1 == pytest.approx(machine.rate.per_minute())


def test_a_pause_does_not_count_and_has_no_time_left() -> None:
    """Nobody knows how long a pause is."""
    machine = Machine()
    machine.works(20)
    reason = text("no_documents")
    machine.rate.record(machine.progress(reason))
    for _ in range(3600):
        machine.now += 1
        machine.rate.tick()

    assert f"done 20 of 1000; paused: {reason.render()}" == progress_line(machine.progress(reason), machine.rate.per_minute())
    machine.rate.record(machine.progress())
    machine.works(20)
    assert 10 == pytest.approx(machine.rate.per_minute(), rel=0.01)


def test_each_pause_and_its_end_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Also another reason to pause; what else changes within half a minute is none."""
    machine = Machine()
    update = _lines(machine.rate, lambda: machine.now)
    for paused in (None, text("no_documents"), text("no_documents"), text("no_workers"), None, None):
        update(machine.progress(paused))
    said = capsys.readouterr().err.splitlines()

    assert [text("no_documents").render(), text("no_workers").render()] == [line.partition("paused: ")[2] for line in said[:2]]
    assert ("done 0 of 1000", 3) == (said[2], len(said))
