"""Starts the server and the contenders as processes, and takes samples from them."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator
from pathlib import Path
from typing import IO

import attrs

from .figures import Contender, Sample

ANSWER_TIMEOUT = 900.0
"""Seconds after which a process that does not answer is killed."""


class BenchmarkError(Exception):
    """A contender or the server failed; its own message is on standard error."""


class Process:
    """A Python module that runs as a process and answers each line of its standard input with a line."""

    def __init__(self, name: str, *arguments: str) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [sys.executable, "-m", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment(), text=True
        )

    def ask(self) -> str:
        """Writes a line to the process, and returns its answer; raises as `answer` does."""
        with contextlib.suppress(BrokenPipeError):
            _of(self._process.stdin).write("\n")
            _of(self._process.stdin).flush()
        return self.answer()

    def answer(self) -> str:
        """The next line; raises `BenchmarkError` when the process has ended or does not answer in time."""
        timer = threading.Timer(ANSWER_TIMEOUT, self._process.kill)
        timer.start()
        try:
            line = _of(self._process.stdout).readline()
        finally:
            timer.cancel()
        if not line:
            raise BenchmarkError(f"{self.name} ended with exit code {self._process.wait()}")
        return line

    def end(self) -> None:
        """Closes its standard input, at which it ends, and waits; kills it after 10 seconds."""
        with contextlib.suppress(BrokenPipeError):
            _of(self._process.stdin).close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        _of(self._process.stdout).close()


@contextlib.contextmanager
def server() -> Generator[str]:
    """The address of a running server."""
    process = Process("the server", "benchmarks.server")
    try:
        yield f"http://127.0.0.1:{int(process.answer())}"
    finally:
        process.end()


@contextlib.contextmanager
def worker(contender: Contender, url: str) -> Generator[Process]:
    """A contender's process; its first line comes when it is set up."""
    task = {**attrs.asdict(contender), "options": {"url": url, **contender.options}}
    process = Process(contender.name, "benchmarks.worker", json.dumps(task))
    try:
        yield process
    finally:
        process.end()


def sample(process: Process) -> Sample:
    """The next sample of a contender's process."""
    values: dict[str, float] = json.loads(process.ask())
    return values


def fresh_sample(contender: Contender) -> Sample:
    """One sample of a new process from a new server, so that neither memory nor ports used by earlier samples matter."""
    with server() as url, worker(contender, url) as process:
        process.answer()
        return sample(process)


def _environment() -> dict[str, str]:
    """The environment without the user's settings of the client, and with compiled modules written, as by default."""
    left_out = ("AIZOOMDOC_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return {**kept, "AIZOOMDOC_CONFIG_DIR": str(Path(tempfile.gettempdir()) / "aizoomdoc-benchmarks")}


def _of(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream
