"""``aizoomdoc batch run --scheduler`` in a process of its own, with a real cluster."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from aizoomdoc_client.local import LocalServer, LocalSettings
from tests.batch.dask.clusters import RealCluster, real_cluster
from tests.batch.job_setup import HEIGHT, TOKEN, HeldAnswerer
from tests.cli.servers import running_local_server

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX systems")
WAIT_SECONDS = 30


@pytest.fixture
def answerer() -> HeldAnswerer:
    return HeldAnswerer()


@pytest.fixture
def server(tmp_path: Path, answerer: HeldAnswerer) -> Iterator[LocalServer]:
    settings = LocalSettings(port=0, data_dir=tmp_path / "server", tokens=(TOKEN,), pace_seconds=0)
    with running_local_server(settings, answerer) as running:
        yield running


@pytest.fixture
def environment(tmp_path: Path, server: LocalServer) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("AIZOOMDOC_")}
    return {
        **own,
        "AIZOOMDOC_CONFIG_DIR": str(tmp_path / "config"),
        "AIZOOMDOC_SERVER": server.url,
        "AIZOOMDOC_TOKEN": TOKEN,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "PYTHONIOENCODING": "utf-8",
    }


@pytest.fixture
def cluster(environment: dict[str, str]) -> Iterator[RealCluster]:
    """A worker that has the token in its own environment."""
    names = ("AIZOOMDOC_CONFIG_DIR", "AIZOOMDOC_TOKEN", "PYTHON_KEYRING_BACKEND")
    with real_cluster(n_workers=1, env={name: environment[name] for name in names}) as running:
        yield running


def command(folder: Path, scheduler: str, *more: str) -> list[str]:
    plan = folder / "План.md"
    plan.write_text("Высота этажа 3,3 м", encoding="utf-8")
    journal = ["--journal", str(folder / "run.sqlite"), "--scheduler", scheduler]
    return [sys.executable, "-m", "aizoomdoc_client", "batch", "run", str(plan), "--question", HEIGHT, *journal, *more]


def test_workers_with_a_login_of_their_own_do_the_job(cluster: RealCluster, environment: dict[str, str], tmp_path: Path) -> None:
    """No token is sent; nothing but the job's own lines is said."""
    done = subprocess.run(command(tmp_path, cluster.address), env=environment, capture_output=True, encoding="utf-8", check=False)

    assert (0, "") == (done.returncode, done.stdout)
    assert ["done 1 of 1", "Results as a file"] == [line.partition(": ")[0] for line in done.stderr.splitlines()]


@pytest.fixture
def waiting_job(
    cluster: RealCluster, answerer: HeldAnswerer, environment: dict[str, str], tmp_path: Path
) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """The process of a job whose answer is held back, and what it says."""
    asyncio.run(answerer.allow(0))
    with subprocess.Popen(
        command(tmp_path, cluster.address), env=environment, stderr=subprocess.PIPE, encoding="utf-8"
    ) as running:
        try:
            assert answerer.held_in_thread.wait(WAIT_SECONDS)
            assert running.stderr is not None
            yield running, running.stderr
        finally:
            running.kill()


def test_ctrl_c_ends_a_job_on_a_cluster_as_any_other(waiting_job: tuple[subprocess.Popen[str], IO[str]]) -> None:
    """The first one waits for the answers that run, the second gives them up, without a traceback."""
    running, said = waiting_job
    running.send_signal(signal.SIGINT)
    assert any("Stopping" in line for line in said)
    assert running.poll() is None
    running.send_signal(signal.SIGINT)

    assert 130 == running.wait(WAIT_SECONDS)
    assert "Traceback" not in said.read()


def test_a_scheduler_that_is_lost_is_said_by_the_job_alone(
    cluster: RealCluster, waiting_job: tuple[subprocess.Popen[str], IO[str]]
) -> None:
    """Dask would log what it tries in lines of its own; the job pauses and says why."""
    running, stderr = waiting_job
    cluster.admin.close()
    cluster.local.close()
    said = [next(line for line in stderr if "paused: " in line or "distributed" in line)]
    running.terminate()
    said += stderr

    assert [] == [line for line in said if "distributed" in line]


def test_a_scheduler_that_is_not_there_is_one_line(environment: dict[str, str], tmp_path: Path) -> None:
    """In the language of the command."""
    environment["DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT"] = "1s"
    done = subprocess.run(
        command(tmp_path, "tcp://127.0.0.1:9", "--lang", "ru"),
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert (3, "", 1) == (done.returncode, done.stdout, len(done.stderr.splitlines()))
    assert done.stderr.startswith("Ошибка: планировщик Dask tcp://127.0.0.1:9 недоступен")
