"""A program on a pseudo-terminal, and what a person there sees and types."""

from __future__ import annotations

import codecs
import fcntl
import os
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from tests.cli.program import COMMAND
from tests.cli.screen import Screen


class Terminal:
    """Runs a command line with a terminal for its streams; Ctrl-C reaches it as it does a user's.

    Standard output goes to the descriptor `output` if there is one, standard error to `errors`.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        *arguments: str,
        width: int = 80,
        height: int = 24,
        output: int | None = None,
        errors: int | None = None,
    ) -> None:
        self.screen = Screen(width, height)
        self.output = ""
        self._decode = codecs.getincrementaldecoder("utf-8")("strict").decode
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        take_terminal = f"fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.executable, {[*COMMAND]!r} + sys.argv[1:])"
        self.process = subprocess.Popen(
            [COMMAND[0], "-c", f"import fcntl, os, sys, termios; {take_terminal}", *arguments],
            stdin=slave,
            stdout=slave if output is None else output,
            stderr=slave if errors is None else errors,
            env=dict(environment),
            start_new_session=True,
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.hang_up()

    def hang_up(self) -> None:
        """Closes the terminal, as its window does; idempotent."""
        master, self._master = self._master, -1
        if master >= 0:
            os.close(master)

    def until(self, text: str, timeout: float = 20) -> None:
        """Returns once `text` is on the screen."""
        deadline = time.monotonic() + timeout
        while text not in self.screen.text:
            assert self._read(deadline), f"{text!r} did not come:\n{self.screen.text}"

    def until_shown(self, text: str, timeout: float = 20) -> None:
        """Returns once `text` was written, be it only for a moment."""
        deadline = time.monotonic() + timeout
        while text not in self.output:
            assert self._read(deadline), f"{text!r} did not come:\n{self.output}"

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def end(self, timeout: float = 20) -> int:
        """The exit code, once all output is read."""
        deadline = time.monotonic() + timeout
        while self._read(deadline):
            pass
        return self.process.wait(timeout)

    def _read(self, deadline: float) -> bool:
        """Whether there was more output; raises `TimeoutError` when none came in time."""
        ready, _, _ = select.select([self._master], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError(f"Nothing more came:\n{self.screen.text}")
        try:
            data = os.read(self._master, 65536)
        except OSError:  # Linux reports the end of a terminal's program as an error
            return False
        text = self._decode(data)
        self.output += text
        self.screen.feed(text)
        return bool(data)
