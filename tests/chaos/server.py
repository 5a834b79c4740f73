"""The server of the chaos runs: a local server in a process of its own, to be killed and started again in no time.

``python -m tests.chaos.server FOLDER PORT`` has imported everything and then makes a copy of itself (fork) for every line on its
standard input. A copy serves until it is killed; each life is announced and mourned on standard output.
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
    """Answers that nobody else gives: each names its question, and most differ from run to run."""

    model = "chaos"

    def __init__(self, folder: Path) -> None:
        self._log = os.open(folder / "runs", os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def answer(self, question: Question) -> AsyncGenerator[Delta, None]:
        """Notes the run, then thinks and speaks, or fails."""
        number = number_of(question.text)
        os.write(self._log, f"{number}\n".encode())
        # What runs of one question share is drawn from its number, the rest anew.
        same, other = random.Random(number), random.Random()
        pieces = same.choice((0, 1, same.randrange(60), same.randrange(60), 400))
        changes = same.choice((0, pieces // 2, pieces, pieces))
        for _ in range(same.randrange(4)):
            yield Delta("Думаю. ", thinking=True)
        yield Delta(f"[{number}] ")
        for index in range(pieces):
            if same.random() < 0.05:
                await asyncio.sleep(0.01)
            dice = other if index >= changes else same
            yield Delta("".join(dice.choices(WORDS, k=dice.randrange(4))))
        if same.random() < 0.02:
            raise RuntimeError("The model is out of order")


def main() -> None:
    """Lives one life for each line on standard input."""
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    for life, _ in enumerate(sys.stdin):
        child = os.fork()
        if not child:
            asyncio.run(live(folder, port, life))
            os._exit(0)
        os.waitpid(child, 0)
        tell("gone")


async def live(folder: Path, port: int, life: int) -> None:
    """Serves until a signal ends it, or whoever started it is gone."""
    if life % 2 == 0:
        # Production knows no idempotency keys: whoever relies on them is found out.
        http_responses.keyed_request = forgetful
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(15, stopped.set)
    loop.add_reader(0, stopped.set)
    settings = LocalSettings(port=port, data_dir=folder, tokens=TOKENS, slots=32, pace_seconds=0)
    async with LocalServer(settings, answerer=Model(folder)):
        tell(f"ready {os.getpid()}")
        await stopped.wait()


async def forgetful(request: web.Request, user_id: str, digest: str | None) -> None:
    """No key that was ever seen."""


def tell(line: str) -> None:
    os.write(1, f"{line}\n".encode())


if __name__ == "__main__":
    main()
