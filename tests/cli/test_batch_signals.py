"""``aizoomdoc batch run`` in a process of its own, which signals end while an answer is half said."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aizoomdoc_client.local import LocalSettings
from tests.batch.job_setup import HEIGHT, TOKEN, HeldAnswerer
from tests.cli.servers import running_local_server

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX systems")
WAIT_SECONDS = 20


@pytest.fixture
def job(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The command, which waits for the rest of an answer that never comes."""
    answerer = HeldAnswerer()
    asyncio.run(answerer.allow(0))
    plan = tmp_path / "План.md"
    plan.write_text("Высота этажа 3,3 м", encoding="utf-8")
    own = {name: value for name, value in os.environ.items() if not name.startswith("AIZOOMDOC_")}
    env = {
        **own,
        "AIZOOMDOC_CONFIG_DIR": str(tmp_path / "config"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "PYTHONIOENCODING": "utf-8",
    }
    program = [sys.executable, "-m", "aizoomdoc_client"]
    settings = LocalSettings(port=0, data_dir=tmp_path / "server", tokens=(TOKEN,), pace_seconds=0)
    with running_local_server(settings, answerer) as server:
        login = [*program, "login", "--server", server.url, "--token", TOKEN]
        subprocess.run(login, env=env, check=True, capture_output=True)
        ask = [*program, "batch", "run", str(plan), "--question", HEIGHT, "--journal", str(tmp_path / "run.sqlite")]
        with subprocess.Popen(ask, env=env, stderr=subprocess.PIPE, encoding="utf-8") as running:
            try:
                assert answerer.held_in_thread.wait(WAIT_SECONDS)
                yield running
            finally:
                running.kill()


def lines_until(running: subprocess.Popen[str], words: str) -> bool:
    """Reads what the command says until it says `words`."""
    assert running.stderr is not None
    return any(words in line for line in running.stderr)


def test_the_first_ctrl_c_waits_and_the_second_ends(job: subprocess.Popen[str]) -> None:
    """The exit code tells of Ctrl-C."""
    job.send_signal(signal.SIGINT)
    assert lines_until(job, "Stopping")
    assert job.poll() is None
    job.send_signal(signal.SIGINT)

    assert 130 == job.wait(WAIT_SECONDS)


def test_sigterm_ends_at_once(job: subprocess.Popen[str]) -> None:
    """As ``batch cancel --now`` sends it; the code is that of shells for a program that was terminated."""
    job.send_signal(signal.SIGTERM)

    assert 143 == job.wait(WAIT_SECONDS)
