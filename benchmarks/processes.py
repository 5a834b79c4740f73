"""The processes of a measurement, seen from the one that measures."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator
from typing import IO

import attrs

from .figures import Contender, Sample

PATIENCE = 300.0
"""Seconds after which a process that does not answer is ended."""


class BenchmarkError(Exception):
    """A contender or the server failed; what it said is on standard error."""


class Process:
    """A Python process of this package that answers each line with a line."""

    def __init__(self, name: str, *arguments: str) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [sys.executable, "-m", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment(), text=True
        )

    def ask(self) -> str:
        """Demands an answer, and waits for it."""
        with contextlib.suppress(BrokenPipeError):
            _of(self._process.stdin).write("\n")
            _of(self._process.stdin).flush()
        return self.answer()

    def answer(self) -> str:
        """The next line; raises `BenchmarkError` when the process has ended, or is silent for too long."""
        timer = threading.Timer(PATIENCE, self._process.kill)
        timer.start()
        try:
            line = _of(self._process.stdout).readline()
        finally:
            timer.cancel()
        if not line:
            raise BenchmarkError(f"{self.name} ended with exit code {self._process.wait()}")
        return line

    def end(self) -> None:
        """Lets it end, and waits until it has."""
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
    """A contender's process, which says by its first line that it is set up."""
    task = {**attrs.asdict(contender), "options": {"url": url, **contender.options}}
    process = Process(contender.name, "benchmarks.worker", json.dumps(task))
    try:
        yield process
    finally:
        process.end()


def sample(process: Process) -> Sample:
    """One sample."""
    values: dict[str, float] = json.loads(process.ask())
    return values


def fresh_sample(contender: Contender) -> Sample:
    """One sample of a new process, from a new server: neither memory nor used-up ports of others count."""
    with server() as url, worker(contender, url) as process:
        process.answer()
        return sample(process)


def _environment() -> dict[str, str]:
    """The environment without the user's own settings of the client, and with compiled modules kept, as they are for a user."""
    left_out = ("AIZOOMDOC_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return {**kept, "AIZOOMDOC_CONFIG_DIR": os.path.join(tempfile.gettempdir(), "aizoomdoc-benchmarks")}  # noqa: PTH118


def _of(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream
