"""The server of the killed jobs, killed as well: ``python -m tests.kill.server_process`` forks one for each line of its input."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

from aizoomdoc_client.local import Answerer, Delta, LocalServer, LocalSettings, Question
from aizoomdoc_client.local.answering.extracts import ExtractsAnswerer
from tests.kill.forking import fork_for_each_line, say_ready
from tests.kill.questions import TOKEN, as_line

PACE = 0.01


class NotedRuns:
    """Answers by extracts, and appends a line to the file ``runs`` for each run: its document, and how it was asked."""

    model = "extracts"

    def __init__(self, folder: Path) -> None:
        self._extracts = ExtractsAnswerer(PACE)
        self._runs = os.open(folder / "runs", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    async def answer(self, question: Question) -> AsyncGenerator[Delta, None]:
        """The extracts."""
        settings = question.settings
        documents = ",".join(name for group in question.groups for name in group.documents)
        asked = as_line(question.text, settings.model_profile, settings.selected_role_prompt_id)
        os.write(self._runs, f"{documents}\t{asked}\n".encode())
        async for delta in self._extracts.answer(question):
            yield delta


async def serve(folder: Path, port: int, answerer: Answerer, **settings: Any) -> None:
    """Serves until it is killed, or until who started it closes standard input; `settings` are more of a local server's."""
    gone = asyncio.Event()
    asyncio.get_running_loop().add_reader(0, gone.set)
    async with LocalServer(LocalSettings(data_dir=folder, port=port, readers=1, **settings), answerer=answerer):
        say_ready()
        await gone.wait()


def live(arguments: Mapping[str, Any]) -> None:
    """One process of the server."""
    folder = Path(arguments["folder"])
    asyncio.run(serve(folder, arguments["port"], NotedRuns(folder), tokens=(TOKEN,), pace_seconds=PACE))


if __name__ == "__main__":
    fork_for_each_line(live)
