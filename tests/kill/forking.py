"""Programs that are killed and started again many times: each imports everything once and forks a process for every life."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

READY_SECONDS = 60.0


def fork_for_each_line(live: Callable[[Mapping[str, Any]], None]) -> None:
    """Calls `live` in a process of its own with the JSON of each line of standard input, and says how that process ended."""
    for line in sys.stdin:
        child = os.fork()
        if not child:
            code = 1
            try:
                live(json.loads(line))
                code = 0
            except BaseException:  # noqa: BLE001 - it is told, whatever it is
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(code)
        _, status = os.waitpid(child, 0)
        say(f"ended {os.waitstatus_to_exitcode(status)}")


def say_ready() -> None:
    """Tells who started this process that it is ready, and its id."""
    say(f"ready {os.getpid()}")


def say(line: str) -> None:
    """Writes the line at once, whichever process of the program writes."""
    os.write(1, f"{line}\n".encode())


class Program:
    """One such program, and the process in which it lives now; its standard error goes to `log`."""

    def __init__(self, module: str, log: Path) -> None:
        self.pid = 0
        self._log = log
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                cwd=Path(__file__).parents[2],
                start_new_session=True,
            )
        self._lines = queue.SimpleQueue[str]()
        self._ended: int | None = 0
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def start(self, **arguments: object) -> None:
        """Starts a life with the arguments, and waits until it is ready."""
        assert self._ended is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(arguments) + "\n")
        self._process.stdin.flush()
        kind, _, value = self._lines.get(timeout=READY_SECONDS).partition(" ")
        if kind != "ready":
            raise RuntimeError(f"It does not start: {self.errors()}")
        self.pid, self._ended = int(value), None

    def wait(self, seconds: float) -> int | None:
        """The exit code, negative for a signal, of the life that ends within so many seconds; None while it goes on."""
        if self._ended is None:
            with suppress(queue.Empty):
                kind, _, value = self._lines.get(timeout=max(seconds, 0.001)).partition(" ")
                assert kind == "ended", self.errors()
                self._ended = int(value)
        return self._ended

    def kill(self) -> None:
        """Kills the life, unless it has ended, and waits until it is gone."""
        if self.wait(0) is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            end = time.monotonic() + READY_SECONDS
            while self.wait(1) is None:
                assert time.monotonic() < end, "It cannot be killed"

    def errors(self) -> str:
        """What was written to standard error, the end of it."""
        return self._log.read_text(encoding="utf-8", errors="replace")[-4000:]

    def close(self) -> None:
        """Ends the program, and whatever it still has running."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reading.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.strip())
        self._lines.put("gone")
