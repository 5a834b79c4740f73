"""Which process runs a job, told apart from others of its number."""

from __future__ import annotations

import os
import socket
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
