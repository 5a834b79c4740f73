"""Runs of the command line: in this process for what is cheap, in one of its own for what a user has."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest

from aizoomdoc_client.cli.program import execute

TOKEN = "your-static-token"
COMMAND = (sys.executable, "-W", "error", "-m", "aizoomdoc_client")


@attrs.frozen
class Outcome:
    """What a run left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def errors(self) -> list[str]:
        return self.err.splitlines()

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@attrs.frozen
class Program:
    """``aizoomdoc`` with a configuration folder of its own and nothing of the developer's environment."""

    folder: Path
    bytecode: Path
    capture: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch

    def environment(self, **more: str) -> dict[str, str]:
        foreign = ("AIZOOMDOC_", "LC_", "LANG", "PYTHON", "COLUMNS", "LINES")
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(foreign)},
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "PYTHONPYCACHEPREFIX": str(self.bytecode),
            "AIZOOMDOC_CONFIG_DIR": str(self.folder),
            "XDG_CACHE_HOME": str(self.folder.parent / "cache"),
            "LC_ALL": "C.UTF-8",
            "TERM": "xterm-256color",
            **more,
        }

    def __call__(self, *arguments: str, stdin: str | bytes = "", env: Mapping[str, str] | None = None) -> Outcome:
        """A run in this process, its output no terminal."""
        with self.patch.context() as patch:
            for name in [name for name in os.environ if name.startswith(("AIZOOMDOC_", "LC_", "LANG"))]:
                patch.delenv(name)
            for name, value in self.environment(**(env or {})).items():
                patch.setenv(name, value)
            data = stdin.encode() if isinstance(stdin, str) else stdin
            patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
            self.capture.readouterr()
            try:
                code = execute(arguments)
            except SystemExit as ending:
                code = int(ending.code or 0)
        return Outcome(int(code), *self.capture.readouterr())

    def start(self, *arguments: str, env: Mapping[str, str] | None = None, **options: Any) -> subprocess.Popen[bytes]:
        """A process, with pipes."""
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen([*COMMAND, *arguments], env=self.environment(**(env or {})), **{**pipes, **options})

    def process(
        self, *arguments: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None, **options: Any
    ) -> Outcome:
        """A whole run in a process."""
        source = {} if stdin is None else {"stdin": subprocess.PIPE}
        return ended(self.start(*arguments, env=env, **source, **options), stdin)


def ended(process: subprocess.Popen[bytes], stdin: bytes | None = None, *, send: signal.Signals | None = None) -> Outcome:
    """What a process left, after a signal if one is to be sent."""
    if send is not None:
        process.send_signal(send)
    out, err = process.communicate(stdin, timeout=30)
    return Outcome(process.returncode, out.decode(), err.decode())


def told(server: subprocess.Popen[bytes]) -> dict[str, Any]:
    """What ``serve --json`` says when it listens."""
    assert server.stdout is not None
    found: dict[str, Any] = json.loads(server.stdout.readline())
    return found
