"""Answers of a given length and pace, as a question asks for them, and what their text must be."""

from __future__ import annotations

import asyncio
import json
import time

import attrs

from aizoomdoc_client.testing import Answer, Question
from aizoomdoc_client.testing.steps import RunContext


@attrs.frozen(kw_only=True)
class Speech:
    """An answer of so many `pieces` of `size` characters, `pause` seconds apart; a step of a script, too."""

    pieces: int
    size: int = 40
    pause: float = 0.0

    @property
    def question(self) -> str:
        """What makes the server speak so."""
        return json.dumps(attrs.asdict(self))

    def piece(self, number: int) -> str:
        return f"{number} ".ljust(self.size, ".")

    @property
    def text(self) -> str:
        return "".join(map(self.piece, range(self.pieces)))

    async def play(self, run: RunContext) -> None:
        """Speaks; the time of each piece goes where a server names its model."""
        for number in range(self.pieces):
            await run.emit("llm_token", {"token": self.piece(number), "model": str(time.time())})
            await asyncio.sleep(self.pause)
        await run.emit("llm_final", {"content": self.text})
        await run.emit("completed", {"message": "done"})


def answer_to(question: Question) -> Answer:
    """What a question asks for."""
    return Answer([Speech(**json.loads(question.text))])
