"""The server of the chaos runs: a local server in a process of its own that can be killed and restarted quickly.

``python -m tests.chaos.server FOLDER PORT`` imports everything first and then forks a child for every line on its standard input.
A child serves until it is killed; "ready" and its process id, and "gone" at its end, are written to standard output.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

from aiohttp import web

from aizoomdoc_client.local import Delta, LocalServer, LocalSettings, Question
from aizoomdoc_client.local.handlers import http_responses
from tests.chaos.questions import number_of

TOKENS = ("token-of-simple", "token-of-complex")
WORDS = ('"План"', "этаж\n", "\\n", "высота", "3,3 м", "🏗", "щит", "\t", "\u2028", "ВРУ-1", "é", "  ", "{}", "ось А/1")


class Model:
    """Answers with the number of their question; most differ from run to run."""

    model = "chaos"

    def __init__(self, folder: Path) -> None:
        self._log = os.open(folder / "runs", os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def answer(self, question: Question) -> AsyncGenerator[Delta, None]:
        """Logs the run, then yields thinking and answer deltas, or fails."""
        number = number_of(question.text)
        os.write(self._log, f"{number}\n".encode())
        # The common part of all runs of a question is drawn from its number, the rest is random.
        shared_rng, run_rng = random.Random(number), random.Random()
        pieces = shared_rng.choice((0, 1, shared_rng.randrange(60), shared_rng.randrange(60), 400))
        changes = shared_rng.choice((0, pieces // 2, pieces, pieces))
        for _ in range(shared_rng.randrange(4)):
            yield Delta("Думаю. ", thinking=True)
        yield Delta(f"[{number}] ")
        for index in range(pieces):
            if shared_rng.random() < 0.05:
                await asyncio.sleep(0.01)
            rng = run_rng if index >= changes else shared_rng
            yield Delta("".join(rng.choices(WORDS, k=rng.randrange(4))))
        if shared_rng.random() < 0.02:
            raise RuntimeError("The model is out of order")


def main() -> None:
    """Forks one serving child for each line on standard input."""
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    for number, _ in enumerate(sys.stdin):
        child = os.fork()
        if not child:
            asyncio.run(serve(folder, port, number))
            os._exit(0)
        os.waitpid(child, 0)
        report("gone")


async def serve(folder: Path, port: int, number: int) -> None:
    """Serves until SIGTERM, or until its starter closes standard input."""
    if number % 2 == 0:
        # Production ignores idempotency keys: this finds a client that relies on them.
        http_responses.keyed_request = without_idempotency_keys
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(15, stopped.set)
    loop.add_reader(0, stopped.set)
    settings = LocalSettings(port=port, data_dir=folder, tokens=TOKENS, slots=32, pace_seconds=0)
    async with LocalServer(settings, answerer=Model(folder)):
        report(f"ready {os.getpid()}")
        await stopped.wait()


async def without_idempotency_keys(request: web.Request, user_id: str, digest: str | None) -> None:
    """Treats every idempotency key as new."""


def report(line: str) -> None:
    os.write(1, f"{line}\n".encode())


if __name__ == "__main__":
    main()
