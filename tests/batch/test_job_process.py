"""Which process runs a job, told apart from others of its number."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

from aizoomdoc_client.batch import job_process
from aizoomdoc_client.batch.job_process import JobProcess


@pytest.fixture
def without_proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system without ``/proc``, as macOS and Windows are."""
    monkeypatch.setattr(job_process, "_PROC", tmp_path)


def test_this_process_is_here() -> None:
    """Also as a journal gives it back."""
    own = JobProcess.own()
    stored = JobProcess.of(dict(own.facts).get)

    assert (own, True) == (stored, own.is_here)


def test_a_process_of_another_host_is_not_here(without_proc: None) -> None:
    """The name of the machine tells where the system tells nothing else."""
    own = JobProcess.own()

    assert (socket.gethostname(), None, None, None) == (own.host, own.boot, own.namespace, own.started)
    assert (True, False) == (own.is_here, attrs.evolve(own, host="plans").is_here)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="a file of Linux")
def test_a_machine_may_get_another_name_while_it_runs() -> None:
    """As one that moves to another network."""
    assert attrs.evolve(JobProcess.own(), host="plans").is_here


def test_a_program_may_have_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fields of its state begin after the last bracket."""
    fields = " ".join(["S", *map(str, range(4, 53))])
    stat = tmp_path / str(os.getpid()) / "stat"
    stat.parent.mkdir()
    stat.write_text(f"{os.getpid()} (a b) c) {fields}\n", encoding="utf-8")
    monkeypatch.setattr(job_process, "_PROC", tmp_path)

    assert "22" == JobProcess.own().started


def test_a_journal_without_a_process_tells_of_none() -> None:
    """One that was just made."""
    assert None is JobProcess.of({}.get)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="a file of Linux")
def test_a_process_runs_until_it_has_ended() -> None:
    """Also where its parent has not asked how, and the system keeps its number for that."""
    own = JobProcess.own()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, text=True) as child:
        started = (Path("/proc") / str(child.pid) / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
        other = attrs.evolve(own, pid=child.pid, started=started)
        before = other.is_running
        assert child.stdin is not None
        child.stdin.close()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        is_kept = (Path("/proc") / str(child.pid)).exists()
        after = other.is_running

    assert (True, True, False) == (before, is_kept, after)


def test_a_process_of_the_number_that_was_started_later_is_another_one() -> None:
    """The number of one that has ended is given again."""
    assert not attrs.evolve(JobProcess.own(), started="1").is_running


def test_where_nothing_tells_when_a_process_was_started_none_is_known_to_run(without_proc: None) -> None:
    """The number alone may be another one's, and its job must not be held up for ever."""
    assert not JobProcess.own().is_running


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="a file of Linux")
@pytest.mark.parametrize(("lock", "has_job"), [("1", False), ("2", True), (None, True)])
def test_a_process_has_no_job_whose_lock_it_let_go_of(lock: str | None, has_job: bool) -> None:
    """It still has it where another file took the place of the one that it locked, or where there is none."""
    assert has_job == JobProcess.own("1").has_job(lock)
