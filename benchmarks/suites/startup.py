"""The time to import the package and to show the command's help, without the start of Python itself."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager

from ..figures import Contender, Figure, Group, Sample
from ..worker import Sampler

STARTS, QUICK_STARTS = 3, 2
"""Starts of one sample, of which the shortest counts: disturbances only make a start longer."""

HELP = "import sys; from aizoomdoc_client.cli import main; main(['--help'])"
CLICK = """
import click
@click.group()
@click.option("--profile", help="a profile")
def program(profile): "Questions about construction documents."
for name in ("ask", "chat", "file", "projects", "settings", "login", "logout", "me", "health", "serve"):
    program.add_command(click.Command(name, help=f"What {name} does"))
program(["--help"])
"""


@contextmanager
def start(url: str, code: str, starts: int = STARTS) -> Generator[Sampler]:
    """A new Python process that runs `code`."""
    del url
    command = [sys.executable, "-c", code]
    subprocess.run(command, check=True, capture_output=True)  # so that all modules are compiled

    def sample() -> Sample:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = min(_started(command) for _ in range(starts))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return {"seconds": seconds, "cpu": cpu / starts}

    yield sample


def _started(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    return time.perf_counter() - began


def _contender(name: str, code: str) -> Contender:
    return Contender(name, "benchmarks.suites.startup:start", {"code": code}, quick={"starts": QUICK_STARTS})


def _figure(name: str, title: str, subject: str, reference: str, target: float) -> Figure:
    return Figure(
        name=name,
        title=title,
        subject=subject,
        reference=reference,
        baseline="python",
        target=target,
        better="lower",
        metric="seconds",
        unit="ms",
        scale=1e3,
    )


GROUPS = (
    Group(
        name="startup",
        needs=("httpx",),
        contenders=(
            _contender("python", "pass"),
            _contender("import aizoomdoc_client", "import aizoomdoc_client"),
            _contender("import httpx", "import httpx"),
            _contender("aizoomdoc --help", HELP),
            _contender("bare click", CLICK),
        ),
        figures=(
            _figure(
                "import",
                "`import aizoomdoc_client` over bare Python, import httpx",
                "import aizoomdoc_client",
                "import httpx",
                0.05,
            ),
            _figure("help", "`aizoomdoc --help` over bare Python, bare click", "aizoomdoc --help", "bare click", 1.3),
        ),
    ),
)
