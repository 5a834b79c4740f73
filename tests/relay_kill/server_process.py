"""The server that the killed workers ask, killed, too: ``python -m tests.relay_kill.server_process`` forks one for each line."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

from aizoomdoc_client.local import Delta, Question
from tests.chaos.questions import number_of
from tests.chaos.server import WORDS
from tests.kill.forking import fork_for_each_line
from tests.kill.server_process import serve

TOKEN = "token"
PAUSE = 0.04


class Model:
    """Answers for some seconds, with the number of the question first; from a certain word on each run says something else."""

    model = "slow"

    def __init__(self, folder: Path) -> None:
        self._runs = os.open(folder / "runs", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    async def answer(self, question: Question) -> AsyncGenerator[Delta, None]:
        """Notes the run, then thinks and answers."""
        number = number_of(question.text)
        os.write(self._runs, f"{number}\n".encode())
        shared, own = random.Random(number), random.Random()
        words = shared.randrange(80)
        same = shared.choice((words, words // 2))
        for _ in range(shared.randrange(4)):
            yield Delta("Думаю. ", thinking=True)
        yield Delta(f"[{number}] ")
        for index in range(words):
            await asyncio.sleep(PAUSE)
            rng = shared if index < same else own
            yield Delta("".join(rng.choices(WORDS, k=rng.randrange(4))))


def live(arguments: Mapping[str, Any]) -> None:
    """One process of the server."""
    folder = Path(arguments["folder"])
    asyncio.run(serve(folder, arguments["port"], Model(folder), tokens=(TOKEN,), pace_seconds=0, slots=256))


if __name__ == "__main__":
    fork_for_each_line(live)
