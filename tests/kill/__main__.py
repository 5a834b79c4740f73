"""``python -m tests.kill --kills 40``: kills batch jobs and their server at random moments and at each write of the journal."""

from __future__ import annotations

import argparse
import contextlib
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import attrs

from aizoomdoc_client import AIZoomDocClient, MemoryTokenStore
from tests.kill.checks import complaints

DOCUMENTS = 30
QUESTIONS = 2
LONGEST_LIFE = 1.5
LAST_RUN_SECONDS = 300
WRITES = 40


@attrs.define
class Server:
    """The server process, on one port and one folder through all its lives."""

    folder: Path
    port: int
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process = _started("server_process", str(self.folder), str(self.port))

    def kill(self) -> None:
        assert self.process is not None
        _kill(self.process)

    def settings(self) -> object:
        with AIZoomDocClient(self.url, "token", token_store=MemoryTokenStore()) as client:
            return client.get_me().settings


class Round:
    """One job over some documents, killed until its kills are used up or all is done, and run to its end."""

    def __init__(self, server: Server, folder: Path, rng: random.Random, killed: Counter[str]) -> None:
        self._server = server
        self._rng = rng
        self._killed = killed
        self._documents, self._journal = folder / "documents", folder / "run.sqlite"
        self._documents.mkdir(parents=True)
        for number in range(DOCUMENTS):
            name = f"{folder.name}n{number:02}"
            text = f"# Щиты\n\nЩит ЩО-{name} стоит в помещении {number}.\n"
            (self._documents / f"{name}.md").write_text(text, encoding="utf-8")

    def run(self, kills: int) -> list[str]:
        """What does not hold at the end."""
        before = self._server.settings()
        end = self._killed.total() + kills
        while self._killed.total() < end:
            if self._one_process():
                break
        else:
            last = _started("job_process", self._server.url, str(self._documents), str(self._journal))
            try:
                said = last.wait(LAST_RUN_SECONDS)
            except subprocess.TimeoutExpired:
                _kill(last)
                return ["the last run does not end"]
            if said:
                return [f"the last run ended with {said}: {last.stderr.read() if last.stderr else ''}"]
        found = [*complaints(self._journal, self._server.folder, DOCUMENTS * QUESTIONS)]
        if self._server.settings() != before:
            found.append("the user has other settings than before")
        return found

    def _one_process(self) -> bool:
        """One process of the job, killed in its way; whether it came to the end before."""
        arguments = [self._server.url, str(self._documents), str(self._journal)]
        kind = self._rng.choices(["moment", "write", "server"], [5, 5, 1])[0]
        if kind == "write":
            arguments += [str(self._killed["write"] % WRITES + 1), self._rng.choice(["before", "inside", "after"])]
        job = _started("job_process", *arguments)
        with contextlib.suppress(subprocess.TimeoutExpired):
            if kind == "write":
                job.wait(LAST_RUN_SECONDS)
            else:
                job.wait(self._rng.random() * LONGEST_LIFE)
        if kind == "server":
            self._server.kill()
            time.sleep(self._rng.random())
            self._server.start()
            with contextlib.suppress(subprocess.TimeoutExpired):
                job.wait(self._rng.random() * LONGEST_LIFE)
        is_over = job.poll() == 0
        if job.poll() not in {None, 0, -9}:
            sys.stdout.write(job.stderr.read() if job.stderr else "")
            raise SystemExit(f"the job ended with {job.returncode}")
        _kill(job)
        self._killed[kind] += not is_over or kind == "server"
        return is_over


def _started(module: str, *arguments: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", f"tests.kill.{module}", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    if not process.stdout.readline():
        raise SystemExit(f"{module} does not start: {process.stderr.read()}")
    return process


def _kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def main(arguments: Sequence[str] | None = None) -> int:
    """Kills, lets the job end, and says what is lost or double; 1 if anything is."""
    parser = argparse.ArgumentParser(prog="python -m tests.kill")
    parser.add_argument("--kills", type=int, default=40, help="how many (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="which (%(default)s)")
    options = parser.parse_args(arguments)
    rng, killed, found, rounds = random.Random(options.seed), Counter[str](), list[str](), 0
    with tempfile.TemporaryDirectory(prefix="kill") as folder:
        server = Server(Path(folder) / "server", _free_port())
        server.start()
        try:
            while killed.total() < options.kills and not found:
                rounds += 1
                kills = min(25, options.kills - killed.total())
                found += Round(server, Path(folder) / f"r{rounds}", rng, killed).run(kills)
                sys.stdout.write(f"round {rounds}: {dict(killed)}, {len(found)} complaints\n")
                sys.stdout.flush()
        finally:
            server.kill()
    for complaint in found[:20]:
        sys.stdout.write(f"  {complaint}\n")
    units = rounds * DOCUMENTS * QUESTIONS
    sys.stdout.write(f"{killed.total()} kills in {rounds} jobs of {units} units in all: {len(found)} complaints\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
