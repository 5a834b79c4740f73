"""Scripts in processes of their own, as users run them, with every warning turned into an error."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import attrs

from aizoomdoc_client.testing import ScriptedServer

LIMITS = {
    "answer_stream": ("RETURN_SECONDS",),
    "session.stream_connection": ("RETURN_SECONDS",),
    "session.stream_reader": ("RETURN_SECONDS",),
    "sync.call": ("CANCEL_SECONDS",),
    "sync.loop": ("END_SECONDS", "CHECK_SECONDS"),
    "sync.pump": ("CANCEL_SECONDS",),
}
"""The package's limits on waiting. In a script each is an hour, so a script whose end depends on one hangs."""

BEGINNING = """
import atexit, importlib, os, sys, threading, time
from aizoomdoc_client import AIZoomDocClient, APIError, MemoryTokenStore, StreamInterruptedError

for module, names in LIMITS.items():
    found = importlib.import_module(f"aizoomdoc_client.{module}")
    for name in names:
        assert getattr(found, name) > 0
        setattr(found, name, 3600.0)

client = AIZoomDocClient(sys.argv[1], sys.argv[2], token_store=MemoryTokenStore())
chat = client.create_chat("Скрипт")

def say(*words):
    print(*words, flush=True)

def first_piece(answer):
    for event in answer:
        if event.event == "llm_token":
            return event.token
"""

HANGING = 45.0
"""Seconds after which a script counts as hanging."""


@attrs.frozen
class Ended:
    """The result of a script that has ended."""

    status: int
    output: list[str]
    errors: str


@attrs.define
class Script:
    """A running script."""

    process: subprocess.Popen[str]
    output: list[str] = attrs.field(factory=list[str])

    def line(self) -> str:
        """Its next line of output."""
        assert self.process.stdout is not None
        self.output.append(self.process.stdout.readline().rstrip())
        return self.output[-1]

    def end(self) -> Ended:
        """Waits until it has ended; kills it after `HANGING` seconds."""
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        try:
            output, errors = self.process.communicate(timeout=HANGING)
        except subprocess.TimeoutExpired:
            self.process.kill()
            output, errors = self.process.communicate()
            errors += "\nThe script did not end"
        return Ended(self.process.returncode, [*self.output, *output.splitlines()], errors)


def start(folder: Path, server: ScriptedServer, body: str) -> Script:
    """Starts BEGINNING and `body` as a script, with the server's address and token as arguments."""
    path = folder / "script.py"
    path.write_text(f"LIMITS = {LIMITS}\n{BEGINNING}" + textwrap.dedent(body), encoding="utf-8")
    command = [sys.executable, "-W", "error", str(path), server.url, server.static_token]
    environment = {**os.environ, "HOME": str(folder), "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "utf-8"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=environment, cwd=folder
    )
    return Script(process)


def run(folder: Path, server: ScriptedServer, body: str) -> Ended:
    """Runs a script to its end."""
    return start(folder, server, body).end()
