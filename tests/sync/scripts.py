"""Scripts as users run them: processes of their own, in which every warning is an error."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import attrs

from aizoomdoc_client.testing import ScriptedServer

BEGINNING = """
import atexit, os, sys, threading, time
from aizoomdoc_client import AIZoomDocClient, APIError, MemoryTokenStore, StreamInterruptedError

client = AIZoomDocClient(sys.argv[1], sys.argv[2], token_store=MemoryTokenStore())
chat = client.create_chat("Скрипт")

def say(*words):
    print(*words, flush=True)

def first_piece(answer):
    for event in answer:
        if event.event == "llm_token":
            return event.token
"""


@attrs.frozen
class Ended:
    """How a script ended: `seconds` is from its last word to its end."""

    status: int
    output: list[str]
    errors: str
    seconds: float


@attrs.define
class Script:
    """A script that runs."""

    process: subprocess.Popen[str]
    output: list[str] = attrs.field(factory=list[str])

    def line(self) -> str:
        """Its next line."""
        assert self.process.stdout is not None
        self.output.append(self.process.stdout.readline().rstrip())
        return self.output[-1]

    def end(self) -> Ended:
        """Waits for its end, which must come soon after its last word."""
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        said = time.monotonic()
        while line := self.process.stdout.readline():
            said = time.monotonic()
            self.output.append(line.rstrip())
        errors = self.process.stderr.read()
        status = self.process.wait(20)
        seconds = time.monotonic() - said
        self.process.stdout.close()
        self.process.stderr.close()
        return Ended(status, self.output, errors, seconds)


def start(folder: Path, server: ScriptedServer, body: str) -> Script:
    """Runs BEGINNING and `body` with the server's address and token."""
    path = folder / "script.py"
    path.write_text(BEGINNING + textwrap.dedent(body), encoding="utf-8")
    command = [sys.executable, "-W", "error", str(path), server.url, server.static_token]
    environment = {**os.environ, "HOME": str(folder), "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "utf-8"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=environment, cwd=folder
    )
    return Script(process)


def run(folder: Path, server: ScriptedServer, body: str) -> Ended:
    """Runs a script to its end."""
    return start(folder, server, body).end()
