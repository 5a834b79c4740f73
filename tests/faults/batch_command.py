"""``aizoomdoc batch run`` as a process, about a folder of documents, and what it says."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import attrs

from tests.cli.program import TOKEN, Outcome, Program

QUESTION = "Какая высота этажа?"
WAIT_SECONDS = 40.0


class Running:
    """A command that runs: its lines as they come, on both streams."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._out, self._err = list[str](), list[str]()
        self._changed = threading.Condition()
        assert process.stdout is not None
        assert process.stderr is not None
        self._readers = [
            threading.Thread(target=self._read, args=(stream, lines), daemon=True)
            for stream, lines in ((process.stdout, self._out), (process.stderr, self._err))
        ]
        for reader in self._readers:
            reader.start()

    @property
    def err(self) -> str:
        return "\n".join(self._err)

    def until_said(self, words: str, times: int = 1) -> None:
        """Returns once standard error has `words` so often; fails where the command ends without them."""
        deadline = time.monotonic() + WAIT_SECONDS
        with self._changed:
            while len(re.findall(re.escape(words), self.err)) < times:
                left = deadline - time.monotonic()
                assert left > 0, f"{words!r} did not come:\n{self.err}"
                assert self.process.poll() is None or any(each.is_alive() for each in self._readers), self.err
                self._changed.wait(min(left, 0.2))

    def ended(self) -> Outcome:
        """What it left at its end."""
        self.process.wait(WAIT_SECONDS)
        for reader in self._readers:
            reader.join()
        return Outcome(self.process.returncode, "\n".join(self._out), self.err)

    def _read(self, stream: Iterable[bytes], lines: list[str]) -> None:
        for line in stream:
            with self._changed:
                lines.append(line.decode().rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()


@attrs.frozen
class BatchCommand:
    """The command with a folder of its own for documents, journal and results."""

    program: Program
    folder: Path

    @property
    def plans(self) -> Path:
        return self.folder / "plans"

    @property
    def journal(self) -> Path:
        return self.folder / "run.sqlite"

    def write(self, *names: str) -> None:
        """Documents, each with its name for a content."""
        self.plans.mkdir(exist_ok=True)
        for name in names:
            (self.plans / name).write_text(f"Документ {name}", encoding="utf-8")

    def log_in(self, url: str, token: str = TOKEN) -> None:
        outcome = self.program("login", "--server", url, "--token", token)
        assert 0 == outcome.code, outcome

    def arguments(self, *more: str) -> Sequence[str]:
        usual = ["batch", "run", str(self.plans), "--question", QUESTION, "--journal", str(self.journal)]
        return [*usual, *more]

    @contextmanager
    def running(self, *more: str, **environment: str) -> Generator[Running]:
        """The command while the block runs."""
        with self.program.start(*self.arguments(*more), env=environment) as process:
            try:
                yield Running(process)
            finally:
                process.kill()

    def run(self, *more: str) -> Outcome:
        """A whole run."""
        return self.program.process(*self.arguments(*more))

    def status(self) -> str:
        """What ``batch status`` says."""
        outcome = self.program("batch", "status", str(self.journal))
        assert 0 == outcome.code, outcome
        return outcome.out

    def states(self) -> list[str]:
        """The states in the journal, by name."""
        with closing(sqlite3.connect(f"{self.journal.as_uri()}?mode=ro", uri=True)) as db:
            return sorted(row[0] for row in db.execute("SELECT name FROM units"))


def until(condition: Callable[[], bool], timeout: float = WAIT_SECONDS) -> None:
    """Returns once `condition` holds."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "the condition did not hold in time"
        time.sleep(0.02)
